from __future__ import annotations

from auditor.domain.build_plan import (
    Base,
    BaseKind,
    Copy,
    CopyFrom,
    Install,
    ListFile,
    Stage,
    Step,
)
from auditor.domain.packages import Ecosystem, Wanted

BASE = Base(BaseKind.IMAGE, "debian:12")


def test_a_list_file_has_a_name() -> None:
    assert ListFile("/app/requirements.txt").name == "requirements.txt"


def test_an_install_is_empty_when_nothing_of_it_stays() -> None:
    nothing = Install(Ecosystem.PIP, "pip", "/x", gone=(Wanted("a"),))
    assert nothing.is_empty
    assert not Install(Ecosystem.PIP, "pip", "/x", (Wanted("a"),)).is_empty
    assert not Install(Ecosystem.PIP, "pip", "/x", lists=(ListFile("/r.txt"),)).is_empty
    assert not Install(Ecosystem.PIP, "pip", "/x", local=("/w",)).is_empty
    assert not Install(Ecosystem.PIP, "pip", "/x", unread=("$A",)).is_empty


def test_a_stage_without_name_is_called_by_its_number() -> None:
    assert Stage(2, "", BASE, 9).label == "2"
    assert Stage(2, "build", BASE, 9).label == "build"


def test_a_stage_tells_which_others_its_steps_read() -> None:
    copies = (CopyFrom(("/a",), "/b", 1), CopyFrom(("/a",), "/b", None, "img"), Copy((".",), "/"))
    steps = (Step(3, "COPY", "", copies), Step(4, "RUN", "", (), (0, 2)))
    assert list(Stage(3, "", BASE, 1, steps).sources) == [(1, 3), (0, 4), (2, 4)]
