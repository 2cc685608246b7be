from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.errors import SettingsError
from auditor.domain.observation import StorageScope
from auditor.domain.platform import Platform
from auditor.domain.units import GB, GIB
from auditor.settings import LoadedSettings, load_settings, render_settings

SECRET = "hunter2-hunter2"


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, str]:
    return {
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "auditor.toml"
    path.write_text("")
    return path


def load(
    file: Path | None = None, environment: dict[str, str] | None = None, **flags: object
) -> LoadedSettings:
    overrides = {name.replace("__", "."): value for name, value in flags.items()}
    return load_settings(config_file=file, environment=environment or {}, overrides=overrides)


def rows(loaded: LoadedSettings) -> dict[str, tuple[str, str]]:
    return {row.key: (row.value, row.origin) for row in render_settings(loaded)}


def complaint(
    file: Path | None = None, environment: dict[str, str] | None = None, **flags: object
) -> str:
    with pytest.raises(SettingsError) as caught:
        load(file, environment, **flags)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_nothing_needs_to_be_configured(folders: dict[str, str], tmp_path: Path) -> None:
    loaded = load(environment=folders)
    settings = loaded.settings
    assert settings.database_url == f"sqlite:///{tmp_path}/data/auditor/auditor.db"
    assert settings.platform == Platform("linux", "amd64")
    assert (settings.crawl.concurrency, settings.crawl.manifest_max_bytes) == (16, 16 * 2**20)
    assert (settings.web.host, settings.web.port) == ("127.0.0.1", 8080)
    assert dict(settings.registries) == {}
    assert set(loaded.origins.values()) == {"default"}
    assert loaded.config_file is None


def test_without_xdg_folders_the_home_folder_has_the_database(home_of_nobody: Path) -> None:
    assert load().settings.database_url.startswith(f"sqlite:///{home_of_nobody}/")


def test_a_flag_beats_the_environment_beats_the_file_beats_the_default(file: Path) -> None:
    file.write_text('platform = "linux/arm64"\n[crawl]\nconcurrency = 2\n[web]\nport = 1\n')
    loaded = load(
        file,
        {"AUDITOR_WEB__PORT": "2", "AUDITOR_CRAWL__CONCURRENCY": "3"},
        web__port=3,
        crawl__recheck_days=None,
    )
    assert rows(loaded)["web.port"] == ("3", "flag")
    assert rows(loaded)["crawl.concurrency"] == ("3", "environment AUDITOR_CRAWL__CONCURRENCY")
    assert rows(loaded)["platform"] == ("linux/arm64", f"file {file}")
    assert rows(loaded)["crawl.recheck_days"] == ("7", "default")


def test_fractions_are_shown_as_they_are_written() -> None:
    loaded = load(environment={"AUDITOR_CRAWL__RECHECK_DAYS": "0.5"})
    assert rows(loaded)["crawl.recheck_days"][0] == "0.5"


def test_an_empty_variable_counts_as_unset() -> None:
    assert load(environment={"AUDITOR_WEB__PORT": ""}).settings.web.port == 8080


def test_the_port_variable_of_platforms_sets_the_port() -> None:
    assert load(environment={"PORT": "9000"}).origins["web.port"] == "environment PORT"
    both = {"PORT": "9000", "AUDITOR_WEB__PORT": "9001"}
    assert load(environment=both).settings.web.port == 9001


def test_variables_that_a_platform_makes_for_a_service_of_our_name_are_passed_by() -> None:
    environment = {"AUDITOR_SERVICE_HOST": "10.0.0.1", "AUDITOR_PORT": "tcp://10.0.0.1:80"}
    assert load(environment=environment).settings.web.port == 8080


def test_the_file_is_looked_for_in_the_configuration_folder(
    folders: dict[str, str], tmp_path: Path
) -> None:
    usual = tmp_path / "config" / "auditor" / "auditor.toml"
    usual.parent.mkdir(parents=True)
    usual.write_text("[web]\nport = 1")
    assert load(environment=folders).config_file == usual
    other = tmp_path / "other.toml"
    other.write_text("[web]\nport = 2")
    named = folders | {"AUDITOR_CONFIG": str(other)}
    assert load(environment=named).settings.web.port == 2
    assert load(usual, named).settings.web.port == 1


def test_a_registry_has_the_scope_of_its_vendor_unless_told_otherwise(file: Path) -> None:
    file.write_text(
        '[registries.hub]\naddress = "docker.io"\n'
        '[registries.own]\naddress = "localhost:5000"\n'
        '[registries.told]\naddress = "docker.io"\nscope = "repository"\n'
    )
    registries = load(file).settings.registries
    assert registries["hub"].scope is StorageScope.NAMESPACE
    assert registries["own"].scope is StorageScope.REGISTRY
    assert registries["own"].address.base_url == "http://localhost:5000"
    assert registries["told"].scope is StorageScope.REPOSITORY


def test_a_registry_can_be_configured_by_the_environment_alone() -> None:
    loaded = load(
        environment={
            "AUDITOR_REGISTRIES__OWN__ADDRESS": "registry.example:5000",
            "AUDITOR_REGISTRIES__OWN__REPOSITORIES": "team/app, team/base,",
            "AUDITOR_REGISTRIES__OWN__COUNTS_PULLS": "true",
            "AUDITOR_REGISTRIES__OWN__VERIFY_TLS": "false",
        }
    )
    own = loaded.settings.registries["own"]
    assert own.repositories == ("team/app", "team/base")
    assert own.counts_pulls is True
    assert own.verify_tls is False
    assert rows(loaded)["registries.own.repositories"][0] == "team/app,team/base"
    assert rows(loaded)["registries.own.address"][0] == "https://registry.example:5000"


def test_a_variable_finds_the_registry_whose_name_has_a_dash_or_capitals(file: Path) -> None:
    file.write_text('[registries.Prod-EU]\naddress = "registry.example"\n')
    loaded = load(file, {"AUDITOR_REGISTRIES__PROD_EU__USERNAME": "reader"})
    assert list(loaded.settings.registries) == ["Prod-EU"]
    assert loaded.settings.registries["Prod-EU"].username == "reader"


def test_passwords_are_read_from_files_beside_the_configuration(file: Path) -> None:
    (file.parent / "secret").write_text(f"{SECRET}\n")
    file.write_text('[registries.own]\naddress = "h.example"\npassword_file = "secret"\n')
    loaded = load(file)
    assert loaded.settings.registries["own"].password.get_secret_value() == SECRET
    origin = f"file {file}, from {file.parent}/secret"
    assert rows(loaded)["registries.own.password"] == ("(hidden)", origin)


def test_the_certificates_of_a_registry_are_looked_for_beside_the_configuration(
    file: Path,
) -> None:
    file.write_text('[registries.own]\naddress = "h.example"\nca_file = "ca.pem"\n')
    assert load(file).settings.registries["own"].ca_file == str(file.parent / "ca.pem")


def test_the_database_url_can_be_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "url"
    path.write_text(f"postgresql://auditor:{SECRET}@db.example/auditor\n")
    loaded = load(environment={"AUDITOR_DATABASE_URL_FILE": str(path)})
    expected = f"postgresql+psycopg://auditor:{SECRET}@db.example/auditor"
    assert loaded.settings.database_url == expected
    shown = "postgresql+psycopg://auditor:(hidden)@db.example/auditor"
    assert rows(loaded)["database_url"][0] == shown


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://auditor:{SECRET}@h/db",
        f"postgresql://auditor:a@{SECRET}@h/db",
        f"postgresql://auditor:a/{SECRET}@h/db",
        f"postgresql://auditor:a?{SECRET}#@h/db",
        f"postgresql:///db?host=h&password={SECRET}&user=auditor",
    ],
)
def test_secrets_are_hidden_wherever_settings_are_shown(url: str, file: Path) -> None:
    file.write_text(f'[registries.own]\naddress = "h.example"\npassword = "{SECRET}"\n')
    loaded = load(file, {"AUDITOR_DATABASE_URL": url})
    assert SECRET not in repr(loaded)
    assert SECRET not in str(render_settings(loaded))


