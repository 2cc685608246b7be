from __future__ import annotations

import pytest

from auditor.commands.failures import ExitCode, describe, exit_code_for
from auditor.domain import errors

CODES = {
    errors.AuditorError: ExitCode.INCOMPLETE,
    errors.UsageError: ExitCode.USAGE,
    errors.InvalidReferenceError: ExitCode.USAGE,
    errors.InvalidDigestError: ExitCode.USAGE,
    errors.UnknownReferenceError: ExitCode.USAGE,
    errors.SettingsError: ExitCode.USAGE,
    errors.StoreError: ExitCode.INCOMPLETE,
    errors.RegistryBusyError: ExitCode.INCOMPLETE,
    errors.LeaseLostError: ExitCode.INCOMPLETE,
    errors.RemovalGuardError: ExitCode.INCOMPLETE,
    errors.RegistryError: ExitCode.INCOMPLETE,
    errors.RegistryUnreachableError: ExitCode.NO_ACCESS,
    errors.AuthenticationError: ExitCode.NO_ACCESS,
    errors.NotARegistryError: ExitCode.NO_ACCESS,
    errors.IndexFailureError: ExitCode.NO_ACCESS,
    errors.NotFoundError: ExitCode.INCOMPLETE,
    errors.RateLimitedError: ExitCode.INCOMPLETE,
    errors.ProtocolError: ExitCode.INCOMPLETE,
    errors.BodyTooLargeError: ExitCode.INCOMPLETE,
    errors.DigestMismatchError: ExitCode.INCOMPLETE,
    errors.InvalidManifestError: ExitCode.INCOMPLETE,
}


def family(kind: type[errors.AuditorError]) -> set[type[errors.AuditorError]]:
    return {kind}.union(*(family(child) for child in kind.__subclasses__()))


@pytest.mark.parametrize("kind", sorted(family(errors.AuditorError), key=str))
def test_every_error_of_the_tree_has_its_exit_code(kind: type[errors.AuditorError]) -> None:
    assert exit_code_for(kind("what")) is CODES[kind]


def test_ctrl_c_and_defects_have_theirs() -> None:
    assert exit_code_for(KeyboardInterrupt()) is ExitCode.INTERRUPTED
    assert exit_code_for(ValueError()) is ExitCode.INCOMPLETE


def test_an_error_is_one_harmless_line() -> None:
    error = errors.StoreError("a\nb\x1b[31m", next_step="run this")
    assert describe(error) == "a\\nb\\x1b[31m; run this"
    assert describe(ValueError()).startswith("ValueError: no details; ")


def test_many_candidates_are_counted() -> None:
    names = tuple(f"r{number}" for number in range(13))
    error = errors.UnknownReferenceError("no such thing", candidates=names)
    assert describe(error).endswith("candidates: r0, r1, r2, r3, r4, r5, r6, r7, r8, r9 and 3 more")
