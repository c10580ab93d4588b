"""A conversation as a chat."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from uuid import UUID

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import MESSAGES, transcript_of
from realmate_challenge.webhook_api.tests.support.factories import (
    OPENED_AT,
    ConversationRowFactory,
    MessageRowFactory,
    message_rows,
    sent_at,
)

HOSTILE = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '{{ 7|add:7 }}{% csrf_token %}',
    '</div></li></ol><style>*{display:none}</style>',
    '&lt;b&gt; &amp;amp;',
    'evil \u202etxt.exe \u202e never closed',
    '\x1b[31m red? \x07 \x7f',
]


class Page(HTMLParser):
    """What a browser makes of the page: contents by class, and everything that could run."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.contents: list[str] = []
        self.classes: list[str] = []
        self.days: list[str] = []
        self.risks: list[str] = []
        self.links: list[str] = []
        self._into: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        kinds = (given.get('class') or '').split()
        if tag == 'script' and 'src' not in given:
            self.risks.append('inline script')
        self.risks += [name for name in given if name.startswith('on') or name == 'style']
        if tag == 'a':
            self.links.append(given.get('href') or '')
        if 'message' in kinds:
            self.classes.append(kinds[1])
        if 'content' in kinds and tag == 'div' and given.get('dir') == 'auto':
            self.contents.append('')
            self._into = self.contents
        if 'day' in kinds:
            self.days.append('')
            self._into = self.days

    def handle_endtag(self, tag: str) -> None:
        if tag in {'div', 'li'}:
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data


def read(client: Client, conversation_id: UUID, **query: str) -> Page:
    response = client.get(transcript_of(conversation_id), query)
    assert response.status_code == 200
    return Page(response.content.decode())


def test_time_runs_downwards_and_sides_are_by_direction(reader: Client) -> None:
    conversation = ConversationRowFactory.create()
    for number in (2, 0, 1):
        MessageRowFactory.create(
            conversation=conversation,
            external_timestamp=sent_at(number),
            content=f'number {number}',
            direction=MessageDirection.SENT if number == 1 else MessageDirection.RECEIVED,
        )

    page = read(reader, conversation.id)

    assert page.contents == ['number 0', 'number 1', 'number 2']
    assert page.classes == ['received', 'sent', 'received']


def test_whoever_goes_on_speaking_is_named_once(reader: Client) -> None:
    conversation = ConversationRowFactory.create()
    directions = [MessageDirection.RECEIVED, MessageDirection.RECEIVED, MessageDirection.SENT]
    for number, direction in enumerate(directions):
        MessageRowFactory.create(conversation=conversation, direction=direction, external_timestamp=sent_at(number))

    html = reader.get(transcript_of(conversation.id)).content.decode()

    assert re.findall(r'class="message (\w+)( turn)?"', html) == [
        ('received', ' turn'),
        ('received', ''),
        ('sent', ' turn'),
    ]


def test_days_are_separated(reader: Client) -> None:
    conversation = ConversationRowFactory.create()
    for hours in (0, 13, 14, 38):
        MessageRowFactory.create(conversation=conversation, external_timestamp=OPENED_AT + timedelta(hours=hours))

    assert read(reader, conversation.id).days == ['Feb. 21, 2025', 'Feb. 22, 2025', 'Feb. 23, 2025']


def test_the_newest_page_comes_first_and_pages_lead_to_each_other(reader: Client) -> None:
    conversation = ConversationRowFactory.create()
    contents = [row.content for row in message_rows(conversation, 120)]

    newest, middle, oldest = (read(reader, conversation.id, page=number) for number in ('1', '2', '3'))

    assert [page.contents for page in (oldest, middle, newest)] == [contents[:20], contents[20:70], contents[70:]]
    assert {'?page=2', '?page=3'} <= set(newest.links)
    assert {'?page=1', '?page=3'} <= set(middle.links)
    assert {'?page=2', '?'} <= set(oldest.links)
    assert read(reader, conversation.id).contents == newest.contents


@pytest.mark.parametrize('page', ['0', '4', 'x', '', '9' * 40])
def test_what_is_no_page_leads_to_the_newest(reader: Client, page: str) -> None:
    conversation = ConversationRowFactory.create()
    message_rows(conversation, 60)

    response = reader.get(transcript_of(conversation.id), {'page': page})

    assert (response.status_code, response.headers['Location']) == (302, transcript_of(conversation.id))


def test_a_conversation_without_messages(reader: Client) -> None:
    conversation = ConversationRowFactory.create()

    assert 'No messages yet.' in reader.get(transcript_of(conversation.id)).content.decode()


@pytest.mark.parametrize('content', [*HOSTILE, '  leading', 'line\nline\n\n  line', '\nfirst', 'مرحبا', '👩‍👩‍👧'])
def test_text_is_shown_exactly_and_never_runs(reader: Client, content: str) -> None:
    message = MessageRowFactory.create(content=content)

    page = read(reader, message.conversation_id)
    detail = reader.get(f'{MESSAGES}{message.id}/change/').content.decode()
    listed = reader.get(MESSAGES).content.decode()

    assert page.contents == [content]
    assert page.risks == []
    assert Page(detail).risks == Page(listed).risks == []
    assert '<script>alert' not in detail + listed


def test_what_turns_text_around_stays_within_its_own_bubble() -> None:
    path = finders.find('webhook_api/admin.css')
    assert isinstance(path, str)
    with open(path, encoding='utf-8') as file:  # noqa: PTH123 - a path as text is what the finder gives
        css = file.read()

    (rule,) = re.findall(r'\.chat \.content \{(.*?)\}', css, re.DOTALL)
    assert 'unicode-bidi: plaintext' in rule
    assert 'white-space: pre-wrap' in rule
    # The admin's own colours, which it turns dark; no script, font or image from elsewhere.
    assert 'var(--body-bg)' in css
    assert 'url(' not in css


def test_phones_are_told_to_show_it_in_their_own_width(reader: Client) -> None:
    html = reader.get(transcript_of(ConversationRowFactory.create().id)).content.decode()

    assert '<meta name="viewport" content="width=device-width, initial-scale=1.0">' in html
    assert '/static/webhook_api/admin.css' in html


def test_nothing_but_our_own_files_may_load_or_run(reader: Client) -> None:
    conversation = ConversationRowFactory.create()

    policy = reader.get(transcript_of(conversation.id)).headers['Content-Security-Policy']

    assert "default-src 'self'" in policy
    assert 'unsafe' not in policy


def test_a_page_costs_the_same_for_any_history(reader: Client) -> None:
    costs = []
    for messages, page in ((1, '1'), (700, '1'), (700, '14')):
        conversation = ConversationRowFactory.create()
        message_rows(conversation, messages)
        with CaptureQueriesContext(connection) as statements:
            read(reader, conversation.id, page=page)
        costs.append(len(statements))

    assert costs[0] == costs[1] == costs[2] <= 10
