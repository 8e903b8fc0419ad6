#!/bin/bash
# Fast mode: once the server's sizes have proven right, files are opened and closed without a word to the program. What is read is the same,
# what is written is sent whole, once, and only when it is closed; a size that turns out wrong afterwards shortens nobody's file.
# shellcheck disable=SC2317 # functions here are called by check and eventually
# shellcheck disable=SC2154 # mode and room are those of effects.sh
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=effects.sh
. "$acceptance/effects.sh"
begin
export RAWLOG=1 NOFSYNC=1
start_server
# Hundreds are deleted at once.
mount_account() { mount_mail --expunge-after 1h --delete-limit off "$@"; }
server_under_test --mount mount_account --transcript "$server/rawlog/alice"
in_mode fast
say "      $(other fill --folder Reading --count 300 --deleted 0) in Reading"
say "      $(other fill --folder Later --first 500000 --count 40 --deleted 0) in Later"

mode_is() { status_is "status['mode'] == '$1'"; }
pending_is() { status_is "status['pending'] == $1"; }
failed_is() { status_is "len(status['failed']) == $1"; }
# How often the threads that answer the kernel have waited: more with each question.
questions() {
    local pid
    pid=$(program)
    cat "/proc/$pid/task/"*/status | awk '/^Name:/ { ours = $2 == "fuse" } ours && /^voluntary/ { sum += $2 } END { print sum }'
}
end_mount() { check "unmount" "$mailmount" unmount "$mount"; }
settled() { eventually "nothing waits any more" 60 pending_is 0; }

# --- earning it ------------------------------------------------------------------------------
check "mount" mount_account
check "mailmount sync" "$mailmount" sync "$mount"
check "every open is asked for at first" mode_is exact
other client show Reading 1 >"$work/first.eml"
check "300 messages are read" grep -rc Subject "$mount/Reading"
one=$(find "$mount/Reading" -name '*.eml' | sort | head -n 1)
opened_fast() { cat "$one" >/dev/null && mode_is fast; }
eventually "then none is" 20 opened_fast
check "the mount is what the server has" other compare "$mount" --folder Reading
grep -rc Subject "$mount/Reading" >/dev/null
before=$(questions)
check "300 messages are read again" grep -rc Subject "$mount/Reading"
asked=$(($(questions) - before))
check "and few questions are asked for it ($asked)" test "$asked" -lt 100
check "bodies that are not here are fetched by reading" other compare "$mount" --folder Later
check "cp -r" cp -r "$mount/Later" "$work/later"
check "the copy is the same" diff -r "$mount/Later" "$work/later"

# --- the table of what each call does ----------------------------------------------------------
start=$EPOCHREALTIME
check_effects
say "      the table took $(since "$start") s"
eventually "fast after another mount" 20 opened_fast