def test_a_price_counts_as_configured_once_it_has_an_amount(file: Path) -> None:
    assert not load(file).settings.price.is_configured
    file.write_text('[price]\namount = "0.10"\nunit = "GiB"\n')
    price = load(file).settings.price
    assert price.is_configured
    assert price.to_price().amount == Decimal("0.10")
    assert price.to_price().unit_bytes == GIB


def test_one_registry_is_a_reference_or_counted_and_not_both(file: Path) -> None:
    ours = '[registries.ours]\naddress = "hub.example"\n'
    theirs = '[registries.theirs]\naddress = "https://hub.example"\nreference = true\n'
    file.write_text(ours + theirs)
    with pytest.raises(SettingsError, match="ours and theirs are one registry"):
        load(file)
    file.write_text(f"{ours}reference = true\n{theirs}")
    assert all(one.reference for one in load(file).settings.registries.values())


@pytest.mark.parametrize("pattern", ["a b", "a/b", "", "x" * 129])
def test_a_pattern_of_tags_has_nothing_that_no_tag_has(file: Path, pattern: str) -> None:
    file.write_text(f'[registries.a]\naddress = "h.example"\ntags = ["{pattern}"]\n')
    with pytest.raises(SettingsError, match=r"registries\.a\.tags.* is not a pattern of tags"):
        load(file)


