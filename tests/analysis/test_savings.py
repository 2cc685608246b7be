from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.image_facts import LayerFacts
from auditor.analysis.savings import ChangedImage, HeldLayer, settle, stored_saving_bytes
from auditor.domain.digest import Digest
from auditor.domain.findings import Basis, Breadth, Claim, Confidence, Finding


def digest(number: int) -> Digest:
    return Digest(f"sha256:{number:064x}")


def layers(*sizes: int) -> tuple[LayerFacts, ...]:
    return tuple(
        LayerFacts(digest(number), size, "application/vnd.oci.image.layer.v1.tar+gzip")
        for number, size in enumerate(sizes)
    )


def finding(
    rule: str,
    *claims: tuple[int, int],
    breadth: Breadth = Breadth.FILES,
    confidence: Confidence = Confidence.HIGH,
    added_bytes: int = 0,
    interval: tuple[int, int] | None = None,
) -> Finding:
    return Finding(
        rule=rule,
        key="key",
        what="something is left",
        fix=f"do as {rule} says",
        evidence=(),
        claims=tuple(Claim(*claim) for claim in claims),
        first_layer=min((layer for layer, _ in claims), default=0),
        confidence=confidence,
        basis=Basis.MODELLED,
        breadth=breadth,
        added_bytes=added_bytes,
        low_bytes=interval[0] if interval else None,
        high_bytes=interval[1] if interval else None,
    )


def savings(settled: Sequence[Finding]) -> dict[str, int]:
    return {one.rule: one.pull_saving_bytes for one in settled}


def test_a_narrow_finding_takes_its_bytes_before_a_broad_one() -> None:
    broad = finding("stages", (1, 100), breadth=Breadth.IMAGE, interval=(90, 100))
    narrow = finding("lists", (1, 16))
    settled = settle([broad, narrow], layers(50, 100))
    assert savings(settled) == {"stages": 84, "lists": 16}
    assert (settled[0].low_bytes, settled[0].high_bytes) == (74, 84)


def test_of_equally_narrow_findings_the_sure_one_goes_first_then_the_big_one() -> None:
    sure = finding("sure", (0, 5))
    guess = finding("guess", (0, 8), confidence=Confidence.LOW)
    big = finding("big", (0, 6))
    assert savings(settle([guess, sure, big], layers(10))) == {"big": 6, "sure": 4}


def test_a_layer_listed_twice_is_claimed_once() -> None:
    twice = (*layers(10), *layers(10))
    assert savings(settle([finding("all", (0, 10), (1, 10))], twice)) == {"all": 10}


def test_of_a_new_base_and_a_new_build_the_bigger_change_wins_and_names_the_other() -> None:
    base = finding("slimmer-base", (0, 50), breadth=Breadth.BASE, added_bytes=28)
    image = finding("static-binary", (0, 50), (1, 90), breadth=Breadth.IMAGE)
    settled = settle([base, image], layers(50, 100))
    assert savings(settled) == {"static-binary": 140}
    assert settled[0].caveats == ("or, saving 22 bytes: do as slimmer-base says",)


def test_what_others_took_whole_is_left_out_without_a_word_where_it_is_no_alternative() -> None:
    lists = finding("lists", (0, 10))
    rest = finding("rest", (0, 4), breadth=Breadth.PACKAGES)
    settled = settle([lists, rest], layers(10))
    assert savings(settled) == {"lists": 10}
    assert settled[0].caveats == ()


def test_a_finding_that_never_claimed_a_byte_stays() -> None:
    assert savings(settle([finding("outdated-base")], layers(10))) == {"outdated-base": 0}


def test_claims_of_layers_that_are_not_there_count_for_nothing() -> None:
    assert settle([finding("lost", (7, 10))], layers(10)) == ()


@st.composite
def images_with_findings(
    draw: st.DrawFn,
) -> tuple[tuple[LayerFacts, ...], list[Finding]]:
    sizes = draw(st.lists(st.integers(0, 1_000), max_size=5))
    count = draw(st.integers(0, 6))
    positions = st.integers(0, 5)
    found = [
        finding(
            f"rule-{number}",
            *draw(st.dictionaries(positions, st.integers(1, 1_500), max_size=4)).items(),
            breadth=draw(st.sampled_from(Breadth)),
            confidence=draw(st.sampled_from(Confidence)),
            added_bytes=draw(st.integers(0, 300)),
        )
        for number in range(count)
    ]
    return layers(*sizes), found


