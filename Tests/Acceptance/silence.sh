#!/bin/bash
# A silent server, while 26 kinds of call are made, as usual and with --sync-changes: none waits longer than it may; and a thousand times
# Ctrl-C. LONG=1: 10,000 times.
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=counting.sh
. "$acceptance/counting.sh"
begin
export NOFSYNC=1
(umask 077 && seq -f 'u%.0f:{PLAIN}wonderland' 0 10 >"$server/users")
start_server
silence=("$acceptance/silence.py" --program "$mailmount" --work "$work" --port "$port")
check_fails "planted: calls that are not answered are seen" "${silence[@]}" --plant
count_checks_of 900 "${silence[@]}" --interrupts "$([ -n "${LONG:-}" ] && echo 10000 || echo 1000)"
stop_server
finish
