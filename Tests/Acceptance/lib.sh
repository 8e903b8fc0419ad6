# shellcheck shell=bash
# What the acceptance scripts share; sourced by each of them.
#
#   begin                        a work directory, and cleaning up on every way out
#   start_server                 Dovecot in $server; sets $port, $tlsport, $ca, $url
#   check TEXT COMMAND...        one check; the command's output is shown where it fails
#   check_fails TEXT COMMAND...  the command has to fail
#   eventually TEXT SECONDS COMMAND...  asks again until it holds; the time it took is printed
#   answers STATUS PATTERN TEXT COMMAND...  one check: the exit status is STATUS, and what it says fits
#   background COMMAND...        starts it; its first line is in $line, its pid in $pid
#   finish                       prints `N passed, N failed`
#
# Environment: MAILMOUNT (the program), LONG=1 (more mail), KEEP=1 (leave the work directory).
set -uo pipefail
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 PATH=$PATH:/usr/sbin:/sbin

acceptance=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(dirname "$(dirname "$acceptance")")
mailmount=${MAILMOUNT:-$root/.build/release/mailmount}
passed=0 failed=0
# Every process that a script starts, daemons included, has this in its environment.
export MAILMOUNT_ACCEPTANCE=${MAILMOUNT_ACCEPTANCE:-$$-$RANDOM$RANDOM}
# shellcheck source=processes.sh
. "$acceptance/processes.sh"

say() { printf '%s\n' "$*"; }

pass() {
    passed=$((passed + 1))
    say "ok    $*"
}

fail() {
    failed=$((failed + 1))
    say "FAIL  $*"
}

# The commands run with this deadline: nothing may hang the run.
check() {
    local text=$1 output
    shift
    if output=$(limited 120 "$@" 2>&1); then
        pass "$text"
    else
        fail "$text"
        printf '%s\n' "$output" | tail -n 20 | sed 's/^/      /'
    fi
}

check_fails() {
    local text=$1
    shift
    if limited 120 "$@" >/dev/null 2>&1; then fail "$text"; else pass "$text"; fi
}

# As grep -q, to the end of what it reads: whoever writes into a pipe that is closed is ended by SIGPIPE, and then `pipefail` says that nothing was
# found.
match() { grep "$@" >/dev/null; }

# Where PATTERN is empty, anything may be said. $work/said has the words.
answers() {
    local wanted=$1 pattern=$2 text=$3 status=0
    shift 3
    timeout --kill-after=5 60 "$@" </dev/null >"$work/said" 2>&1 || status=$?
    if [ "$status" = "$wanted" ] && { [ -z "$pattern" ] || grep -qE -e "$pattern" "$work/said"; }; then
        pass "$text"
        return
    fi
    fail "$text (status $status where $wanted is right, or the words are not: $pattern)"
    tail -n 20 "$work/said" | sed 's/^/      /'
    return 1
}

# The programs that the scripts need beside them all say something when they are ready.
background() {
    local output
    output=$(mktemp "$work/background.XXXXXX")
    "$@" </dev/null >"$output" 2>&1 &
    pid=$!
    until line=$(head -n 1 "$output") && [ -n "$line" ]; do
        kill -0 "$pid" 2>/dev/null || return 1
        sleep 0.02
    done
    # shellcheck disable=SC2034 # read by the scripts
    said=$output
}

# limited SECONDS COMMAND...: programs get a deadline, shell functions do without.
limited() {
    local seconds=$1
    shift
    if [ "$(type -t "$1")" = function ]; then "$@"; else timeout --kill-after=5 "$seconds" "$@"; fi
}

eventually() {
    local text=$1 seconds=$2 start=$EPOCHREALTIME end
    shift 2
    end=$((SECONDS + seconds))
    until limited 20 "$@" >/dev/null 2>&1; do
        if [ $SECONDS -ge $end ]; then
            fail "$text (waited $seconds s)"
            limited 20 "$@" 2>&1 | tail -n 20 | sed 's/^/      /'
            return 1
        fi
        sleep 0.05
    done
    pass "$text (after $(since "$start") s)"
}

