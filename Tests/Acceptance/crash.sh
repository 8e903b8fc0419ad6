#!/bin/bash
# kill -9 and a cut wire at every step of a change: nothing lost, nothing twice, nothing back from the dead.
# A sample of the points, another each day; with LONG=1 all of them. SEED chooses the sample, ONLY a scenario, BUDGET seconds.
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=counting.sh
. "$acceptance/counting.sh"
# shellcheck source=plainservers.sh
. "$acceptance/plainservers.sh"
begin
export NOFSYNC=1

# Each point has an account of its own.
start_plain_servers

crash=("$acceptance/crash.py" --program "$mailmount" --work "$work" "${servers[@]}")
check "the checks see every planted fault" "${crash[@]}" --self-test
options=()
[ -n "${LONG:-}" ] || options+=(--budget "${BUDGET:-100}")
[ -z "${SEED:-}" ] || options+=(--seed "$SEED")
[ -z "${ONLY:-}" ] || options+=(--only "$ONLY")
count_checks_of 7000 "${crash[@]}" "${options[@]}"
finish
