"""Bases across an organisation: which versions are in use, and what moving to another one frees."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FleetStep:
    """One repository moves to the other base.

    `freed_bytes` leave the registry's storage by this step alone, below zero where it costs
    some; `cumulative_bytes` by all steps so far.
    """

    scope: str
    repository: str
    freed_bytes: int
    cumulative_bytes: int


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """In which order repositories move, and what storage is freed net of sharing.

    `break_even`: after how many steps storage is smaller than before for the first time; None
    where it never is. `kept_bytes`: layers of the old base that others go on holding when all
    have moved. Own layers keep their size; images of before are taken to be deleted.
    """

    steps: tuple[FleetStep, ...]
    break_even: int | None
    kept_bytes: int

    @property
    def freed_bytes(self) -> int:
        """What all steps free together."""
        return self.steps[-1].cumulative_bytes if self.steps else 0


@dataclass(frozen=True, slots=True)
class FleetSwap:
    """All repositories on one base move to another: a plan with its first steps, for people.

    `words`: what changes besides the bytes, a sentence each. `moves` repositories in all, of
    which `steps` has the first. `added_bytes`: what comes in with the new base. `kept_bytes`:
    layers of the old one alone that go on being stored, as others hold them.
    """

    name: str
    size_bytes: int
    words: tuple[str, ...]
    moves: int
    freed_bytes: int
    added_bytes: int
    kept_bytes: int
    break_even: int | None
    steps: tuple[FleetStep, ...]


@dataclass(frozen=True, slots=True)
class BaseVersion:
    """One build of a base in use: its names, its bytes, and how many repositories build on it.

    `own_bytes`: stored bytes of its layers that no other version in use has.
    """

    names: tuple[str, ...]
    size_bytes: int
    own_bytes: int
    repositories: int


@dataclass(frozen=True, slots=True)
class BaseVersions:
    """All versions of one base in use: the most used first.

    `stored_bytes`: their layers together, each once per storage scope. `one_bytes`: what would
    be stored if all repositories built on the most used one. `repositories` counts each once.
    """

    family: str
    versions: tuple[BaseVersion, ...]
    stored_bytes: int
    one_bytes: int
    repositories: int

    @property
    def excess_bytes(self) -> int:
        """What having several versions costs, as far as nobody else holds their layers."""
        return self.stored_bytes - self.one_bytes
