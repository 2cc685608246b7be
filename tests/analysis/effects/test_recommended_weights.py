from auditor.analysis.effects.recommended_weights import Recommended, recommended_with


def test_git_brings_six_megabytes_where_a_build_measured_five() -> None:
    # 4,802,664 bytes of .deb files; a pair built with buildah differed by 5,190,826.
    assert recommended_with(["git"]) == Recommended(5_955_303, 3_513_629, 8_396_978, is_whole=True)


def test_of_several_the_biggest_counts_and_at_most_their_sum() -> None:
    both = recommended_with(["git", "curl"])
    alone = [recommended_with([name]) for name in ("git", "curl")]
    assert both is not None
    assert both.estimate_bytes == 5_955_303
    assert abs(both.high_bytes - sum(one.high_bytes for one in alone if one)) <= 1


def test_releases_of_java_recommend_alike() -> None:
    assert recommended_with(["openjdk-21-jre"]) == recommended_with(["openjdk-17-jre"])
    assert recommended_with(["openjdk-source"]) is None


def test_where_some_are_not_known_it_says_so() -> None:
    some = recommended_with(["git", "vendor-database"])
    assert some == Recommended(5_955_303, 3_513_629, 8_396_978, is_whole=False)
    assert recommended_with(["vendor-database"]) is None
    assert recommended_with([]) is None
    assert recommended_with(["unzip"]) == Recommended(0, 0, 0, is_whole=True)
