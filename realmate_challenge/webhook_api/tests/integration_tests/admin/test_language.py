"""The admin speaks English and Brazilian Portuguese; what machines read is in English, whatever they ask for."""

import re
from gettext import GNUTranslations
from pathlib import Path
from typing import Final

import pytest
from django.test import Client
from django.utils import translation

from realmate_challenge.webhook_api import apps
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import CONVERSATIONS, transcript_of
from realmate_challenge.webhook_api.tests.support.factories import ConversationRowFactory, message_rows
from realmate_challenge.webhook_api.tests.support.payloads import MESSAGE_RECEIVED, changed

CATALOGUE: Final = Path(apps.__file__).parent / 'locale' / 'pt_BR' / 'LC_MESSAGES'
ENTRY: Final = re.compile(
    r'^msgid ((?:".*"\n)+)(?:msgid_plural (".*")\n)?msgstr(?:\[0\])? ((?:".*"\n?)+)', re.MULTILINE
)

pytestmark = pytest.mark.django_db


def text(quoted: str) -> str:
    return ''.join(re.findall(r'"(.*)"', quoted)).replace('\\n', '\n').replace('\\"', '"')


@pytest.mark.parametrize('asked', ['pt-BR', 'pt', 'pt-BR,pt;q=0.9,en;q=0.5', 'pt-PT,pt;q=0.9'])
def test_the_admin_in_portuguese(reader: Client, asked: str) -> None:
    conversation = ConversationRowFactory.create()
    message_rows(conversation, 2)

    listed = reader.get(CONVERSATIONS, HTTP_ACCEPT_LANGUAGE=asked)
    page = reader.get(transcript_of(conversation.id), HTTP_ACCEPT_LANGUAGE=asked)

    assert 'Última mensagem' in listed.content.decode()
    for words in ('<html lang="pt-br"', 'Cliente', 'Empresa', '21 de Fevereiro de 2025', 'Transcrição', 'Situação'):
        assert words in page.content.decode()
    assert page.headers['Content-Language'] == 'pt-br'


@pytest.mark.parametrize('asked', ['', 'en', 'de-DE,de;q=0.9', '*', 'x' * 600, '\x00'])
def test_the_admin_in_english_unless_asked(reader: Client, asked: str) -> None:
    ConversationRowFactory.create()

    assert 'Last message' in reader.get(CONVERSATIONS, HTTP_ACCEPT_LANGUAGE=asked).content.decode()


def test_machines_get_english_even_after_the_admin_spoke_portuguese(reader: Client) -> None:
    """The same thread answers both, and Django leaves the language to the thread."""
    client = Client(HTTP_ACCEPT_LANGUAGE='pt-BR')
    invalid = changed(MESSAGE_RECEIVED, 'data.direction', 'UP')
    before = [client.post('/webhook/', invalid, 'application/json'), client.get('/conversations/?status=X')]
    assert 'Atendimento' in reader.get('/admin/', HTTP_ACCEPT_LANGUAGE='pt-BR').content.decode()

    after = [client.post('/webhook/', invalid, 'application/json'), client.get('/conversations/?status=X')]

    assert [each.content for each in before] == [each.content for each in after]
    assert b'Must be one of' in after[0].content
    assert all('Content-Language' not in each.headers for each in after)
    assert translation.get_language() == 'en'


def test_the_language_is_left_behind_after_a_crash_too(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    reader.raise_request_exception = False
    monkeypatch.setattr('django.contrib.admin.sites.AdminSite.get_app_list', lambda *_: 1 / 0)

    assert reader.get('/admin/', HTTP_ACCEPT_LANGUAGE='pt-BR').status_code == 500

    assert translation.get_language() == 'en'


def test_every_text_is_translated_and_compiled() -> None:
    source = (CATALOGUE / 'django.po').read_text(encoding='utf-8')
    with (CATALOGUE / 'django.mo').open('rb') as file:
        compiled = GNUTranslations(file)
    entries = [(text(one), text(many), text(said)) for one, many, said in ENTRY.findall(source) if text(one)]

    assert len(entries) > 50
    assert '#, fuzzy' not in source
    for one, many, said in entries:
        assert said
        assert (compiled.ngettext(one, many, 1) if many else compiled.gettext(one)) == said
