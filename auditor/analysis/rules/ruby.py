"""RubyGems and Bundler: gems kept beside what was installed of them, documentation, groups."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.leftovers import CacheKind
from auditor.analysis.image_facts import BuildStep
from auditor.analysis.rules.cache_table import Amount, CacheRule, info
from auditor.analysis.rules.caches import cache_rules
from auditor.analysis.rules.development import DevelopmentRule, Switch, development_rules
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import RuleInfo

_NO_DOCUMENTS = ("--no-document", "-N", "--no-doc", "--no-ri", "--no-rdoc")
# Installing these prepares a machine, not a program, and they weigh little.
_OWN_TOOLS = frozenset({"bundler", "rubygems-update"})


def _installs(act: Act) -> bool:
    words = act.operands
    if act.name == "gem":
        return words[:1] == ("install",) and words[1:2] != () and words[1] not in _OWN_TOOLS
    is_install = act.name in ("bundle", "bundler") and words[:1] in ((), ("install",))
    return is_install and not _asks(act)


def _asks(act: Act) -> bool:
    return not {"--version", "-v", "--help"}.isdisjoint(act.arguments)


def _cleans(act: Act) -> bool:
    """`find … -name '*.gem' -delete` and `rm …/cache/*.gem`; `gem cleanup` keeps newest ones."""
    deletes = act.name == "rm" or (act.name == "find" and "-delete" in act.arguments)
    return deletes and any(word.endswith(".gem") for word in act.arguments)


def _installs_documents(act: Act) -> bool:
    return act.name == "gem" and _installs(act)


def _is_without_documents(act: Act, _: Mapping[str, str]) -> bool:
    return any(word.startswith(_NO_DOCUMENTS) for word in act.arguments)


def _removes_documents(act: Act) -> bool:
    return act.name == "rm" and any(word.endswith(("/doc/*", "/ri/*")) for word in act.operands)


def _writes_gemrc(step: BuildStep) -> bool:
    """A step that writes RubyGems' settings, as official Ruby images do: no documentation."""
    return "gemrc" in step.text and "no-document" in step.text


_CACHES = (
    CacheRule(
        info(
            "gem-cache-kept",
            "Downloaded gems stay in the layer",
            "`gem install` or `bundle install` without removing the folder `cache` of the gems"
            " after it in the same step",
            "; where gems are installed to",
        ),
        CacheKind(
            frozenset({"gem", "bundle", "bundler"}),
            _installs,
            _cleans,
            ("/usr/local/bundle/cache",),
            is_off=lambda act, _: "--local" in act.arguments,
        ),
        frozenset({"gem", "bundle", "bundler"}),
        "The gems that were fetched stay beside what was installed of them.",
        "Remove the folder of fetched gems at the end of the same step.",
        ('RUN bundle install && rm -rf "$(gem env gemdir)"/cache/*.gem',),
        # A gem holds its files as one gzip archive, so it weighs what they add to a layer;
        # what extensions compile to and documentation come on top.
        Amount(0.40, 0.15, 0.50),
        "By the format of gems, which are gzip archives of their files; not measured.",
    ),
    CacheRule(
        info(
            "gem-documentation-kept",
            "Documentation of gems is generated and kept",
            "`gem install` without `--no-document`",
            "; settings in a gemrc that was copied, and whether there is anything to generate it",
        ),
        CacheKind(
            frozenset({"gem"}),
            _installs_documents,
            _removes_documents,
            is_off=_is_without_documents,
            is_settled=_writes_gemrc,
        ),
        frozenset({"gem"}),
        "`gem install` generates documentation of every gem, which nothing reads in an image.",
        "Install with `--no-document`.",
        ("RUN gem install --no-document …",),
        Amount(0.10, 0.0, 0.30),
        "Assumed: a tenth of the layer; not measured.",
    ),
)


def _sets_without(act: Act) -> bool:
    """`bundle config set without …`, in any of its forms."""
    is_config = act.name in ("bundle", "bundler") and "config" in act.operands[:1]
    return is_config and "without" in act.operands


_GROUPS = DevelopmentRule(
    RuleInfo(
        identifier="bundler-development-groups",
        title="Bundler installs gems for development and tests",
        sees="`bundle install` without `without`, be it an option, a setting or BUNDLE_WITHOUT",
        misses="settings in .bundle/config; whether there are such groups; mounts",
    ),
    frozenset({"bundle", "bundler"}),
    frozenset({"", "install"}),
    frozenset({"--without"}),
    (Switch("BUNDLE_WITHOUT"), Switch("BUNDLE_ONLY")),
    lambda act: act.name in ("bundle", "bundler") and act.operands[:1] == ("clean",),
    Amount(0.25, 0.0, 0.60),
    "Leave the groups `development` and `test` out.",
    ("RUN bundle config set --local without 'development test' && bundle install",),
    "The share is a guess: it was not measured.",
    _sets_without,
)
RULES: tuple[Rule, ...] = (*cache_rules(_CACHES), *development_rules((_GROUPS,)))