def test_a_registry_has_a_price_of_its_own_only_where_one_is_written(file: Path) -> None:
    file.write_text(
        '[registries.a]\naddress = "a.example"\n'
        '[registries.b]\naddress = "b.example"\nprice.amount = "0.05"\n'
    )
    loaded = load(file)
    priced = loaded.settings.registries["b"].price
    assert priced is not None
    assert priced.to_price().unit_bytes == GB
    assert loaded.settings.registries["a"].price is None
    assert rows(loaded)["registries.a.price"] == ("", "default")


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = load().settings
    with pytest.raises(ValueError, match="frozen"):
        settings.web.port = 1
    with pytest.raises(TypeError):
        settings.registries["x"] = 1  # type: ignore[index]  # what the test is about


@pytest.mark.parametrize(
    "content,expected",
    [
        ("[crawl]\nconcurency = 3", "unknown setting crawl.concurency"),
        ("[crawl]\nconcurency = 3", "did you mean crawl.concurrency?"),
        ("[crawls]\nconcurrency = 3", "did you mean crawl?"),
        ("[web]\nzzz = 1", "known here: host, port"),
        ("[registries.a]\naddress='h.example'\nzzz = 1", "known here: address, scope"),
        ("[registries.a]\naddress='h.example'\nprice.amont = 1", "did you mean registries.a.price"),
        ("[price]\namount = '1'\nzzz.deep = 1", "unknown setting price.zzz"),
        ("[crawl]\nconcurrency = 'many'", "crawl.concurrency: it should be a valid integer"),
        ("[crawl]\nconcurrency = 0", "greater than or equal to 1"),
        (
            "[crawl]\nrecheck_days = -1",
            "crawl.recheck_days: it should be greater than or equal to 0",
        ),
        ("[crawl]\njson_max_depth = 513", "less than or equal to 512"),
        ("[history]\nkeep_months = 0", "history.keep_months: it should be greater than or equal"),
        ("[history]\nkeep_months = 'ever'", "history.keep_months: it should be a valid integer"),
        ("[history]\nkeep_days = 30", "did you mean history.keep_months?"),
        ("crawl = 3", "crawl: it is a section with keys of its own"),
        ("registries = 3", "registries: it is a section with keys of its own"),
        ("[registries.a]", "registries.a.address: it is missing"),
        ("[registries.a]\naddress = 5", "registries.a.address:"),
        ("[registries.a]\naddress = 'UP CASE'", "not a registry address"),
        (f"[registries.a]\naddress = 'me:{SECRET}@h'", "must not hold credentials"),
        (f"[registries.a]\naddress = 'https://me:{SECRET}@h'", "must not hold credentials"),
        ("[registries.a]\naddress='h.example'\nscope = 'all'", "'registry', 'namespace' or"),
        ("[registries.a]\naddress='h.example'\nrepositories = ['UP']", "not a repository name"),
        ("[registries.a]\naddress='h.example'\ntoken_hosts = ['a b']", "not a host[:port]"),
        ("[registries.'a.b']\naddress='h.example'", "'a.b' is no name"),
        (f"[registries.a]\naddress='h.example'\npassword = ['{SECRET}']", "registries.a.password"),
        ("platform = 'amd64'", "write os/architecture"),
        ("platform = 5", "platform:"),
        (f"database_url = 'mysql://me:{SECRET}@h/db'", "database_url: write sqlite:///PATH"),
        ("[price]\ncurrency = 'EUR'", "without an amount"),
        ("[price]\namount = -1", "price.amount: it should be greater than or equal to 0"),
        ("[price]\namount = 'nan'", "price.amount: it should be a finite number"),
        ("[price]\namount = '1'\ncurrency = 'euro'", "price.currency:"),
        ("[crawl]\nconcurrency = 0\njson_max_depth = 1", "and 1 more"),
    ],
)
def test_a_bad_file_is_one_line_naming_key_and_place(
    content: str, expected: str, file: Path
) -> None:
    file.write_text(content)
    line = complaint(file)
    assert expected in line
    assert f"file {file}" in line


