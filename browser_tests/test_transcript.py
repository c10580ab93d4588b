"""A conversation as a chat."""

import re
from typing import Final
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from browser_tests.conftest import Browse
from browser_tests.events import told
from browser_tests.pictures import picture
from browser_tests.service import Service
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import transcript_of

PHONE: Final = {'width': 390, 'height': 844}
LONG: Final = 120
HOSTILE: Final = [
    '<script>window.wasHacked = true; alert(1)</script>',
    '<img src="nowhere" onerror="window.wasHacked = true; alert(2)">',
    '"><svg onload="window.wasHacked = true">',
    '</div></li></ol><style>.chat { display: none }</style><a href="javascript:alert(3)">Clique aqui</a>',
    'fatura\u202efdp.exe\u202e',
    'א\u2067ב 123 \u2066never closed',
    'W' * 3000,
    'https://imobiliaria.example/' + 'imovel-' * 60,
    '👋🏽👨‍👩‍👧‍👦🇧🇷 e̶m̶o̶j̶i̶',
    'uma linha\n\n  outra, com espaços\n\tfim',
]
# Of the text on its own background, as WCAG defines it; the canvas knows every notation of a colour.
CONTRAST: Final = """
element => {
    const brush = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const luminance = colour => {
        brush.fillStyle = colour;
        brush.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3).map(
            value => value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    let behind = element;
    const background = () => getComputedStyle(behind).backgroundColor;
    while (/^(transparent|rgba\\(.*, 0\\))$/.test(background())) behind = behind.parentElement;
    const pair = [getComputedStyle(element).color, background()].map(luminance);
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}
"""
READABLE: Final = 4.5


@pytest.fixture(scope='module')
def seeded(service: Service) -> UUID:
    """A closed conversation, the same at each run."""
    made = service.manage('seed', '--conversations', '2', '--messages', '16', '--seed', '11')
    found = re.search(r'CLOSED +/conversations/(\S+)/', made)
    assert found is not None
    return UUID(found[1])


@pytest.fixture(scope='module')
def hostile(service: Service) -> UUID:
    return told(service, *HOSTILE)


@pytest.fixture(scope='module')
def long(service: Service) -> UUID:
    return told(service, *(f'mensagem {number}' for number in range(1, LONG + 1)))


def contents(page: Page) -> list[str | None]:
    return [content.text_content() for content in page.locator('.message .content').all()]


def fits(page: Page) -> bool:
    return bool(page.evaluate('document.documentElement.scrollWidth <= innerWidth'))


def contrast(locator: Locator) -> float:
    return float(locator.first.evaluate(CONTRAST))


def test_tells_customer_and_company_apart(desk: Browse, seeded: UUID) -> None:
    page = desk(viewport={'width': 1040, 'height': 860})
    page.goto(transcript_of(seeded))

    expect(page.locator('.message')).to_have_count(16)
    chat = page.locator('.chat').bounding_box()
    received = page.locator('.received').first.bounding_box()
    sent = page.locator('.sent').first.bounding_box()
    assert chat
    assert received
    assert sent
    assert received['x'] - chat['x'] < 30
    assert chat['x'] + chat['width'] - sent['x'] - sent['width'] < 30
    picture(page, 'transcript.png')


@pytest.mark.parametrize('viewport', [PHONE, {'width': 1280, 'height': 900}])
def test_hostile_text_is_only_text(desk: Browse, hostile: UUID, viewport: dict[str, int]) -> None:
    page = desk(viewport=viewport)
    page.goto(transcript_of(hostile))

    assert contents(page) == HOSTILE
    assert page.locator('.chat').locator('script, img, svg, style, [onerror], [onload], .content a').count() == 0
    assert page.evaluate('window.wasHacked') is None
    expect(page.locator('.chat')).to_be_visible()
    assert fits(page)


def test_line_breaks_and_spaces_are_seen(desk: Browse, hostile: UUID) -> None:
    page = desk()
    page.goto(transcript_of(hostile))

    assert page.locator('.message .content').last.inner_text() == HOSTILE[-1]


def test_text_that_turns_its_direction_turns_nothing_else(desk: Browse, hostile: UUID) -> None:
    """The time stays at the right end of its bubble."""
    page = desk()
    page.goto(transcript_of(hostile))

    for bubble in page.locator('.message').all():
        box, time = bubble.bounding_box(), bubble.locator('time').bounding_box()
        assert box
        assert time
        assert box['x'] + box['width'] - time['x'] - time['width'] == pytest.approx(12, abs=1)
        assert re.fullmatch(r'\d\d:\d\d', bubble.locator('time').inner_text())


def test_begins_with_the_newest_page(desk: Browse, long: UUID) -> None:
    page = desk()
    page.goto(transcript_of(long))
    assert contents(page) == [f'mensagem {number}' for number in range(71, 121)]
    expect(page.get_by_text('Page 1 of 3')).to_be_visible()

    page.get_by_role('link', name='Earlier messages').click()
    expect(page.get_by_text('Page 2 of 3')).to_be_visible()
    assert contents(page) == [f'mensagem {number}' for number in range(21, 71)]

    page.get_by_role('link', name='Earlier messages').click()
    expect(page.get_by_text('The conversation begins here.')).to_be_visible()
    assert contents(page) == [f'mensagem {number}' for number in range(1, 21)]

    page.get_by_role('link', name='The latest').click()
    expect(page.get_by_text('Page 1 of 3')).to_be_visible()
    page.get_by_role('link', name='The first').click()
    expect(page.get_by_text('Page 3 of 3')).to_be_visible()
    page.get_by_role('link', name='Later messages').click()
    expect(page.get_by_text('Page 2 of 3')).to_be_visible()


def test_the_end_is_one_click_away(desk: Browse, long: UUID) -> None:
    page = desk(viewport=PHONE)
    page.goto(transcript_of(long))
    expect(page.get_by_text('mensagem 120', exact=True)).not_to_be_in_viewport()
    page.get_by_role('link', name='Down to the end').click()

    expect(page.get_by_text('mensagem 120', exact=True)).to_be_in_viewport()


def test_is_readable_on_a_phone(desk: Browse, seeded: UUID) -> None:
    page = desk(viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto(transcript_of(seeded))

    assert fits(page)
    content = page.locator('.message .content').first
    assert content.evaluate('element => parseFloat(getComputedStyle(element).fontSize)') >= 16
    widest = page.locator('.message').evaluate_all('bubbles => Math.max(...bubbles.map(b => b.offsetWidth))')
    assert widest > PHONE['width'] * 0.7
    for link in page.locator('.pages a').all():
        box = link.bounding_box()
        assert box
        assert box['height'] >= 32
    page.locator('.facts').evaluate('facts => scrollTo(0, facts.offsetTop - 12)')
    picture(page, 'transcript-phone.png')


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_has_contrast_by_day_and_by_night(desk: Browse, seeded: UUID, scheme: str) -> None:
    page = desk(color_scheme=scheme)
    page.goto(transcript_of(seeded))

    assert ('dark' in scheme) == (page.evaluate('getComputedStyle(document.body).backgroundColor') == 'rgb(18, 18, 18)')
    for part in ('.content', '.author', 'time'):
        assert contrast(page.locator(f'.received {part}')) >= READABLE, part
        assert contrast(page.locator(f'.sent {part}')) >= READABLE, part
    for part in ('.day', '.pages a', '.pages span', '.facts dt', '.facts dd'):
        assert contrast(page.locator(part)) >= READABLE, part
