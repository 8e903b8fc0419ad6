# shellcheck shell=bash
# Timing, the table's rows and the slow line; sourced by bench.sh.

note() { printf '%s %s\n' "$(date +%T)" "$*" >&2; }

# The run ends; what was measured before is shown.
stop() {
    printf 'bench.sh: %s\n' "$*" >&2
    [ ! -s "${results:-}" ] || tell_results
    exit 1
}

tell_results() {
    say "$about"
    python3 "$here/Bench/table.py" --samples "$samples" --results "$results" --about "$about" $markdown \
        ${json:+--json "$json"}
}

# What the table was measured on, in one line.
know_the_machine() {
    about="$(date -u +%F), $(nproc) cores, loopback, TLS, $(dovecot --version | cut -d' ' -f1 | sed 's/^/Dovecot /'), \
$(findmnt -no FSTYPE -T "$work"), kernel $(uname -r); $count messages read, $listed listed, slow line $rtt ms"
    [ -w /proc/sys/vm/drop_caches ] || note "not root: what is called cold may be in the kernel's cache, for all alike"
}

# sample SERIES VALUE
sample() { printf '%s\t%s\n' "$1" "$2" >>"$samples"; }

# result ROW WORK BESIDE UNIT KIND REACH SERIES PEER: see table.py.
result() {
    local IFS=$'\t'
    printf '%s\n' "$*" >>"$results"
}

# elapsed START: seconds since then, with four decimals.
elapsed() {
    local micro=$((${EPOCHREALTIME//[.,]/} - ${1//[.,]/}))
    printf '%d.%04d\n' $((micro / 1000000)) $((micro % 1000000 / 100))
}

# timed SERIES COMMAND...: one measurement; its output is in $work/output, and it has to succeed.
timed() {
    local series=$1 start=$EPOCHREALTIME
    shift
    "$@" >"$work/output" 2>"$work/errors" ||
        stop "$*: status $? $(tail -n 3 "$work/errors" "$work/output" 2>/dev/null)"
    sample "$series" "$(elapsed "$start")"
}

# quietly COMMAND...: has to succeed, too, and nobody measures it.
quietly() { "$@" >"$work/output" 2>&1 || stop "$*: status $? $(tail -n 3 "$work/output")"; }

# lines NUMBER: what was timed printed so many.
lines() {
    local found
    found=$(wc -l <"$work/output")
    [ "$found" = "$1" ] || stop "$found lines came out where $1 are right"
}

# The same for all: what was written is on the disk, and nothing is in the kernel's cache.
cold() {
    sync
    echo 3 2>/dev/null >/proc/sys/vm/drop_caches || true
}

# aside PATH...: out of the way, and removed when all is measured: ext4 without a journal makes files slowly for some minutes
# after many were deleted (it passes over the inodes of those), and who comes next would pay for it.
aside() {
    local path
    mkdir -p "$aside"
    for path; do
        [ ! -e "$path" ] || mv "$path" "$(mktemp -d "$aside/XXXXXX")/" || stop "$path cannot be moved"
    done
}

# A digest of the counts that grep -c printed, whatever the files are called.
counts() { sed 's/.*://' "$work/output" | sort -n | md5sum | cut -c1-12; }

# --- the program ---------------------------------------------------------------------------------

# mount_on CACHE PORT OPTION...: mounts the account over TLS with this cache.
mount_on() {
    local cache=$1 port=$2
    shift 2
    mount_url "$cache" "imaps://alice@localhost:$port" "$@"
}

# To a file: a pipe would stay open with the daemon.
mount_url() {
    local cache=$1 url=$2
    shift 2
    MAILMOUNT_PASSWORD=wonderland timeout --kill-after=5 120 "$mailmount" mount "$url" "$mount" --ca-file "$ca" \
        --cache "$cache" --cache-size 40G "$@" </dev/null >"$work/mount.out" 2>&1 || stop "mount: $(cat "$work/mount.out")"
    mounted_cache=$cache
}

unmount_mail() { timeout 60 "$mailmount" unmount "$mount" >"$work/output" 2>&1 || stop "unmount: $(cat "$work/output")"; }
sync_mail() { timeout 300 "$mailmount" sync "$mount" "$@"; }
daemon() { cat "$mounted_cache/state/lock"; }

# --- other clients -------------------------------------------------------------------------------

# client COMMAND...: client.py over TLS.
client() { client_on "$tlsport" "$@"; }
# client_on PORT COMMAND...
client_on() {
    local port=$1
    shift
    timeout --kill-after=5 600 python3 "$here/Bench/client.py" --host localhost --port "$port" --tls --ca "$ca" "$@"
}

# pull FOLDER PORT [None]: mbsync to a Maildir below $maildir, over TLS or without; without fsync, which is quicker.
pull() {
    local folder=$1
    mkdir -p "$maildir"
    cat >"$work/mbsyncrc" <<CONF
FSync no

IMAPStore far
Host localhost
Port $2
User alice
Pass wonderland
SSLType ${3:-IMAPS}
SystemCertificates no
CertificateFile $ca

MaildirStore near
Path $maildir/
Inbox $maildir/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns $folder
Sync Pull
Create Near
Expunge Near
SyncState *
CONF
    timeout --kill-after=5 900 mbsync -q -c "$work/mbsyncrc" all
}

# --- the slow line -------------------------------------------------------------------------------

# open_line PORT RTT [LOG]: a line to this port; sets $through and $control. One at a time.
open_line() {
    close_line
    background "$bench" line --to "$1" --rtt "$2" ${3:+--log "$3"} || stop "no line: $(cat "$said")"
    read -r through control <<<"$line"
    line_pid=$pid
}

close_line() {
    [ -z "${line_pid:-}" ] || kill "$line_pid" 2>/dev/null
    line_pid="" through=""
}

# counted WHAT: up, down, connections, turns or trips of the line so far.
counted() {
    local answer word
    exec 9<>"/dev/tcp/127.0.0.1/$control" && IFS= read -r -u 9 answer
    exec 9>&-
    for word in $answer; do
        [ "${word%%=*}" != "$1" ] || printf '%s\n' "${word#*=}"
    done
}

# What counts and delays is tried first: so many commands one after another are so many round trips, and all at once are one.
try_the_line() {
    local before between after one all
    open_line "$tlsport" "$rtt"
    before=$(counted trips)
    quietly client_on "$through" ping 1
    between=$(counted trips)
    quietly client_on "$through" ping 20
    read -r one all <"$work/output"
    after=$(counted trips)
    # Logging in and out is in both.
    [ $((after - between - (between - before))) = 19 ] ||
        stop "19 commands more were $((after - between - (between - before))) round trips more"
    awk -v one="$one" -v all="$all" -v rtt="$rtt" 'BEGIN {
        exit !(one >= 20 * rtt / 1000 && all >= rtt / 1000 && all < 3 * rtt / 1000 + 0.05) }' ||
        stop "20 commands took $one s one after another and $all s at once, at $rtt ms"
    note "the line: 20 commands take $one s one after another, $all s at once"
    close_line
}
