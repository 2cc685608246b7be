from __future__ import annotations

from pathlib import Path

import pytest

from auditor.commands.listening import is_loopback
from tests.commands.fake_use_cases import FakeUseCases, run


def test_serve_warns_only_where_others_can_reach_it(fakes: FakeUseCases) -> None:
    private = run(fakes, "serve", "--port", "0")
    assert "sign-in" not in private.stderr
    assert "serving on http://127.0.0.1:0/" in private.stderr
    public = run(fakes, "serve", "--host", "0.0.0.0", "--quiet")
    assert "no sign-in yet" in public.stderr
    assert fakes.served == [("127.0.0.1", 0), ("0.0.0.0", 8080)]
    assert private.stdout == public.stdout == ""


def test_demo_ranks_its_own_database_and_then_serves_it(fakes: FakeUseCases) -> None:
    result = run(fakes, "demo", "--no-serve")
    assert result.exit_code == 0
    assert "team/app" in result.stdout
    assert "made of facts from Somebody." in result.stderr
    assert fakes.served == []
    assert fakes.overrides == {"database_url": "sqlite:///demo.db"}
    replayed = run(fakes, "demo", "--history", "--port", "9")
    assert "made of facts from Somebody." in replayed.stderr
    assert fakes.served == [("127.0.0.1", 9)]
    assert fakes.demo_folder == Path(".demo")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]"])
def test_only_this_machine_reaches_a_loopback_address(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.168.1.2", "localhost.example.com"])
def test_others_may_reach_any_other_address(host: str) -> None:
    assert not is_loopback(host)


def test_ctrl_c_ends_the_dashboard_without_a_complaint(
    fakes: FakeUseCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fakes, "serve", interrupted)
    result = run(fakes, "serve")
    assert (result.exit_code, result.stderr) == (0, "stopped\n")
