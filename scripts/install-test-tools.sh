#!/bin/sh
# Installs the servers and tools that tests start, those that are missing, with apt.
#
#   scripts/install-test-tools.sh         what `make test` needs
#   scripts/install-test-tools.sh bench   what `make bench` needs besides
#   scripts/install-test-tools.sh pairs   what `make pairs` needs
#
# Asks nothing. Where it cannot install, it names each missing tool and ends well: the
# tests that need it are skipped by name. With CI=true a missing tool is a failure.
set -u

tools="docker-registry:docker-registry skopeo:skopeo umoci:umoci postgres:postgresql chromium:chromium promtool:prometheus"
[ "${1:-}" = bench ] && tools="docker-registry:docker-registry skopeo:skopeo wrk:wrk postgres:postgresql"
[ "${1:-}" = pairs ] && tools="docker-registry:docker-registry buildah:buildah skopeo:skopeo mmdebstrap:mmdebstrap"

is_there() {
    case "$1" in
        postgres) command -v postgres >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 ;;
        chromium) command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 \
            || command -v google-chrome >/dev/null 2>&1 ;;
        *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

missing_tools() {
    for pair in $tools; do
        is_there "${pair%%:*}" || printf '%s ' "$pair"
    done
}

missing=$(missing_tools)
[ -z "$missing" ] && exit 0

root=""
can_install=no
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        can_install=yes
    elif sudo -n true 2>/dev/null; then
        root="sudo -n"
        can_install=yes
    fi
fi

apt() {
    $root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# While packages are installed, no service starts and no database cluster is made: tests
# start servers of their own. Both files are removed afterwards; one that is there stays.
policy=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/only-while-installing.conf
made=""

remove_made() {
    for file in $made; do $root rm -f "$file"; done
    made=""
}

keep_services_down() {
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null && $root chmod 755 "$policy"
        made="$policy"
    fi
    if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
        $root mkdir -p "${no_cluster%/*}"
        echo "create_main_cluster = false" | $root tee "$no_cluster" >/dev/null
        made="$made $no_cluster"
    fi
}

if [ "$can_install" = yes ]; then
    echo "installing for the tests:$(for pair in $missing; do printf ' %s' "${pair#*:}"; done)"
    trap remove_made EXIT
    trap 'exit 130' INT TERM
    keep_services_down
    apt update >/dev/null || echo "apt-get update failed; trying with the lists at hand" >&2
    # All at once is faster; one by one where a release lacks one of them.
    packages=$(for pair in $missing; do printf '%s ' "${pair#*:}"; done)
    # shellcheck disable=SC2086 # a list of words
    apt install --no-install-recommends $packages >/dev/null || for package in $packages; do
        apt install --no-install-recommends "$package" >/dev/null || true
    done
    remove_made
fi

missing=$(missing_tools)
[ -z "$missing" ] && exit 0
for pair in $missing; do
    echo "MISSING: ${pair%%:*}, so its tests will not run. On Debian and Ubuntu: apt-get install ${pair#*:}" >&2
done
case "${CI:-}" in
    true | 1 | yes) echo "CI=true: a missing tool is a failure" >&2; exit 1 ;;
esac
exit 0
