"""Which other bases a fleet may move to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor.analysis.bases.fleet import total_size
from auditor.analysis.bases.names import BaseKind, variant_of
from auditor.analysis.bases.outdated import moved_name
from auditor.analysis.bases.slimmer import swap_words
from auditor.analysis.bases.variants import Change, Choice, VariantIndex, change_between
from auditor.domain.bases import BaseLayer, KnownBase
from auditor.domain.platform import Platform

_UNLIKE = "It is of another family: what programs find there may differ in everything."
_OTHER_VERSION = "It is another version: test what you build on it."


@dataclass(frozen=True, slots=True)
class OldBase:
    """The base that is in use: its layers, what is known of it, and what builds on it.

    `builds`: an image on it compiles, so that it needs the tools it has. `current`: what the
    base's names mean today.
    """

    names: tuple[str, ...]
    layers: tuple[BaseLayer, ...]
    platform: Platform | None = None
    distribution: str = ""
    builds: bool = False
    current: Mapping[str, KnownBase] | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Another base, by its name, with a sentence for each thing that changes besides."""

    name: str
    layers: tuple[BaseLayer, ...]
    words: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """What a pull of it downloads."""
        return total_size(self.layers)


def propose_targets(old: OldBase, index: VariantIndex) -> Iterator[Target]:
    """Bases worth a plan: a slimmer variant, then today's build of the same tag.

    The slimmer one is chosen as for `slimmer-base`: what changes least besides, then the
    smallest. Only bases of which the layers are known: without them nothing can be counted.
    """
    slimmer = _slimmer(old, index)
    if slimmer is not None:
        yield slimmer
    name = moved_name(old.names, [layer.digest for layer in old.layers], old.current or {})
    if name is not None and old.current is not None:
        yield Target(name, old.current[name].layers)


def _slimmer(old: OldBase, index: VariantIndex) -> Target | None:
    variant = variant_of(old.names, old.distribution)
    if variant is None or variant.kind == BaseKind.OTHER:
        return None
    size = total_size(old.layers)
    fitting = [
        one
        for one in index.slimmer(variant, old.platform, may_be_leaner=not old.builds)
        if one.base.layers and not one.is_stand_in and one.base.size_bytes < size
    ]
    if not fitting:
        return None
    chosen = min(fitting, key=lambda one: (one.change, one.base.size_bytes, one.name))
    return Target(chosen.name, chosen.base.layers, tuple(swap_words(variant, chosen)))


def named_target(old: OldBase, name: str, base: KnownBase) -> Target:
    """A base that somebody asks for, whatever it is, with what its name tells of the change."""
    before = variant_of(old.names, old.distribution)
    after = variant_of((name,), base.distribution)
    words: tuple[str, ...] = ()
    if before is not None and after is not None:
        choice = Choice(after, base, change_between(before, after))
        if after.family != before.family:
            words = (_UNLIKE,)
        elif after.is_slim != before.is_slim or choice.change != Change.SAME_RELEASE:
            words = tuple(swap_words(before, choice))
        elif after.version != before.version:
            words = (_OTHER_VERSION,)
    return Target(name, base.layers, words)
