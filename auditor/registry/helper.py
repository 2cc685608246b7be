"""Credential helpers that may hang."""

from __future__ import annotations

import os
import subprocess

from docker.credentials import Store, StoreError
from docker.credentials.errors import process_store_error


class PatientStore(Store):  # type: ignore[misc]
    """Docker's own way to ask a helper, for `seconds` at most.

    Where it takes longer, the helper is killed; raises subprocess.TimeoutExpired.
    """

    def __init__(self, program: str, *, environment: dict[str, str], seconds: float) -> None:
        super().__init__(program, environment=environment)
        self._seconds = seconds

    def _execute(self, subcmd: str, data_input: bytes) -> bytes:
        if self.exe is None:
            raise StoreError(f"{self.program} is not installed")
        command = [self.exe, subcmd]
        with subprocess.Popen(  # noqa: S603 - the program the user's own file names
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **self.environment},
        ) as process:
            try:
                output, _ = process.communicate(data_input, timeout=self._seconds)
            except BaseException:  # its own children may hold the pipe open: do not read on
                process.kill()
                raise
        if process.returncode:
            raise process_store_error(
                subprocess.CalledProcessError(process.returncode, command, output), self.program
            )
        return output
