#!/bin/bash
# What goes wrong while mail is mounted and read: the program is ended or killed, the server is silent
# or gone, the cache is damaged, others change what is open. Nothing may hang, nothing may be wrong.
# shellcheck disable=SC2317 # functions here are called by check and eventually
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin
export NOFSYNC=1
start_server
timeout=3
printf '%s\r\n' 'From: Noah <noah@example.com>' 'Subject: One of many' 'Message-ID: <many@example.com>' '' 'text' \
    >"$work/small.eml"
say "      $(other fill --count 400) in INBOX"
say "      $(other fill --count 60 --first 5000 --folder Later) in Later"
say "      $(other fill --copies "$work/small.eml" --count 2 --folder Twins) in Twins"
{
    printf '%s\r\n' 'From: Noah <noah@example.com>' 'Subject: Huge' 'Message-ID: <huge@example.com>' ''
    head -c 22500000 /dev/urandom | base64 -w 76 | sed 's/$/\r/'
} >"$work/huge.eml"
other client create Huge
other client deliver Huge "$work/huge.eml" >/dev/null

quick() { mount_mail --timeout "$timeout" "$@"; }
server_signal() {
    # The server leads a session of its own; its pid is in the file.
    # shellcheck disable=SC2046 # one word a process
    kill "-$1" $(ps -o pid= -s "$(cut -d' ' -f1 "$server/pid")")
}
names() { (cd "$mount" && find . -name '*.eml' | sort); }
read_all() { find "$mount/$1" -name '*.eml' -exec cat {} +; }
remote_in() { with_state remote "$mount/$1"; }
cached_in() { with_state cached "$mount/$1"; }
end_mount() { check "unmount" "$mailmount" unmount "$mount"; }
# reader FILE: starts one; returns when it waits for an answer.
reader() {
    # What a shell starts in the background ignores SIGINT.
    env --default-signal=INT cat "$1" >/dev/null 2>"$work/reader" &
    reading=$!
    until grep -qE 'fuse|request_wait' "/proc/$reading/wchan" 2>/dev/null; do
        [ -e "/proc/$reading" ] || return 1
        sleep 0.01
    done
}
reader_ended() { ! kill -0 "$reading" 2>/dev/null; }

# --- first mount -----------------------------------------------------------------------------------
check "mount" quick
names_there() { [ "$(names | wc -l)" = 463 ]; }
eventually "everything is listed" 60 names_there
names >"$work/names"
(cd "$mount" && find . -name '*.eml' -printf '%i %p\n' | sort) >"$work/inodes"
check "two messages of one content: the later has -2" \
    test "$(ls "$mount/Twins" | sed 's/.*\.\([0-9a-z]*\)\(-2\)\?\.eml/\2/' | sort | tr '\n' ,)" = ',-2,'
check "both can be read" test "$(read_all Twins | wc -c)" = $((2 * $(wc -c <"$work/small.eml")))
cached=$(find "$mount/INBOX" -name '*.eml' | sort | head -n 1)
cp "$cached" "$work/cached.eml"
check "a body is cached" test "$(getfattr --absolute-names --only-values -n user.mailmount.state "$cached")" = cached
cached_is_right() { cmp "$work/cached.eml" "$cached"; }

# --- a server that is silent -------------------------------------------------------------------------
server_signal STOP
remote=$(remote_in Later)
start=$EPOCHREALTIME
said=$(errno_of "$remote")
took=$(since "$start")
check "a silent server: ETIMEDOUT ($said after $took s, --timeout $timeout)" test "$said" = ETIMEDOUT
check "listings go on" test "$(ls "$mount/INBOX" | wc -l)" = 400
check "cached bodies go on" cached_is_right
eventually "status says offline" 30 connection offline
start=$EPOCHREALTIME
said=$(errno_of "$remote")
check "then EHOSTUNREACH, without another wait ($(since "$start") s)" test "$said" = EHOSTUNREACH
server_signal CONT
eventually "all comes back" 60 connection online
readable() { [ "$(errno_of "$1")" = OK ]; }
eventually "the body can be read" 30 readable "$remote"

# killed_waiting SIGNAL: a waiting reader gets it, and ends before the timeout would have ended it.
killed_waiting() {
    local try start took
    for try in 1 2 3; do
        reader "$remote" || return 1
        start=$EPOCHREALTIME
        kill "-$1" "$reading"
        wait "$reading" 2>/dev/null
        took=$(since "$start")
        echo "try $try: $took s"
        [ "${took%.*}" -lt "$timeout" ] && return
    done
    return 1
}
for signal in TERM INT KILL; do
    server_signal STOP
    remote=$(remote_in Later)
    check "a waiting reader is ended by SIG$signal, not by the timeout" killed_waiting "$signal"
    server_signal CONT
    eventually "and the mount is well after it" 30 readable "$remote"
