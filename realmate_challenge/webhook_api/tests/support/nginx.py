"""An nginx with `deploy/nginx/realmate.conf`, on free ports."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Self

from benchmarks.server import reserve_port
from realmate_challenge.webhook_api.tests.support.clients import wait_for
from realmate_challenge.webhook_api.tests.support.processes import ROOT

NGINX: Final = shutil.which('nginx', path=f'{os.environ["PATH"]}:/usr/sbin:/usr/local/sbin')
OPENSSL: Final = shutil.which('openssl')
# Replaces the 10 seconds of the configuration.
LIMIT_SECONDS: Final = 2
TEMPORARY: Final = ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi')
MAIN: Final = """
{user}
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    {temporary}
    include {directory}/realmate.conf;
}}
"""
CERTIFICATE: Final = (
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout privkey.pem -out fullchain.pem '
    '-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1'
)


class Nginx(AbstractContextManager['Nginx']):
    def __init__(self, directory: Path, upstream_port: int) -> None:
        self._directory = directory
        self.port: Final = reserve_port()
        self.tls_port: Final = reserve_port()
        self._upstream_port = upstream_port
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        subprocess.run([str(OPENSSL), *CERTIFICATE.split()], cwd=self._directory, check=True, capture_output=True)
        (self._directory / 'realmate.conf').write_text(self._configuration())
        # By default a master of root gives its files to a user that cannot enter this directory.
        user = 'user root;' if os.geteuid() == 0 else ''
        temporary = ' '.join(f'{name}_temp_path {self._directory}/{name};' for name in TEMPORARY)
        main = self._directory / 'nginx.conf'
        main.write_text(MAIN.format(user=user, directory=self._directory, temporary=temporary))
        self._process = subprocess.Popen([str(NGINX), '-c', str(main), '-p', str(self._directory)])
        wait_for(self._listens)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def connect(self, *, tls: bool = False) -> socket.socket:
        connection = socket.create_connection(('127.0.0.1', self.tls_port if tls else self.port), timeout=30)
        return self.trust().wrap_socket(connection, server_hostname='localhost') if tls else connection

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self._directory / 'fullchain.pem'))

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, 'nginx does not start.'
        with socket.socket() as probe:
            return probe.connect_ex(('127.0.0.1', self.tls_port)) == 0

    def _configuration(self) -> str:
        shipped = (ROOT / 'deploy/nginx/realmate.conf').read_text()
        text = re.sub(r'^ *listen \[::\].*\n', '', shipped, flags=re.MULTILINE)
        for old, new in {
            'listen 80 ': f'listen 127.0.0.1:{self.port} ',
            'listen 443 ': f'listen 127.0.0.1:{self.tls_port} ',
            '127.0.0.1:8000': f'127.0.0.1:{self._upstream_port}',
            '/etc/nginx/tls/': f'{self._directory}/',
            ' 10s;': f' {LIMIT_SECONDS}s;',
        }.items():
            assert old in text, old
            text = text.replace(old, new)
        return text
