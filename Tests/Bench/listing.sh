# shellcheck shell=bash
# Folders of many messages: P2, P5, P6, P10; sourced by bench.sh.

# The same names and sizes on the disk.
copy_of_listing() {
    [ ! -e "$work/copy" ] || return 0
    quietly timeout 300 python3 - "$mount/Listing" "$work/copy" <<'PYTHON'
import os, sys

os.mkdir(sys.argv[2])
for entry in os.scandir(sys.argv[1]):
    with open(os.path.join(sys.argv[2], entry.name), "xb") as file:
        file.write(bytes(entry.stat().st_size))
PYTHON
}

# Some messages are read, as in every account that is in use: then the mount is in fast mode.
read_some() {
    local end=$((SECONDS + 30)) mode=""
    until [ "$mode" = fast ]; do
        [ $SECONDS -lt $end ] || stop "the mount does not become fast"
        quietly bash -c 'cd "$1" && ls -U | head -n 300 | xargs cat' - "$mount/Listing"
        mode=$("$mailmount" status "$mount" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["mode"])')
    done
}

row_P2() {
    local run work_of place
    need_listing_cache
    mount_on "$work/listing" "$tlsport" --folder Listing
    copy_of_listing
    read_some
    for run in warm $(seq "$runs"); do
        for place in own disk; do
            local directory=$mount/Listing suffix=$place
            [ "$place" = own ] || directory=$work/copy
            # The first of each warms.
            [ "$run" != warm ] || suffix=warm
            timed "P2.find.$suffix" find "$directory"
            lines $((listed + 1))
            timed "P2.names.$suffix" ls -U "$directory"
            lines "$listed"
            timed "P2.long.$suffix" ls -l "$directory"
            lines $((listed + 1))
            awk '{ sum += $5 } END { print sum }' "$work/output" >"$work/octets.$place"
            timed "P2.du.$suffix" du -s "$directory"
        done
        cmp -s "$work/octets.own" "$work/octets.disk" || stop "the sizes differ"
    done
    result P2 "warm find of $listed messages" "the same names on the disk" s ratio 1 P2.find.own P2.find.disk
    result P2 "warm ls -U" "the same" s ratio 1 P2.names.own P2.names.disk
    result P2 "warm ls -l" "the same" s ratio 2 P2.long.own P2.long.disk
    result P2 "warm du" "the same" s ratio 2 P2.du.own P2.du.disk
}

row_P5() {
    local run start
    need_listing
    for run in $(seq "$runs"); do
        aside "$work/first"
        start=$EPOCHREALTIME
        mount_on "$work/first" "$tlsport" --folder Listing
        quietly ls -U "$mount/Listing"
        sample P5.own "$(elapsed "$start")"
        lines "$listed"
        unmount_mail
        timed P5.fetch client fetch list Listing "$listed"
    done
    aside "$work/first"
    result P5 "mount and first ls of $listed messages never seen" "imaplib FETCH of the same items" s ratio 1.3 P5.own \
        P5.fetch
}

# mount, ls from the cache: everything a new start takes.
start_again() {
    mount_on "$work/listing" "$tlsport" --folder Listing
    ls -U "$mount/Listing"
}

# trips_of_start: mounts over the line without TLS, where commands can be seen, brings up to date and sets $trips, the round
# trips from the first command of the folder to the end, $all_trips with connecting and logging in, and $synced, the seconds.
trips_of_start() {
    local start first before
    before=$(counted trips)
    : >"$work/line.log"
    start=$EPOCHREALTIME
    mount_url "$work/resynced" "imap://alice@localhost:$through" --tls none --folder Listing
    quietly sync_mail
    synced=$(elapsed "$start")
    all_trips=$(counted trips)
    quietly ls "$mount/Listing"
    lines "$listed"
    mv "$work/output" "$work/names"
    first=$(awk '/ (SELECT|EXAMINE|STATUS) .*Listing/ { print $2; exit }' "$work/line.log")
    [ -n "$first" ] || stop "the line saw no command for the folder"
    trips=$((all_trips - first + 1)) all_trips=$((all_trips - before))
    unmount_mail
}

