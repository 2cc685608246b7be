from __future__ import annotations

from auditor.domain.build_plan import (
    Compile,
    Copy,
    Folder,
    IndexKept,
    InlineFile,
    Install,
    LeftBehind,
    Other,
    Removal,
    Upgrade,
)
from tests.fakes.dockerfiles import deeds_of, install_of, of_kind


def test_deeds_come_in_the_order_of_the_commands() -> None:
    body = (
        "WORKDIR /app\nCOPY . .\n"
        "RUN apt-get update && apt-get upgrade -y && mkdir /data && npm ci && npm run build && ruby x"
    )
    kinds = [type(deed) for deed in deeds_of(body)]
    assert kinds == [Copy, Upgrade, Folder, Install, LeftBehind, Compile, IndexKept, Other]


def test_a_here_document_is_a_script() -> None:
    body = "RUN <<EOF\nset -e\napt-get update\napt-get install -y curl\nEOF"
    assert [type(deed) for deed in deeds_of(body)] == [Install, IndexKept]


def test_an_exec_form_runs_without_a_shell() -> None:
    assert install_of('RUN ["pip", "install", "a b"]').unread == ("a b",)
    assert install_of('RUN ["/bin/bash", "-c", "pip install a"]').packages[0].name == "a"


def test_a_command_that_may_not_run_is_marked() -> None:
    assert install_of('RUN if test -n "$DEV"; then pip install -r dev.txt; fi').is_conditional
    assert install_of("RUN test -e x || npm ci").is_conditional
    assert not install_of("RUN true && npm ci").is_conditional


def test_bytecode_of_earlier_steps_is_a_step_of_its_own() -> None:
    body = "RUN pip install --no-compile -t /opt/a b\nRUN python -m compileall -q /opt/a\n"
    assert of_kind(body, Compile) == [Compile("python", "python -m compileall a", "/opt/a")]
    assert of_kind("RUN pip install -t /opt/a b && python -m compileall /opt/a", Compile) == []


def test_what_is_not_understood_lies_where_it_says() -> None:
    (other,) = of_kind("WORKDIR /w\nRUN ruby x > /srv/y.html", Other)
    assert other.place == "/srv/y.html"


def test_a_source_that_is_no_environment_changes_nothing() -> None:
    found = install_of("RUN . /etc/os-release; . ; export X A=1; pip install a")
    assert found.place.startswith("/usr/local")


def test_an_archive_fetched_long_before_is_unpacked_by_itself() -> None:
    fetches = " && ".join(f"curl -o /{at}.tgz https://h/{at}.tgz" for at in range(12))
    kinds = [type(deed).__name__ for deed in deeds_of(f"RUN {fetches} && tar xf /0.tgz -C /a")]
    assert kinds == ["Download"] * 12 + ["Unpack"]


def test_settings_of_a_step_hold_for_those_after_it() -> None:
    body = "RUN echo 'APT::Install-Recommends 0;' > /etc/apt/apt.conf.d/x\nRUN apt-get install -y a"
    assert not install_of(body).has_recommended
    assert of_kind("RUN rm -f /x", Removal) == [Removal(paths=("/x",))]


def test_a_list_that_a_command_writes_is_a_small_file() -> None:
    assert of_kind("RUN uv export -o /r.txt", InlineFile) == [InlineFile("/r.txt", 0)]
