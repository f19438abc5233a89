# syntax=docker/dockerfile:1
# One image for web, worker, ticks, beat and migrate: compose.yaml says which command each runs.

FROM node:24-bookworm-slim AS browser
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.11-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --requirement requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SALESGOALS_DATA_DIR=/data \
    SALESGOALS_BIND=0.0.0.0:8000 \
    SALESGOALS_LOG_STYLE=json
RUN groupadd --gid 10001 salesgoals \
    && useradd --uid 10001 --gid salesgoals --home-dir /data --no-create-home --shell /usr/sbin/nologin salesgoals \
    && install --directory --owner salesgoals --group salesgoals --mode 700 /data
COPY --from=packages /venv /venv
WORKDIR /app
# Of the npm packages only what is served (salesgoals/vendor_files.py) and drawn (templatetags/icons.py).
COPY --from=browser /build/node_modules/@tabler/core/dist/ node_modules/@tabler/core/dist/
COPY --from=browser /build/node_modules/@tabler/icons/icons/outline/ node_modules/@tabler/icons/icons/outline/
COPY --from=browser /build/node_modules/plotly.js-cartesian-dist-min/ node_modules/plotly.js-cartesian-dist-min/
COPY . .
# The code belongs to root: the running process can change nothing but /data.
RUN SALESGOALS_DATA_DIR=/tmp/build sh -c \
    'python manage.py translations --compile && python manage.py collectstatic --no-input --verbosity 0' \
    && rm -rf /tmp/build node_modules/@tabler/core node_modules/plotly.js-cartesian-dist-min
USER salesgoals
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "-c", "python:salesgoals.gunicorn_conf"]
