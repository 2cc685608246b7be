import pytest

from auditor.analysis.rules.ruby import RULES
from tests.analysis.rules.images import MB, image_of, saved

_GEMRC = "RUN { echo 'install: --no-document'; } >> /usr/local/etc/gemrc"
_CACHE, _DOCUMENTS = ("gem-cache-kept", 40 * MB), ("gem-documentation-kept", 10 * MB)
_GROUPS = ("bundler-development-groups", 25 * MB)


def told(*steps: str) -> list[tuple[str, int]]:
    return saved(RULES, image_of(*((step, 100 * MB) for step in steps)))


@pytest.mark.parametrize(
    "step, expected",
    [
        ("RUN gem install rails", [_CACHE, _DOCUMENTS]),
        ("RUN gem install rails && gem cleanup", [_CACHE, _DOCUMENTS]),
        ("RUN gem install --no-document rails", [_CACHE]),
        ("RUN gem install -N rails && rm -rf /usr/local/bundle/cache", []),
        ("RUN gem install rails && rm -rf /var/lib/gems/3.1.0/cache/*.gem", [_DOCUMENTS]),
        ("RUN gem install rails && rm -rf /var/lib/gems/3.1.0/doc/*", [_CACHE]),
        ("RUN gem install bundler --version 2", []),
        ("RUN gem update --system", []),
        ("RUN gem install", []),
        ("RUN bundle install", [_CACHE, _GROUPS]),
        ("RUN bundle", [_CACHE, _GROUPS]),
        ("RUN bundle install --jobs 4 --retry 3", [_CACHE, _GROUPS]),
        ("RUN bundle install --deployment", [_CACHE, _GROUPS]),
        ("RUN bundle install --without development test", [_CACHE]),
        ("RUN bundle install --without=development:test", [_CACHE]),
        ("RUN bundle config set --local without test && bundle install", [_CACHE]),
        ("RUN BUNDLE_WITHOUT=development:test bundle install", [_CACHE]),
        ("RUN bundle install --local && bundle clean", []),
        ("RUN bundle install && find / -name '*.gem' -delete", [_GROUPS]),
        ("RUN bundle exec rake assets:precompile", []),
        ("RUN bundle --version", []),
    ],
)
def test_what_gems_leave_is_told(step: str, expected: list[tuple[str, int]]) -> None:
    assert told(step) == expected


def test_settings_of_an_earlier_step_or_of_the_base_hold() -> None:
    assert told(_GEMRC, "RUN gem install rails") == [_CACHE]
    assert told("RUN bundle config without test", "RUN bundle install") == [_CACHE]
    steps = ((_GEMRC, MB), ("RUN gem install rails", 100 * MB))
    assert saved(RULES, image_of(*steps, base="ruby:3.3", base_layers=2)) == [_CACHE]
