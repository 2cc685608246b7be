from __future__ import annotations

import pytest

from auditor.domain.build_plan import Install, ListFile, Removal
from auditor.domain.packages import Ecosystem, Wanted
from tests.fakes.dockerfiles import install_of, of_kind, run


def install(command: str, before: str = "") -> Install:
    return install_of(f"WORKDIR /app\n{before}\nRUN {command}")


@pytest.mark.parametrize(
    "command,before,has_dev",
    [
        ("npm ci", "", True),
        ("npm ci --omit=dev", "", False),
        ("npm ci --omit dev", "", False),
        ("npm ci --only=production", "", False),
        ("npm install --production", "", False),
        ("npm install --production=false", "ENV NODE_ENV=production", True),
        ("npm install --include=dev", "ENV NODE_ENV=production", True),
        ("npm ci", "ENV NODE_ENV=production", False),
        ("npm ci", "ARG NODE_ENV=production", False),
        ("NODE_ENV=production npm ci", "", False),
        ("export NODE_ENV=production && npm ci", "", False),
        ("npm ci", "ENV NPM_CONFIG_OMIT=dev", False),
        ("npm ci", "ENV NPM_CONFIG_PRODUCTION=true", False),
        ("npm i -P", "", True),
        ("yarn", "", True),
        ("yarn install --production", "", False),
        ("yarn --frozen-lockfile --prod", "", False),
        ("yarn workspaces focus --all --production", "", False),
        ("yarn install", "ENV NODE_ENV=production", False),
        ("pnpm i --prod", "", False),
        ("pnpm i -P", "", False),
        ("pnpm install --frozen-lockfile", "", True),
        ("pnpm install --prod=false", "ENV NODE_ENV=production", True),
        ("bun install --production", "", False),
        ("bun install", "ENV NODE_ENV=production", True),
    ],
)
def test_dev_comes_unless_switched_off(command: str, before: str, has_dev: bool) -> None:
    assert install(command, before).has_dev is has_dev


@pytest.mark.parametrize(
    "command,lock",
    [("yarn", "yarn.lock"), ("pnpm i", "pnpm-lock.yaml"), ("bun i", "bun.lock")],
)
def test_each_tool_reads_its_lock(command: str, lock: str) -> None:
    found = install(command, "COPY . .")
    assert found.lists == (
        ListFile(f"/app/{lock}", lock, (ListFile("/app/package.json", "package.json"),)),
    )


def test_the_files_that_a_step_copied_come_first() -> None:
    found = install("npm ci", "COPY package*.json ./")
    assert found.place == "/app/node_modules"
    (listed,) = found.lists
    assert listed.context_path == "package-lock.json"
    assert [one.context_path for one in listed.instead] == ["package.json", ""]
    found = install("npm install", "COPY package.json ./")
    assert (found.lists[0].name, [one.name for one in found.lists[0].instead]) == (
        "package.json",
        ["npm-shrinkwrap.json", "package-lock.json"],
    )


def test_only_a_clean_install_starts_anew() -> None:
    assert install("npm ci").starts_anew
    assert not install("npm install").starts_anew


def test_without_a_lock_the_manifest_counts() -> None:
    (listed,) = install("npm install --no-package-lock").lists
    assert (listed.name, listed.instead) == ("package.json", ())
    assert install("npm install --package-lock=false").lists[0].name == "package.json"


def test_packages_may_be_named_beside_those_of_a_manifest() -> None:
    found = install("npm install express@4 ./lib $X")
    assert (found.packages, found.local, found.unread) == (
        (Wanted("express", "4"),),
        ("/app/lib",),
        ("$X",),
    )
    assert found.lists == ()
    assert install("npm install express", "COPY package.json .").lists != ()
    assert run("yarn add react").packages == (Wanted("react"),)
    assert run("yarn workspace web add react").packages == (Wanted("react"),)


@pytest.mark.parametrize(
    "command,before,place",
    [
        ("npm i -g typescript@5", "", "/usr/local/lib/node_modules"),
        ("npm i -g pm2", "ENV NPM_CONFIG_PREFIX=/home/node/.g", "/home/node/.g/lib/node_modules"),
        ("npm i -g --prefix /opt/g pm2", "", "/opt/g/lib/node_modules"),
        ("yarn global add pm2", "", "/usr/local/share/.config/yarn/global/node_modules"),
        ("pnpm add -g pm2", "", "/root/.local/share/pnpm/global"),
        ("pnpm add -g pm2", "ENV PNPM_HOME=/pnpm", "/pnpm/global"),
    ],
)
def test_global_packages_have_their_place(command: str, before: str, place: str) -> None:
    found = install(command, before)
    assert (found.place, found.lists, found.has_dev) == (place, (), False)


def test_another_folder_may_be_named() -> None:
    assert install("npm ci --prefix web").place == "/app/web/node_modules"
    assert install("npm --prefix=web ci").place == "/app/web/node_modules"
    assert install("yarn --cwd /srv --modules-folder lib").place == "/srv/lib"
    assert install("cd /srv && pnpm i").place == "/srv/node_modules"


def test_what_is_optional_may_be_left_out() -> None:
    assert install("npm ci").has_optional
    assert not install("npm ci --no-optional").has_optional
    assert not install("npm ci --omit=dev --omit=optional").has_optional
    assert not install("npm ci --optional=false").has_optional
    assert not install("npm ci", "ENV NPM_CONFIG_OMIT=optional").has_optional


def test_pnpm_fetches_and_deploys() -> None:
    assert install("pnpm fetch --prod").are_archives
    found = install("pnpm deploy --filter=web --prod /prod/web", "COPY . .")
    assert (found.place, found.has_dev) == ("/prod/web/node_modules", False)
    assert found.lists[0].context_path == "pnpm-lock.yaml"


@pytest.mark.parametrize(
    "command", ["npm --version", "npm run build", "npm", "pnpm deploy", "npm deploy x", "yarn lint"]
)
def test_other_commands_install_nothing(command: str) -> None:
    assert of_kind(f"RUN {command}", Install) == []


def test_pruning_removes_what_only_development_needs() -> None:
    pruned = Removal(Ecosystem.NPM, paths=("/app/node_modules",), is_dev_only=True)
    for command in ("npm prune --omit=dev", "NODE_ENV=production npm prune", "pnpm prune --prod"):
        assert of_kind(f"WORKDIR /app\nRUN {command}", Removal) == [pruned]
    assert of_kind("RUN npm prune", Removal) == []
