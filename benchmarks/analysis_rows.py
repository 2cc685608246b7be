"""Rows as in the ledger's benchmark, with build histories, real chains and bases to be found.

Every repository has texts of its own, which its versions share: what was learnt of one
repository's steps helps with its next version, and hardly with another repository. Bases are
images of this database, `library/python:1.4` and the like, with version 2 on the moved tags.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from auditor.domain.chain import chain_ids
from auditor.domain.digest import Digest
from benchmarks.ledger_rows import END, START, Base, Generator

_FAMILIES = ("debian", "ubuntu", "alpine", "python", "node", "golang", "ruby", "php")
_BUILDKIT = "RUN /bin/sh -c {} # buildkit"
_CLASSIC = "/bin/sh -c {}"
_RUNS = (
    "apt-get update && apt-get install -y curl git {name}-tools && rm -rf /var/lib/apt/lists/*",
    "apt-get update && apt-get install -y build-essential libpq-dev python3-dev lib{name}-dev",
    (
        "set -eux; apt-get update; apt-get install -y --no-install-recommends ca-certificates gnupg"
        " dirmngr wget {name}; rm -rf /var/lib/apt/lists/*; wget -O /usr/local/bin/gosu"
        ' "https://downloads.example/gosu-$(dpkg --print-architecture)"; chmod +x'
        " /usr/local/bin/gosu; gosu --version; gosu nobody true"
    ),
    "apk add --no-cache tini curl {name}",
    "apk add --virtual .build-{name} gcc musl-dev && pip install {name} && apk del .build-{name}",
    "pip install -r /srv/{name}/requirements.txt",
    "pip install --no-cache-dir -r /srv/{name}/requirements.txt && rm -rf /root/.cache",
    "cd /srv/{name} && npm ci && npm run build && npm cache clean --force",
    "cd /srv/{name} && npm install",
    "cd /srv/{name} && yarn install --frozen-lockfile --production",
    (
        'savedAptMark="$(apt-mark showmanual)"; apt-get update && apt-get install -y gcc make'
        " libc6-dev && curl -fsSL -o {name}.tar.gz https://downloads.example/{name}-$VERSION.tar.gz"
        " && mkdir -p /usr/src/{name} && tar -xzf {name}.tar.gz -C /usr/src/{name}"
        " --strip-components=1 && cd /usr/src/{name} && ./configure --prefix=/opt/{name}"
        ' && make -j"$(nproc)" && make install && rm -rf /usr/src/{name} {name}.tar.gz'
        " && apt-mark auto '.*' > /dev/null && apt-mark manual $savedAptMark"
        " && apt-get purge -y --auto-remove && rm -rf /var/lib/apt/lists/*"
    ),
    "curl -sSL https://downloads.example/{name}.tgz -o /tmp/{name}.tgz && tar xzf /tmp/{name}.tgz -C /opt",
    "groupadd -r {name} && useradd -r -g {name} -d /srv/{name} {name} && mkdir -p /srv/{name}",
    "chown -R {name}:{name} /srv/{name}",
    "cd /srv/{name} && go build -o /usr/local/bin/{name} ./cmd/{name}",
    "bundle install --gemfile /srv/{name}/Gemfile",
    "for d in logs run cache; do mkdir -p /srv/{name}/$d && chmod 0770 /srv/{name}/$d; done",
    "if [ -f /srv/{name}/setup.sh ]; then sh /srv/{name}/setup.sh; else echo 'nothing to do'; fi",
    "dotnet publish -c Release -o /srv/{name} && rm -rf /root/.nuget",
    "mvn -B -f /srv/{name}/pom.xml package && cp /srv/{name}/target/{name}.jar /srv/app.jar",
)
_COPIES = (
    "COPY . /srv/{name} # buildkit",
    "COPY requirements.txt /srv/{name}/ # buildkit",
    "COPY package.json package-lock.json /srv/{name}/ # buildkit",
    "/bin/sh -c #(nop) COPY dir:9f2c in /srv/{name} ",
    "/bin/sh -c #(nop) ADD file:7be1 in /opt/{name}.tar.gz ",
)
_ENDS = ("EXPOSE 8080/tcp", "USER {name}", 'ENTRYPOINT ["/srv/{name}/start"]', 'CMD ["serve"]')
_MOST_OWN_LAYERS = 7
_MOVED = START + (END - START) / 2

_Step = tuple[str, bool]
"""Text, and whether it made no layer."""


@dataclass(slots=True)
class HistoryGenerator(Generator):
    """Rows whose images have build steps, diff IDs and chains."""

    base_digests: dict[int, Digest] = field(default_factory=dict)
    own_digests: dict[int, Digest] = field(default_factory=dict)
    base_steps: dict[int, list[_Step]] = field(default_factory=dict)
    own_steps: list[list[_Step]] = field(default_factory=list)

    def _bases(self) -> list[Base]:
        made = super(HistoryGenerator, self)._bases()
        self.base_digests, self.own_digests = self.own_digests, {}
        for number, base in enumerate(made):
            family = _FAMILIES[number % len(_FAMILIES)]
            for version in base.versions:
                for place, layer in enumerate(version):
                    self.base_steps.setdefault(layer, self._base_step(place, family, layer))
        for place, family in enumerate(_FAMILIES):
            self._base_repository(place, family, made)
        return made

    def _base_step(self, place: int, family: str, layer: int) -> list[_Step]:
        if place == 0:
            return [(f"/bin/sh -c #(nop) ADD file:{layer:064x} in / ", False)]
        run = _CLASSIC.format(self._pick(_RUNS, f"{family}{layer}"))
        return [(f"/bin/sh -c #(nop) ENV {family.upper()}_VERSION=1.{layer}", True), (run, False)]

    def _base_repository(self, place: int, family: str, made: Sequence[Base]) -> None:
        """The bases of a family: each tag named the first version, and names the second now."""
        number = self.plan.repositories + place + 1
        self._named(number, 1, f"library/{family}")
        for at in range(place, len(made), len(_FAMILIES)):
            old, new = (self._image(one, START, is_arm=False) for one in made[at].versions)
            self.rows["tag"] += [
                (number, f"1.{at}", old, START, _MOVED),
                (number, f"1.{at}", new, _MOVED, None),
            ]
            self.rows["presence"] += [
                (number, old, START, END, False),
                (number, new, _MOVED, None, True),
            ]

    def _repository(
        self, number: int, base: Base, neighbour: tuple[int, datetime]
    ) -> tuple[int, datetime]:
        self.own_digests = {}
        name = f"service{number:05d}"
        self.own_steps = [self._own_step(place, name) for place in range(_MOST_OWN_LAYERS)]
        return super(HistoryGenerator, self)._repository(number, base, neighbour)

    def _own_step(self, place: int, name: str) -> list[_Step]:
        if place % 2:
            return [(f"WORKDIR /srv/{name}", True), (self._pick(_COPIES, name), False)]
        run = (_BUILDKIT if place % 4 else _CLASSIC).format(self._pick(_RUNS, name))
        return [(f"ENV VERSION=1.{place}", True), (run, False)]

    def _pick(self, texts: Sequence[str], name: str) -> str:
        return self.chance.choice(texts).replace("{name}", name)

    def _layers(self, count: int) -> tuple[int, ...]:
        made = super(HistoryGenerator, self)._layers(count)
        for layer, row in zip(made, self.rows["blob"][-count:], strict=True):
            self.own_digests[layer] = Digest.from_bytes(row[1])
        return made

    def _image(self, layers: Sequence[int], since: datetime, *, is_arm: bool) -> int:
        manifest = super(HistoryGenerator, self)._image(layers, since, is_arm=is_arm)
        digests = [self.base_digests.get(layer) or self.own_digests[layer] for layer in layers]
        diff_ids = [Digest.of(f"tar of {one}".encode()) for one in digests]
        moment = since.isoformat()
        history = [[text, moment, is_empty, ""] for text, is_empty in self._history(layers)]
        rows = self.rows
        *config, _, _, labels = rows["image_config"].pop()
        names = json.dumps([one.text for one in diff_ids])
        rows["image_config"].append((*config, names, json.dumps(history), labels))
        *image, _, _ = rows["image"].pop()
        chains = (chain_ids(stack)[-1].to_bytes() for stack in (digests, diff_ids))
        rows["image"].append((*image, *chains))
        return manifest

    def _history(self, layers: Sequence[int]) -> Iterator[_Step]:
        """The steps of the base and its CMD, then the image's own."""
        own = iter(self.own_steps)
        is_base = True
        for layer in layers:
            steps = self.base_steps.get(layer)
            if steps is None and is_base:
                yield '/bin/sh -c #(nop)  CMD ["sh"]', True
                is_base = False
            yield from steps or next(own)
        for text in _ENDS[:] if not is_base else _ENDS[-1:]:
            yield text.replace("{name}", "app"), True
