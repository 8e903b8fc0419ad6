#!/bin/bash
# Another client changes the same messages meanwhile, and an hour of work without the server.
# ONLY chooses cases by the beginning of their names.
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=counting.sh
. "$acceptance/counting.sh"
begin
export NOFSYNC=1
(umask 077 && seq -f 'u%.0f:{PLAIN}wonderland' 0 999 >"$server/users")
start_server
count_checks_of 3000 "$acceptance/rivals.py" --program "$mailmount" --work "$work" --port "$port" ${ONLY:+--only "$ONLY"}
finish
