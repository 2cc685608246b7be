# The program for servers: PostgreSQL, gunicorn, workers. Built by docker-compose.yml.
# What was and was not run of this file: docs/how-to/deploy.md.
#
# The base by digest, for linux/amd64. Elsewhere: --build-arg PYTHON=python:3.12-slim
ARG PYTHON=python:3.12-slim@sha256:d657ab0ade19f404a6ccc883ab399540de667aff751748ce23c07330c5a89e64

# What the program needs: a big layer that changes with a lock, not with a release.
FROM ${PYTHON} AS libraries
WORKDIR /build
# Which lock: server, or otel or sentry, which hold the same and what reports traces or errors.
ARG LOCK=server
COPY requirements/server.txt requirements/otel.txt requirements/sentry.txt requirements/
RUN pip install --no-cache-dir --no-compile --require-hashes --no-deps --target /opt/libraries -r requirements/${LOCK}.txt \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/libraries

# The program itself: a small layer, all that a new release has to push and pull.
FROM ${PYTHON} AS program
WORKDIR /build
COPY requirements/build.txt requirements/
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements/build.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY migrations migrations
COPY web web
COPY auditor auditor
RUN pip install --no-cache-dir --no-compile --no-deps --no-build-isolation --target /opt/program . \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/program \
    && mkdir /data

# Nothing is run in this stage: it needs no shell, and neither does the health check.
FROM ${PYTHON}
COPY --from=libraries /opt/libraries /opt/libraries
COPY --from=program /opt/program /opt/program
COPY --from=program --chown=10001:10001 /data /data
ENV PYTHONPATH=/opt/program:/opt/libraries \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/data \
    AUDITOR_DATABASE_URL=sqlite:////data/auditor.db
USER 10001:10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s \
    CMD ["python", "-m", "auditor.commands.health", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["python", "-m", "auditor"]
CMD ["serve", "--host", "0.0.0.0"]
