# shellcheck shell=bash
# Texts: P1, P3, P4, P9, P11, P12; sourced by bench.sh.

row_P1() {
    local run own
    need_reading_cache
    mount_on "$work/reading" "$tlsport" --folder Reading
    # Warm: each has been read once.
    quietly grep -rc Subject "$mount/Reading"
    quietly grep -rc Subject "$work/plain"
    for run in $(seq "$runs"); do
        timed P1.own grep -rc Subject "$mount/Reading"
        lines "$count"
        own=$(counts)
        timed P1.disk grep -rc Subject "$work/plain"
        [ "$(counts)" = "$own" ] || stop "grep finds something else on the disk"
    done
    result P1 "warm grep -r over $count cached messages" "the same files on the disk" s ratio 1.2 P1.own P1.disk
}

# read_all SERIES FOLDER PORT: from nothing to everything read, by the mount.
read_all() {
    local start
    aside "$work/cold"
    cold
    start=$EPOCHREALTIME
    mount_on "$work/cold" "$3" --folder "$2"
    timed "$1.grep" grep -rc Subject "$mount/$2"
    sample "$1.own" "$(elapsed "$start")"
}

# pull_all SERIES FOLDER PORT: the same by mbsync and grep.
pull_all() {
    local start
    aside "$maildir/$2"
    cold
    start=$EPOCHREALTIME
    timed "$1.pull" pull "$2" "$3"
    timed "$1.pulled" grep -rc Subject "$maildir/$2/cur" "$maildir/$2/new"
    sample "$1.mbsync" "$(elapsed "$start")"
}

# beside_mbsync SERIES FOLDER COUNT PORT: and beside one FETCH of everything.
beside_mbsync() {
    local run own
    for run in $(seq "$long_runs"); do
        read_all "$1" "$2" "$4"
        lines "$3"
        own=$(counts)
        unmount_mail
        pull_all "$1" "$2" "$4"
        lines "$3"
        [ "$(counts)" = "$own" ] || stop "grep finds something else in what mbsync has pulled"
        cold
        timed "$1.fetch" client_on "$4" fetch bodies "$2" "$3"
    done
    aside "$work/cold" "$maildir/$2"
}

row_P3() {
    need_reading
    beside_mbsync P3 Reading "$count" "$tlsport"
    result P3 "cold: mount, list and grep -r $count messages" "mbsync pull, then grep" s ratio 0.25 P3.own P3.mbsync
    result P3 "  of it grep -r" "one FETCH of all by imaplib" s ratio "" P3.grep P3.fetch
}

row_P4() {
    need_slow
    open_line "$tlsport" "$rtt"
    beside_mbsync P4 Slow "$slow" "$through"
    close_line
    result P4 "the same, $slow messages at $rtt ms" "mbsync pull, then grep" s ratio 0.2 P4.own P4.mbsync
    result P4 "  of it grep -r" "one FETCH of all by imaplib" s ratio "" P4.grep P4.fetch
}

# open_one SERIES: reads a file of Single that nobody has read, and samples it in round trips. From the end to the front,
# far from one to the next: nobody reads ahead there.
open_one() {
    local file
    single=$((single - 17))
    file=$(sed -n "${single}p" "$work/singles")
    [ "$(getfattr --absolute-names --only-values -n user.mailmount.state "$mount/Single/$file")" = remote ] || stop "$file is there already"
    timed "$1.seconds" cat "$mount/Single/$file"
    [ "$(wc -c <"$work/output")" -ge 8000 ] || stop "$file is too short"
    awk -v rtt="$rtt" -v series="$1" 'END { print series "\t" $2 * 1000 / rtt }' "$samples" >"$work/trips"
    cat "$work/trips" >>"$samples"
}

need_singles() {
    ! has Single 600 || return 0
    python3 - "$work/single" <<'PYTHON'
import sys

line = b"An even line of text, that is neither short nor long, and ends here.\r\n"
with open(sys.argv[1], "wb") as file:
    file.write(b"From: Noah <noah@example.com>\r\nSubject: single\r\nDate: Fri, 17 May 2024 12:00:00 +0000\r\n\r\n")
    file.write(line * 117)
PYTHON
    quietly client empty Single
    quietly other fill --folder Single --copies "$work/single" --count 600
    filled Single 600
}

