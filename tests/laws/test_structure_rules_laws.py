"""What holds of every rule about the structure of a build, whatever the history says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules import (
    archives,
    build_tools,
    contexts,
    deletions,
    fat_jars,
    interpreters,
    ownership,
    package_steps,
    stages,
)
from auditor.domain.findings import Finding
from tests.fakes.built_images import built

MODULES = (
    *(archives, build_tools, contexts, deletions, fat_jars, interpreters, ownership),
    *(package_steps, stages),
)
RULES = tuple(rule for module in MODULES for rule in module.RULES)
# Findings about the base itself.
ABOUT_THE_BASE = {"sdk-as-runtime", "single-stage-build"}
COMMANDS = (
    *("apt-get update", "apt-get install -y gcc git", "apt-get install -y python3 $A", "make"),
    *("apt-get install -y default-jdk golang", "apt-get purge -y gcc git", "cd /app", "go build"),
    *("apk add -t .deps gcc make", "apk del .deps", "apt-mark auto x", "apt-get autoremove"),
    *("curl -O https://h/a.tar.gz", "wget -P /app https://h/b.zip", "tar xf a.tar.gz -C /opt"),
    *("unzip /app/b.zip", "rm -rf /app", "rm *.tar.gz", "rm -rf /var/lib/apt/lists/*", "rm -r /"),
    *("chown -R a /app", "chmod +x /app.jar", "chmod -R 777 /", "git clone https://h/x.git /app"),
    *(
        "sed -i s/a/b/ /app/x",
        "find / -delete",
        "mvn package",
        "npm ci",
        "pip install -r r.txt",
        "export A='gcc make'",
    ),
    *("dnf install -y gcc", "rpm -e gcc", "useradd a", "mv a.tar.gz /x", "(", "'", "<<E", "$A"),
)
COPIES = (
    *("COPY . /app # buildkit", "COPY a.tar.gz / # buildkit", "COPY x.jar /app.jar # buildkit"),
    *("ADD https://h/a.tar.gz /opt/ # buildkit", "COPY --from=b /x /y # buildkit", "COPY x"),
    *("/bin/sh -c #(nop) COPY dir:12 in /app ", "/bin/sh -c #(nop) ADD file:12 in / "),
)
OTHERS = (
    *("ENV GOLANG_VERSION=1 A=gcc", "ENV JAVA_VERSION=8u1", "ENV DOTNET_SDK_VERSION=9"),
    *("WORKDIR /app", "WORKDIR sub", "USER root", "CMD x", "ENV B='gcc make'", ""),
)
# A first pull stays as big: what releases repeat is measured across images.
CLAIMS_NOTHING = {"fat-jar"}
BASES = ("golang:1", "debian:12", "eclipse-temurin:21-jdk", "rust", "")
sizes = st.one_of(st.integers(0, 300_000_000), st.sampled_from([0, 1, 30_000_000]))
runs = st.lists(st.sampled_from(COMMANDS), max_size=6).map(
    lambda commands: f"RUN /bin/sh -c {' && '.join(commands)} # buildkit"
)
steps = st.one_of(
    st.tuples(runs, sizes),
    st.tuples(runs, sizes),
    st.tuples(runs, sizes),
    st.tuples(st.sampled_from(COPIES), sizes),
    st.tuples(st.sampled_from(OTHERS), st.none()),
    st.tuples(st.text(max_size=60), sizes),
)


@st.composite
def images(draw: st.DrawFn) -> ImageFacts:
    history = draw(st.lists(steps, max_size=12))
    layers = sum(size is not None for _, size in history)
    return built(*history, base_layers=draw(st.integers(0, layers)), base=draw(bases))


bases = st.sampled_from(BASES)


def findings(image: ImageFacts) -> list[Finding]:
    found = [finding for rule in RULES for finding in rule.find(image)]
    for finding in found:
        assert bool(finding.claims) is (finding.rule not in CLAIMS_NOTHING)
    return [finding for finding in found if finding.claims]


@given(images())
def test_claims_never_exceed_their_layer_and_name_it_once(image: ImageFacts) -> None:
    for finding in findings(image):
        layers = [claim.layer for claim in finding.claims]
        assert len(layers) == len(set(layers)) > 0
        for claim in finding.claims:
            assert 0 < claim.size_bytes <= image.layers[claim.layer].size_bytes
        assert finding.pull_saving_bytes > 0


@given(images())
def test_layers_of_the_base_are_claimed_by_findings_about_the_base_only(image: ImageFacts) -> None:
    for finding in findings(image):
        if finding.rule not in ABOUT_THE_BASE:
            assert all(claim.layer >= image.base_layers for claim in finding.claims)


@given(images())
def test_a_finding_says_what_people_need(image: ImageFacts) -> None:
    known = {rule.info.identifier for rule in RULES}
    for finding in findings(image):
        low, high = finding.low_bytes, finding.high_bytes
        assert low is not None
        assert high is not None
        assert 0 <= low <= finding.pull_saving_bytes <= high
        assert finding.rule in known
        assert finding.what
        assert finding.fix
        assert finding.evidence
        assert 0 < len(finding.key) <= 200
        assert finding.first_layer <= min(claim.layer for claim in finding.claims)


@given(images())
def test_findings_of_a_rule_come_from_the_lowest_layer_up_and_every_time_alike(
    image: ImageFacts,
) -> None:
    for rule in RULES:
        found = list(rule.find(image))
        layers = [finding.first_layer for finding in found if not finding.claims]
        layers = layers or [finding.claims[0].layer for finding in found]
        assert layers == sorted(layers)
        assert list(rule.find(image)) == found
