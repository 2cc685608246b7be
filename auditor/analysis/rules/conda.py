"""conda, mamba and micromamba: the archives of packages beside their environment."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.leftovers import NOWHERE, CacheKind
from auditor.analysis.rules.cache_table import Amount, CacheRule, info, runs
from auditor.analysis.rules.caches import cache_rules
from auditor.analysis.rules.rule import Rule

_HOME = "/root"
_NAMES = frozenset({"conda", "mamba", "micromamba"})
_FILLS = frozenset({"install", "create", "update", "upgrade"})
_CLEANS_ALL = frozenset(
    {"--all", "-a", "--tarballs", "-t", "--packages", "-p", "--force-pkgs-dirs"}
)


def _cleans(act: Act) -> bool:
    """`conda clean` of archives or packages; options may be in one word (`-afy`)."""
    if act.name not in _NAMES or "clean" not in act.operands[:1]:
        return False
    words = (word for word in act.arguments if word[:1] == "-" and word[:2] != "--")
    short = {f"-{one}" for word in words for one in word[1:]}
    return not _CLEANS_ALL.isdisjoint({*act.arguments, *short})


def _is_off(act: Act, environment: Mapping[str, str]) -> bool:
    is_dry = "--dry-run" in act.arguments or "--help" in act.arguments
    return is_dry or environment.get("CONDA_PKGS_DIRS", "").startswith(NOWHERE)


RULES: tuple[Rule, ...] = cache_rules(
    (
        CacheRule(
            info(
                "conda-cache-kept",
                "conda's packages stay in the layer twice",
                "`conda`, `mamba` or `micromamba` `install` or `create` without `clean` after it"
                " in the same step",
                "; installers that fill the same folder",
            ),
            CacheKind(
                _NAMES,
                runs(_NAMES, _FILLS),
                _cleans,
                ("/opt/conda/pkgs", f"{_HOME}/miniconda3/pkgs", f"{_HOME}/micromamba/pkgs"),
                _is_off,
                ("CONDA_PKGS_DIRS",),
            ),
            _NAMES,
            "The archives that conda fetched stay beside the environment made of them.",
            "Clean at the end of the same step.",
            ("RUN conda install -y … && conda clean --all --yes",),
            # Unpacked packages are hard links to the environment, stored once. Archives are
            # zstd of level 19, which is 0.70 (0.53 to 0.82) of gzip -6 over 73 real layers
            # (OPTIMISATION.md section 5): 0.70 of 1.70. Older ones are bzip2.
            Amount(0.41, 0.30, 0.50),
            "By the sizes of zstd and gzip measured on 73 layers; not measured for conda.",
        ),
    )
)
