import pytest

from auditor.analysis.rules.installs import RULES
from tests.analysis.rules.images import EMPTY, MB, found, image_of, saved


def test_apt_with_recommended_packages_is_a_hint() -> None:
    (one,) = found(RULES, image_of(("RUN apt-get install -y git", 40 * MB)))
    assert (one.rule, one.pull_saving_bytes, one.low_bytes) == ("apt-recommends", 4 * MB, 0)
    assert (one.high_bytes, one.confidence) == (12_800_000, "low")


@pytest.mark.parametrize(
    "step",
    [
        "RUN apt-get install -y --no-install-recommends git",
        "RUN apt-get -o APT::Install-Recommends=false install -y git",
        "RUN apt-get install -y -o APT::Install-Recommends=0 git",
        "RUN aptitude install -R git",
        "RUN apt-get update",
        "RUN echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/01 && apt-get install git",
    ],
)
def test_without_recommended_packages_it_is_not(step: str) -> None:
    assert saved(RULES, image_of((step, 40 * MB))) == []


def test_an_upgrade_in_a_step_of_its_own_is_all_stored_twice() -> None:
    step = "RUN apt-get update && apt-get -y upgrade && rm -rf /var/lib/apt/lists/*"
    assert saved(RULES, image_of((step, 18 * MB))) == [("apt-upgrade", 18 * MB)]
    mixed = "RUN apt-get upgrade -y && apt-get install -y --no-install-recommends git"
    assert saved(RULES, image_of((mixed, 18 * MB))) == []
    assert saved(RULES, image_of(("RUN apt-get upgrade -y && make", 18 * MB))) == []


@pytest.mark.parametrize(
    "step",
    ["RUN npm ci", "RUN npm install", "RUN yarn", "RUN pnpm i", "RUN composer install"],
)
def test_dependencies_for_development_are_a_hint(step: str) -> None:
    (one,) = found(RULES, image_of((step, 100 * MB)))
    assert (one.rule, one.pull_saving_bytes, one.low_bytes) == ("dev-dependencies", 33 * MB, 0)


@pytest.mark.parametrize(
    "step",
    [
        "RUN npm ci --omit=dev",
        "RUN npm ci --omit dev",
        "RUN npm install --production=true",
        "RUN npm install -g typescript",
        "RUN npm install express",
        "RUN npm ci && npm prune --production",
        "RUN NODE_ENV=production yarn install",
        "RUN COMPOSER_NO_DEV=true composer install",
        "RUN BUNDLE_WITHOUT=test bundle install",
        "RUN bundle config set without test && bundle install",
        "RUN composer install --no-dev",
        "RUN npm run build",
    ],
)
def test_installs_for_production_are_not(step: str) -> None:
    assert saved(RULES, image_of((step, 100 * MB))) == []


def test_a_variable_that_says_something_else_does_not_count() -> None:
    image = image_of(("ENV NODE_ENV=development", 0), ("RUN npm ci", 100 * MB))
    assert saved(RULES, image) == [("dev-dependencies", 33 * MB)]


def test_an_empty_layer_gives_nothing_to_claim() -> None:
    assert saved(RULES, image_of(("RUN npm ci", EMPTY), ("RUN apt-get upgrade", EMPTY))) == []
