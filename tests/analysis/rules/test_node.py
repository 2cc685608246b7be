import pytest

from auditor.analysis.rules.node import RULES
from tests.analysis.rules.images import EMPTY, MB, found, image_of, saved


def development(*steps: tuple[str, int]) -> list[tuple[str, int]]:
    return saved(RULES, image_of(*steps))


@pytest.mark.parametrize(
    "step, rule",
    [
        ("RUN npm ci", "npm-dev-dependencies"),
        ("RUN npm install --no-audit --cache /tmp/x", "npm-dev-dependencies"),
        ("RUN npm ci && npm run build", "npm-dev-dependencies"),
        ("RUN npm prune --omit=dev && npm ci", "npm-dev-dependencies"),
        ("RUN yarn", "yarn-dev-dependencies"),
        ("RUN yarn install --frozen-lockfile", "yarn-dev-dependencies"),
        ("RUN pnpm i --frozen-lockfile", "pnpm-dev-dependencies"),
    ],
)
def test_dependencies_for_development_are_a_hint(step: str, rule: str) -> None:
    found_in = [one for one in found(RULES, image_of((step, 100 * MB))) if one.rule == rule]
    (one,) = found_in
    assert (one.pull_saving_bytes, one.low_bytes, one.high_bytes) == (54 * MB, 0, 90 * MB)
    assert one.confidence == "low"


@pytest.mark.parametrize(
    "step",
    [
        "RUN npm ci --omit=dev",
        "RUN npm ci --omit dev",
        "RUN npm ci --only=production",
        "RUN npm ci --only production",
        "RUN npm install --production=true",
        "RUN npm install -g typescript",
        "RUN npm install express",
        "RUN npm ci && npm run build && npm prune --production",
        "RUN npm ci && npm run build && rm -rf node_modules",
        "RUN npm ci && npm run build && npm ci --omit=dev",
        "RUN NODE_ENV=production npm ci",
        "RUN NPM_CONFIG_OMIT=dev npm ci",
        "RUN npm_config_production=1 npm ci",
        "RUN yarn install --production",
        "RUN yarn && yarn build && yarn workspaces focus --production",
        "RUN pnpm install --prod",
        "RUN pnpm i && pnpm build && pnpm prune --prod",
        "RUN npm run build",
    ],
)
def test_installs_for_production_are_not(step: str) -> None:
    assert development((step, 100 * MB)) == []


def test_the_environment_counts_from_where_it_is_set() -> None:
    install = ("RUN npm ci", 100 * MB)
    told = [("npm-dev-dependencies", 54 * MB)]
    assert development(("ENV NODE_ENV=production", 0), install) == []
    assert development(install, ("ENV NODE_ENV=production", 0)) == told
    assert development(("ENV NODE_ENV=development", 0), install) == told


def test_pruning_in_a_later_step_saves_nothing() -> None:
    later = development(("RUN npm ci", 100 * MB), ("RUN npm prune --omit=dev", MB))
    assert later == [("npm-dev-dependencies", 54 * MB)]


def test_an_empty_layer_gives_nothing_to_claim() -> None:
    assert saved(RULES, image_of(("RUN npm ci && yarn && pnpm i", EMPTY))) == []
