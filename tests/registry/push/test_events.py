from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.errors import UsageError
from auditor.domain.hints import Hint, PushKind
from auditor.domain.reference import is_repository_name
from auditor.registry.push.events import MOST_HINTS, confirmation_address, read_hints
from tests.registry.push import bodies


@pytest.mark.parametrize("kind, body, expected", bodies.SAMPLES)
def test_a_body_as_it_is_documented_hints_at_its_repository(
    kind: PushKind, body: bytes, expected: tuple[Hint, ...]
) -> None:
    assert read_hints(kind, body) == expected


def test_every_source_has_a_sample() -> None:
    assert {kind for kind, _, _ in bodies.SAMPLES} == set(PushKind)


@pytest.mark.parametrize(
    "kind, body",
    [
        (PushKind.HARBOR, bodies.HARBOR.replace(b"PUSH_ARTIFACT", b"PULL_ARTIFACT")),
        (PushKind.HARBOR, b'{"type":"harbor.scan.completed"}'),
        (PushKind.GITHUB, b'{"zen":"Keep it logically awesome.","hook_id":1}'),
        (PushKind.GITHUB, bodies.GITHUB.replace(b"CONTAINER", b"npm")),
        (PushKind.ECR, b'{"detail-type":"ECR Image Scan"}'),
        (PushKind.ECR, bodies.ECR.replace(b'"PUSH"', b'"PULL"')),
        (PushKind.ZOT, bodies.ZOT.replace(b"zotregistry.image.updated", b"zotregistry.lint")),
        (PushKind.ACR, bodies.ACR.replace(b'"push"', b'"ping"')),
        (PushKind.ARTIFACT_REGISTRY, bodies.pub_sub({"action": "SCAN", "digest": "h/a@b"})),
    ],
)
def test_events_of_no_interest_hint_at_nothing(kind: PushKind, body: bytes) -> None:
    assert read_hints(kind, body) == ()


def test_less_than_everything_is_said_of_some_pushes() -> None:
    quay = bodies.written({"repository": "team/app", "updated_tags": {"2": "sha256:1"}})
    assert read_hints(PushKind.QUAY, quay) == (Hint("team/app", "2"),)
    quay = bodies.written({"repository": "team/app"})
    assert read_hints(PushKind.QUAY, quay) == (Hint("team/app"),)
    replicated = bodies.written(
        {
            "type": "REPLICATION",
            "event_data": {"repository": {"repo_full_name": "team/app"}},
        }
    )
    assert read_hints(PushKind.HARBOR, replicated) == (Hint("team/app"),)
    by_digest = bodies.pub_sub({"action": "DELETE", "digest": "host/team/app@sha256:1"})
    assert read_hints(PushKind.ARTIFACT_REGISTRY, by_digest) == (Hint("team/app", "sha256:1"),)
    untagged = bodies.written(
        {"registry_package": {"name": "a", "owner": {"login": "b"}, "package_type": "docker"}}
    )
    assert read_hints(PushKind.GITHUB, untagged) == (Hint("b/a"),)


@pytest.mark.parametrize("kind", PushKind)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'{"a":1}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"events":{}}',
        b'"\\ud800"',
    ],
)
def test_other_bodies_are_refused_without_being_repeated(kind: PushKind, body: bytes) -> None:
    told = ""
    try:
        assert read_hints(kind, body) == ()
    except UsageError as error:
        told = error.message
    assert told in ("", f"the body is not an event of {kind.value}")


def test_names_outside_the_grammar_are_left_out_and_the_rest_is_cleaned() -> None:
    events = [
        bodies.pushed("../../etc/passwd"),
        bodies.pushed("https://evil.example/x"),
        bodies.pushed("team/app", "1\x1b[31m" + "x" * 500),
    ]
    (hint,) = read_hints(PushKind.DISTRIBUTION, bodies.written({"events": events}))
    assert hint.repository == "team/app"
    assert "\x1b" not in hint.reference
    assert len(hint.reference) <= 200


def test_one_body_names_so_many_repositories_at_most() -> None:
    events = [bodies.pushed(f"team/app{number}") for number in range(MOST_HINTS + 50)]
    hints = read_hints(PushKind.DISTRIBUTION, bodies.written({"events": events * 2}))
    assert len(hints) == MOST_HINTS == len(set(hints))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.sampled_from(list(PushKind)), st.binary() | _JSON.map(lambda one: json.dumps(one).encode())
)
def test_no_body_does_more_than_hint(kind: PushKind, body: bytes) -> None:
    try:
        hints = read_hints(kind, body)
    except UsageError:
        return
    assert all(is_repository_name(hint.repository) for hint in hints)


@given(st.data())
def test_a_documented_body_with_one_value_replaced_does_no_harm(data: st.DataObject) -> None:
    kind, body, _ = data.draw(st.sampled_from(bodies.SAMPLES))
    document: Any = json.loads(body)
    inner = document
    while isinstance(inner, dict | list) and inner:
        key: Any = data.draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else [0]))
        if not isinstance(inner[key], dict | list) or data.draw(st.booleans()):
            inner[key] = data.draw(_JSON)
            break
        inner = inner[key]
    try:
        hints = read_hints(kind, bodies.written(document))
    except UsageError:
        return
    assert all(is_repository_name(hint.repository) for hint in hints)


def test_a_subscription_is_confirmed_by_a_person() -> None:
    assert confirmation_address(bodies.SNS_CONFIRMATION).startswith("https://sns.us-west-2.")
    assert confirmation_address(bodies.ECR) == confirmation_address(b"{") == ""
