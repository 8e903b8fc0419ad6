#!/bin/bash
# Certificates that must not be believed, attacks on STARTTLS, and logins that are none: each by a server of its own, none accepted.
# ONLY chooses attacks by an expression.
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=counting.sh
. "$acceptance/counting.sh"
begin
count_checks_of 600 "$acceptance/attacks.py" --program "$mailmount" --work "$work" --only "${ONLY:-}"
finish
