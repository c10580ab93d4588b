"""Page numbers, page sizes and links."""

import pytest

from realmate_challenge.shared.errors import PageNotFoundError
from realmate_challenge.shared.pagination import PageRequest, with_page

URL = 'http://testserver/conversations/x/'
NO_NUMBERS = ['', '0', '-1', '+5', '5.0', '1e1', '1_0', ' 5', '5\n', '\u0665', '\uff15', '²', 'all', '1' * 10]


def test_the_default_is_the_first_page_of_ten() -> None:
    assert PageRequest.from_query({}) == PageRequest(number=1, size=10)


@pytest.mark.parametrize(
    ('text', 'size'),
    [('1', 1), ('100', 100), ('101', 100), ('999999999', 100), ('007', 7), *[(text, 10) for text in NO_NUMBERS]],
)
def test_page_size(text: str, size: int) -> None:
    assert PageRequest.from_query({'page_size': text}).size == size


@pytest.mark.parametrize('text', ['1', '007', '999999999'])
def test_page(text: str) -> None:
    assert PageRequest.from_query({'page': text}).number == int(text)


@pytest.mark.parametrize('text', [*NO_NUMBERS, '9' * 400])
def test_other_pages_do_not_exist(text: str) -> None:
    with pytest.raises(PageNotFoundError) as caught:
        PageRequest.from_query({'page': text})

    assert len(str(caught.value)) < 80


@pytest.mark.parametrize(
    ('number', 'count', 'exists', 'links'),
    [
        (1, 0, True, (None, None)),
        (1, 10, True, (None, None)),
        (1, 11, True, (f'{URL}?page=2', None)),
        (2, 10, False, (None, URL)),
        (2, 20, True, (None, URL)),
        (2, 21, True, (f'{URL}?page=3', URL)),
        (3, 21, True, (None, f'{URL}?page=2')),
    ],
)
def test_links(*, number: int, count: int, exists: bool, links: tuple[str | None, str | None]) -> None:
    page = PageRequest(number=number)

    assert page.exists_in(count) is exists
    assert page.links(with_page(URL, number), count) == links


def test_links_keep_other_parameters() -> None:
    url = f'{URL}?ordering=-timestamp&page=2&page_size=3&empty=&t=%C3%A9+%26'

    assert with_page(url, 3) == f'{URL}?ordering=-timestamp&page_size=3&empty=&t=%C3%A9+%26&page=3'
    assert with_page(url, 1) == f'{URL}?ordering=-timestamp&page_size=3&empty=&t=%C3%A9+%26'
