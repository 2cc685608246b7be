from __future__ import annotations

from dataclasses import replace
from datetime import date

from auditor.analysis.bases.outdated import (
    ends_by_line,
    find_end_of_life_base,
    find_outdated_base,
)
from auditor.domain.bases import EndOfLife
from auditor.domain.findings import Confidence
from tests.analysis.bases.making import base, image_on, layer

OLD = base("debian:12", "debian:12.1", "debian:latest", layers=[layer("old", 48)])
NEW = base("debian:12", layers=[layer("new", 49)])
IMAGE = image_on(OLD, ("COPY x", 3))
TODAY = date(2026, 11, 26)


def end(
    product: str, cycle: str, codename: str, day: date, security: date | None = None
) -> EndOfLife:
    return EndOfLife(product, cycle, codename, day, security or day, date(2025, 5, 17), "a@b")


ENDS = ends_by_line(
    [
        end("debian", "9", "stretch", date(2022, 7, 1), date(2020, 7, 18)),
        end("debian", "12", "bookworm", date(2028, 6, 10), date(2026, 6, 10)),
        end("python", "3.6", "", date(2021, 12, 23)),
        end("node", "22", "", date(2027, 4, 30)),
    ]
)


def test_a_tag_that_names_other_layers_today_is_an_outdated_base() -> None:
    one = find_outdated_base(IMAGE, {"debian:12": NEW, "debian:12.1": OLD})
    assert one is not None
    assert one.key == "debian:12"
    assert (one.claims, one.pull_saving_bytes) == ((), 0)
    assert one.caveats[0].startswith("The new base is 1.00 MB bigger. It saves no bytes")
    assert one.evidence[1].digest == NEW.digest


def test_whether_the_new_base_is_smaller_or_as_big_is_said() -> None:
    smaller = base("debian:12", layers=[layer("new", 40)])
    same = base("debian:12", layers=[layer("new", 48)])
    for new, words in ((smaller, "8.00 MB smaller. It brings fixes"), (same, "saves nothing")):
        one = find_outdated_base(IMAGE, {"debian:12": new})
        assert one is not None
        assert words in one.caveats[0]


def test_latest_counts_only_where_the_base_has_no_other_name() -> None:
    assert find_outdated_base(IMAGE, {"debian:latest": NEW}) is None
    only = image_on(base("debian:latest", layers=OLD.layers))
    assert find_outdated_base(only, {"debian:latest": NEW}) is not None


def test_a_base_with_the_same_layers_or_nothing_known_is_not_outdated() -> None:
    assert find_outdated_base(IMAGE, {"debian:12": OLD}) is None
    assert find_outdated_base(IMAGE, {}) is None
    assert find_outdated_base(IMAGE, {"debian:12": replace(NEW, layers=())}) is None


def test_only_a_verified_base_is_called_outdated() -> None:
    current = {"debian:12": NEW}
    assert find_outdated_base(replace(IMAGE, base=None), current) is None
    assert find_outdated_base(image_on(OLD, confidence="low"), current) is None


def test_the_first_end_of_what_a_base_brings_is_named_and_the_rest_told() -> None:
    python = base("python:3.6-stretch", layers=[layer("p", 9)])
    one = find_end_of_life_base(image_on(python), ENDS, TODAY)
    assert one is not None
    assert one.key == "python:3.6"
    assert "has not been maintained since 2021-12-23" in one.what
    assert one.caveats[-1] == "debian 9 ended too, on 2022-07-01."
    assert (one.claims, one.confidence) == ((), Confidence.HIGH)


def test_free_long_term_support_is_counted_and_named() -> None:
    stretch = image_on(base("debian:9", layers=[layer("d", 9)]))
    one = find_end_of_life_base(stretch, ENDS, TODAY)
    assert one is not None
    assert one.caveats[0].startswith("Its own security team stopped on 2020-07-18")
    bookworm = image_on(base("debian:12", layers=[layer("d", 9)]))
    assert find_end_of_life_base(bookworm, ENDS, TODAY) is None


def test_an_unknown_base_is_judged_by_its_root_with_less_confidence() -> None:
    root = image_on(base("x:1", layers=[layer("d", 9)]), root="RUN # debian.sh out/ 'stretch'")
    one = find_end_of_life_base(replace(root, base=None), ENDS, TODAY)
    assert one is not None
    assert (one.confidence, one.key) == (Confidence.MEDIUM, "debian:9")
    assert one.evidence[0].text == "debian:stretch"


def test_a_base_below_a_teams_own_base_is_judged_too() -> None:
    own = image_on(base("team/base:1", layers=[layer("d", 9)]))
    assert find_end_of_life_base(own, ENDS, TODAY) is None
    below = image_on(base("debian:9", layers=[layer("d", 9)])).base
    assert below is not None
    one = find_end_of_life_base(own, ENDS, TODAY, below=(below,))
    assert one is not None
    assert one.evidence[0].text == "debian:9"


def test_what_is_maintained_or_unknown_is_no_finding() -> None:
    for name in ("node:22", "node:latest", "golang:1.8"):
        image = image_on(base(name, layers=[layer("d", 9)]))
        assert find_end_of_life_base(image, ENDS, TODAY) is None
    unknown = replace(image_on(base("x:1", layers=[layer("d", 9)])), base=None)
    assert find_end_of_life_base(unknown, ENDS, TODAY) is None