# --- writing -----------------------------------------------------------------------------------
check "mkdir" mkdir "$mount/New" "$mount/Moved"
for word in cp redirect append slow paused moved scratch saved tar bare truncated synced flags twice; do letter $word; done
check "cp" cp "$work/cp.eml" "$mount/New/cp.eml"
on_server "the server has it" server_holds New cp "$work/cp.eml"
check "> FILE" bash -c 'cat "$1" >"$2"' - "$work/redirect.eml" "$mount/New/redirect.eml"
on_server "the server has it" server_holds New redirect "$work/redirect.eml"
check "touch, then >> FILE" bash -c 'touch "$2" && cat "$1" >>"$2"' - "$work/append.eml" "$mount/New/append.eml"
on_server "the server has it" server_holds New append "$work/append.eml"
until_told() { until [ -e "$work/told" ]; do sleep 0.05; done; }
# Lines of a message, with a pause after each: longer than any pause that could be taken for the end. Open until told.
slowly() {
    while IFS= read -r line; do
        printf '%s\n' "$line"
        sleep "$2"
    done <"$1"
    until_told
}
slowly "$work/slow.eml" 0.7 >"$mount/New/slow.eml" &
slow=$!
{ head -c 100 "$work/paused.eml" && until_told && tail -c +101 "$work/paused.eml"; } >"$mount/New/paused.eml" &
paused=$!
# The program has seen long ago that somebody has the file open, and wrote that down.
known_open() {
    [ "$(python3 - "$work/offline/state/state.sqlite" "$1" <<'PYTHON'
import sqlite3, sys

query = "SELECT count(*) FROM local_file WHERE name = ? AND purpose = 5"
print(sqlite3.connect(sys.argv[1]).execute(query, (sys.argv[2].encode(),)).fetchone()[0])
PYTHON
    )" = 1 ]
}
eventually "a file that stays open is known to be" 20 known_open paused.eml
eventually "and one that is written slowly" 20 known_open slow.eml
check "what is still written is not on the server" server_lacks New slow
check "nor what pauses" server_lacks New paused
check "it is in the mount" test -s "$mount/New/paused.eml"
touch "$work/told"
wait $slow $paused
on_server "the server has what was written slowly" server_holds New slow "$work/slow.eml"
on_server "and what was paused" server_holds New paused "$work/paused.eml"
check "rsync -a" rsync -a "$work/tar.eml" "$mount/New/"
touch -d '2020-02-02 02:02:02 UTC' "$work/saved.eml"
check "rsync -a of a file with a time of its own" rsync -a "$work/saved.eml" "$mount/New/"
on_server "the server has it" server_holds New saved "$work/saved.eml"
on_server "with that time" server_date New saved 1580608922
check "rsync again has nothing to do" test -z "$(rsync -rti "$work/saved.eml" "$mount/New/")"
check "cp and mv at once" bash -c 'cp "$1" "$2/New/moved.eml" && mv "$2/New/moved.eml" "$2/Moved/away.eml"' - "$work/moved.eml" "$mount"
on_server "the server has it where it is now" server_holds Moved moved "$work/moved.eml"
check "and not where it was" server_lacks New moved
check "a scratch file that is renamed" bash -c 'cat "$1" >"$2/New/.a.tmp" && mv "$2/New/.a.tmp" "$2/New/scratch.eml"' - "$work/scratch.eml" "$mount"
on_server "the server has it" server_holds New scratch "$work/scratch.eml"
sed 's/text of cp/other text/' "$work/cp.eml" >"$work/cp.new"
check "saved as an editor does" bash -c 'cat "$1" >"$2.tmp" && mv "$2.tmp" "$2"' - "$work/cp.new" "$mount/New/cp.eml"
on_server "the server has the new one" server_holds New cp "$work/cp.new"
on_server "and only that" server_has New cp 1
check "cmp" cmp "$work/cp.new" "$mount/New/cp.eml"
tr -d '\r' <"$work/bare.eml" >"$work/bare.lf"
check "cp of a text with bare LF" cp "$work/bare.lf" "$mount/New/bare.eml"
on_server "the server has it with CRLF" server_holds New bare "$work/bare.eml"
eventually "and so has the mount" 10 cmp "$work/bare.eml" "$mount/New/bare.eml"
check "dd with O_SYNC and small blocks" dd if="$work/synced.eml" of="$mount/New/synced.eml" bs=50 oflag=sync status=none
on_server "the server has it" server_holds New synced "$work/synced.eml"
accepts "upload with flags" upload "$work/flags.eml" "$mount/New/flags.eml" --flags '\Flagged' --modified 1500000000
on_server "the server has it" server_holds New flags "$work/flags.eml"
on_server "with its flag" flagged New flags '\Flagged'
on_server "and its time" server_date New flags 1500000000
settled
mkdir "$work/many"
for number in $(seq 300); do sed "s/<cp@/<many-$number@/" "$work/cp.eml" >"$work/many/$number.eml"; done
check "300 new messages, faster than they can be recorded" cp -r "$work/many" "$mount/Many"
descriptors=$(find "/proc/$(program)/fd" | wc -l)
check "few of them are held open ($descriptors descriptors)" test "$descriptors" -lt 300
on_server "the server has them" server_count Many 300
settled
check "a copy inside the mount" cp "$mount/New/slow.eml" "$mount/Moved/copy.eml"
on_server "the server has it" server_holds Moved slow "$work/slow.eml"

# --- what is refused -----------------------------------------------------------------------------
seed New settled
refuses EPERM "truncate of a message" truncate "$file"
check_fails "> a message" bash -c 'echo x >"$1"' - "$file"
check_fails ">> a message" bash -c 'echo x >>"$1"' - "$file"
check "it is as it was" cmp "$work/settled.eml" "$file"
refuses EPERM "create of another name" create "$mount/New/report.pdf"
refuses EEXIST "create of what is there" create "$file"

