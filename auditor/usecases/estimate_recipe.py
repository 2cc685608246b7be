"""What goes into an image: from options, lists of packages and a Dockerfile, not yet weighed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from auditor.domain.build_plan import (
    BaseFiles,
    BaseKind,
    Brought,
    Compile,
    Copy,
    CopyFrom,
    Deed,
    Download,
    FinalImage,
    IndexKept,
    InlineFile,
    Install,
    LeftBehind,
    Leftover,
    Other,
    Rewrite,
    Unknown,
    Unpack,
    Upgrade,
)
from auditor.domain.build_plan import ListFile as NamedList
from auditor.domain.estimates import (
    EstimateOptions,
    EstimateRequest,
    Interval,
    ListFile,
    OwnFiles,
    Part,
    PartKind,
)
from auditor.domain.packages import Ecosystem, PackageList
from auditor.domain.text import clean_line
from auditor.domain.units import format_bytes
from auditor.estimate.lists.names import parse_names
from auditor.estimate.lists.reading import part_of_others, read_list
from auditor.usecases.estimate_base import SCRATCH

BYTE_CODE = (Leftover.PYTHON_CODE, Leftover.PIP_CODE)
"""What pip leaves of its own where Python may write byte code."""
_CONTEXT = "the build context"
_OF_OTHER_TOOLS = frozenset(
    {"uv.lock", "poetry.lock", "Pipfile.lock", "yarn.lock", "pnpm-lock.yaml", "bun.lock"}
)
_OF_ENVIRONMENTS = frozenset({Leftover.ENVIRONMENT_PIP, Leftover.ENVIRONMENT_SETUPTOOLS})


@dataclass(frozen=True, slots=True)
class Packages:
    """What one installation asks for. `place` tells installations apart; `name` is for people."""

    ecosystem: Ecosystem
    lists: tuple[PackageList, ...]
    options: EstimateOptions
    place: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A base by name, and what comes on top, in build order; `known` parts need no index.

    `caches` are package managers whose lists of packages stay, `left_behind` is what they leave
    of their own. `unknown` names what has no size; `left_out` stages that leave nothing.
    """

    base: str
    packages: tuple[Packages, ...] = ()
    known: tuple[Part, ...] = ()
    caches: tuple[Ecosystem, ...] = ()
    left_behind: tuple[Leftover, ...] = ()
    unknown: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def built_with(self, change: Callable[[EstimateOptions], EstimateOptions]) -> Recipe:
        """The same with other options for every installation."""
        packages = tuple(replace(one, options=change(one.options)) for one in self.packages)
        return replace(self, packages=packages)

    @property
    def lists(self) -> Iterator[PackageList]:
        """All lists of all installations."""
        for one in self.packages:
            yield from one.lists

    @property
    def has_dev(self) -> bool:
        """Whether anything is for development only."""
        wanted = any(package.is_dev for one in self.lists for package in one.wanted)
        return wanted or any(package.is_dev for one in self.lists for package in one.locked)


def recipe_of(request: EstimateRequest) -> Recipe:
    """What the options and lists of a request say, without its Dockerfile.

    Raises UsageError for a list that cannot be read, and for nothing to estimate.
    """
    lists = [parse_names(kind, text) for kind, text in request.names if text.strip()]
    lists += _read_all(request)
    groups: dict[Ecosystem, list[PackageList]] = {}
    for one in lists:
        groups.setdefault(one.ecosystem, []).append(one)
    return Recipe(
        base=request.base,
        packages=tuple(
            Packages(kind, tuple(some), request.options, name=_sources(some))
            for kind, some in groups.items()
        ),
        known=tuple(_own_part(own) for own in request.own),
        caches=tuple(groups) if request.options.keeps_caches else (),
        left_behind=tuple(_usually_left(lists, request.options)),
        notes=tuple(note for one in lists for note in one.notes),
    )


def recipe_of_image(image: FinalImage, request: EstimateRequest) -> Recipe:
    """What a Dockerfile leaves in the image, its lists being among the request's files.

    Options given beside a Dockerfile add to what it says. Raises UsageError for lists that
    cannot be read.
    """
    reader = _Reader(request)
    for layer in image.layers:
        for brought in layer.brings:
            reader.take(brought)
    beside = recipe_of(replace(request, files=(), own=()))
    beside_left = (LeftBehind(what, "") for what in beside.left_behind)
    base = SCRATCH if image.base.kind is BaseKind.SCRATCH else image.base.name
    return Recipe(
        base=request.base or base,
        packages=(*reader.packages.values(), *beside.packages),
        known=tuple(reader.known),
        caches=tuple(dict.fromkeys((*reader.caches, *beside.caches))),
        left_behind=tuple(_once((*reader.left_behind, *beside_left))),
        unknown=tuple(dict.fromkeys(reader.unknown)),
        left_out=tuple(one.label for one in image.left_out),
        notes=tuple(dict.fromkeys((*image.notes, *reader.notes, *beside.notes))),
    )


