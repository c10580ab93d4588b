"""Health checks and metrics on MANAGEMENT_PORT, in a process of its own that `realmate_challenge.serve` starts.

It answers while all request threads of the server wait for the database. It ends with the process that started it.
"""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler

from django.conf import settings
from prometheus_client.exposition import ThreadingWSGIServer

from realmate_challenge.shared.http.requests import UTF8WSGIHandler
from realmate_challenge.startup import start


class ManagementServer(ThreadingWSGIServer):
    # `handle_request` returns after so many seconds.
    timeout = 1


class QuietHandler(WSGIRequestHandler):
    # Seconds until an idle connection is closed.
    timeout = 10

    def log_message(self, *_: object) -> None:
        """Log no access, as the server does."""


def main(host: str, port: int) -> None:
    parent = os.getppid()
    # Ctrl-C in a terminal is for the parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Probes use addresses and plain HTTP.
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ['*'], False
    django = start(UTF8WSGIHandler)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ['PATH_INFO'] not in {'/health/live', '/health/ready', '/metrics'}:
            environ['PATH_INFO'] = '/unknown'
        return django(environ, start_response)

    ManagementServer.address_family = socket.AF_INET6 if ':' in host else socket.AF_INET
    with ManagementServer((host, port), QuietHandler) as server:
        server.set_app(application)
        while os.getppid() == parent:
            server.handle_request()


if __name__ == '__main__':
    main(sys.argv[1], int(sys.argv[2]))
