import pytest

from auditor.analysis.rules.caches import RULES
from tests.analysis.rules.images import MB, found, image_of, saved


@pytest.mark.parametrize(
    "step, rule, saving",
    [
        ("RUN apt-get update && apt-get install -y curl", "apt-lists-kept", 16_181_512),
        ("RUN apk add curl", "apk-cache-kept", 2_300_000),
        ("RUN dnf install -y httpd", "rpm-cache-kept", 20 * MB),
        ("RUN zypper in -y httpd", "zypper-cache-kept", 20 * MB),
        ("RUN pip install flask", "pip-cache-kept", 43 * MB),
        ("RUN python3 -m pip install flask", "pip-cache-kept", 43 * MB),
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
        "RUN pip install flask && pip cache purge",
        "RUN pip install flask && rm -rf /root/.cache",
        "RUN pip download flask",
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
    off = image_of(("ENV PIP_NO_CACHE_DIR=off", 0), ("RUN pip install flask", MB))
    assert saved(RULES, off) == [("pip-cache-kept", 430_000)]


def test_beside_another_manager_a_share_of_the_layer_is_a_hint() -> None:
    image = image_of(("RUN apk add --no-cache git && pip install flask", 100 * MB))
    (one,) = found(RULES, image)
    assert (one.pull_saving_bytes, one.confidence) == (21_500_000, "low")


def test_lists_are_surer_on_debian_than_elsewhere() -> None:
    root = ("/bin/sh -c #(nop) ADD file:1 in / ", 30 * MB)
    unknown = image_of(root, ("RUN apt-get update", 20 * MB))
    assert found(RULES, unknown)[0].confidence == "low"
    debian = image_of(("# debian.sh --arch 'amd64' out/ 'bookworm' '@1'", 1), ("RUN true", 1))
    assert found(RULES, debian) == []
