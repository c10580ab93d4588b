"""The counts that several processes have written to files."""

from pathlib import Path

import pytest
from prometheus_client.registry import CollectorRegistry

from realmate_challenge.shared.observability import metrics


def test_a_broken_file_costs_its_own_counts_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(metrics.DIRECTORY, str(tmp_path))
    assert metrics.exposition(CollectorRegistry()) == b''
    (tmp_path / 'counter_1.db').write_bytes(b'broken')
    assert metrics.exposition(CollectorRegistry()) == b''

    (record,) = caplog.records
    assert f'{tmp_path}/counter_1.db cannot be read' in record.getMessage()
