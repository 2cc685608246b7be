"""npm packages at the versions and places a lock file fixes: nothing to resolve."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.domain.package_facts import NpmRelease
from auditor.domain.packages import Closure, Ecosystem, Locked, SizedPackage
from auditor.estimate.closures.limits import check_count, check_names, few, shown
from auditor.estimate.closures.npm_target import NpmTarget
from auditor.estimate.ports import NpmIndex


def npm_locked(
    locked: Iterable[Locked], index: NpmIndex, target: NpmTarget, *, dev: bool
) -> Closure:
    """What `npm ci` fetches for this target: one entry per place.

    Packages for other machines are left out, which only optional ones may be; where the lock
    does not say for which they are, as those of yarn 1 and npm 6, the index does.
    Raises UsageError for names that are none, and for more packages than are looked at.
    """
    kept = [one for one in locked if dev or not one.is_dev]
    check_names(Ecosystem.NPM, (one.name for one in kept))
    check_count(Ecosystem.NPM, len(kept))
    kept = [one for one in kept if _fits(one, target)]
    index.look_ahead(sorted({one.name for one in kept}))
    found = ((one, _release(one, index)) for one in kept)
    pairs = [(one, release) for one, release in found if _is_taken(one, release, target)]
    index.weigh([release for _, release in pairs if release is not None])
    packages = [_sized(one, release, index) for one, release in pairs]
    unknown = [one for one, release in pairs if release is None]
    return Closure(
        ecosystem=Ecosystem.NPM,
        packages=tuple(sorted(packages, key=lambda one: (one.name, one.version))),
        is_approximate=bool(unknown),
        notes=few(
            f"the index has no {shown(one.name)} {shown(one.version)}: not sized" for one in unknown
        ),
    )


def _fits(one: Locked, target: NpmTarget) -> bool:
    return target.fits(one.systems, one.architectures, one.libcs)


def _is_taken(one: Locked, release: NpmRelease | None, target: NpmTarget) -> bool:
    if release is None or not one.is_optional:
        return True
    return target.fits(release.systems, release.architectures, release.libcs)


def _release(one: Locked, index: NpmIndex) -> NpmRelease | None:
    package = index.package(one.name)
    return package.releases.get(one.version) if package else None


def _sized(one: Locked, release: NpmRelease | None, index: NpmIndex) -> SizedPackage:
    return SizedPackage(
        name=one.name,
        version=one.version,
        archive_bytes=index.archive_bytes(release) if release else None,
        unpacked_bytes=release.unpacked_bytes if release else None,
        is_dev=one.is_dev,
    )
