"""The production application, which also answers `/environ` with the environment of a worker."""

import os
from collections.abc import Iterable
from typing import Any

from realmate_challenge.wsgi import application as production


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - PEP 3333's callable
    if environ['PATH_INFO'] != '/environ':
        return production(environ, start_response)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [f'{os.getpid()} {environ} {dict(os.environ)}'.encode()]
