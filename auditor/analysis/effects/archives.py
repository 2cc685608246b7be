"""Names of archives, and the commands that unpack them."""

from __future__ import annotations

from auditor.analysis.effects.acts import Act, absolute

# What an archive weighs beside its unpacked contents, as a share of a gzip layer that holds
# both. Measured over five trees of a Debian 12 machine (Python and Perl modules, C headers, a
# JDK, Java libraries): xz 0.35 to 0.45, median 0.43; bzip2 0.43 to 0.49, median 0.44; gzip
# packs as the layer does, so one half.
_SHARES = {
    ".tar.gz": 0.50,
    ".tgz": 0.50,
    ".tar": 0.50,
    ".zip": 0.50,
    ".tar.bz2": 0.44,
    ".tbz2": 0.44,
    ".tar.xz": 0.43,
    ".txz": 0.43,
    ".tar.zst": 0.43,
    ".deb": 0.40,
    ".rpm": 0.43,
}
_UNPACKERS = frozenset({"tar", "bsdtar", "unzip", "7z", "7za", "dpkg", "rpm", "apt", "apt-get"})
_UNPACKERS |= {"yum", "dnf", "alien", "jar", "cpio"}
_PACKS = frozenset({"-c", "-r", "-u", "--create", "--append", "--update"})


def is_archive(path: str) -> bool:
    """Whether a file of this name is of use only unpacked."""
    return path.lower().endswith(tuple(_SHARES))


def archive_share(path: str) -> float:
    """The archive's share of a layer that holds it and its contents, 0 to 1."""
    low = path.lower()
    return next((share for ending, share in _SHARES.items() if low.endswith(ending)), 0.0)


def unpacked(act: Act) -> tuple[str, ...]:
    """Absolute paths, or patterns, of the archives that a command unpacks."""
    if act.name not in _UNPACKERS or not _PACKS.isdisjoint(act.arguments):
        return ()
    words = [word.rpartition("=")[2] for word in act.arguments]
    return tuple(absolute(act.folder, word) for word in words if is_archive(word))
