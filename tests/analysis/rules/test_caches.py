from dataclasses import replace
from datetime import UTC, datetime

import pytest

from auditor.analysis.rules.caches import RULES
from auditor.domain.findings import Confidence
from tests.analysis.rules.images import EMPTY, MB, found, image_of, saved


@pytest.mark.parametrize(
    "step, rule, saving",
    [
        ("RUN apt-get update && apt-get install -y curl", "apt-lists-kept", 16_181_512),
        ("RUN apk add curl", "apk-cache-kept", 2_300_000),
        ("RUN apk add curl && apk cache clean", "apk-cache-kept", 2_300_000),
        ("RUN dnf install -y httpd", "rpm-cache-kept", 20 * MB),
        ("RUN zypper in -y httpd", "zypper-cache-kept", 20 * MB),
        ("RUN pip install flask", "pip-cache-kept", 43 * MB),
        ("RUN python3 -m pip install flask", "pip-cache-kept", 43 * MB),
        ("RUN npm ci", "npm-cache-kept", 50 * MB),
        ("RUN npm install", "npm-cache-kept", 57 * MB),
        ("RUN yarn", "yarn-cache-kept", 67 * MB),
        ("RUN pnpm install", "pnpm-store-kept", 26 * MB),
    ],
)
def test_a_cache_that_a_step_leaves_is_told(step: str, rule: str, saving: int) -> None:
    assert saved(RULES, image_of((step, 100 * MB))) == [(rule, saving)]


@pytest.mark.parametrize(
    "step",
    [
        "RUN apt-get update && apt-get dist-clean",
        "RUN apt-get update && rm -rf /var/lib/apt/lists/*",
        "RUN apk add --no-cache curl",
        "RUN apk add curl && rm -rf /var/cache/apk/*",
        "RUN dnf install -y httpd && dnf clean all",
        "RUN yum install -y httpd && rm -rf /var/cache/yum",
        "RUN zypper in -y httpd && zypper cc",
        "RUN pip install --no-cache-dir flask",
        "RUN PIP_NO_CACHE_DIR=1 pip install flask",
        "RUN PIP_NO_CACHE_DIR=off pip install flask",
        "RUN pip install flask && pip cache purge",
        "RUN pip install flask && rm -rf /root/.cache",
        "RUN pip download flask",
        "RUN npm ci && npm cache clean --force",
        "RUN npm ci && rm -rf ~/.npm",
        "RUN yarn install && yarn cache clean",
        "RUN yarn build",
        "RUN pnpm install && pnpm store prune",
    ],
)
def test_what_is_cleaned_in_the_same_step_or_never_filled_is_not(step: str) -> None:
    assert saved(RULES, image_of((step, 100 * MB))) == []


def test_cleaning_before_filling_or_in_a_later_step_does_not_count() -> None:
    image = image_of(("RUN rm -rf /var/lib/apt/lists/* && apt-get update", 20 * MB))
    assert saved(RULES, image) == [("apt-lists-kept", 16_181_512)]
    later = image_of(("RUN apk update", 5 * MB), ("RUN rm -rf /var/cache/apk/*", 1_000))
    assert saved(RULES, later) == [("apk-cache-kept", 2_300_000)]


def test_what_the_environment_says_counts_from_there_on() -> None:
    on = image_of(("ENV PIP_NO_CACHE_DIR=on", 0), ("RUN pip install flask", MB))
    assert saved(RULES, on) == []
    late = image_of(("RUN pip install flask", MB), ("ENV PIP_NO_CACHE_DIR=on", 0))
    assert saved(RULES, late) == [("pip-cache-kept", 430_000)]


def test_beside_another_manager_a_share_of_the_layer_is_a_hint() -> None:
    image = image_of(("RUN apk add --no-cache git && pip install flask", 100 * MB))
    (one,) = found(RULES, image)
    assert (one.pull_saving_bytes, one.confidence) == (21_500_000, "low")


@pytest.mark.parametrize(
    "step, saving",
    [
        ("apt-get install -y a b c d e f g h i && pip install x", 4_300_000),
        ("apt-get install -y a b c && pip install -r requirements.txt", 21_500_000),
        ("apt-get install -y a && pip install x y z", 21_500_000),
        ("apt-get install -y a && pip install .", 21_500_000),
        ("make all && pip install x", 21_500_000),
    ],
)
def test_the_share_is_that_of_the_packages_that_are_named(step: str, saving: int) -> None:
    """odoo:10 installs thirty packages of Debian and one small one of pip in a step."""
    image = image_of((f"RUN {step} && rm -rf /var/lib/apt/lists/*", 100 * MB))
    assert saved(RULES, image) == [("pip-cache-kept", saving)]


def test_lists_are_surer_on_debian_than_elsewhere() -> None:
    root = ("/bin/sh -c #(nop) ADD file:1 in / ", 30 * MB)
    unknown = image_of(root, ("RUN apt-get update", 20 * MB))
    assert found(RULES, unknown)[0].confidence == "low"
    debian = image_of(("# debian.sh --arch 'amd64' out/ 'bookworm' '@1'", 1), ("RUN true", 1))
    assert found(RULES, debian) == []


def test_an_empty_layer_holds_no_cache() -> None:
    assert saved(RULES, image_of(("RUN npm ci", EMPTY))) == []
    assert saved(RULES, image_of(('RUN ["npm", "ci"]', 0))) == []


@pytest.mark.parametrize(
    "release, saving", [("bullseye", 15_070_187), ("bookworm", 16_183_667), ("trixie", 17_684_763)]
)
def test_lists_weigh_what_those_of_the_release_do(release: str, saving: int) -> None:
    image = image_of(("RUN apt-get update && apt-get install -y curl", 100 * MB))
    root = replace(image.steps[0], text=f"RUN # debian.sh --arch 'amd64' out/ '{release}'")
    (one,) = found(RULES, replace(image, steps=(root, *image.steps[1:])))
    assert (one.pull_saving_bytes, one.confidence) == (saving, Confidence.MEDIUM)
    assert one.low_bytes == pytest.approx(0.9 * saving, abs=1)
    assert one.high_bytes == pytest.approx(1.1 * saving, abs=1)


def test_a_cache_is_not_all_of_a_layer_with_something_installed() -> None:
    lists = ("RUN apt-get update", 10 * MB)
    both = ("RUN apt-get update && apt-get install -y curl", 10 * MB)
    assert saved(RULES, image_of(lists)) == [("apt-lists-kept", 10 * MB)]
    assert saved(RULES, image_of(both)) == [("apt-lists-kept", 8 * MB)]


def test_many_steps_are_read_in_one_pass() -> None:
    steps = [("ENV A=1", 0), ("RUN pip install x && npm install", MB)] * 300
    assert len(saved(RULES, image_of(*steps))) == 600


@pytest.mark.parametrize(
    "step, year, is_left",
    [
        ("RUN apk add curl", 2018, False),
        ("RUN apk add --no-cache -U git && apk add curl", 2018, False),
        ("RUN apk add -U curl", 2018, True),
        ("RUN apk update && apk add curl", 2018, True),
        ("RUN apk add curl", 2019, True),
        ("RUN apk add curl", 1980, True),
        ("RUN apt-get update", 2018, True),
    ],
)
def test_apk_add_kept_no_index_before_alpine_3_8(step: str, year: int, *, is_left: bool) -> None:
    image = image_of((step, 100 * MB))
    built = datetime(year, 1, 1, tzinfo=UTC)
    steps = tuple(replace(one, created_at=built) for one in image.steps)
    assert bool(saved(RULES, replace(image, steps=steps))) is is_left