@pytest.mark.parametrize(
    "variables,expected",
    [
        ({"AUDITOR_CRAWL__CONCURRENCY": SECRET}, "AUDITOR_CRAWL__CONCURRENCY"),
        ({"AUDITOR_CRAWL__NO": SECRET}, "unknown setting crawl.no"),
        ({"AUDITOR_REGISTRIES": SECRET}, "(environment AUDITOR_REGISTRIES)"),
        ({"AUDITOR_DATABASE_URL": SECRET}, "(environment AUDITOR_DATABASE_URL)"),
        ({"AUDITOR_WEB": "1", "AUDITOR_WEB__PORT": "1"}, "web.port is below a key that has"),
        ({"AUDITOR_CONFIG": "/nowhere/auditor.toml"}, "/nowhere/auditor.toml: No such file"),
        ({"AUDITOR_DATABASE_URL_FILE": "/nowhere/url"}, "cannot read /nowhere/url"),
        (
            {"AUDITOR_DATABASE_URL": SECRET, "AUDITOR_DATABASE_URL_FILE": "/nowhere/url"},
            "database_url and database_url_file are both set",
        ),
    ],
)
def test_a_bad_variable_is_one_line_naming_it(variables: dict[str, str], expected: str) -> None:
    assert expected in complaint(environment=variables)


def test_a_bad_flag_is_named_as_a_flag() -> None:
    assert "(flag)" in complaint(web__port=70000)


def test_a_broken_file_is_named_with_the_line(file: Path) -> None:
    file.write_text(f"[web]\npassword = {SECRET}")
    assert "not valid TOML" in complaint(file)
    assert "line 2" in complaint(file)


def test_a_file_that_is_no_text_is_named(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    assert "it is not UTF-8 text" in complaint(file)


def test_a_file_that_is_too_large_is_not_read(file: Path) -> None:
    file.write_bytes(b"#" * (2**20 + 1))
    assert "more than 1048576 bytes" in complaint(file)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "Is a directory" in complaint(tmp_path)


@given(st.binary(max_size=200))
def test_no_file_whatever_it_holds_does_more_than_complain(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(content)
    try:
        port = load(path).settings.web.port
    except SettingsError:
        port = 8080
    assert port == 8080
