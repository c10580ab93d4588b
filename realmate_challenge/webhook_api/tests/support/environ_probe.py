"""The production application, which also answers `/environ` with the environment of a worker."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from realmate_challenge import worker


def load_application(**options: Any) -> Callable[..., Iterable[bytes]]:  # noqa: ANN401 - passed on
    """Take the place of the function that `serve.py` imports, in the main process."""
    production = worker.load_application(**options)

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - PEP 3333's callable
        if environ['PATH_INFO'] != '/environ':
            answer: Iterable[bytes] = production(environ, start_response)
            return answer
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [f'{os.getpid()} {environ} {dict(os.environ)}'.encode()]

    return application