# during SERIES COMMAND...: opens messages while the command reads all of Reading.
during() {
    local series=$1 run reader before
    shift
    aside "$work/prefetch"
    mount_on "$work/prefetch" "$through" --folder Reading --folder Single
    quietly sync_mail
    ls "$mount/Single" >"$work/singles"
    quietly ls "$mount/Reading"
    single=600
    for run in $(seq "$runs"); do open_one "$series.idle"; done
    background timeout 600 bash -c 'echo begun; exec "$@" >/dev/null' - "$@"
    reader=$pid
    for run in $(seq $((runs * 2))); do
        # In the middle of it: some has come since the last one.
        before=$(counted down)
        until [ "$(counted down)" -gt $((before + 1000000)) ]; do
            kill -0 "$reader" 2>/dev/null || break
            sleep 0.02
        done
        open_one "$series"
        kill -0 "$reader" 2>/dev/null || stop "all was read before the message was; take a larger --count"
    done
    kill "$reader"
    wait "$reader" 2>/dev/null
    unmount_mail
    aside "$work/prefetch"
}

row_P9() {
    need_reading
    need_singles
    open_line "$tlsport" "$rtt"
    during P9.grep grep -rc Subject "$mount/Reading"
    during P9.sync "$mailmount" sync "$mount" Reading --bodies
    close_line
    result P9 "a message of 8 KB opened during a grep -r of $count, $rtt ms" "on an idle connection" "round trips" \
        value 2 P9.grep P9.grep.idle
    result P9 "  during a sync --bodies" "on an idle connection" "round trips" value 2 P9.sync P9.sync.idle
}

# octets_of SERIES COMMAND...: what passes the line meanwhile, in both directions, in units of $unit octets.
octets_of() {
    local series=$1 before
    shift
    before=$(($(counted up) + $(counted down)))
    quietly "$@"
    awk -v n="$(($(counted up) + $(counted down) - before))" -v unit="$unit" -v series="$series" \
        'BEGIN { printf "%s\t%.3f\n", series, n / unit }' >>"$samples"
}

row_P11() {
    local kind options before
    need_reading
    quietly client folders 20
    for kind in plain deflated; do
        options=()
        [ $kind = plain ] || options=(--compress)
        open_line "$tlsport" 0
        aside "$work/wire"
        mount_on "$work/wire" "$through" --folder Reading "${options[@]}"
        unit=1000000 octets_of "P11.$kind" grep -rc Subject "$mount/Reading"
        lines "$count"
        unmount_mail
        aside "$work/wire"
        mount_on "$work/wire" "$through" --folder 'Quiet*' "${options[@]}"
        quietly sync_mail
        for _ in 1 2 3; do unit=$((20 * 1000)) octets_of "P11.$kind.again" sync_mail; done
        unmount_mail
        close_line
    done
    aside "$work/wire"
    result P11 "octets on the wire to grep -r $count messages, --compress" "without" MB ratio "" P11.deflated P11.plain
    result P11 "octets of a resync with nothing new, per folder" "with --compress" KB value 2 P11.plain.again \
        P11.deflated.again
}

# rate SERIES OCTETS: the last sample in MB/s.
rate() {
    awk -v octets="$2" -v series="$1" 'END { printf "%s\t%.1f\n", series, octets / 1000000 / $2 }' "$samples" >"$work/rate"
    cat "$work/rate" >>"$samples"
}

# parsed SERIES ITEMS FOLDER COUNT: the rate at which imaplib gets these items, and at which we read what came.
parsed() {
    local octets seconds
    client record "$2" "$3" "$work/recorded" || stop "nothing was recorded"
    octets=$(stat -c %s "$work/recorded")
    for _ in $(seq "$runs"); do
        timed "$1.fetch" client fetch "$2" "$3" "$4"
        rate "$1.wire" "$octets"
    done
    quietly "$bench" parse --count "$4" "$work/recorded"
    sed 's/[a-z]*=//g' "$work/output" | while read -r octets seconds _; do
        sample "$1.seconds" "$seconds"
        rate "$1" "$octets"
    done
    rm -f "$work/recorded"
}

row_P12() {
    need_reading
    need_listing
    parsed P12.bodies bodies Reading "$count"
    parsed P12.headers list Listing "$listed"
    result P12 "parsing $count messages and their headers, one core" "imaplib FETCH of them over TLS" MB/s times 3 \
        P12.bodies P12.bodies.wire
    result P12 "parsing the answers of a listing, one core" "imaplib FETCH of them over TLS" MB/s times 3 \
        P12.headers P12.headers.wire
}
