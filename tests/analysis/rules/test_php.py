import pytest

from auditor.analysis.rules.php import RULES
from tests.analysis.rules.images import MB, image_of, saved

_CACHE, _DEVELOPMENT = ("composer-cache-kept", 47 * MB), ("composer-dev-dependencies", 30 * MB)


@pytest.mark.parametrize(
    "step, expected",
    [
        ("RUN composer install", [_CACHE, _DEVELOPMENT]),
        ("RUN composer install -d /app --prefer-dist", [_CACHE, _DEVELOPMENT]),
        ("RUN composer install --no-cache", [_DEVELOPMENT]),
        ("RUN composer install --no-dev", [_CACHE]),
        ("RUN composer install && composer install --no-dev", [_CACHE]),
        ("RUN composer install --no-dev && composer clear-cache", []),
        ("RUN composer install --no-dev && rm -rf ~/.composer/cache", []),
        ("RUN COMPOSER_NO_DEV=1 COMPOSER_CACHE_DIR=/dev/null composer install", []),
        ("RUN COMPOSER_NO_CACHE=1 composer install --no-dev", []),
        ("RUN COMPOSER_HOME=/dev/null composer install --no-dev", []),
        ("RUN composer global require x/y", [_CACHE]),
        ("RUN composer dump-autoload", []),
    ],
)
def test_what_composer_leaves_is_told(step: str, expected: list[tuple[str, int]]) -> None:
    assert saved(RULES, image_of((step, 100 * MB))) == expected
