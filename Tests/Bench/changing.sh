# shellcheck shell=bash
# Changes: P7, P8; sourced by bench.sh.

# One rename each, in sequence.
move_all() {
    python3 - "$mount/Moving" "$mount/Target" <<'PYTHON'
import os, sys

names = os.listdir(sys.argv[1])
for name in names:
    os.rename(os.path.join(sys.argv[1], name), os.path.join(sys.argv[2], name))
print(len(names))
PYTHON
    sync_mail >/dev/null
}

copy_all() {
    cp "$work"/new/*.eml "$mount/Target/" && sync_mail
}

row_P7() {
    local run wanted found octets
    rm -rf "$work/new"
    quietly python3 "$here/Bench/many.py" --directory "$work/new" --first 1000000 --count "$moved"
    for run in $(seq "$runs"); do
        quietly client empty Moving Target
        quietly timeout 300 python3 "$here/Bench/many.py" --port "$port" --folder Moving --count "$moved" --first 2000000
        wanted=$(client status Moving) || stop "the server does not tell what it has"
        open_line "$tlsport" "$rtt"
        aside "$work/moving"
        mount_on "$work/moving" "$through" --folder Moving --folder Target
        quietly sync_mail
        quietly ls "$mount/Moving" "$mount/Target"
        timed P7.move move_all
        [ "$(cat "$work/output")" = "$moved" ] || stop "$(cat "$work/output") messages were there to move"
        found=$(client status Target)
        [ "$found" = "$wanted" ] || stop "the server has $found in Target where $wanted is right"
        read -r _ octets _ <<<"$found"
        octets=$((octets + $(cat "$work"/new/*.eml | wc -c)))
        timed P7.copy copy_all
        found=$(client status Target)
        [[ $found == "$((2 * moved)) $octets "* ]] ||
            stop "the server has $found in Target where $((2 * moved)) messages and $octets octets are right"
        unmount_mail
        close_line
    done
    awk -v n="$moved" -v rtt="$rtt" 'BEGIN { printf "P7.trips\t%.3f\n", n * rtt / 1000 }' >>"$samples"
    result P7 "mv of $moved messages one by one at $rtt ms, until the server has them" "a round trip each" s value 2 P7.move \
        P7.trips
    result P7 "cp in of $moved new ones likewise" "a round trip each" s value 3 P7.copy P7.trips
}

row_P8() {
    local folder pushed shown
    quietly client empty Elsewhere
    mount_on "$work/news" "$tlsport" --folder INBOX --folder Elsewhere
    quietly sync_mail
    for folder in INBOX Elsewhere; do
        quietly timeout 300 python3 "$here/Bench/news.py" --port "$tlsport" --tls --ca "$ca" --folder "$folder" \
            --directory "$mount/$folder" --count $((runs * 4))
        while read -r pushed shown; do
            sample "P8.$folder.push" "$(awk -v s="$pushed" 'BEGIN { print s * 1000 }')"
            sample "P8.$folder" "$(awk -v s="$shown" 'BEGIN { print s * 1000 }')"
        done <"$work/output"
    done
    result P8 "another client's APPEND to INBOX until ls shows it" "until the server pushes it to IDLE" ms plus 50 P8.INBOX \
        P8.INBOX.push
    result P8 "  to another folder" "the same" ms plus 50 P8.Elsewhere P8.Elsewhere.push
}
