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
    rm -rf "$work/cold"
    cold
    start=$EPOCHREALTIME
    mount_on "$work/cold" "$3" --folder "$2"
    timed "$1.grep" grep -rc Subject "$mount/$2"
    sample "$1.own" "$(elapsed "$start")"
}

# pull_all SERIES FOLDER PORT: the same by mbsync and grep.
pull_all() {
    local start
    rm -rf "$work/maildir/$2"
    cold
    start=$EPOCHREALTIME
    timed "$1.pull" pull "$2" "$3"
    timed "$1.pulled" grep -rc Subject "$work/maildir/$2/cur" "$work/maildir/$2/new"
    sample "$1.mbsync" "$(elapsed "$start")"
}

# beside_mbsync SERIES FOLDER COUNT PORT
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
    done
    rm -rf "$work/cold" "$work/maildir/$2"
}

row_P3() {
    need_reading
    beside_mbsync P3 Reading "$count" "$tlsport"
    timed P3.fetch client fetch bodies Reading "$count"
    result P3 "cold: mount, list and grep -r $count messages" "mbsync pull, then grep" s ratio 0.25 P3.own P3.mbsync
    result P3 "  of it grep -r" "one FETCH of all by imaplib" s ratio "" P3.grep P3.fetch
}

row_P4() {
    need_slow
    open_line "$tlsport" "$rtt"
    beside_mbsync P4 Slow "$slow" "$through"
    timed P4.fetch client_on "$through" fetch bodies Slow "$slow"
    close_line
    result P4 "the same, $slow messages at $rtt ms" "mbsync pull, then grep" s ratio 0.2 P4.own P4.mbsync
    result P4 "  of it grep -r" "one FETCH of all by imaplib" s ratio "" P4.grep P4.fetch
}
