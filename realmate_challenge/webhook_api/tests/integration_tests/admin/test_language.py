"""The admin is in English or Brazilian Portuguese. The API is always in English."""

import ast
import re
from gettext import GNUTranslations
from pathlib import Path
from typing import Final

import pytest
from django.test import Client
from django.utils import translation

from realmate_challenge.webhook_api import apps
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import transcript_of
from realmate_challenge.webhook_api.tests.support.factories import ConversationRowFactory, message_rows

CATALOGUE: Final = Path(apps.__file__).parent / 'locale' / 'pt_BR' / 'LC_MESSAGES'
ENTRY: Final = re.compile(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)', re.MULTILINE)
ENGLISH: Final = ['lang="en"', 'Customer', 'Company', 'Feb. 21, 2025', 'Transcript', 'Status']
PORTUGUESE: Final = ['lang="pt-br"', 'Cliente', 'Empresa', '21 de Fevereiro de 2025', 'Transcrição', 'Situação']


@pytest.mark.parametrize(
    ('words', 'languages'),
    [
        (PORTUGUESE, ['pt-BR', 'pt', 'pt-PT,pt;q=0.9']),
        (ENGLISH, ['', 'en', 'de-DE,de;q=0.9', '*', 'x' * 600, '\x00']),
    ],
)
def test_admin_is_in_the_language_of_the_browser(reader: Client, words: list[str], languages: list[str]) -> None:
    conversation = ConversationRowFactory.create()
    message_rows(conversation, 2)

    for language in languages:
        page = reader.get(transcript_of(conversation.id), HTTP_ACCEPT_LANGUAGE=language)
        assert [word for word in words if word not in page.content.decode()] == []
        assert f'lang="{page.headers["Content-Language"]}"' == words[0]


@pytest.mark.parametrize('status', [200, 500])
def test_api_answers_in_english_after_a_portuguese_page_in_the_same_thread(
    reader: Client, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    reader.raise_request_exception = False
    if status == 500:
        monkeypatch.setattr('django.contrib.admin.sites.AdminSite.get_app_list', lambda *_: 1 / 0)

    assert reader.get('/admin/', HTTP_ACCEPT_LANGUAGE='pt-BR').status_code == status
    answer = reader.post('/webhook/', '{}', 'application/json', HTTP_ACCEPT_LANGUAGE='pt-BR')

    assert b'This field is required.' in answer.content
    assert 'Content-Language' not in answer.headers
    assert translation.get_language() == 'en'


def test_every_text_is_translated_and_compiled() -> None:
    source = (CATALOGUE / 'django.po').read_text(encoding='utf-8')
    with (CATALOGUE / 'django.mo').open('rb') as file:
        compiled = GNUTranslations(file)
    texts = [[ast.literal_eval(f'({quoted})') for quoted in entry] for entry in ENTRY.findall(source)]

    assert len(texts) == source.count('\nmsgid ') > 50
    assert '#, fuzzy' not in source
    for text, translated in texts[1:]:  # the first entry is the header
        assert translated
        assert compiled.gettext(text) == translated
