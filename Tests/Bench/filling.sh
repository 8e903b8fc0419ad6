# shellcheck shell=bash
# The folders of the benchmarks; each is filled when the first row needs it. Sourced by bench.sh.

# has FOLDER COUNT: it is filled already (with --data).
has() { [ -e "$server/filled.$1.$2" ]; }
filled() { : >"$server/filled.$1.$2"; }

# mail_like FOLDER COUNT OPTION...: options of many.py.
mail_like() {
    local folder=$1 wanted=$2
    shift 2
    ! has "$folder" "$wanted" || return 0
    note "filling $folder: $wanted messages"
    quietly client empty "$folder"
    timeout --kill-after=5 600 python3 "$here/Bench/many.py" --port "$port" --folder "$folder" --count "$wanted" \
        "$@" >"$work/filled" || stop "$folder was not filled"
    # The server builds its own index at the first FETCH: that is nobody's to win.
    quietly client fetch list "$folder" "$wanted"
    filled "$folder" "$wanted"
}

# Mail as real mailboxes hold it, 26 KB on average.
need_reading() { mail_like Reading "$count" --seed 2; }
need_slow() { mail_like Slow "$slow" --seed 3; }
# Small messages.
need_listing() { mail_like Listing "$listed"; }

# A mount that knows all that is listed; nothing is cached of the texts.
need_listing_cache() {
    need_listing
    [ ! -e "$work/listing" ] || return 0
    mount_on "$work/listing" "$tlsport" --folder Listing
    quietly sync_mail
    unmount_mail
}

# Mount that has every text of Reading in its cache, and the same files on the disk.
need_reading_cache() {
    need_reading
    [ ! -e "$work/plain" ] || return 0
    mount_on "$work/reading" "$tlsport" --folder Reading
    quietly grep -rc Subject "$mount/Reading"
    quietly cp -r "$mount/Reading" "$work/plain"
    quietly diff -rq "$mount/Reading" "$work/plain"
    unmount_mail
}
