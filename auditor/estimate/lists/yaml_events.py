"""YAML as lock files have it: mappings, lists and texts, built from the parser's events.

Never an object, a number or a date: `1.10` stays the text it is. Anchors, aliases (which make
much of little) and tags are refused where they stand, before anything is built of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from auditor.domain.errors import UsageError
from auditor.estimate.lists.documents import table
from auditor.estimate.lists.limits import quoted, refused, shown, text_of

MOST_DEPTH = 64
MOST_EVENTS = 2_500_000
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Node = yaml.ScalarEvent | yaml.CollectionStartEvent
_ANEW = "write it anew with its tool"


def yaml_of(file: str, content: bytes) -> Mapping[str, Any]:
    """The mapping of a file's last document. Raises UsageError for anything else.

    pnpm writes what it needs for itself into a document before that of the project.
    """
    text = text_of(file, content)
    builder = _Builder(file)
    try:
        for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
            if count > MOST_EVENTS:
                raise refused(file, "it has too many entries", "give a shorter list of packages")
            builder.take(event)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise refused(file, f"it is no YAML: {shown(str(error))}", _ANEW) from error
    return table(file, builder.document, "the document")


@dataclass(slots=True)
class _Builder:
    file: str
    document: object = None
    # Collections that are open, and of each mapping the key whose value comes next.
    open: list[dict[str, Any] | list[Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._check(event)
            self._put(event.value, event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin({}, event)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin([], event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
            self.keys.pop()
        elif isinstance(event, yaml.AliasEvent):
            raise self._wrong("an alias, which lock files have not", event)

    def _begin(self, collection: dict[str, Any] | list[Any], event: _Node) -> None:
        self._check(event)
        if len(self.open) >= MOST_DEPTH:
            raise self._wrong("it is nested too deep", event)
        self._put(collection, event)
        self.open.append(collection)
        self.keys.append(None)

    def _put(self, value: str | dict[str, Any] | list[Any], event: yaml.Event) -> None:
        if not self.open:
            self.document = value
            return
        inside, key = self.open[-1], self.keys[-1]
        if isinstance(inside, list):
            inside.append(value)
        elif key is not None:
            inside[key] = value
            self.keys[-1] = None
        elif not isinstance(value, str) or value in inside:
            raise self._wrong(f"the key {quoted(value)} is no text or stands twice", event)
        else:
            self.keys[-1] = value

    def _check(self, event: _Node) -> None:
        if event.anchor is not None or event.tag is not None:
            raise self._wrong("an anchor or a tag, which lock files have not", event)

    def _wrong(self, why: str, event: yaml.Event) -> UsageError:
        where = f"line {event.start_mark.line + 1}: " if event.start_mark else ""
        return refused(self.file, f"{where}{why}", _ANEW)
