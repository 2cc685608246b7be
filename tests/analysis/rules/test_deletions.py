import pytest

from auditor.analysis.rules.deletions import RULES
from tests.analysis.rules.images import EMPTY, MB, found, image_of, saved


@pytest.mark.parametrize(
    "bring, remove",
    [
        ("COPY build /build", "RUN rm -rf /build"),
        ("RUN git clone https://host.example/src.git /src", "RUN rm -rf /src"),
        ("RUN cd /srv && git clone https://host.example/src.git", "RUN rm -rf /srv/src"),
        ("RUN curl -o /tmp/model.bin https://host.example/model.bin", "RUN rm /tmp/*"),
        ("RUN mkdir /x && tar -xf /context/a.tar -C /x", "RUN rm -r /x"),
    ],
)
def test_what_a_later_step_deletes_is_still_pulled(bring: str, remove: str) -> None:
    image = image_of((bring, 50 * MB), (remove, 1_000))
    (one,) = found(RULES, image)
    assert (one.rule, one.pull_saving_bytes, one.basis) == ("deleted-later", 50 * MB, "measured")


def test_package_lists_that_a_later_step_deletes_are_still_pulled() -> None:
    image = image_of(
        ("RUN apt-get update && apt-get install -y curl", 40 * MB),
        ("RUN rm -rf /var/lib/apt/lists/*", 1_000),
    )
    (one,) = found(RULES, image)
    assert one.pull_saving_bytes == 14_670_000
    assert one.key == "apt lists curl"


@pytest.mark.parametrize(
    "bring, remove",
    [
        ("RUN apt-get update && apt-get dist-clean", "RUN rm -rf /var/lib/apt/lists/*"),
        ("RUN apt-get update && rm -rf /var/lib/apt/lists", "RUN rm -rf /var/lib/apt/lists/*"),
        ("RUN make install", "RUN rm -rf /build"),
        ("COPY app.tar.gz /tmp/app.tar.gz", "RUN rm /tmp/app.tar.gz"),
        ("COPY build /build", "RUN rm -rf /other"),
        ("RUN apt-get update", "RUN true"),
    ],
)
def test_what_is_gone_in_time_unknown_or_another_rules_matter_is_no_finding(
    bring: str, remove: str
) -> None:
    assert saved(RULES, image_of((bring, 50 * MB), (remove, 1_000))) == []


def test_empty_layers_give_nothing_to_claim() -> None:
    image = image_of(("COPY build /build", EMPTY), ("RUN rm -rf /build", MB))
    assert saved(RULES, image) == []
    lists = image_of(("RUN apt-get update", EMPTY), ("RUN rm -rf /var/lib/apt/lists/*", MB))
    assert saved(RULES, lists) == []


def test_only_so_many_paths_are_remembered() -> None:
    many = " ".join(f"/f{number}" for number in range(70))
    image = image_of(("COPY last /f69", MB), (f"RUN rm {many}", 1_000))
    assert saved(RULES, image) == []
