"""What a Dockerfile will do: stages, and what each of their steps adds to an image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from auditor.domain.packages import Ecosystem, Wanted


class BaseKind(StrEnum):
    """What a stage starts from."""

    IMAGE = "image"
    STAGE = "stage"
    SCRATCH = "scratch"


@dataclass(frozen=True, slots=True)
class Base:
    """What FROM names: `name` as written, variables replaced; `stage` the number of a stage.

    `platform` is that of `--platform`, empty where none is written.
    """

    kind: BaseKind
    name: str
    stage: int | None = None
    platform: str = ""


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file that says which packages: `path` in the image, absolute.

    `context_path` is where in the build context COPY or a mount takes it from, empty where no
    step tells. `instead` are files that say it less exactly, in order, for where this one
    does not exist: package.json for a lock file.
    """

    path: str
    context_path: str = ""
    instead: tuple[ListFile, ...] = ()

    @property
    def name(self) -> str:
        """`requirements.txt`, whatever its folder."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Install:
    """One command that installs packages into `place`, an absolute folder.

    `tool` is who does it ("apt-get", "uv", "pnpm"). `packages` are named in the text and stay;
    `gone` were named too and are removed by the same step, so they reach no layer. `lists`
    name more, each of them; `constraints` only bound versions. `local` are folders, archives
    and addresses, which no index has; `unread` words whose value is not known here.
    `extras` and `groups` are those asked for of a project, "*" all of them.

    `has_recommended`: apt takes what is only recommended. `keeps_cache`: the archives it
    fetched stay in the layer. `has_bytecode`: Python files are compiled. `are_archives`: it
    only fetches (`pip wheel`), into `place`. `starts_anew`: it deletes what is in `place` first
    (`npm ci`). `is_repeated`: an earlier step of the stage did the same, so it adds next to
    nothing. `is_conditional`: it may not run.
    """

    ecosystem: Ecosystem
    tool: str
    place: str
    packages: tuple[Wanted, ...] = ()
    gone: tuple[Wanted, ...] = ()
    lists: tuple[ListFile, ...] = ()
    constraints: tuple[ListFile, ...] = ()
    local: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    has_recommended: bool = False
    has_dev: bool = False
    has_optional: bool = True
    has_dependencies: bool = True
    has_bytecode: bool = False
    keeps_cache: bool = False
    are_archives: bool = False
    starts_anew: bool = False
    is_repeated: bool = False
    is_conditional: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it reaches the layer."""
        return not (self.packages or self.lists or self.local or self.unread)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """All packages of the base brought up to date: newer copies on top of the old ones."""

    ecosystem: Ecosystem
    tool: str


@dataclass(frozen=True, slots=True)
class IndexKept:
    """The lists of packages that a package manager fetched stay in the layer, in `place`."""

    ecosystem: Ecosystem
    place: str


class Leftover(StrEnum):
    """What a package manager leaves of its own, beside packages, archives and lists.

    `PYTHON_CODE`: byte code of what the first run of pip imports of Python; `PIP_CODE`: that of
    pip itself. `ENVIRONMENT_PIP`: the pip that `python -m venv` puts into an environment, and
    `ENVIRONMENT_SETUPTOOLS`, which it does before Python 3.12. `COPIED_PIP` and
    `COPIED_SETUPTOOLS`: those of an image of Python, copied with all that lies beside them.
    `NPM_CODE`: Node's compile cache, which npm switches on.
    """

    PYTHON_CODE = "python code"
    PIP_CODE = "pip code"
    ENVIRONMENT_PIP = "environment pip"
    ENVIRONMENT_SETUPTOOLS = "environment setuptools"
    COPIED_PIP = "copied pip"
    COPIED_SETUPTOOLS = "copied setuptools"
    NPM_CODE = "npm code"


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Files of a package manager's own that stay, below `place`."""

    what: Leftover
    place: str


