"""Files that somebody sends to a page of the admin, none of which takes one."""

from pathlib import Path
from typing import Final

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

LOGIN: Final = '/admin/login/'
# More than Django keeps in memory by default.
SIZE: Final = 3 * 2**20


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile('file.bin', b'x' * SIZE)


@pytest.mark.django_db
def test_an_uploaded_file_is_not_written_to_the_disk(client: Client, settings: Settings, tmp_path: Path) -> None:
    settings.WEBHOOK_MAX_BODY_BYTES = 2 * SIZE
    # Writing would fail.
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / 'missing'

    assert client.post(LOGIN, {'file': upload()}).status_code == 200


def test_an_upload_over_the_cap_is_refused_with_a_page(client: Client) -> None:
    answer = client.post(LOGIN, {'file': upload()})

    assert answer.status_code == 413
    assert answer['Content-Type'].startswith('text/html')


def test_a_body_over_the_cap_is_refused_on_any_other_url(client: Client) -> None:
    answer = client.post('/nowhere/', {'file': upload()})

    assert answer.status_code == 413
    assert answer.json()['errors'][0]['code'] == 'PAYLOAD_TOO_LARGE'
