from __future__ import annotations

import base64
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.domain.observation import StorageScope
from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.sample.server import SampleRegistry
from auditor.settings import LoadedSettings, load_settings
from auditor.store.crawls import begin_crawl
from auditor.store.engine import open_database
from auditor.store.pruning import advance_horizon
from auditor.usecases import check_installation as module
from auditor.usecases.check_installation import check_installation
from auditor.usecases.checked import FAILED, OK, WARNING, Finding
from auditor.usecases.prepare_database import upgrade_database


def loaded(tmp_path: Path, text: str = "", url: str = "") -> LoadedSettings:
    file = tmp_path / "auditor.toml"
    file.write_text(text)
    overrides = {"database_url": url or f"sqlite:///{tmp_path / 'auditor.db'}"}
    return load_settings(config_file=file, environment={}, overrides=overrides)


def findings(settings: LoadedSettings) -> dict[str, Finding]:
    return {finding.name: finding for finding in check_installation(settings)}


def test_everything_is_checked_in_a_fixed_order(tmp_path: Path, layout: Path) -> None:
    text = f'[registries.b]\naddress = "oci:{layout}"\n[registries.a]\naddress = "oci:{layout}"\n'
    names = [finding.name for finding in check_installation(loaded(tmp_path, text))]
    around = ["python", "program", "configuration", "database", "key", "prices"]
    assert names == [*around, "registry a", "registry b"]
    upgrade_database(f"sqlite:///{tmp_path / 'auditor.db'}")
    names = [finding.name for finding in check_installation(loaded(tmp_path))]
    assert names == [
        *("python", "program", "configuration", "database", "history", "room", "clock"),
        *("schedules", "file access", "key", "prices"),
    ]


def test_what_works_needs_no_next_step(tmp_path: Path, layout: Path, database_url: str) -> None:
    upgrade_database(database_url)
    (tmp_path / "key").write_text("kD2vQ8xw0Zr4mT6yB1nL9sHcJ7fGpA3eUoXiRtYq")
    (tmp_path / "key").chmod(0o600)
    text = '[web]\nsecret_key_file = "key"\n[price]\namount = 1\n'
    text += f'[registries.disk]\naddress = "oci:{layout}"\n'
    found = check_installation(loaded(tmp_path, text, database_url))
    assert {finding.state for finding in found} == {OK}
    assert {finding.next_step for finding in found} == {""}


def test_an_old_python_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 14, "final", 0))
    python = findings(loaded(tmp_path))["python"]
    assert (python.state, python.message) == (FAILED, "Python 3.10.14")
    assert python.next_step == "use Python 3.11 or newer"


def test_parts_that_were_not_installed_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PARTS", ("web/static/app.css", "web/no-such-folder"))
    program = findings(loaded(tmp_path))["program"]
    assert (program.state, program.next_step) == (FAILED, "install it again")
    assert program.message == "parts are missing: web/no-such-folder"


def test_the_configuration_file_is_named_and_what_it_holds(tmp_path: Path, layout: Path) -> None:
    text = f'[registries.disk]\naddress = "oci:{layout}"\n'
    message = findings(loaded(tmp_path, text))["configuration"].message
    assert message == f"{tmp_path / 'auditor.toml'} names 1 registries"


def test_no_configuration_file_is_fine(tmp_path: Path) -> None:
    url = {"database_url": f"sqlite:///{tmp_path / 'auditor.db'}"}
    bare = load_settings(config_file=None, environment={}, overrides=url)
    assert findings(bare)["configuration"].state == OK


def test_a_database_that_is_not_there_yet_is_a_warning(tmp_path: Path) -> None:
    database = findings(loaded(tmp_path))["database"]
    assert (database.state, "not there yet" in database.message) == (WARNING, True)
    assert "auditor db upgrade" in database.next_step
    assert not (tmp_path / "auditor.db").exists()


def test_an_old_schema_is_a_warning(tmp_path: Path, database_url: str) -> None:
    upgrade_database(database_url)
    database = open_database(database_url)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    database.dispose()
    found = findings(loaded(tmp_path, url=database_url))["database"]
    assert (found.state, found.next_step) == (WARNING, "run `auditor db upgrade`")
    assert found.message.startswith("schema revision 0000, this release has ")


def test_a_database_that_cannot_be_reached_is_a_failure_without_its_password(
    tmp_path: Path,
) -> None:
    url = "postgresql://auditor:s3cret@127.0.0.1:1/none"
    database = findings(loaded(tmp_path, url=url))["database"]
    assert database.state == FAILED
    assert "s3cret" not in database.message + database.next_step


def test_a_registry_that_is_none_is_a_failure_with_a_next_step(tmp_path: Path) -> None:
    text = f'[registries.disk]\naddress = "oci:{tmp_path}"\n'
    registry = findings(loaded(tmp_path, text))["registry disk"]
    assert registry.state == FAILED
    assert "is not an OCI image layout" in registry.message
    assert registry.next_step


def test_one_broken_registry_does_not_hide_the_others(tmp_path: Path, layout: Path) -> None:
    text = (
        f'[registries.broken]\naddress = "oci:{tmp_path}"\n'
        f'[registries.fine]\naddress = "oci:{layout}"\n'
    )
    found = findings(loaded(tmp_path, text))
    assert found["registry broken"].state == FAILED
    assert found["registry fine"].state == OK


def test_a_registry_that_answers_says_who_we_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SampleRegistry.start(only={"library/hello-world"}) as registry:
        entry = {"auth": base64.b64encode(b"me:s3cret").decode()}
        (tmp_path / "config.json").write_text(json.dumps({"auths": {registry.address: entry}}))
        text = f'[registries.sample]\naddress = "{registry.address}"\n'
        nobody = findings(loaded(tmp_path, text))["registry sample"]
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
        somebody = findings(loaded(tmp_path, text))["registry sample"]
    assert nobody.message == f"{registry.address} answers (no credential)"
    assert somebody.message == f"{registry.address} answers ({tmp_path / 'config.json'})"
    assert (nobody.state, somebody.state) == (OK, OK)


def test_how_much_history_is_kept_is_said(tmp_path: Path, database_url: str) -> None:
    upgrade_database(database_url)
    assert findings(loaded(tmp_path, url=database_url))["history"].message == (
        "nothing is removed by itself"
    )
    database = open_database(database_url)
    with database.writing() as connection:
        begin_crawl(
            connection,
            "r.example",
            scope=StorageScope.REGISTRY,
            platform=DEFAULT_PLATFORM,
            now=datetime(2026, 9, 1, tzinfo=UTC),
        )
        advance_horizon(connection, 1, datetime(2026, 8, 1, tzinfo=UTC))
    database.dispose()
    configured = loaded(tmp_path, "[history]\nkeep_months = 24\n", database_url)
    assert findings(configured)["history"].message == (
        "the running month and 24 before it are kept; removed up to 2026-08-01"
    )


def test_a_list_price_that_nobody_looked_at_for_long_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '[registries.cloud]\naddress = "1.dkr.ecr.eu-west-1.amazonaws.com"\n'
    text += 'repositories = ["team/app"]\n'
    fake = lambda name, *_: Finding(f"registry {name}", OK, "")
    monkeypatch.setattr(module, "check_registry", fake)
    monkeypatch.setattr("auditor.domain.price_book.PriceEntry.is_old", lambda *_: True)
    prices = findings(loaded(tmp_path, text))["prices"]
    assert (prices.state, prices.next_step) == (
        WARNING,
        "set what you pay: `registries.NAME.price`",
    )
    assert prices.message