@given(images_with_findings())
def test_no_byte_of_a_layer_is_claimed_twice(
    given: tuple[tuple[LayerFacts, ...], list[Finding]],
) -> None:
    stack, found = given
    claimed = [0] * len(stack)
    settled = settle(found, stack)
    for one in settled:
        for claim in one.claims:
            claimed[claim.layer] += claim.size_bytes
    assert all(have <= layer.size_bytes for have, layer in zip(claimed, stack, strict=True))
    assert sum(one.pull_saving_bytes for one in settled) <= sum(layer.size_bytes for layer in stack)
    assert settle(list(reversed(found)), stack) == settled
    assert settle(found + found, stack) == settled


def held(blob: int, size: int, manifests: int = 1, repositories: int = 1) -> HeldLayer:
    return HeldLayer(blob, size, manifests, repositories)


def test_what_only_the_changed_images_hold_leaves_by_its_claim() -> None:
    one = ChangedImage((held(1, 50, repositories=9), held(2, 100)), (Claim(1, 16),), 1)
    assert stored_saving_bytes([one]) == 16


def test_a_layer_that_two_changed_images_hold_leaves_once() -> None:
    stack = (held(1, 50, 2), held(2, 100, 2))
    both = [ChangedImage(stack, (Claim(1, size),), 1) for size in (16, 20)]
    assert stored_saving_bytes(both) == 16


def test_a_layer_that_another_image_holds_stays_and_is_stored_a_second_time() -> None:
    one = ChangedImage((held(1, 100, manifests=2),), (Claim(0, 16),), 0)
    assert stored_saving_bytes([one]) == -84


def test_a_base_that_others_use_frees_nothing_and_the_new_one_costs() -> None:
    stack = (held(1, 50, repositories=9), held(2, 10))
    assert stored_saving_bytes([ChangedImage(stack, (Claim(0, 50),), 0)], added_bytes=28) == -28


def test_foreign_layers_are_not_stored_here() -> None:
    assert stored_saving_bytes([ChangedImage((None, held(2, 10)), (Claim(0, 50),), 0)]) == 0


def test_a_layer_listed_twice_by_an_image_counts_it_once() -> None:
    stack = (held(1, 100, manifests=2), held(1, 100, manifests=2))
    one = ChangedImage(stack, (Claim(0, 10), Claim(1, 10)), 0)
    assert stored_saving_bytes([one]) == -90


@given(st.data())
def test_no_more_leaves_than_only_the_changed_images_hold(data: st.DataObject) -> None:
    """Against sets of blobs: the repository before, and built anew."""
    sizes = {blob: data.draw(st.integers(1, 100)) for blob in range(6)}
    stacks = data.draw(
        st.lists(
            st.lists(st.sampled_from(range(6)), min_size=1, max_size=4, unique=True),
            min_size=1,
            max_size=5,
        )
    )
    changed = data.draw(st.integers(1, len(stacks)))
    first = data.draw(st.integers(0, 3))
    elsewhere = data.draw(st.sets(st.sampled_from(range(6))))
    share = {blob: data.draw(st.integers(0, size)) for blob, size in sizes.items()}
    images = [
        ChangedImage(
            tuple(
                held(
                    blob,
                    sizes[blob],
                    manifests=sum(blob in other for other in stacks),
                    repositories=1 + (blob in elsewhere),
                )
                for blob in stack
            ),
            tuple(Claim(at, share[blob]) for at, blob in enumerate(stack) if at >= first),
            first,
        )
        for stack in stacks[:changed]
    ]
    before = {blob for stack in stacks for blob in stack} | elsewhere
    after = {blob for stack in stacks[changed:] for blob in stack} | elsewhere
    after |= {blob for stack in stacks[:changed] for blob in stack[:first]}
    new = {blob for stack in stacks[:changed] for blob in stack[first:]}
    stored_before = sum(sizes[blob] for blob in before)
    stored_after = sum(sizes[blob] for blob in after)
    rebuilt = sum(sizes[blob] - share[blob] for blob in new)
    saving = stored_saving_bytes(images)
    assert saving == stored_before - stored_after - rebuilt
    assert saving <= stored_before - stored_after
