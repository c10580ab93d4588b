"""Pages by number."""

from urllib.parse import parse_qsl, urlsplit

import hypothesis
import pytest
from hypothesis import strategies as st

from realmate_challenge.shared.errors import PageNotFoundError
from realmate_challenge.shared.pagination import PageRequest, with_page

URL = 'http://testserver/conversations/x/'


def test_without_parameters_it_is_the_first_page_of_ten() -> None:
    assert PageRequest.from_query({}) == PageRequest(number=1, size=10)


@pytest.mark.parametrize(
    ('text', 'size'),
    [
        ('1', 1),
        ('10', 10),
        ('100', 100),
        ('101', 100),
        ('999999999', 100),
        ('007', 7),
        # Nonsense is the default.
        *[
            (text, 10)
            for text in ('', '0', '-1', '+5', '5.0', '1e1', '1_0', ' 5', '\u0665', '\uff15', '²', 'all', '9' * 400)
        ],
    ],
)
def test_page_size(text: str, size: int) -> None:
    assert PageRequest.from_query({'page_size': text}).size == size


@pytest.mark.parametrize('text', ['1', '7', '007', '999999999'])
def test_page(text: str) -> None:
    assert PageRequest.from_query({'page': text}).number == int(text)


@pytest.mark.parametrize(
    'text',
    ['', '0', '00', '-1', '+1', '1.0', '1e1', '1_0', ' 1', '1 ', '\u0663', '\uff13', '²', 'last', '9' * 400, '1' * 10],
)
def test_what_is_no_page_number_is_not_found(text: str) -> None:
    with pytest.raises(PageNotFoundError) as caught:
        PageRequest.from_query({'page': text})

    assert len(str(caught.value)) < 80


@pytest.mark.parametrize(
    ('number', 'count', 'exists'),
    [(1, 0, True), (2, 0, False), (1, 1, True), (2, 10, False), (2, 11, True), (3, 20, False), (3, 21, True)],
)
def test_which_pages_exist(*, number: int, count: int, exists: bool) -> None:
    assert PageRequest(number=number).exists_in(count) is exists


@pytest.mark.parametrize(
    ('number', 'count', 'links'),
    [
        (1, 0, (None, None)),
        (1, 10, (None, None)),
        (1, 11, (f'{URL}?page=2', None)),
        (2, 20, (None, URL)),
        (2, 21, (f'{URL}?page=3', URL)),
        (3, 21, (None, f'{URL}?page=2')),
    ],
)
def test_links_to_the_neighbours(number: int, count: int, links: tuple[str | None, str | None]) -> None:
    asked = URL if number == 1 else f'{URL}?page={number}'

    assert PageRequest(number=number).links(asked, count) == links


def test_other_parameters_stay_in_links() -> None:
    url = f'{URL}?ordering=-timestamp&page=2&page_size=3&empty=&t=%C3%A9+%26'

    assert with_page(url, 3) == f'{URL}?ordering=-timestamp&page_size=3&empty=&t=%C3%A9+%26&page=3'
    assert with_page(url, 1) == f'{URL}?ordering=-timestamp&page_size=3&empty=&t=%C3%A9+%26'


@hypothesis.given(
    number=st.integers(1, 10**9 - 2), size=st.integers(1, 100), count=st.integers(0, 10**12), text=st.text(max_size=20)
)
def test_following_the_links_visits_every_row_once(number: int, size: int, count: int, text: str) -> None:
    page = PageRequest(number=number, size=size)
    hypothesis.assume(page.exists_in(count))

    following, preceding = page.links(with_page(f'{URL}?x={text.encode().hex()}', number), count)

    assert (following is None) == (page.offset + size >= count)
    assert (preceding is None) == (number == 1)
    for link, neighbour in ((following, number + 1), (preceding, number - 1)):
        if link is not None:
            query = dict(parse_qsl(urlsplit(link).query))
            assert PageRequest.from_query(query).number == neighbour
