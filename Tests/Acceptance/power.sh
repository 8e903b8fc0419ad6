#!/bin/bash
# A loss of power at every fsync and every event on the wire: blocks and names that were not made durable are there, or not, or half; and
# an older state that is put back. A sample, another each day; with LONG=1 all points, twice. SEED, ONLY (a scenario), BUDGET (seconds).
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=counting.sh
. "$acceptance/counting.sh"
# shellcheck source=plainservers.sh
. "$acceptance/plainservers.sh"
begin
export NOFSYNC=1
start_plain_servers
check "the file layer is built" "$(command -v cc || command -v clang)" -shared -fPIC -O2 -o "$work/power.so" "$acceptance/power.c"
power=("$acceptance/power.py" --program "$mailmount" --work "$work" --shim "$work/power.so" "${servers[@]}")
[ -z "${SEED:-}" ] || power+=(--seed "$SEED")
check "planted: a disk that hears no fsync is seen" "${power[@]}" --deaf --budget 20 --only "upload with fsync" --only "large uploads"
[ -n "${LONG:-}" ] || power+=(--budget "${BUDGET:-180}")
[ -z "${ONLY:-}" ] || power+=(--only "$ONLY")
count_checks_of 7000 "${power[@]}"
finish