def _read_all(request: EstimateRequest) -> Iterator[PackageList]:
    companions = {one.name: one.content for one in request.files}
    parts = part_of_others(companions)
    for one in request.files:
        if one.name not in parts:
            yield from read_list(
                one.name, one.content, extras=request.extras, companions=companions
            )


def _usually_left(lists: Sequence[PackageList], options: EstimateOptions) -> Iterator[Leftover]:
    """What pip and npm leave of their own, where the lists are for them."""
    tools = {one.ecosystem for one in lists if one.source not in _OF_OTHER_TOOLS}
    if Ecosystem.PIP in tools and options.is_compiled:
        yield from BYTE_CODE
    if Ecosystem.NPM in tools:
        yield Leftover.NPM_CODE


def _once(left: Iterable[LeftBehind]) -> Iterator[Leftover]:
    """What the same tool leaves again is the same; each environment has a pip of its own."""
    seen: set[tuple[Leftover, str]] = set()
    for one in left:
        key = (one.what, one.place if one.what in _OF_ENVIRONMENTS else "")
        if key not in seen:
            seen.add(key)
            yield one.what


def _sources(lists: Sequence[PackageList]) -> str:
    return ", ".join(dict.fromkeys(clean_line(one.source) for one in lists))


def _own_part(own: OwnFiles) -> Part:
    return Part(PartKind.FILES, own.name, own.compressed, own.unpacked, (), own.explanation)