# since START: seconds from then ($EPOCHREALTIME) to now, with two decimals.
since() {
    local micro=$((${EPOCHREALTIME//[.,]/} - ${1//[.,]/}))
    printf '%d.%02d\n' $((micro / 1000000)) $((micro % 1000000 / 10000))
}

begin() {
    [ -x "$mailmount" ] || {
        say "no program at $mailmount (swift build -c release --product mailmount)" >&2
        exit 1
    }
    [ -e /dev/fuse ] || {
        say "this machine has no /dev/fuse: nothing can be mounted" >&2
        exit 1
    }
    work=$(mktemp -d "${TMPDIR:-/tmp}/mm.XXXXXX")
    chmod 711 "$work"
    server=$work/imap
    mount=$work/Mail
    mkdir "$server" "$mount"
    export XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state
    unset MAILMOUNT_PASSWORD
    trap clean_up EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# connection_of DIRECTORY: numbers of the FUSE connections mounted there or below.
connection_of() {
    awk -v place="$1" 'index($5, place) == 1 && / - fuse/ { split($3, device, ":"); print device[2] }' \
        /proc/self/mountinfo
}

mounts_below() { awk -v place="$1/" 'index($5, place) == 1 { print $5 }' /proc/self/mountinfo | sort -r; }

# Aborting the connection ends every call that waits in it; then nothing can hang.
abort_mounts() {
    local number place
    [ -e /sys/fs/fuse/connections ] && [ -z "$(ls /sys/fs/fuse/connections)" ] &&
        mount -t fusectl fusectl /sys/fs/fuse/connections 2>/dev/null
    for number in $(connection_of "$work/"); do
        echo 1 2>/dev/null >"/sys/fs/fuse/connections/$number/abort"
    done
    while IFS= read -r place; do
        fusermount3 -u -z "$place" 2>/dev/null || umount -l "$place" 2>/dev/null
    done < <(mounts_below "$work")
}

clean_up() {
    local status=$?
    trap '' HUP INT TERM
    abort_mounts
    "$root/Tests/dovecot.sh" kill "$server" 2>/dev/null
    end_processes "$MAILMOUNT_ACCEPTANCE"
    if [ -n "${KEEP:-}" ]; then
        say "left: $work" >&2
    elif [ -z "$(mounts_below "$work")" ]; then
        rm -rf --one-file-system "$work"
    fi
    exit "$status"
}

start_server() {
    "$root/Tests/dovecot.sh" start "$server" || exit 1
    # shellcheck disable=SC2034 # read by the scripts
    port=$(sed -n 's/^port=//p' "$server/endpoint")
    tlsport=$(sed -n 's/^tlsport=//p' "$server/endpoint")
    ca=$(sed -n 's/^ca=//p' "$server/endpoint")
    # shellcheck disable=SC2034 # read by the scripts
    url=imaps://alice@localhost:$tlsport
}

# Two ports that nobody has.
free_ports() {
    python3 -c 'import socket; held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]; print(*(one.getsockname()[1] for one in held))'
}

stop_server() { "$root/Tests/dovecot.sh" stop "$server"; }

# The other client; see client.py, fill.py and compare.py.
other() {
    local program=$1
    shift
    timeout --kill-after=5 300 python3 "$acceptance/$program.py" \
        --host localhost --port "$tlsport" --tls --ca "$ca" --user alice --password wonderland "$@"
}

# mount_mail [OPTION...]: mounts $url at $mount.
mount_mail() {
    local status
    # To a file: a pipe would stay open with the daemon.
    MAILMOUNT_PASSWORD=wonderland timeout --kill-after=5 120 \
        "$mailmount" mount "$url" "$mount" --ca-file "$ca" --cache "$work/offline" "$@" \
        </dev/null >"$work/mount.out" 2>&1
    status=$?
    cat "$work/mount.out"
    return $status
}

is_mounted() { [ -n "$(connection_of "$mount")" ]; }
is_not_mounted() { ! is_mounted; }

# program [WORDS]: pids of the detached programs, those with these words in their command line.
program() {
    local one
    for one in $(processes_of "$MAILMOUNT_ACCEPTANCE"); do
        { tr '\0' ' ' <"/proc/$one/cmdline"; } 2>/dev/null | grep -F -- '--ready-descriptor' |
            grep -qF -e "${1:-mount}" && printf '%s\n' "$one"
    done
}

no_program() { [ -z "$(program)" ]; }

# connection WORD: status says so.
connection() {
    timeout 20 "$mailmount" status "$mount" --json |
        python3 -c 'import json, sys; sys.exit(json.load(sys.stdin)["connection"] != sys.argv[1])' "$1"
}

# errno_of FILE: reads it; prints OK or the name of the error.
errno_of() {
    timeout --kill-after=5 60 python3 - "$1" <<'PYTHON'
import errno, os, sys

try:
    with open(sys.argv[1], "rb") as file:
        file.read()
    print("OK")
except OSError as error:
    print(errno.errorcode.get(error.errno, error.errno))
PYTHON
}

# with_state STATE DIRECTORY: prints the first message there whose user.mailmount.state is that.
with_state() {
    timeout --kill-after=5 60 python3 - "$1" "$2" <<'PYTHON'
import os, sys

for name in sorted(os.listdir(sys.argv[2])):
    path = os.path.join(sys.argv[2], name)
    if name.endswith(".eml") and os.getxattr(path, "user.mailmount.state").decode() == sys.argv[1]:
        print(path)
        sys.exit(0)
sys.exit(1)
PYTHON
}

finish() {
    say "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
    exit
}
