"""Whether an address answers: what a container's health check runs, without a shell or curl.

`python -m auditor.commands.health http://127.0.0.1:8080/healthz` loads nothing but the standard
library: it is run every few seconds for as long as the service lives.
"""

from __future__ import annotations

import sys
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

_PATIENCE_SECONDS = 5


def problem_at(url: str) -> str:
    """Why that address is not healthy, in a few words; empty where it answers 200."""
    place = urlsplit(url)
    if place.scheme != "http" or not place.hostname:
        return "it is no http:// address"
    try:
        with closing(HTTPConnection(place.netloc, timeout=_PATIENCE_SECONDS)) as connection:
            connection.request("GET", place.path or "/", headers={"Connection": "close"})
            status = connection.getresponse().status
    except (OSError, HTTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return "" if status == HTTPStatus.OK else f"it answers {status}"


def main() -> None:
    """Check the one address that is given; exit code 1 where it is not healthy."""
    if len(sys.argv) != len(("program", "address")):
        sys.exit("give one address, such as http://127.0.0.1:8080/healthz")
    if problem := problem_at(sys.argv[1]):
        sys.exit(problem)


if __name__ == "__main__":
    main()
