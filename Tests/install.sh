#!/bin/bash
# Install what Tests/packages.txt lists and this machine lacks.
#
#   Tests/install.sh              install; no network where nothing is missing
#   Tests/install.sh --missing    only print the names of what is missing
#   Tests/install.sh --list NAME  the list of that name beside packages.txt instead
#
# Runs as root, or through sudo. No service is started by the installation, and a Dovecot
# that was installed here does not start with the machine either.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
list=$here/packages.txt
if [ "${1:-}" = --list ]; then
    list=$here/$(basename "${2:?a file name}")
    shift 2
fi
chosen=(--list "$list")

say() { printf '%s\n' "install: $*" >&2; }
fail() {
    say "$*"
    exit 1
}

missing_packages() {
    local name
    while IFS= read -r name; do
        # shellcheck disable=SC2016 # a format of dpkg-query
        [ "$(dpkg-query -W -f='${db:Status-Status}\n' "$name" 2>/dev/null | head -n 1)" = installed ] ||
            printf '%s\n' "$name"
    done < <(sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$list")
}

command -v dpkg-query >/dev/null ||
    fail "this is not a Debian system (no dpkg-query): install by hand what $list names"

mapfile -t missing < <(missing_packages)
if [ "${1:-}" = --missing ]; then
    [ ${#missing[@]} -eq 0 ] || printf '%s\n' "${missing[@]}"
    exit 0
fi
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || fail "no apt-get here; install by hand: ${missing[*]}"
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
        fail "not root and no sudo; ask root to run: apt-get install ${missing[*]}"
    say "sudo is asked, to install: ${missing[*]}"
    exec sudo -- "$(readlink -f "${BASH_SOURCE[0]}")" "${chosen[@]}"
fi

policy=/usr/sbin/policy-rc.d
saved=
restore_policy() {
    rm -f "$policy"
    [ -z "$saved" ] || mv -f "$saved" "$policy"
}
if [ -e "$policy" ] || [ -L "$policy" ]; then
    saved=$policy.before-mailmount
    mv -f "$policy" "$saved"
fi
trap restore_policy EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
printf '#!/bin/sh\n# No service starts while packages are installed.\nexit 101\n' >"$policy"
chmod 755 "$policy"

say "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o DPkg::Lock::Timeout=300 update >&2 || fail "apt-get update failed (see above)"
apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}" >&2 ||
    fail "apt-get install failed (see above)"

if [[ " ${missing[*]} " == *" dovecot-core "* ]] && command -v systemctl >/dev/null; then
    systemctl disable dovecot.service dovecot.socket >/dev/null 2>&1 || true
    say "Dovecot's own service was left switched off; the tests start a private one"
fi
mapfile -t missing < <(missing_packages)
[ ${#missing[@]} -eq 0 ] || fail "still missing: ${missing[*]}"
