#!/bin/bash
# Another client changes hundreds of messages a second, and files come and go, while folders are listed, walked through and removed:
# no call stalls, no listing leaves out what stayed, `rm -r` needs one pass, and nothing is lost.
# SECONDS_OF (20), ROUNDS (100), MANY (10000); LONG=1: 300, 1000, 100000.
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=counting.sh
. "$acceptance/counting.sh"
begin
export NOFSYNC=1
start_server
where=(--host localhost --port "$tlsport" --tls --ca "$ca" --program "$mailmount")
check "mount" mount_mail --timeout 5 --expunge-after 0s --delete-limit off
count_checks_of 7000 "$acceptance/notices.py" "$mount" "${where[@]}" --seconds "${SECONDS_OF:-$([ -n "${LONG:-}" ] && echo 300 || echo 20)}"
count_checks_of 7000 "$acceptance/listings.py" "$mount" "${where[@]}" --rounds "${ROUNDS:-$([ -n "${LONG:-}" ] && echo 1000 || echo 100)}" \
    --many "${MANY:-$([ -n "${LONG:-}" ] && echo 100000 || echo 10000)}"
for fault in "left out" twice; do
    check_fails "planted: a listing with one $fault is seen" "$acceptance/listings.py" "$mount" "${where[@]}" --rounds 2 --plant "$fault"
done
check "unmount" "$mailmount" unmount "$mount"
check "mount" mount_mail --timeout 5 --expunge-after 0s --delete-limit off --state "$work/other.state" --cache "$work/other"
check_fails "planted: a program that stands still is seen" "$acceptance/notices.py" "$mount" "${where[@]}" --seconds 2 --most 2 --plant "$(program)"
check "the mount is what the server has" other agree "$mount"
check "unmount" "$mailmount" unmount "$mount"
finish
