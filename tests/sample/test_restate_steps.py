from __future__ import annotations

import pytest

from scripts.restate_steps import LONGEST_STEP, build_arguments, restate


@pytest.mark.parametrize(
    "command,restated",
    [
        (
            "RUN set -x && apt-get update && apt-get install git -y --no-install-recommends libx-dev",
            "RUN apt-get update && apt-get install -y --no-install-recommends [2 packages, 1 to build]",
        ),
        (
            "RUN apt-get update && rm -r /var/lib/apt/lists/*",
            "RUN apt-get update && rm -rf /var/lib/apt/lists/*",
        ),
        (
            "RUN d='gcc make'; apk add --no-cache --virtual .build $d; apk del .build",
            "RUN apk add --no-cache --virtual .build [2 packages, 2 to build] && apk del .build",
        ),
        (
            "RUN apt-get install -y $UNKNOWN wget",
            "RUN apt-get install -y [1 or more packages]",
        ),
        (
            "RUN curl -fsSL https://example.org/a.tgz -o a.tgz && tar xzf a.tgz && rm a.tgz",
            "RUN curl [download] && tar -x [archive] && rm [archive]",
        ),
        (
            "RUN ./configure --prefix=/usr && make -j4 && make install",
            "RUN configure [sources] && make && make install",
        ),
        ("RUN pip install --no-cache-dir a b c", "RUN pip install --no-cache-dir [3 packages]"),
        (
            "RUN yum -y install a && yum clean all",
            "RUN yum install -y [1 package] && yum clean all",
        ),
        ("RUN chown -R a:b /srv && chmod 755 /x", "RUN chown -R [directory] && chmod [files]"),
        ("RUN gosu node npm install thing", "RUN npm install [1 package]"),
        ("RUN something-unknown --flag", "RUN [shell commands]"),
        ("RUN make && echo 'unbalanced", "RUN make && echo [configuration]"),
        ("ENV SECRET=hunter2 OTHER=x", "ENV SECRET OTHER"),
        ("ARG VERSION", "ARG VERSION"),
        ('CMD ["a" "b"]', "CMD [2 arguments]"),
        ('ENTRYPOINT ["a"]', "ENTRYPOINT [1 argument]"),
        ("VOLUME [/a /b]", "VOLUME [2 paths]"),
        (f"COPY file:{'a' * 64} in /usr/local/bin/", "COPY file in /usr/local/bin/"),
        (f"ADD multi:{'a' * 64} in /srv", "ADD files in /srv"),
        ("COPY --chmod=755 entry.sh /entry.sh # buildkit", "COPY file in /entry.sh"),
        ("ONBUILD RUN npm install", "ONBUILD RUN npm install"),
        ("LABEL a=b c=d", "LABEL [2 labels]"),
        ("MAINTAINER Somebody <a@example.org>", "MAINTAINER [name left out]"),
        ("EXPOSE 80/tcp 53/udp", "EXPOSE 80/tcp 53/udp"),
        ("RUN # debian.sh --arch 'amd64' out/ 'trixie' '@1'", "RUN # debian.sh trixie"),
    ],
)
def test_a_step_is_restated(command: str, restated: str) -> None:
    assert restate(command) == restated


def test_only_the_last_cleaning_counts() -> None:
    restated = restate(
        "RUN apt-get update && rm -rf /var/lib/apt/lists/* && apt-get install -y a"
        " && rm -rf /var/lib/apt/lists/*"
    )
    assert restated.endswith("&& rm -rf /var/lib/apt/lists/*")
    assert restated.count("rm -rf") == 1


def test_a_long_step_keeps_its_package_managers() -> None:
    words = [f"apk add --virtual .group-{number} a b" for number in range(6)]
    noise = ["mkdir /x", "curl -O a", "useradd a", "unzip a.zip", "make", "sed -i x y", "mv a b"]
    restated = restate(f"RUN {' && '.join([*noise, *words, *noise])} && {'go build && ' * 40} true")
    assert len(restated) <= LONGEST_STEP
    assert all(f".group-{number}" in restated for number in range(6))


def test_build_arguments_keep_names_only() -> None:
    assert build_arguments("# ARGS: A=secret B_C=other value") == "|2 A= B_C="
