# The program with PostgreSQL support, as a user without rights. Built by docker-compose.yml;
# not built by the tests.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements requirements
RUN python -m venv /opt/auditor \
    && /opt/auditor/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements/postgres.txt \
    && pip install --no-cache-dir --require-hashes --no-deps -r requirements/build.txt
COPY . .
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/auditor/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.13-slim
COPY --from=build /opt/auditor /opt/auditor
RUN useradd --system --uid 10001 auditor && install -d -o auditor /data
USER auditor
VOLUME /data
ENV PATH=/opt/auditor/bin:$PATH AUDITOR_DATABASE_URL=sqlite:////data/auditor.db
EXPOSE 8080
ENTRYPOINT ["auditor"]
CMD ["serve", "--host", "0.0.0.0"]
