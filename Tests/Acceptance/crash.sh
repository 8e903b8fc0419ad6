#!/bin/bash
# kill -9 and a cut wire at every step of a change: nothing lost, nothing twice, nothing back from the dead.
# A sample of the points, another each day; with LONG=1 all of them. SEED chooses the sample, ONLY a scenario, BUDGET seconds.
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=counting.sh
. "$acceptance/counting.sh"
begin
export NOFSYNC=1

# Each point has an account of its own.
servers=()
plain_server() {
    local name=$1 directory=$work/$1
    mkdir "$directory"
    (umask 077 && seq -f 'u%.0f:{PLAIN}wonderland' 0 5999 >"$directory/users")
    CAPABILITY=$2 "$root/Tests/dovecot.sh" start "$directory" || exit 1
    servers+=("--$name" "$(sed -n 's/^port=//p' "$directory/endpoint")")
}
# shellcheck disable=SC2317 # called by the trap
stop_servers() {
    local directory
    for directory in "$work"/{full,nomove,minimal}; do
        [ ! -d "$directory" ] || "$root/Tests/dovecot.sh" kill "$directory" 2>/dev/null
    done
}
trap 'stop_servers; clean_up' EXIT
plain_server full ''
plain_server nomove 'IMAP4rev1 SASL-IR LITERAL+ ID ENABLE IDLE NAMESPACE UNSELECT CHILDREN UIDPLUS ESEARCH SPECIAL-USE CONDSTORE'
plain_server minimal IMAP4rev1

crash=("$acceptance/crash.py" --program "$mailmount" --work "$work" "${servers[@]}")
check "the checks see every planted fault" "${crash[@]}" --self-test
options=()
[ -n "${LONG:-}" ] || options+=(--budget "${BUDGET:-100}")
[ -z "${SEED:-}" ] || options+=(--seed "$SEED")
[ -z "${ONLY:-}" ] || options+=(--only "$ONLY")
count_checks_of 7000 "${crash[@]}" "${options[@]}"
finish
