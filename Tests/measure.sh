#!/bin/bash
# Prints the figures of the README as ratios within one run: a folder of many messages listed the first time and the
# next beside an IMAP client's FETCH of the same data, the memory it takes, and grep over cached messages beside the
# same files on the disk.
#
#   Tests/measure.sh [LISTED [CACHED]]        default: 100000 messages listed, 20000 cached; needs a release build
#
# Nothing here passes or fails by a time; what is read is compared, and a wrong count ends the run.
set -uo pipefail
. "$(dirname "$(readlink -f "$0")")/Acceptance/lib.sh"
listed=${1:-100000} cached=${2:-20000}

# count_is NUMBER COMMAND...: runs it, fails loudly when it prints another number of lines.
count_is() {
    local expected=$1 found
    shift
    found=$("$@" | wc -l)
    [ "$found" -eq "$expected" ] || {
        say "$*: $found lines, $expected expected" >&2
        exit 1
    }
}

# seconds COMMAND...: how long it takes.
seconds() {
    local start=$EPOCHREALTIME
    "$@" >/dev/null || exit 1
    since "$start"
}

# median COMMAND...: of five times.
median() { for _ in 1 2 3 4 5; do seconds "$@"; done | sort -n | sed -n 3p; }

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / (b > 0 ? b : 0.01) }'; }
row() { printf '%-58s %10s %10s %8s\n' "$1" "$2" "$3" "$4"; }
memory() { awk -v key="$1:" '$1 == key { printf "%.0f MB", $2 / 1000 }' "/proc/$(daemon)/status"; }
daemon() { cat "$work/offline/state/lock"; }
drop_caches() { sync && echo 3 2>/dev/null >/proc/sys/vm/drop_caches; }

# The same items over one connection, nothing done with them.
plain_fetch() {
    timeout 600 python3 - "$tlsport" "$ca" "$1" <<'PYTHON'
import imaplib, ssl, sys

imaplib._MAXLINE = 1 << 30
port, ca, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
client = imaplib.IMAP4_SSL("localhost", port, ssl_context=ssl.create_default_context(cafile=ca))
client.login("alice", "wonderland")
client.select(folder, readonly=True)
items = "(UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (DATE FROM MESSAGE-ID SUBJECT)])"
status, data = client.uid("FETCH", "1:*", items)
sys.exit(status != "OK" or len(data) < 2)
PYTHON
}

remount() {
    "$mailmount" unmount "$mount" || exit 1
    mount_mail >/dev/null || exit 1
}

begin
NOFSYNC=1 start_server
say "filling: $listed messages to list, $cached to read"
other fill --folder INBOX --count "$listed" --deleted 0 >/dev/null || exit 1
other fill --folder Reading --count "$cached" --seed 2 --deleted 0 >/dev/null || exit 1

row "work" "mailmount" "beside" "ratio"
# The server builds its own index at the first FETCH: that is nobody's to win.
plain_fetch INBOX
plain=$(seconds plain_fetch INBOX)
mount_mail --folder INBOX >/dev/null || exit 1
first=$(seconds count_is "$listed" ls -U "$mount/INBOX")
row "first ls of $listed messages / the same FETCH by imaplib" "$first s" "$plain s" "$(ratio "$first" "$plain")"
row "memory after it" "$(memory VmRSS)" "" ""
next=$(seconds count_is "$listed" ls -U "$mount/INBOX")
row "next ls -U" "$next s" "$plain s" "$(ratio "$next" "$plain")"
row "find" "$(seconds count_is $((listed + 1)) find "$mount/INBOX") s" "" ""
row "ls -l, sizes not proven yet" "$(seconds count_is $((listed + 1)) ls -l "$mount/INBOX") s" "" ""
"$mailmount" unmount "$mount" || exit 1
start=$(seconds mount_mail --folder INBOX)
known=$(seconds count_is "$listed" ls -U "$mount/INBOX")
row "mount again, ls from the cache" "$start + $known s" "$plain s" "$(ratio "$known" "$plain")"
row "memory after it" "$(memory VmRSS)" "" ""
"$mailmount" unmount "$mount" || exit 1

mount_mail --folder Reading >/dev/null || exit 1
# The cache knew nothing of this folder.
"$mailmount" sync "$mount" || exit 1
cold=$(seconds grep -rc Subject "$mount/Reading")
row "grep -r over $cached messages never read" "$cold s" "" ""
cp -r "$mount/Reading" "$work/plain" || exit 1
diff -rq "$mount/Reading" "$work/plain" || exit 1
disk=$(median grep -rc Subject "$work/plain")
warm=$(median grep -rc Subject "$mount/Reading")
row "grep -r over $cached cached ones, warm / on the disk" "$warm s" "$disk s" "$(ratio "$warm" "$disk")"
remount
count_is "$cached" ls -U "$mount/Reading"
drop_caches && row "the same after a remount, kernel caches dropped" "$(seconds grep -rc Subject "$mount/Reading") s" \
    "" ""
row "memory after it" "$(memory VmRSS)" "" ""
