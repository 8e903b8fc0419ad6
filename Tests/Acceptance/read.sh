#!/bin/bash
# A mount that is read: what it shows is what the server has, reading changes nothing there, what
# others do shows up by itself, and without the server what was read is still there.
# shellcheck disable=SC2317 # functions here are called by check and eventually
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin
count=2000
[ -z "${LONG:-}" ] || count=20000

# Checks that cannot see a fault prove nothing: they are tried first.
check "the comparison finds every planted fault" python3 "$acceptance/compare.py" --self-test
check "the wire check finds every planted command" python3 "$acceptance/wire.py" --self-test

export RAWLOG=1 NOFSYNC=1
start_server
say "      $(other fill --count $count --deleted 0.01) in INBOX"
say "      $(other fill --examples "$root/examples/mail") from examples/"
other client create Later
say "      $(other fill --folder Later --first 500000 --count 40) in Later"

flags_everywhere() {
    local folder
    other client folders | while IFS= read -r folder; do
        case $folder in INBOX/Projects) continue ;; esac # cannot be selected
        printf '%s\n' "$folder"
        other client flags "$folder"
    done
}
flags_everywhere >"$work/flags.before"

# --- what is there ---------------------------------------------------------------------------
start=$EPOCHREALTIME
check "mount" mount_mail
say "      mounted after $(since "$start") s"
check "it is a mount" is_mounted
visible=$(other client search INBOX UNDELETED | wc -w)
inbox_has() { [ "$(timeout 60 find "$mount/INBOX" -maxdepth 1 -name '*.eml' | wc -l)" = "$1" ]; }
eventually "ls INBOX lists $visible messages" 120 inbox_has "$visible"

check "listing downloads no body (user.mailmount.state is remote)" with_state remote "$mount/Later"

compared=$(mktemp "$work/compared.XXXXXX")
folders=()
while IFS= read -r folder; do
    [ "$folder" = Later ] || folders+=(--folder "$folder") # stays unread for what comes below
done < <(other client folders)
if other compare "$mount" "${folders[@]}" >"$compared" 2>&1; then
    pass "the mount is what the server has"
else
    fail "the mount is what the server has"
fi
sed 's/^/      /' "$compared"

found_everywhere() {
    timeout 120 grep -rlF 'key is under the blue pot' "$mount/INBOX" "$mount/Sent" | sort >"$work/found"
    [ "$(wc -l <"$work/found")" = 2 ]
}
check "grep -r finds a phrase in both messages that have it" found_everywhere
check "wc reads every message" find "$mount/INBOX" -name '*.eml' -exec wc -c {} +
check "cp copies a folder" cp -r "$mount/Sent" "$work/copy"
check "the copy is the same" diff -r "$mount/Sent" "$work/copy"

flags_everywhere >"$work/flags.after"
check "no flag has changed by reading" diff "$work/flags.before" "$work/flags.after"
check "the wire: only UIDs, only BODY.PEEK, no change" \
    python3 "$acceptance/wire.py" "$server/rawlog" --no-changes

# --- what others do --------------------------------------------------------------------------
printf '%s\r\n' 'From: Noah <noah@example.com>' "Subject: Fresh $$" 'Message-ID: <fresh.1@example.com>' \
    '' 'fresh fish' >"$work/new.eml"
uid=$(other client deliver INBOX "$work/new.eml")
# The name of the new message holds its subject, so that the poll costs one listing.
fresh_file() {
    timeout 20 find "$mount/$1" -maxdepth 1 -name "*Fresh-$$*.eml" >"$work/fresh"
    [ -s "$work/fresh" ]
}
eventually "a new message is listed" 60 fresh_file INBOX
fresh=$(head -n 1 "$work/fresh")
check "it has the delivered bytes" cmp "$work/new.eml" "$fresh"
shown=$(timeout 20 getfattr --absolute-names --only-values -n user.imap.uid "$fresh")
check "it has the delivered UID" test "$shown" = "$uid"

other client -- flag INBOX "$uid" '+\Flagged'
has_flag() { timeout 20 getfattr --absolute-names --only-values -n user.imap.flags "$1" | match -F "$2"; }
eventually "a flag set by another client shows" 60 has_flag "$fresh" '\Flagged'
other client move INBOX "$uid" Archive
# Archive may not be the watched folder: it has a minute.
eventually "a message moved by another client is in its new folder" 90 fresh_file Archive
check "under the same name" test "$(basename "$(cat "$work/fresh")")" = "$(basename "$fresh")"
eventually "and gone from the old one" 60 test ! -e "$fresh"
uid=$(other client search Archive HEADER Message-ID fresh.1@example.com)
other client expunge Archive "$uid"
moved=$(head -n 1 "$work/fresh")
eventually "a message expunged by another client is gone" 90 test ! -e "$moved"
other client deliver Archive/2023 "$work/new.eml" >/dev/null
check "mailmount sync" "$mailmount" sync "$mount"
check "after it, new mail in an unwatched folder is there at once" fresh_file Archive/2023

# --- without the server ----------------------------------------------------------------------
cached=$(head -n 1 "$work/found")
cp "$cached" "$work/cached.eml"
remote=$(with_state remote "$mount/Later")
stop_server
eventually "status says offline" 60 connection offline
check "a listing needs no server" inbox_has "$visible"
check "a body that was read neither" cmp "$work/cached.eml" "$cached"
start=$EPOCHREALTIME
check "a body that was not read: EHOSTUNREACH" test "$(errno_of "$remote")" = EHOSTUNREACH
say "      answered after $(since "$start") s"
start_server
eventually "status says online again" 120 connection online
readable() { [ "$(errno_of "$1")" = OK ]; }
eventually "the body can be read again" 60 readable "$remote"
other client deliver INBOX "$work/new.eml" >/dev/null
eventually "and new mail comes in again" 90 fresh_file INBOX

check "unmount" "$mailmount" unmount "$mount"
check "it is no mount any more" is_not_mounted
stop_server
check "a mount without the server comes up from the cache" mount_mail
check "it lists" inbox_has "$((visible + 1))"
check "it reads what is cached" cmp "$work/cached.eml" "$cached"
check "fusermount3 -u ends it" fusermount3 -u "$mount"
eventually "it is gone" 30 is_not_mounted
check_fails "with nothing cached and no server, mount fails" \
    env MAILMOUNT_PASSWORD=wonderland "$mailmount" mount "$url" "$mount" --ca-file "$ca" --cache "$work/empty"
check "and leaves no mount" is_not_mounted

check "the wire, once more" python3 "$acceptance/wire.py" "$server/rawlog" --no-changes
finish
