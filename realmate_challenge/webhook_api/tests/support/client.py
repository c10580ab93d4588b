"""A client of one server, with one connection that it keeps, as a sender does."""

import http.client
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, final

import orjson

TIMEOUT_SECONDS: Final = 60
JSON: Final = {'Content-Type': 'application/json'}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:  # noqa: ANN401 - a JSON document
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        """Of the one error in the envelope."""
        (error,) = self.document['errors']
        return str(error['code'])


@final
class Client(AbstractContextManager['Client']):
    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection('127.0.0.1', port, timeout=TIMEOUT_SECONDS)

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """Raises: OSError, if there is no answer."""
        return self._request('GET', path, None, headers)

    def post(self, event: Mapping[str, Any] | bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Raises: OSError, if there is no answer: the sender cannot know what became of the event."""
        body = event if isinstance(event, bytes) else orjson.dumps(event)
        return self._request('POST', '/webhook/', body, {**JSON, **(headers or {})})

    def _request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ConnectionError(str(error)) from error
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=names, body=content)
