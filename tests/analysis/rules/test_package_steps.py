from auditor.analysis.rules.package_steps import RULES
from tests.analysis.rules.images import MB, image_of, saved


def test_each_further_step_stores_the_list_of_packages_again() -> None:
    installs = [(f"RUN apt-get install -y {name}", MB) for name in ("curl", "git", "nginx")]
    assert saved(RULES, image_of(*installs)) == [("package-steps-split", 400_000)]
    assert saved(RULES, image_of(*installs[:1])) == []
    assert (
        saved(
            RULES, image_of(installs[0], ("RUN apk add git", MB), ("RUN apt-get install -y x", 0))
        )
        == []
    )
