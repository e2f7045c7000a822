# The gateway as an image. What it keeps is in /var/lib/intake; settings come from the environment and secret files.
FROM python:3.11.14-slim-bookworm AS build
WORKDIR /src
COPY requirements/run.txt requirements/run.txt
RUN python -m venv /opt/intake
RUN /opt/intake/bin/pip install --disable-pip-version-check --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY intake intake
COPY channels channels
COPY authz authz
COPY store store
COPY config config
RUN /opt/intake/bin/pip install --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/intake intake
COPY --from=build /opt/intake /opt/intake
ENV PATH=/opt/intake/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    INTAKE_SERVICE__DATA_DIR=/var/lib/intake \
    INTAKE_HTTP__HOST=0.0.0.0 \
    INTAKE_SMTP__HOST=0.0.0.0
USER intake
WORKDIR /var/lib/intake
VOLUME /var/lib/intake
EXPOSE 8080 8025
HEALTHCHECK --start-period=20s --interval=15s --timeout=5s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["intake"]
CMD ["serve"]
