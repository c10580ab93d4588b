"""The transcript of a conversation."""

import re
from typing import Final
from uuid import UUID

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from browser_tests.chromium import fits_viewport
from browser_tests.conftest import DESKTOP, PHONE, OpenPage, take_screenshot
from browser_tests.events import create_conversation
from browser_tests.service import Service
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import transcript_of

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
# The contrast ratio of WCAG between an element and its background. A canvas converts every notation of a colour.
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
def seeded(service: Service) -> str:
    """Return the URL of a closed conversation with 16 messages."""
    output = service.manage('seed', '--conversations', '2', '--messages', '16', '--seed', '11')
    found = re.search(r'CLOSED +/conversations/(\S+)/', output)
    assert found is not None
    return transcript_of(UUID(found[1]))


def contents(page: Page) -> list[str]:
    return page.locator('.message .content').all_text_contents()


def box_of(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box is not None
    return box


def test_sides_show_who_wrote(admin_page: OpenPage, seeded: str) -> None:
    page = admin_page(seeded, viewport={'width': 1040, 'height': 860})

    expect(page.locator('.message')).to_have_count(16)
    chat, received, sent = (box_of(page.locator(part).first) for part in ('.chat', '.received', '.sent'))
    assert received['x'] - chat['x'] < 30
    assert chat['x'] + chat['width'] - sent['x'] - sent['width'] < 30
    take_screenshot(page, 'transcript.png')


@pytest.mark.parametrize('viewport', [PHONE, DESKTOP])
def test_hostile_text_is_only_text(admin_page: OpenPage, service: Service, viewport: dict[str, int]) -> None:
    page = admin_page(transcript_of(create_conversation(service, *HOSTILE)), viewport=viewport)

    assert contents(page) == HOSTILE
    assert page.locator('.chat').locator('script, img, svg, style, [onerror], [onload], .content a').count() == 0
    assert page.evaluate('window.wasHacked') is None
    assert fits_viewport(page)
    # Line breaks and spaces are visible.
    assert page.locator('.message .content').last.inner_text() == HOSTILE[-1]
    # A change of direction in the text does not move the time from the right end of its bubble.
    for bubble in page.locator('.message').all():
        box, time = box_of(bubble), box_of(bubble.locator('time'))
        assert box['x'] + box['width'] - time['x'] - time['width'] == pytest.approx(12, abs=1)
        assert re.fullmatch(r'\d\d:\d\d', bubble.locator('time').inner_text())


def test_links_lead_from_page_to_page_and_to_the_end(admin_page: OpenPage, service: Service) -> None:
    numbers = [f'mensagem {number}' for number in range(1, 121)]
    page = admin_page(transcript_of(create_conversation(service, *numbers)), viewport=PHONE)

    expect(page.get_by_text('mensagem 120', exact=True)).not_to_be_in_viewport()
    page.get_by_role('link', name='Scroll to the end').click()
    expect(page.get_by_text('mensagem 120', exact=True)).to_be_in_viewport()
    assert contents(page) == numbers[70:]
    steps = [
        ('Earlier messages', 2),
        ('Earlier messages', 3),
        ('Latest messages', 1),
        ('First messages', 3),
        ('Later messages', 2),
    ]
    for link, number in steps:
        page.get_by_role('link', name=link).click()
        expect(page.get_by_text(f'Page {number} of 3')).to_be_visible()
        expect(page.get_by_text('The conversation begins here.')).to_have_count(int(number == 3))
    assert contents(page) == numbers[20:70]


def test_transcript_without_messages(admin_page: OpenPage, service: Service) -> None:
    page = admin_page(transcript_of(create_conversation(service)))

    expect(page.get_by_text('No messages yet.')).to_be_visible()


def test_transcript_is_readable_on_a_phone(admin_page: OpenPage, seeded: str) -> None:
    page = admin_page(seeded, viewport=PHONE, has_touch=True, is_mobile=True)

    assert fits_viewport(page)
    content = page.locator('.message .content').first
    assert content.evaluate('element => parseFloat(getComputedStyle(element).fontSize)') >= 16
    widest = page.locator('.message').evaluate_all('bubbles => Math.max(...bubbles.map(b => b.offsetWidth))')
    assert widest > PHONE['width'] * 0.7
    assert all(box_of(link)['height'] >= 32 for link in page.locator('.pages a').all())
    page.locator('.facts').evaluate('facts => scrollTo(0, facts.offsetTop - 12)')
    take_screenshot(page, 'transcript-phone.png')


@pytest.mark.parametrize(('scheme', 'background'), [('light', 'rgb(255, 255, 255)'), ('dark', 'rgb(18, 18, 18)')])
def test_contrast_is_sufficient(admin_page: OpenPage, seeded: str, scheme: str, background: str) -> None:
    page = admin_page(seeded, color_scheme=scheme)

    assert page.evaluate('getComputedStyle(document.body).backgroundColor') == background
    sides = [f'.{side} {part}' for side in ('received', 'sent') for part in ('.content', '.author', 'time')]
    for part in (*sides, '.day', '.pages a', '.pages span', '.facts dt', '.facts dd'):
        assert page.locator(part).first.evaluate(CONTRAST) >= READABLE, part
