#!/bin/bash
# Random programs of changes through a real mount: nothing lost, nothing twice, nothing back, and the mount is what the server has.
# VARIANT chooses how it is mounted and what befalls it, SEED the first seed, COUNT how many programs, ONLY some steps (3,7-9);
# BUDGET seconds. A finding says how to play it again. LONG=1: a thousand.
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=counting.sh
. "$acceptance/counting.sh"
begin
export NOFSYNC=1 RAWLOG=1
(umask 077 && seq -f 'u%.0f:{PLAIN}wonderland' 0 1100 >"$server/users")
start_server
chance=("$acceptance/chance.py" --program "$mailmount" --work "$work" --port "$port" --server "$server")
options=()
if [ -n "${LONG:-}" ]; then
    options+=(--count "${COUNT:-1000}")
else
    options+=(--count "${COUNT:-16}" --budget "${BUDGET:-75}")
    # What does not come again is printed as `once`, for somebody to look at.
    [ -n "${SEED:-}${ONLY:-}" ] || options+=(--again 2)
fi
[ -z "${SEED:-}" ] || options+=(--seed "$SEED")
[ -z "${VARIANT:-}" ] || options+=(--variant "$VARIANT")
[ -z "${ONLY:-}" ] || options+=(--only "$ONLY")
[ -z "${WORKERS:-}" ] || options+=(--workers "$WORKERS")
[ -z "${SHRINK:-}" ] || options+=(--shrink)
[ -z "${KNOWN:-}" ] || options+=(--known)
[ -z "${TRACE:-}" ] || options+=(--trace)
[ -n "${SEED:-}${VARIANT:-}" ] || count_checks_of 600 "${chance[@]}" --self-test
count_checks_of 7000 "${chance[@]}" "${options[@]}"
finish
