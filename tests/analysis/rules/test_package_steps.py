from auditor.analysis.rules.package_steps import find_split
from tests.fakes.built_images import DEBIAN, KB, MB, built, ran


def install(name: str, size: int | None = 2 * MB) -> tuple[str, int | None]:
    return ran(f"apt-get update && apt-get install -y {name} && rm -rf /var/lib/apt/lists/*"), size


def test_each_step_but_the_first_stores_the_list_of_packages_again() -> None:
    steps = (install("a"), ("ENV A=b", None), install("b"), install("c"), install("d", 90 * KB))
    finding = next(iter(find_split(built(DEBIAN, *steps, base_layers=1))))
    assert [(one.layer, one.size_bytes) for one in finding.claims] == [
        (2, 200 * KB),
        (3, 200 * KB),
        (4, 90 * KB),
    ]
    assert finding.key == "apt a b c d"
    assert finding.what.startswith("4 steps")


def test_a_few_steps_or_steps_with_others_between_them_are_left_alone() -> None:
    apart = (install("a"), install("b"), ("COPY x /x # buildkit", MB), install("c"), install("d"))
    assert list(find_split(built(DEBIAN, *apart, base_layers=1))) == []
    mixed = (install("a"), install("b"), (ran("apt-get install -y c && make"), MB), install("d"))
    assert list(find_split(built(DEBIAN, *mixed, base_layers=1))) == []


def test_steps_without_bytes_are_no_finding() -> None:
    steps = [install(name, 0) for name in "abcd"]
    assert list(find_split(built(DEBIAN, *steps, base_layers=1))) == []


def test_another_user_does_not_end_the_run() -> None:
    steps = (install("a"), install("b"), ("USER root", None), install("c"), install("d"))
    assert len(list(find_split(built(DEBIAN, *steps, base_layers=1)))) == 1
