import pytest

from auditor.analysis.rules.archives import RULES
from tests.analysis.rules.images import EMPTY, MB, found, image_of, saved

URL = "https://host.example/tool.tar.gz"


def test_an_archive_unpacked_and_kept_is_half_of_its_layer() -> None:
    image = image_of((f"RUN curl -fsSLO {URL} && tar -xzf tool.tar.gz -C /opt", 20 * MB))
    assert saved(RULES, image) == [("archive-kept", 10 * MB)]


def test_an_archive_unpacked_by_a_later_step_is_all_of_its_layer() -> None:
    image = image_of(
        (f"RUN wget -P /tmp {URL}", 20 * MB), ("RUN tar xf /tmp/tool.tar.gz -C /opt", 20 * MB)
    )
    assert saved(RULES, image) == [("archive-kept", 20 * MB)]


@pytest.mark.parametrize(
    "step",
    [
        f"RUN curl -fsSL {URL} | tar -xz -C /opt",
        f"RUN curl -fsSLO {URL} && tar -xzf tool.tar.gz && rm tool.tar.gz",
        f"RUN cd /tmp && curl -o a.tgz {URL} && tar xzf a.tgz && cd / && rm -rf /tmp/*",
        f"RUN wget -O /tmp/a.tgz {URL} && tar xzf /tmp/a.tgz && find /tmp -name '*.tgz' -delete",
        f"RUN curl -fsSLO {URL} && tar -xzf tool.tar.gz && mv tool.tar.gz /dev/null",
        f"RUN curl {URL} > /dev/null",
        f"RUN curl -fsSLO {URL}",
        "RUN curl --output-dir /tmp -O https://host.example/readme.txt && cat /tmp/readme.txt",
        f"RUN curl --output=/tmp/a.tar {URL} && tar -c -f /tmp/a.tar /opt",
    ],
)
def test_what_is_not_kept_or_never_unpacked_is_no_finding(step: str) -> None:
    assert saved(RULES, image_of((step, 20 * MB))) == []


def test_a_redirected_download_and_a_pattern_are_followed() -> None:
    image = image_of((f"RUN cd /srv && curl {URL} > a.tar.xz && tar xf *.tar.xz", 10 * MB))
    assert saved(RULES, image) == [("archive-kept", 4_300_000)]


def test_packages_are_archives_too() -> None:
    step = "RUN wget https://host.example/p.deb && dpkg -i ./p.deb"
    assert saved(RULES, image_of((step, 10 * MB))) == [("archive-kept", 4 * MB)]


def test_a_copied_archive_that_a_later_step_unpacks_is_pulled_besides_its_contents() -> None:
    image = image_of(
        ("COPY app.tar.gz /tmp/", 6 * MB), ("RUN tar -xzf /tmp/app.tar.gz -C /srv", 12 * MB)
    )
    assert saved(RULES, image) == [("archive-copied", 6 * MB)]
    assert found(RULES, image)[0].confidence == "high"


def test_a_folder_of_an_archive_named_by_its_source_is_known() -> None:
    image = image_of(
        (f"ADD {URL} /tmp/", 6 * MB), ("RUN unzip -d /srv /tmp/other.zip && rm /tmp/tool.tar.gz", 1)
    )
    assert saved(RULES, image) == [("archive-copied", 6 * MB)]


@pytest.mark.parametrize(
    "copy", ["ADD app.tar.gz /srv/", "COPY a.tar.gz b.tar.gz /tmp/", "COPY app /tmp/"]
)
def test_what_add_unpacks_itself_and_several_files_are_left_alone(copy: str) -> None:
    image = image_of((copy, 6 * MB), ("RUN rm -rf /tmp/app.tar.gz /srv/app.tar.gz", 1))
    assert saved(RULES, image) == []


def test_an_empty_layer_gives_nothing_to_claim() -> None:
    image = image_of(("COPY a.tgz /tmp/", EMPTY), ("RUN tar xf /tmp/a.tgz", MB))
    assert saved(RULES, image) == []