# --- drafts --------------------------------------------------------------------------------------
seed Drafts draft
check "a draft is edited in place" sed -n w"$work/draft.old" "$file"
check "it is added to" bash -c 'printf "more\r\n" >>"$1"' - "$file"
{ cat "$work/draft.eml" && printf 'more\r\n'; } >"$work/draft.new"
on_server "the server has the new version" server_holds Drafts draft "$work/draft.new"
check "the mount too" cmp "$work/draft.new" "$(shown Drafts draft)"
file=$(shown Drafts draft)
check "it is written anew" bash -c 'cat "$1" >"$2"' - "$work/draft.eml" "$file"
on_server "the server has that" server_holds Drafts draft "$work/draft.eml"
on_server "and one version" server_has Drafts draft 1
eventually "the mount too" 10 cmp "$work/draft.eml" "$file"

# A draft with CRLF to which a line with LF was added: the copy is all of it, whether that has become CRLF by then or not.
seed Drafts copied
added_and_copied() {
    local n
    for n in {1..20}; do
        printf 'line %s\n' "$n" >>"$file" && cp "$file" "$mount/Moved/copied$n.eml" || return
        sed 's/\r$//' "$mount/Moved/copied$n.eml" | tail -n 1 | grep -qx "line $n" || return
    done
}
check "a draft is added to and copied at once, 20 times" added_and_copied
settled
whole_copies() {
    local n
    for n in {1..20}; do
        { cat "$work/copied.eml" && seq -f $'line %g\r' "$n"; } | cmp - "$mount/Moved/copied$n.eml" || return
    done
}
check "each copy is whole" whole_copies

# --- deleted while it is open ------------------------------------------------------------------
seed New gone
cat "$file" >/dev/null
exec 7<"$file"
check "rm of an open message" rm "$file"
check "it is gone" test ! -e "$file"
check "who has it open reads on" cmp "$work/gone.eml" /proc/self/fd/7
exec 7<&-
letter orphan
exec 8>"$mount/New/orphan.eml"
cat "$work/orphan.eml" >&8
check "rm of a file that is written" rm "$mount/New/orphan.eml"
cat "$work/orphan.eml" >&8
exec 8>&-

# --- the end of the mount ------------------------------------------------------------------------
letter last
cp "$work/last.eml" "$mount/New/last.eml"
check "fusermount3 -u right after a write" fusermount3 -u "$mount"
eventually "the program has ended" 30 no_program
check "mount" mount_account
on_server "what was written is sent" server_holds New last "$work/last.eml"
cat "$one" >/dev/null
eventually "it is fast from the start" 20 opened_fast
letter unmounted
cp "$work/unmounted.eml" "$mount/New/unmounted.eml"
end_mount
check "the server has what was written before" server_holds New unmounted "$work/unmounted.eml"
check "nor the orphan" server_lacks New orphan
check "mount" mount_account
eventually "fast" 20 opened_fast
letter killed
letter half
exec 8>"$mount/New/half.eml"
head -c 60 "$work/half.eml" >&8
eventually "a file that stays open is known to be" 20 known_open half.eml
cp "$work/killed.eml" "$mount/New/killed.eml"
# The close of a file is seen a moment later; status waits for that.
check "mailmount status" "$mailmount" status "$mount"
kill -9 "$(program)"
exec 8>&-
eventually "kill -9" 20 no_program
check "the dead mount is taken away" fusermount3 -u -z "$mount"
check "mount" mount_account
on_server "what was closed before is sent" server_holds New killed "$work/killed.eml"
check "what was still written is there" cmp <(head -c 60 "$work/half.eml") "$mount/New/half.eml"
settled
check "and not on the server" server_lacks New half
check "nothing has failed" failed_is 0
check "it is told as interrupted" status_is "[one['path'] for one in status['interrupted']] == ['New/half.eml']"
check "rm of it" rm "$mount/New/half.eml"

# --- without the server ----------------------------------------------------------------------------
eventually "fast" 20 opened_fast
other client create Unread
say "      $(other fill --folder Unread --first 700000 --count 5 --deleted 0) in Unread"
check "mailmount sync" "$mailmount" sync "$mount"
unread=$(find "$mount/Unread" -name '*.eml' | head -n 1)
stop_server
eventually "status says offline" 60 connection offline
refuses EHOSTUNREACH "a body that is not cached" read "$unread"
check "one that is cached" cmp "$work/slow.eml" "$mount/New/slow.eml"
letter offline
check "a file is written" cp "$work/offline.eml" "$mount/New/offline.eml"
eventually "it waits" 10 status_is "status['pending'] > 0"
start_server
eventually "online again" 120 connection online
on_server "the server has it" server_holds New offline "$work/offline.eml"
check "the body can be read" cat "$unread"
end_mount

