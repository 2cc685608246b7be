from __future__ import annotations

from pathlib import Path

from auditor.sample.server import SampleRegistry
from auditor.settings import Settings, load_settings
from auditor.usecases.check_registry import check_registry
from auditor.usecases.checked import FAILED, OK, WARNING, Finding
from tests.end_to_end.rogue_registry import Answer, start_rogue_registry


def settings_of(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "auditor.toml"
    file.write_text(f"[registries.it]\n{text}\n")
    overrides = {"database_url": f"sqlite:///{tmp_path / 'auditor.db'}"}
    return load_settings(config_file=file, environment={}, overrides=overrides).settings


def found(settings: Settings) -> Finding:
    return check_registry("it", settings.registries["it"], settings)


def test_one_that_lists_what_it_has_is_fine(tmp_path: Path) -> None:
    with SampleRegistry.start(only={"library/hello-world"}) as registry:
        assert found(settings_of(tmp_path, f'address = "{registry.address}"')).state == OK


def test_a_catalogue_that_cannot_be_read_is_found_before_the_crawl_is(tmp_path: Path) -> None:
    with start_rogue_registry() as registry:
        registry.answers["/v2/_catalog"] = Answer(b"{}", 404)
        address = f'address = "{registry.address}"'
        asked = found(settings_of(tmp_path, address))
        assert asked.state == FAILED
        assert "its catalogue cannot be read" in asked.message
        assert "registries.it.repositories" in asked.next_step
        named = settings_of(tmp_path, f'{address}\nrepositories = ["team/app"]')
        assert found(named).state in (OK, WARNING)
