import pytest

from auditor.analysis.rules.conda import RULES
from tests.analysis.rules.images import MB, image_of, saved


@pytest.mark.parametrize(
    "step",
    [
        "RUN conda install -y numpy",
        "RUN conda env create -f environment.yml",
        "RUN mamba update --all -y",
        "RUN micromamba install -y numpy && micromamba clean --index-cache",
        "RUN conda install -y numpy && conda info",
    ],
)
def test_packages_that_stay_are_told(step: str) -> None:
    assert saved(RULES, image_of((step, 100 * MB))) == [("conda-cache-kept", 41 * MB)]


@pytest.mark.parametrize(
    "step",
    [
        "RUN conda install -y numpy && conda clean -afy",
        "RUN conda install -y numpy && conda clean --all --yes",
        "RUN micromamba create -n x && micromamba clean -t -",
        "RUN conda install -y numpy && rm -rf /opt/conda/pkgs",
        "RUN conda install -y numpy && rm -rf /srv/app/miniconda3/pkgs/*",
        "RUN CONDA_PKGS_DIRS=/dev/null conda install -y numpy",
        "RUN conda install --dry-run numpy",
        "RUN conda list",
    ],
)
def test_packages_that_go_are_not(step: str) -> None:
    assert saved(RULES, image_of((step, 100 * MB))) == []
