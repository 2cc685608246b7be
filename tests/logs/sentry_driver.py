"""A process that fails in two ways, and reports both: `python sentry_driver.py DSN CANARY`."""

from __future__ import annotations

import logging
import sys

from flask import Flask

from auditor.logs.telemetry import start_sentry

log = logging.getLogger("tests")
app = Flask(__name__)


def work(secret: str) -> None:
    held = f"Bearer {secret}"  # a local variable, which stays here
    raise RuntimeError(f"password={secret}", len(held))


@app.post("/broken")
def broken() -> str:
    log.error("page failed", extra={"api_key": secret})
    return ""


dsn, secret = sys.argv[1:]
sys.argv[1:] = ["--password", secret]
logging.getLogger().addHandler(logging.NullHandler())
start_sentry(dsn, release="1.2.3")
app.test_client().post(
    f"/broken?token={secret}",
    data={"password": secret},
    headers={"Cookie": f"session={secret}", "Authorization": f"Basic {secret}"},
    environ_base={"REMOTE_ADDR": "192.0.2.1"},
)
logging.getLogger("opentelemetry.exporter").error("Failed to export spans")
try:
    log.warning("asks with token=%s", secret)
    work(secret)
except RuntimeError as error:
    log.exception(
        "run broke", exc_info=RuntimeError(error.args[0]).with_traceback(error.__traceback__)
    )