done

# --- the end, while readers wait ---------------------------------------------------------------------
# ends_by TEXT COMMAND...
ends_by() {
    local text=$1
    shift
    server_signal STOP
    remote=$(remote_in Later)
    if reader "$remote"; then pass "a reader waits"; else fail "a reader waits"; fi
    check "$text" "$@"
    eventually "it is no mount" 20 is_not_mounted
    eventually "the reader has ended" 20 reader_ended
    wait "$reading" 2>/dev/null
    eventually "so has the program" 20 no_program
    server_signal CONT
    check "mount again" quick
    check "with the same names" eval_names
}
eval_names() { names | diff "$work/names" -; }
signal_program() { kill "-$1" "$(program)"; }
ends_by "SIGTERM" signal_program TERM
ends_by "SIGINT" signal_program INT
ends_by "mailmount unmount" "$mailmount" unmount "$mount"
ends_by "fusermount3 -u -z" fusermount3 -u -z "$mount"
check "fusermount3 -u with nobody waiting" fusermount3 -u "$mount"
eventually "the program has ended" 20 no_program
check "mount again" quick

# --- kill -9 -------------------------------------------------------------------------------------------
read_all Later >/dev/null 2>&1 &
kill -9 "$(program)"
wait $! 2>/dev/null
check "kill -9 leaves a dead mount" test "$(errno_of "$mount/INBOX")" = ENOTCONN
stop_server
check "the next mount clears it, without a server too" quick
check "the cache is whole: names" eval_names
check "the cache is whole: bodies" cached_is_right
check "one mount, not two" test "$(connection_of "$mount" | wc -l)" = 1
start_server
eventually "online" 60 connection online

# --- the server goes in the middle ---------------------------------------------------------------------
grep -rl 'no such phrase anywhere' "$mount/INBOX" >/dev/null 2>"$work/grep" &
grepping=$!
some_cached() { [ "$("$mailmount" status "$mount" --json | sed -n 's/.*"messages" : \([0-9]*\),\?$/\1/p' | head -n 1)" -gt 5 ]; }
eventually "grep -r has begun" 20 some_cached
"$root/Tests/dovecot.sh" kill "$server"
grep_ended() { ! kill -0 "$grepping" 2>/dev/null; }
eventually "the server dies: grep -r ends" 30 grep_ended
say "      $(grep -c . "$work/grep") messages could not be read"
check "they say why" test "$(grep -vc -e 'No route to host' -e 'timed out' "$work/grep")" = 0
start_server
eventually "the server is back" 60 connection online
check "everything is as the server has it" other compare "$mount" --folder INBOX --folder Later

# --- many readers ----------------------------------------------------------------------------------------
many() {
    local round
    find "$mount/INBOX" "$mount/Later" -name '*.eml' -print0 | sort -z >"$work/files"
    for round in $(seq 11); do cat "$work/files"; done | xargs -0 -P 16 -n 40 cat | wc -c >"$work/many"
}
check "5,060 opens by 16 readers" many
check "gave every octet" test "$(cat "$work/many")" = $((11 * ($(read_all INBOX | wc -c) + $(read_all Later | wc -c))))

# --- damage ------------------------------------------------------------------------------------------------
end_mount
damaged() {
    grep -rlF -- "$(sed -n 's/^Message-ID: *//Ip' "$work/cached.eml" | tr -d '\r' | head -n 1)" "$work/offline/bodies" | head -n 1
}
body=$(damaged)
check "the body's file is found" test -n "$body"
size=$(stat -c %s "$body")
head -c "$size" /dev/zero | tr '\0' x >"$body"
check "mount" quick
check "a body that was overwritten on disk is fetched again" cached_is_right
end_mount
: >"$body"
check "mount" quick
check "a body that was cut on disk is fetched again" cached_is_right
end_mount
rm "$body"
check "mount" quick
check "a body that was removed is fetched again" cached_is_right
end_mount
head -c 100000 /dev/urandom | dd of="$work/offline/index.sqlite" conv=notrunc 2>/dev/null
rm -f "$work/offline"/index.sqlite-*
check "mount with a damaged index" quick
eventually "everything is listed again, with the same names" 60 eval_names
check "the damaged one is set aside" test "$(find "$work/offline" -maxdepth 1 -name 'index.sqlite*' | wc -l)" -ge 2
end_mount
mv "$work/offline/state" "$work/state-kept"
rm -r "$work/offline"
check "mount with the state only" quick --state "$work/state-kept"
eventually "everything has the same names" 60 eval_names
same_inodes() { (cd "$mount" && find . -name '*.eml' -printf '%i %p\n' | sort) | diff "$work/inodes" -; }
check "and the same inode numbers" same_inodes
quick() { mount_mail --timeout "$timeout" --state "$work/state-kept" "$@"; }

