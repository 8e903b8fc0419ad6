#!/bin/bash
# A disk that is full or fails at a call: ENOSPC, EIO and EDQUOT at each open, write, fsync, rename, ... that the program makes; and cache
# and state with bits that flipped, cut off, or from another time. A sample of 300 points, another each day, as many of them as can be begun
# within four minutes; with LONG=1 4,000 points. SEED, ONLY (a scenario), POINT (one, as it was told), MOST (points), BUDGET (seconds).
#
# Passed over: a text that waits to be sent is shown as it lies in the spool, rotten too. It is compared with what was written before it
# is sent, and fails then. Where the disk cuts the first list of folders short, and the start fails, the next one shows those that were stored
# until it has listed them all.
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=counting.sh
. "$acceptance/counting.sh"
# shellcheck source=plainservers.sh
. "$acceptance/plainservers.sh"
begin
export NOFSYNC=1
start_plain_servers
check "the failing disk is built" "$(command -v cc || command -v clang)" -shared -fPIC -O2 -o "$work/disk.so" "$acceptance/disk.c"
disk=("$acceptance/disk.py" --program "$mailmount" --work "$work" --shim "$work/disk.so" "${servers[@]}")
count_checks_of 300 "${disk[@]}" --self-test
[ -z "${SEED:-}" ] || disk+=(--seed "$SEED")
[ -z "${ONLY:-}" ] || disk+=(--only "$ONLY")
[ -z "${POINT:-}" ] || disk+=(--point "$POINT")
if [ -n "${LONG:-}" ]; then disk+=(--most "${MOST:-4000}"); else disk+=(--most "${MOST:-300}" --budget "${BUDGET:-240}"); fi
count_checks_of 7000 "${disk[@]}"
finish