@dataclass(slots=True)
class _Reader:
    """Turns what reaches the image into ingredients, one deed after another."""

    request: EstimateRequest
    packages: dict[tuple[object, ...], Packages] = field(default_factory=dict)
    known: list[Part] = field(default_factory=list)
    caches: list[Ecosystem] = field(default_factory=list)
    left_behind: list[LeftBehind] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    has_context: bool = False

    def take(self, brought: Brought) -> None:
        """Add what one deed brings."""
        deed = brought.deed
        if isinstance(deed, Install):
            self._install(deed)
        elif isinstance(deed, IndexKept):
            self.caches.append(deed.ecosystem)
        elif isinstance(deed, LeftBehind):
            self.left_behind.append(deed)
        elif isinstance(deed, Copy):
            self._copy(brought.place, deed)
        elif isinstance(deed, InlineFile):
            # Text; a few hundred bytes, which gzip makes about a third of.
            size = Interval(deed.size_bytes // 2, deed.size_bytes // 5, deed.size_bytes + 200)
            self.known.append(Part(PartKind.FILES, clean_line(deed.place), size))
        elif note := _note_on(deed):
            self.notes.append(note)
        elif _has_unknown_size(deed):
            self._unsized(brought.place, deed)

    def _install(self, deed: Install) -> None:
        if deed.is_repeated or deed.is_empty:
            return
        options = replace(
            self.request.options,
            dev=deed.has_dev or self.request.options.dev,
            recommends=deed.has_recommended,
            keeps_caches=deed.keeps_cache,
            is_compiled=deed.has_bytecode,
        )
        lists = tuple(self._lists(deed))
        if deed.local:
            names = ", ".join(clean_line(one) for one in deed.local)
            self.notes.append(f"{deed.tool} installs {names}, which no index has: not counted.")
        if deed.unread:
            names = ", ".join(clean_line(one) for one in deed.unread)
            self.notes.append(f"{deed.tool} installs what {names} means, which is not known here.")
        if not lists:
            return
        if deed.keeps_cache and deed.ecosystem not in self.caches:
            self.caches.append(deed.ecosystem)
        key = (deed.ecosystem, deed.place, options)
        before = self.packages.get(key)
        merged = (*(before.lists if before else ()), *lists)
        self.packages[key] = Packages(deed.ecosystem, merged, options, deed.place, _sources(merged))

    def _lists(self, deed: Install) -> Iterator[PackageList]:
        if deed.packages:
            yield PackageList(deed.ecosystem, f"{deed.tool} in the Dockerfile", deed.packages)
        for named in deed.lists:
            found = self._given(named)
            if found is None:
                self.unknown.append(f"what {clean_line(named.name)} asks for")
                self.notes.append(
                    f"{clean_line(named.name)} was not given: add it with --from, or upload it."
                )
                continue
            companions = {one.name: one.content for one in self.request.files}
            extras = (*self.request.extras, *deed.extras)
            for one in read_list(
                found.name,
                found.content,
                extras=extras,
                groups=deed.groups,
                companions=companions,
            ):
                if one.ecosystem is deed.ecosystem:
                    self.notes.extend(one.notes)
                    yield one

    def _given(self, named: NamedList) -> ListFile | None:
        given: Mapping[str, ListFile] = {one.name: one for one in self.request.files}
        for one in (named, *named.instead):
            if one.name in given:
                return given[one.name]
        return None

    def _copy(self, place: str, deed: Copy) -> None:
        sources = ", ".join(clean_line(one) for one in deed.sources[:3])
        stated = _stated(self.request, (*deed.sources, place))
        if stated is not None:
            self.known.append(Part(PartKind.FILES, sources, Interval.exactly(stated)))
        elif _is_list_only(deed.sources, self.request.files):
            self.known.append(_of_lists(deed.sources, self.request.files))
        elif self.request.own and not self.has_context:
            self.has_context = True
            self.known.extend(_own_part(own) for own in self.request.own)
        elif not self.request.own:
            self.unknown.append(f"{sources} of {_CONTEXT}")

    def _unsized(self, place: str, deed: Deed) -> None:
        kind = PartKind.DOWNLOAD if isinstance(deed, Download) else PartKind.FILES
        names = [place, *_names_of(deed)]
        stated = _stated(self.request, names)
        shown = _shown(deed, place)
        if stated is None:
            self.unknown.append(shown)
        else:
            explanation = f"{format_bytes(stated)} as stated"
            part = Part(kind, shown, Interval.exactly(stated), None, (), explanation)
            self.known.append(part)


def _shown(deed: Deed, place: str) -> str:
    """What to call something of unknown size."""
    if isinstance(deed, Download):
        return clean_line(deed.address)
    if isinstance(deed, BaseFiles):
        return clean_line(deed.image)
    if isinstance(deed, Compile):
        return clean_line(f"what {deed.text} makes in {place}")
    return clean_line(place)


def _note_on(deed: Deed) -> str:
    """What to say of a deed that is not counted; empty for one that is."""
    if isinstance(deed, Upgrade):
        return f"{deed.tool} brings the base up to date: not counted."
    if isinstance(deed, Rewrite):
        place = clean_line(deed.place)
        return f"Owner or mode of {place} is changed: its files count once more in the image."
    if isinstance(deed, Other):
        return f"Not known what this leaves: {clean_line(deed.text, 120)}"
    return ""


def _has_unknown_size(deed: Deed) -> bool:
    if isinstance(deed, Download):
        return deed.is_kept or bool(deed.unpacked_to)
    return isinstance(deed, Compile | Unknown | Unpack | CopyFrom | BaseFiles)


def _names_of(deed: Deed) -> Iterator[str]:
    """What its size may be stated for, the name to show last."""
    if isinstance(deed, Download):
        yield deed.place
        yield deed.address
    elif isinstance(deed, BaseFiles):
        yield deed.image
    elif isinstance(deed, Compile | Unknown | Unpack | CopyFrom):
        yield deed.place


def _stated(request: EstimateRequest, names: Iterable[str]) -> int | None:
    sizes = {path.rstrip("/"): size for path, size in request.stated}
    for name in names:
        if name.rstrip("/") in sizes:
            return sizes[name.rstrip("/")]
    return None


def _is_list_only(sources: Sequence[str], files: Sequence[ListFile]) -> bool:
    names = {one.name for one in files}
    return bool(sources) and all(one.rpartition("/")[2] in names for one in sources)


def _of_lists(sources: Sequence[str], files: Sequence[ListFile]) -> Part:
    """Files that were given themselves, as `COPY package.json package-lock.json` copies."""
    sizes = {one.name: len(one.content) for one in files}
    size = sum(sizes[one.rpartition("/")[2]] for one in sources)
    interval = Interval(size // 3, size // 6, size)
    name = ", ".join(clean_line(one) for one in sources)
    return Part(PartKind.FILES, name, interval, Interval.exactly(size), (), "the list itself")