# --- a cache with little room ------------------------------------------------------------------
check "mount with room for few bodies" mount_account --cache-size 2M
eventually "fast" 20 opened_fast
check "what is evicted while it is read is the same" other compare "$mount" --folder Reading --folder Later
check "twice" other compare "$mount" --folder Reading
end_mount

# --- a mount that changes nothing ----------------------------------------------------------------
check "mount --read-only" mount_mail --read-only
eventually "fast" 20 opened_fast
refuses EROFS "create" create "$mount/New/none.eml"
refuses EROFS "truncate" truncate "$one"
end_mount

# --- changes that wait for the server ----------------------------------------------------------
check "mount with --sync-changes" mount_mail --sync-changes
cat "$one" "$one" >/dev/null
check "every open is asked for" mode_is exact
end_mount

# --- a size that is wrong ------------------------------------------------------------------------
# exactly FILE SIZE: whoever opens it is told its length, and reads so much.
exactly() {
    python3 - "$@" <<'PYTHON'
import os, sys
file = os.open(sys.argv[1], os.O_RDONLY)
told = os.fstat(file).st_size
read = 0
while octets := os.read(file, 1 << 16):
    read += len(octets)
sys.exit(f"{told} octets are told, {read} read" if {told, read} != {int(sys.argv[2])} else 0)
PYTHON
}
background python3 "$acceptance/liar.py" --to "$port" --size 54321 50321 --size 45678 49678
liar=$line
sized() { # WORD SIZE: a message of so many octets
    letter "$1"
    python3 - "$work/$1.eml" "$2" <<'PYTHON'
import sys
with open(sys.argv[1], "r+b") as file:
    content = file.read()
    content += (b"x" * 70 + b"\r\n") * 2000
    file.write(b"")
    file.seek(0)
    file.write(content[:int(sys.argv[2]) - 2] + b"\r\n")
    file.truncate()
PYTHON
}
sized long 54321
sized other 43210
url=imap://alice@localhost:$liar
lied() { MAILMOUNT_PASSWORD=wonderland timeout 120 "$mailmount" mount "$url" "$mount" --tls none --cache "$work/lied" "$@"; }
check "mount over a wire that lies" lied
check "mailmount sync" "$mailmount" sync "$mount"
check "300 messages are read" grep -rc Subject "$mount/Reading"
eventually "fast" 20 opened_fast
other client deliver Later "$work/long.eml" >/dev/null
other client deliver Later "$work/other.eml" >/dev/null
check "mailmount sync" "$mailmount" sync "$mount" Later
file=$(shown Later long)
check "it has the size that is claimed" test "$(stat -c %s "$file")" = 50321
# Whole or an error, and never only the beginning.
cat "$file" >"$work/read" 2>/dev/null && check "it was read whole" cmp "$work/long.eml" "$work/read"
eventually "then it can be read" 10 cmp "$work/long.eml" "$file"
check "it has its true size" test "$(stat -c %s "$file")" = 54321
check "so has another message" cmp "$work/other.eml" "$(shown Later other)"
end_mount
check "mount" lied
grep -rc Subject "$mount/Reading" >/dev/null
check "every open is asked for in this account from then on" mode_is exact
end_mount
# Listed before, with the sizes that are claimed, and opened one by one: all that the kernel knows is wrong.
other client create Lies >/dev/null
for number in 1 2 3 4 5 6 7 8; do
    sized "long$number" 54321
    sized "short$number" 45678
    for word in long short; do other client deliver Lies "$work/$word$number.eml" >/dev/null; done
done
check "mount, for the first time" lied --cache "$work/lied.exactly"
check "mailmount sync" "$mailmount" sync "$mount"
check "the claimed sizes are listed" test \
    "$(find "$mount/Lies" -name '*.eml' -printf '%s\n' | sort | uniq -c | xargs)" = "8 49678 8 50321"
for file in "$mount"/Lies/*long*.eml; do check "a size that was too small" exactly "$file" 54321; done
for file in "$mount"/Lies/*short*.eml; do check "a size that was too large" exactly "$file" 45678; done
end_mount
finish