row_P6() {
    local run
    need_listing_cache
    note "mbsync pulls $listed messages, once"
    quietly pull Listing "$tlsport"
    for run in $(seq "$runs"); do
        timed P6.own start_again
        lines "$listed"
        unmount_mail
        timed P6.mbsync pull Listing "$tlsport"
    done
    open_line "$port" "$rtt" "$work/line.log"
    trips_of_start
    for run in $(seq "$runs"); do
        trips_of_start
        sample P6.trips.nothing "$trips"
        quietly client change Listing
        mv "$work/names" "$work/names.before"
        trips_of_start
        # 30 messages went and 30 came.
        [ "$(comm -3 "$work/names.before" "$work/names" | wc -l)" = 60 ] || stop "the resync did not bring what was changed"
        sample P6.trips "$trips"
        sample P6.trips.start "$all_trips"
        sample P6.sync "$synced"
        timed P6.mbsync.changed pull Listing "$through" None
    done
    close_line
    result P6 "start, mount and ls of $listed messages from the cache" "mbsync with nothing to do" s ratio 0.3 P6.own \
        P6.mbsync
    result P6 "resync with 100 changes, from the folder's first command" "with no changes" "round trips" value 3 P6.trips \
        P6.trips.nothing
    result P6 "  start, login and that resync at $rtt ms" "mbsync with 100 changes" s ratio "" P6.sync P6.mbsync.changed
    result P6 "  all its round trips, connecting and login too" "" "round trips" value "" P6.trips.start ""
}

# resident SERIES: the daemon's memory in MB, when it has stopped changing.
resident() {
    local last=-1 now
    for _ in $(seq 40); do
        now=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$(daemon)/status")
        if [ $((now - last)) -lt 500 ] && [ $((last - now)) -lt 500 ]; then break; fi
        last=$now
        sleep 0.5
    done
    awk -v kb="$now" -v series="$1" 'BEGIN { printf "%s\t%.1f\n", series, kb / 1000 }' >>"$samples"
}

# remembered SERIES COUNT FOLDER: listed for the first time, with and without what the kernel asks to keep.
remembered() {
    quietly ls -l "$mount/$3"
    lines $(($2 + 1))
    resident "$1"
    cold
    resident "$1.idle"
}

# The largest folder is in a server of its own that stores many messages in one file.
need_huge() {
    (
        server=$1
        NOFSYNC=1 EXTRA_CONF='mail_location = mdbox:~/mdbox' start_server
        [ -e "$server/filled" ] && exit 0
        note "filling Huge: $huge messages"
        quietly timeout 900 python3 "$here/Bench/many.py" --port "$port" --folder Huge --count "$huge" --largest 1500
        : >"$server/filled"
    ) || exit 1
}

row_P10() {
    local again=$work/huge
    need_listing
    aside "$work/memory"
    mount_on "$work/memory" "$tlsport" --folder Listing
    remembered P10.listed "$listed" Listing
    unmount_mail
    result P10 "memory with $listed messages listed, first time" "" MB value 60 P10.listed ""
    result P10 "  then idle after drop_caches" "" MB value 60 P10.listed.idle ""
    [ -n "$million" ] || return 0
    [ -z "$data" ] || again=$data/huge
    mkdir -p "$again"
    need_huge "$again"
    mount_url "$work/memory.huge" "imaps://alice@localhost:$(sed -n 's/^tlsport=//p' "$again/endpoint")" --folder Huge \
        --ca-file "$again/tls/ca.pem"
    timed P10.first ls -U "$mount/Huge"
    lines "$huge"
    remembered P10.huge "$huge" Huge
    unmount_mail
    "$here/dovecot.sh" stop "$again"
    aside "$work/memory" "$work/memory.huge"
    result P10 "memory with $huge messages listed, first time" "" MB value 300 P10.huge ""
    result P10 "  then idle after drop_caches" "" MB value 300 P10.huge.idle ""
}