# --- others change what is open ------------------------------------------------------------------------
open_one=$(cached_in INBOX || find "$mount/INBOX" -name '*.eml' | sort | head -n 1)
cp "$open_one" "$work/open.eml"
uid=$(getfattr --absolute-names --only-values -n user.imap.uid "$open_one")
exec 7<"$open_one"
other client expunge INBOX "$uid"
eventually "a message that is open is expunged: its file is gone" 60 test ! -e "$open_one"
cat <&7 >"$work/open.read"
exec 7<&-
check "whoever has it open reads on" cmp "$work/open.eml" "$work/open.read"
remote=$(remote_in INBOX)
uid=$(getfattr --absolute-names --only-values -n user.imap.uid "$remote")
other client expunge INBOX "$uid"
said=$(errno_of "$remote")
check "one that is not cached: no longer there ($said)" grep -qxE 'ENOENT|ESTALE' <<<"$said"

for number in 1 2 3; do
    for epoch in old new; do
        printf '%s\r\n' 'From: Noah <noah@example.com>' "Subject: $epoch $number" "Message-ID: <$epoch.$number@example.com>" \
            '' "$epoch $number" >"$work/$epoch.$number.eml"
    done
done
fill_epoch() {
    other client create Epoch
    for number in 1 2 3; do other client deliver Epoch "$work/$1.$number.eml"; done
}
fill_epoch old >/dev/null
check "sync" "$mailmount" sync "$mount"
check "a folder has three messages" test "$(ls "$mount/Epoch" | grep -c 'old-[123]')" = 3
first=$(find "$mount/Epoch" -name '*old-1*')
cat "$first" >/dev/null
old_paths=$(find "$mount/Epoch" -name '*.eml' | sort)
# Elsewhere: a session that has the folder open while it is made anew damages it, in this Dovecot.
stop_server
usual=("$port" "$tlsport")
read -r port tlsport < <(free_ports)
"$root/Tests/dovecot.sh" start "$server" "$port" "$tlsport" || fail "the server elsewhere"
other client delete Epoch
fill_epoch new >/dev/null
stop_server
port=${usual[0]} tlsport=${usual[1]}
"$root/Tests/dovecot.sh" start "$server" "$port" "$tlsport" || fail "the server at its place"
# never_wrong: an old name gives the old message or an error, a new name the new one.
never_wrong() {
    local path text wanted
    for path in $old_paths "$mount/Epoch"/*.eml; do
        text=$(tail -n 1 "$path" 2>/dev/null | tr -d '\r') || continue
        wanted=$(basename "$path" | sed 's/.*_\(old\|new\)-\([123]\).*/\1 \2/')
        if [ -n "$text" ] && [ "$text" != "$wanted" ]; then
            echo "$path holds $text"
            return 1
        fi
    done
}
for round in 1 2 3 4 5; do never_wrong || break; done
check "another folder of the same name and UIDs: no wrong content at any time" never_wrong
eventually "online" 120 connection online
check "sync" "$mailmount" sync "$mount"
new_epoch() {
    [ "$(ls "$mount/Epoch" | sed 's/.*_\(old\|new\)-\([123]\).*/\1\2/' | sort | tr '\n' ' ')" = 'new1 new2 new3 ' ] && return
    ls "$mount/Epoch"
    other client search Epoch ALL
    return 1
}
eventually "the new messages are listed, the old are gone" 60 new_epoch
check "with their content" never_wrong
check "all three can be read" test "$(read_all Epoch | wc -c)" -gt 200
end_mount

# --- a huge message and a slow wire --------------------------------------------------------------------
background "$acceptance/relay.py" --to "$tlsport" --rate 3000000
# Another port is another account.
slow=$line
url=imaps://alice@localhost:$slow
check "mount over a slow wire" mount_mail --timeout "$timeout" --state "$work/slow.state" --cache "$work/slow"
huge=$(find "$mount/Huge" -name '*.eml')
cksum <"$huge" >"$work/huge.sum" &
hauling=$!
under_way() { "$mailmount" status "$mount" | match -E 'fetching +[1-9]'; }
eventually "a message of 30 MB is on its way, longer than the timeout" 20 under_way
check "ls goes on" test "$(ls "$mount/INBOX" | wc -l)" = 398
remote=$(remote_in Later)
check "a small message comes meanwhile" readable "$remote"
check "the huge one still comes" kill -0 "$hauling"
wait "$hauling"
check "and comes whole" test "$(cat "$work/huge.sum")" = "$(cksum <"$work/huge.eml")"
end_mount
stop_server
finish
