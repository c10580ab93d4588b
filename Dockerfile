# The service, and nothing else. Build: docker build -t realmate .   Run: see compose.yaml and docs/operations.md.
# The schema is brought up to date by a step of its own: docker run ... realmate python manage.py migrate

FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS base

FROM base AS build
COPY requirements/runtime.txt /runtime.txt
# The environment gets no pip of its own: nothing is installed after this.
RUN python -m venv --without-pip /opt/venv
RUN python -m pip --python /opt/venv/bin/python install --no-cache-dir --require-hashes --only-binary :all: -r /runtime.txt

FROM base
# /data is for those who stay with SQLite: mount a volume there.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin realmate \
    && install --directory --owner=realmate --group=realmate /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY realmate_challenge realmate_challenge
RUN python -m compileall -q realmate_challenge
# DJANGO_DEBUG is set because manage.py would turn it on.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_DEBUG=false \
    DATABASE_URL=sqlite:////data/db.sqlite3 \
    HOST=0.0.0.0 \
    PORT=8000 \
    MANAGEMENT_PORT=9000
USER realmate
EXPOSE 8000 9000
# If it fails, Docker marks the container as unhealthy; Docker does not restart it. It asks the management port, which answers while
# all request threads wait for the database: the container is not unhealthy because its database is slow.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('MANAGEMENT_PORT') or os.environ['PORT']), timeout=2); c.request('GET', '/health/live'); sys.exit(c.getresponse().status != 200)"]
CMD ["python", "-m", "realmate_challenge.serve"]
