#!/bin/bash
# Answers that never end, nest without bound or announce what nobody has: each takes at most 32 MiB of memory more than usual.
# ONLY chooses shapes by an expression.
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=counting.sh
. "$acceptance/counting.sh"
begin
export NOFSYNC=1
(umask 077 && seq -f 'u%.0f:{PLAIN}wonderland' 0 100 >"$server/users")
start_server
bombs=("$acceptance/bombs.py" --program "$mailmount" --work "$work" --port "$port")
check_fails "planted: memory that is too much is seen" "${bombs[@]}" --only 'LIST: folders$' --plant
count_checks_of 900 "${bombs[@]}" --only "${ONLY:-}"
stop_server
finish