@dataclass(frozen=True, slots=True)
class Removal:
    """Packages and paths a step removes that it did not bring; it frees nothing of a layer.

    What a later stage copies is without them, though. `is_dev_only`: all that only development
    needs, below `paths` (`npm prune`). `ecosystem` None for paths.
    """

    ecosystem: Ecosystem | None = None
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    is_dev_only: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """Files of the build context, by paths and patterns relative to it ("." for all of it).

    `place` is absolute. `is_unpacked`: local archives are unpacked (ADD). `excludes` are
    patterns that are left out beside those of .dockerignore.
    """

    sources: tuple[str, ...]
    place: str
    is_unpacked: bool = False
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InlineFile:
    """A file whose contents stand in the Dockerfile; its size as written.

    0 for a small file that a command writes (`poetry export`).
    """

    place: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is made; what comes to lie in it is other deeds'."""

    place: str


@dataclass(frozen=True, slots=True)
class CopyFrom:
    """Files of another stage, or of an image where `stage` is None; all of it for "/"."""

    sources: tuple[str, ...]
    place: str
    stage: int | None = None
    image: str = ""


@dataclass(frozen=True, slots=True)
class Download:
    """Something fetched by its address, of unknown size.

    `address` is without credentials and query. `place` is the file or folder it leads to;
    `is_kept`: the file as fetched stays; `unpacked_to` is where its contents go, else empty.
    """

    address: str
    place: str
    is_kept: bool = True
    unpacked_to: str = ""


@dataclass(frozen=True, slots=True)
class Unpack:
    """An archive that is in the image already, unpacked into `place`."""

    archive: str
    place: str


@dataclass(frozen=True, slots=True)
class Compile:
    """A program or bundle that is made, of unknown size, at `place` or below it."""

    tool: str
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Owner or mode of all below `place` is changed: a layer stores those files once more."""

    place: str


@dataclass(frozen=True, slots=True)
class Other:
    """A step of which it is not known what it leaves; `place` is the folder it runs in."""

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Files of which only the path is known; `made_by` is a step or image that may have."""

    place: str
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class BaseFiles:
    """All files of a stage's base image, copied: no layer is shared with it."""

    image: str


Deed = (
    Install
    | Upgrade
    | IndexKept
    | LeftBehind
    | Removal
    | Copy
    | InlineFile
    | Folder
    | CopyFrom
    | Download
    | Unpack
    | Compile
    | Rewrite
    | Other
    | Unknown
    | BaseFiles
)


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction that makes a layer: RUN, COPY or ADD, and what it does, in order.

    `line` is counted from 1. `text` is safe to show and cut off. `needs` are stages that it
    reads by mounts.
    """

    line: int
    instruction: str
    text: str
    deeds: tuple[Deed, ...] = ()
    needs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """From one FROM to the next; `name` is that of AS, empty for none."""

    number: int
    name: str
    base: Base
    line: int
    steps: tuple[Step, ...] = ()

    @property
    def label(self) -> str:
        """Its name, else its number as `--from` counts."""
        return self.name or str(self.number)

    @property
    def sources(self) -> Iterator[tuple[int, int]]:
        """Stages that its steps copy from or mount, each with the line."""
        for step in self.steps:
            for deed in step.deeds:
                if isinstance(deed, CopyFrom) and deed.stage is not None:
                    yield deed.stage, step.line
            for number in step.needs:
                yield number, step.line


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """A Dockerfile taken apart; `notes` are sentences about what could not be read."""

    stages: tuple[Stage, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Brought:
    """Something that reaches the image at `place`; `stage` is where it was made."""

    deed: Deed
    place: str
    stage: int


@dataclass(frozen=True, slots=True)
class FinalLayer:
    """A layer on top of the base: a step of the stage `stage`, and what it brings."""

    step: Step
    stage: int
    brings: tuple[Brought, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stage of which something does not reach the image: its `base`, and these deeds.

    `is_built` is whether the image needs the stage at all.
    """

    stage: int
    label: str
    base: Base
    deeds: tuple[Deed, ...]
    is_built: bool


@dataclass(frozen=True, slots=True)
class FinalImage:
    """The image that a build leaves: its base, then its layers, bottom first.

    `target` is the stage that was asked for. `base` is an image or scratch.
    """

    target: int
    base: Base
    layers: tuple[FinalLayer, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
