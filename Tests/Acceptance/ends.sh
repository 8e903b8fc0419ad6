#!/bin/bash
# The ways a mount ends and stands still: a full queue without a network, ended by SIGTERM, by kill -9 and by unmount; a machine that is
# suspended (the freezer) while somebody waits; a program that stands still; two programs of one account at once.
# shellcheck disable=SC2317 # functions here are called by check and eventually
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin
# Each kind has an account of its own.
kinds=(term kill unmount lost freezer)
(umask 077 && printf '%s:{PLAIN}wonderland\n' "${kinds[@]}" >"$server/users")
export NOFSYNC=1
start_server
timeout=5
as() { timeout --kill-after=5 300 python3 "$acceptance/$1.py" --host localhost --port "$tlsport" --tls --ca "$ca" --user "$kind" "${@:2}"; }
mounts() {
    mount_mail --timeout "$timeout" --expunge-after 0s --delete-limit off --cache "$work/$kind" --state "$work/$kind.state"
}
of_kind() {
    kind=$1
    url=imaps://$kind@localhost:$tlsport
}
again() { "$root/Tests/dovecot.sh" start "$server" "$port" "$tlsport"; }
all_are_sent() { "$mailmount" sync "$mount" && as ends check "$mount"; }

# --- a full queue, and no network -------------------------------------------------------------------------
for kind in term kill unmount lost; do
    say "  -- a full queue without a network, ended by $kind"
    of_kind "$kind"
    check "an account" as ends fill "$mount"
    check "mount" mounts
    check "sync" "$mailmount" sync "$mount"
    stop_server
    eventually "offline" 60 connection offline
    check "480 changes are queued" "$acceptance/ends.py" queue "$mount"
    check "they are shown" "$acceptance/ends.py" shown "$mount"
    case $kind in
    unmount) answers 1 'kept, and sent when' "unmount does not wait for ever" "$mailmount" unmount --timeout 2 "$mount" ;;
    lost) check "SIGTERM" kill -TERM "$(program)" ;;
    *) check "SIG${kind^^}" kill "-${kind^^}" "$(program)" ;;
    esac
    eventually "the program has ended" 30 no_program
    # What the checks are for is seen.
    [ "$kind" != lost ] || rm "$(find "$work/lost.state/spool" -type f | head -n 1)"
    check "mount without a network" mounts
    if [ "$kind" = lost ]; then
        check_fails "planted: a text that is lost is seen" "$acceptance/ends.py" shown "$mount"
        check "the server" again
        check "SIGTERM" kill -TERM "$(program)"
        eventually "the program has ended" 30 no_program
        continue
    fi
    check "all is shown as before" "$acceptance/ends.py" shown "$mount"
    check "the server" again
    eventually "online" 60 connection online
    eventually "all is sent, once, and the mount is what the server has" 60 all_are_sent
    check "unmount" "$mailmount" unmount "$mount"
    check "mount" mounts
    check "nothing has changed" all_are_sent
    check "unmount" "$mailmount" unmount "$mount"
done

# --- suspended -----------------------------------------------------------------------------------------------
of_kind freezer
as fill --count 40 --folder Work >/dev/null
server_signal() {
    # shellcheck disable=SC2046 # one word a process
    kill "-$1" $(ps -o pid= -s "$(cut -d' ' -f1 "$server/pid")")
}
freezer=/sys/fs/cgroup/freezer/mailmount-$$
state_is() { [ "$(cat "$freezer/freezer.state")" = "$1" ]; }
freeze() { echo "$1" >"$freezer/freezer.state"; }
thaw() {
    freeze THAWED 2>/dev/null
    # shellcheck disable=SC2046 # one word a process
    [ ! -d "$freezer" ] || { kill -9 $(cat "$freezer/cgroup.procs") 2>/dev/null; sleep 0.2; rmdir "$freezer"; }
}
if mkdir "$freezer" 2>/dev/null; then
    trap 'thaw; clean_up' EXIT
    say "  -- suspended while a reader waits"
    timeout=30
    check "mount" mounts
    check "sync" "$mailmount" sync "$mount"
    server_signal STOP
    remote=$(with_state remote "$mount/Work")
    cat "$remote" >"$work/read" 2>"$work/reader" &
    reading=$!
    reader_waits() { grep -qE 'fuse|request_wait' "/proc/$reading/wchan"; }
    eventually "a reader waits for a silent server" 20 reader_waits
    echo "$reading" >"$freezer/cgroup.procs"
    freeze FROZEN
    # The kernel lets a machine go to sleep when all stand still, and gives up after 20 s.
    eventually "it can be suspended meanwhile" 20 state_is FROZEN
    freeze THAWED
    server_signal CONT
    reader_ended() { ! kill -0 "$reading" 2>/dev/null; }
    eventually "it goes on" 60 reader_ended
    # The kernel takes going to sleep for an interrupt, so that the call has to end: the whole message, or EINTR, and nothing else.
    whole_or_interrupted() { cmp "$work/read" "$remote" || { [ ! -s "$work/read" ] && grep -q 'Interrupted system call' "$work/reader"; }; }
    check "and has the whole message, or is told that it was interrupted" whole_or_interrupted
    check "the next reader has it" cp "$remote" "$work/read"

    say "  -- the program stands still"
    program >"$freezer/cgroup.procs"
    freeze FROZEN
    eventually "it does" 20 state_is FROZEN
    rm -f "$work/listed"
    (ls -l "$mount/Work" >"$work/listing" && echo >"$work/listed") &
    cp "$remote" "$work/copy" &
    copying=$!
    freeze THAWED
    eventually "a listing goes on with it" 30 test -e "$work/listed"
    copied() { ! kill -0 "$copying" 2>/dev/null && cmp "$work/copy" "$remote"; }
    eventually "so does a reader" 60 copied
    eventually "online" 60 connection online
    check "unmount" "$mailmount" unmount "$mount"
    thaw
else
    say "      not tried here: the freezer (cgroup v1, root)"
fi

# --- two at once ----------------------------------------------------------------------------------------------
say "  -- six programs of one account start at once"
timeout=5
starts=()
for number in 1 2 3 4 5 6; do
    mkdir "$work/place-$number"
    (mount=$work/place-$number && mounts >"$work/start-$number" 2>&1) &
    starts+=($!)
done
started=0
for one in "${starts[@]}"; do wait "$one" && started=$((started + 1)); done
check "one of them mounts" test "$started" = 1
check "there is one mount" test "$(connection_of "$work/" | wc -l)" = 1
check "the others say why" test "$(cat "$work"/start-? | grep -c 'in use')" = 5
mount=$(mounts_below "$work" | head -n 1)
check "it is right" as agree "$mount"
check "unmount" "$mailmount" unmount "$mount"
stop_server
say "ends: $((passed + failed)) checks, $failed of them wrong"
finish
