import pytest

from auditor.analysis.effects.leftovers import CacheKind
from auditor.analysis.rules.cache_table import Amount, CacheRule, has_flag, info, runs
from auditor.analysis.rules.caches import cache_rules
from auditor.domain.findings import Confidence
from tests.analysis.rules.images import EMPTY, MB, found, image_of, saved

_TOOL = frozenset({"tool"})
_RULES = cache_rules(
    (
        CacheRule(
            info("tool-cache-kept", "A cache", "`tool get`", "; nothing"),
            CacheKind(
                _TOOL,
                runs(_TOOL, frozenset({"get", "all"})),
                runs(_TOOL, frozenset({"clean"})),
                ("/root/.tool",),
                has_flag("--none"),
                ("TOOL_CACHE",),
                ("--cache",),
                lambda step: "settled" in step.text,
            ),
            _TOOL,
            "What is wrong.",
            "What to do.",
            ("RUN tool get --none",),
            Amount(0.4, 0.2, 0.6),
            "Measured.",
            Confidence.MEDIUM,
            other_amounts=((lambda act: "all" in act.operands, Amount(1.0, 0.9, 1.0)),),
        ),
    )
)


def test_a_cache_that_stays_is_a_share_of_the_layer_with_its_range() -> None:
    (one,) = found(_RULES, image_of(("RUN tool get", 100 * MB)))
    assert (one.rule, one.pull_saving_bytes) == ("tool-cache-kept", 40 * MB)
    assert (one.low_bytes, one.high_bytes, one.confidence) == (20 * MB, 60 * MB, "medium")
    assert saved(_RULES, image_of(("RUN tool all", 100 * MB))) == [("tool-cache-kept", 100 * MB)]


def test_beside_another_manager_it_is_half_and_a_hint() -> None:
    (one,) = found(_RULES, image_of(("RUN tool get && npm ci", 100 * MB)))
    assert (one.pull_saving_bytes, one.low_bytes, one.confidence) == (20 * MB, 5 * MB, "low")


@pytest.mark.parametrize(
    "step",
    [
        "RUN tool get && tool clean",
        "RUN tool get --none",
        "RUN tool get && rm -rf ~/.tool",
        "RUN tool get && rm -rf /home/app/.tool",
        "RUN tool get && find /home/app/.tool -type f -delete",
        "RUN tool get --cache /tmp/c && rm -rf /tmp/*",
        "RUN TOOL_CACHE=/tmp/c tool get && rm -rf /tmp/c",
        "RUN TOOL_CACHE=/dev/null tool get",
        "/bin/sh -c --mount=type=cache,target=/root/.tool tool get",
        "/bin/sh -c --mount=type=cache,id=x,dst=/home/app/.tool tool get",
        "RUN echo settled && tool get",
    ],
)
def test_a_cache_that_goes_or_never_was_is_none(step: str) -> None:
    assert saved(_RULES, image_of((step, 100 * MB))) == []


@pytest.mark.parametrize(
    "step",
    [
        "RUN tool clean && tool get",
        "RUN tool get && rm -rf /tmp/x",
        "RUN tool get --cache /tmp/c && rm -rf ~/.cache",
        "/bin/sh -c --mount=type=cache,target=/var/cache/apt tool get",
        "/bin/sh -c --mount=type=secret,target=/root/.tool/token tool get",
        "/bin/sh -c --security=insecure tool get",
    ],
)
def test_what_does_not_clean_it_does_not_count(step: str) -> None:
    assert saved(_RULES, image_of((step, 100 * MB))) == [("tool-cache-kept", 40 * MB)]


def test_an_empty_layer_holds_no_cache() -> None:
    assert saved(_RULES, image_of(("RUN tool get", EMPTY))) == []
    assert saved(_RULES, image_of(('RUN ["tool", "get"]', 0))) == []


def test_a_key_tells_nothing_of_the_step() -> None:
    (one,) = found(_RULES, image_of(("RUN tool get https://user:secret@host/x", MB)))
    assert "secret" not in one.key
