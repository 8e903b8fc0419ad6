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

row_P2() {
    local run work_of place
    need_listing_cache
    mount_on "$work/listing" "$tlsport" --folder Listing
    copy_of_listing
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
        rm -rf "$work/first"
        start=$EPOCHREALTIME
        mount_on "$work/first" "$tlsport" --folder Listing
        quietly ls -U "$mount/Listing"
        sample P5.own "$(elapsed "$start")"
        lines "$listed"
        unmount_mail
        timed P5.fetch client fetch list Listing "$listed"
    done
    rm -rf "$work/first"
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
    quietly ls -U "$mount/Listing"
    lines "$listed"
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
        trips_of_start
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
