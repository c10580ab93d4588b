"""A real nginx with `deploy/nginx/realmate.conf`, on ports of its own."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, final

from realmate_challenge.webhook_api.tests.support.processes import ROOT
from realmate_challenge.webhook_api.tests.support.waiting import wait_for

NGINX: Final = shutil.which('nginx', path=f'{os.environ["PATH"]}:/usr/sbin:/usr/local/sbin')
OPENSSL: Final = shutil.which('openssl')
CONFIGURATION: Final = ROOT / 'deploy/nginx/realmate.conf'
# Instead of the 10 seconds of the file, so that the tests need not wait so long.
LIMIT_SECONDS: Final = 2
MAIN: Final = """
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/realmate.conf;
}}
"""


@final
class Nginx(AbstractContextManager['Nginx']):
    def __init__(self, directory: Path, upstream_port: int) -> None:
        self._directory = directory
        # Two probes at the same time: one after the other may get the same port.
        with socket.create_server(('127.0.0.1', 0)) as http, socket.create_server(('127.0.0.1', 0)) as https:
            self.port: Final[int] = http.getsockname()[1]
            self.tls_port: Final[int] = https.getsockname()[1]
        self._upstream_port = upstream_port
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> 'Nginx':
        self._make_certificate()
        (self._directory / 'realmate.conf').write_text(self._configuration())
        main = self._directory / 'nginx.conf'
        # A master that is started by root would give its files to a user who cannot reach this directory.
        user = 'user root;' if os.geteuid() == 0 else ''
        main.write_text(user + MAIN.format(directory=self._directory))
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
        text = re.sub(r'^ *listen \[::\].*\n', '', CONFIGURATION.read_text(), flags=re.MULTILINE)
        for theirs, ours in {
            'listen 80 ': f'listen 127.0.0.1:{self.port} ',
            'listen 443 ': f'listen 127.0.0.1:{self.tls_port} ',
            '127.0.0.1:8000': f'127.0.0.1:{self._upstream_port}',
            '/etc/nginx/tls/': f'{self._directory}/',
            ' 10s;': f' {LIMIT_SECONDS}s;',
        }.items():
            assert theirs in text, theirs
            text = text.replace(theirs, ours)
        return text

    def _make_certificate(self) -> None:
        key, certificate = self._directory / 'privkey.pem', self._directory / 'fullchain.pem'
        request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
        names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
        files = ['-keyout', str(key), '-out', str(certificate)]
        subprocess.run([str(OPENSSL), *request, *names, *files], check=True, capture_output=True)
