# shellcheck shell=bash
# Sourced by the other scripts: what they need of Debian 12, and how it gets here.
# Everything here talks on stderr, because the stdout of some scripts is for programs.

say() { printf '%s\n' "$*" >&2; }
die() { say "$0: $*"; exit 1; }

# libboost1.81-dev, never libboost-dev: they conflict.
# shellcheck disable=SC2034  # used by the scripts that source this file
{
build_packages=(g++ cmake ninja-build libboost1.81-dev unixodbc-dev libspdlog-dev nlohmann-json3-dev)
demo_packages=(libcli11-dev libsqliteodbc)
# mariadb-server-core has the server and nothing that starts it, and needs a tool of mariadb-client-core; postgresql-15
# would start one: see install_packages.
server_packages=(postgresql-15 pgbouncer mariadb-server-core mariadb-client-core libsqliteodbc odbc-postgresql odbc-mariadb)
test_packages=(catch2 clang-14 clang-format-14 libclang-rt-14-dev llvm-14 valgrind libcli11-dev pkgconf)
# SOCI, Poco and pyodbc are what scripts/bench measures beside us.
bench_packages=(valgrind python3 libsoci-dev libpoco-dev python3-pyodbc)
plot_packages=(python3-matplotlib)  # of scripts/bench --plots
}

# missing_packages NAME...: those of them that are not installed, one a line.
missing_packages() {
    local name
    for name; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf '%s\n' "$name"
    done
}

# need_packages NAME...: installs those that are missing, as root or by sudo. No system service is started by it.
need_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    say "installing: ${missing[*]}"
    if [ "$(id -u)" = 0 ]; then
        install_packages "${missing[@]}" >&2
    elif command -v sudo >/dev/null; then
        sudo bash -c "$(declare -f install_packages); install_packages \"\$@\"" bash "${missing[@]}" >&2
    else
        die "as root, or with sudo: apt-get install --no-install-recommends ${missing[*]}"
    fi
}

# As root. While apt works, a policy-rc.d forbids to start services, and postgresql is told to make no cluster of its
# own, so that nothing runs now or after the next boot that did not run before. Both go away again.
# shellcheck disable=SC2317  # restore is called by the trap
install_packages() (
    set -eu
    export DEBIAN_FRONTEND=noninteractive
    policy=/usr/sbin/policy-rc.d
    no_cluster=/etc/postgresql-common/createcluster.d/sluice-no-cluster.conf
    restore() {
        rm -f "$policy" "$no_cluster"
        [ ! -e "$policy.before-sluice" ] || mv "$policy.before-sluice" "$policy"
    }
    trap restore EXIT
    trap 'exit 130' INT TERM
    [ ! -e "$policy" ] || mv "$policy" "$policy.before-sluice"
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    mkdir -p "${no_cluster%/*}"
    printf 'create_main_cluster = false\n' >"$no_cluster"
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "$@" </dev/null
)
