from __future__ import annotations

import pickle

import pytest

from auditor.domain import errors


def test_an_error_reads_as_one_line_with_the_next_step() -> None:
    assert str(errors.UsageError("no")) == "no"
    assert str(errors.UsageError("no", next_step="do this")) == "no; do this"


def test_a_registry_error_keeps_status_code_and_whether_to_try_again() -> None:
    error = errors.RegistryError("x", status=503, code="UNKNOWN", is_transient=True)
    assert (error.status, error.code, error.is_transient) == (503, "UNKNOWN", True)
    assert not errors.RegistryError("x").is_transient


@pytest.mark.parametrize("kind", [errors.RegistryUnreachableError, errors.RateLimitedError])
def test_some_errors_are_transient_unless_told_otherwise(
    kind: type[errors.RegistryError],
) -> None:
    assert kind("x").is_transient
    assert not kind("x", is_transient=False).is_transient


def test_an_unknown_reference_offers_candidates() -> None:
    assert errors.UnknownReferenceError("x", candidates=("a", "b")).candidates == ("a", "b")


def test_the_docstring_draws_every_class_of_the_tree() -> None:
    drawn = errors.__doc__ or ""
    classes = [name for name in vars(errors) if name.endswith("Error")]
    assert len(classes) > 10
    assert all(name in drawn for name in classes)


def test_an_error_survives_the_way_between_processes() -> None:
    error = errors.NotFoundError("gone")
    assert str(pickle.loads(pickle.dumps(error))) == "gone"  # noqa: S301 - our own bytes
