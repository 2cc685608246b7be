"""The section of the size calculator: where package indexes are, and what is kept of them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from auditor.settings_sections import HOST, MIB, Section, Strings, each

_ADDRESS = re.compile(r"https?://[^\s/?#]+(?:/[^\s]*)?")
_APT_LINE = re.compile(rf"{_ADDRESS.pattern}(?: [A-Za-z0-9{{}}][A-Za-z0-9{{}}.+/_-]*)*")
_DEFAULT_BYTES = 2 * 10**9


def _check_address(text: str) -> str:
    if text and not _ADDRESS.fullmatch(text):
        raise ValueError("write the address of an index, http:// or https:// and a host")
    return text


def _is_address(text: str) -> bool:
    return _ADDRESS.fullmatch(text) is not None


Address = Annotated[str, AfterValidator(_check_address), Field(repr=False)]
Addresses = Annotated[Strings, each(_is_address, "the address of an index"), Field(repr=False)]
AptLines = Annotated[
    Strings, each(_APT_LINE.fullmatch, "ADDRESS or ADDRESS SUITE COMPONENT"), Field(repr=False)
]


class IndexesSettings(Section):
    """Where packages are listed; what is not set is as the tool itself is configured."""

    pip: Address = ""
    pip_extra: Addresses = ()
    npm: Address = ""
    debian: AptLines = ()
    alpine: Addresses = ()
    file_hosts: Annotated[Strings, each(HOST.fullmatch, "a host[:port]")] = ()


class EstimateSettings(Section):
    """How package indexes are read, and how long their answers serve."""

    indexes: IndexesSettings = IndexesSettings()
    cache_folder: str = ""
    cache_hours: Annotated[float, Field(ge=0, le=8760)] = 24
    cache_max_bytes: Annotated[int, Field(ge=MIB, le=10**12)] = _DEFAULT_BYTES
    offline: bool = False
    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 60
    ca_file: str = ""
