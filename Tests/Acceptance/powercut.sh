#!/bin/bash
# The power goes after `mv` from one account's mount to another's: each letter is on one of the two servers afterwards. States lie on a file
# system of their own in a loop device; what its file has when the programs are killed is what a disk would have. Needs root, for that.
# shellcheck disable=SC2317 # functions here are called by check and eventually
if [ "$(id -u)" = 0 ] && [ -z "${OWN_MOUNTS:-}" ]; then
    OWN_MOUNTS=1 exec unshare --mount --propagation private bash "$0" "$@"
fi
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin
disk=$work/disk
made() { truncate -s 96M "$1" && mkfs.ext4 -q -F "$1"; }
if ! mkdir "$disk" || ! made "$work/image"; then
    fail "a file system in a file"
    finish
fi
if [ "$(id -u)" != 0 ] || ! mount -o loop "$work/image" "$disk"; then
    say "skipped: no loop device can be mounted here"
    say "1 passed, 0 failed"
    exit 0
fi
export NOFSYNC=1
start_server
as() {
    local user=$1 password=wonderland program=$2
    shift 2
    [ "$user" = alice ] || password=builder
    timeout --kill-after=5 300 python3 "$acceptance/$program.py" \
        --host localhost --port "$tlsport" --tls --ca "$ca" --user "$user" --password "$password" "$@"
}
# Bob's wire can be cut.
wire() { background python3 "$acceptance/relay.py" --to "$port" --rate 10000000 --port "${bobport:-0}" && wire=$pid bobport=$line; }
wire || fail "bob's wire"
# mounted USER STATES: at $work/USER.
mounted() {
    local user=$1 states=$2 password=wonderland where="imaps://alice@localhost:$tlsport"
    shift 2
    [ "$user" = alice ] || { password=builder where="imap://bob@127.0.0.1:$bobport --tls none"; }
    # shellcheck disable=SC2086 # the URL and its option
    MAILMOUNT_PASSWORD=$password timeout --kill-after=5 120 "$mailmount" mount $where "$work/$user" --ca-file "$ca" \
        --cache "$work/cache-$user" --state "$states/$user" --expunge-after 0s "$@" </dev/null >"$work/mount.out" 2>&1 && return 0
    cat "$work/mount.out"
    return 1
}
status_is() { "$mailmount" status "$work/$1" --json | python3 -c "import json, sys; status = json.load(sys.stdin); sys.exit(not ($2))"; }
letters() { as "$1" client -- search INBOX UNDELETED HEADER Message-ID "power." | wc -w; }
ids() { as "$1" client flags INBOX >/dev/null && as "$1" client search INBOX UNDELETED HEADER Message-ID power. | tr ' ' '\n' | grep . | while read -r uid; do as "$1" client show INBOX "$uid" | tr -d '\r' | sed -n 's/^Message-ID: //p'; done | sort; }
mkdir "$work/alice" "$work/bob"
count=12
# round NAME WORDS...: WORDS bring the letters from $work/alice/INBOX to $work/bob/INBOX.
round() {
    local name=$1 number
    shift
    for number in $(seq 1 $count); do
        printf 'From: a@example.org\nSubject: power %s %d\nDate: Sat, 12 Oct 2024 06:32:00 +0000\nMessage-ID: <%s.%d.power.@x>\n\n%s\n' \
            "$name" "$number" "$name" "$number" "$(head -c 3000 /dev/urandom | base64)" >"$work/letter"
        as alice client deliver INBOX "$work/letter" >/dev/null
    done
    check "$name: alice is mounted" mounted alice "$disk"
    check "$name: bob is mounted" mounted bob "$disk"
    [ "$name" != fast ] || go_fast
    check "$name: alice's letters are here" "$mailmount" sync "$work/alice" --bodies
    sync -f "$disk"
    kill -9 "$wire"
    eventually "$name: bob is offline" 30 status_is bob 'status["connection"] != "online"'
    check "$name: $*" "$@"
    no_letters() { [ "$(letters alice)" = 0 ]; }
    eventually "$name: alice's server has none of them" 30 no_letters
    # No program writes anything from here on, and the disk has what it has.
    kill -9 $(program "$work/alice") $(program "$work/bob")
    cp --sparse=always "$work/image" "$work/cut"
    for number in alice bob; do umount -l "$work/$number"; done
    umount "$disk"
    mv "$work/cut" "$work/image"
    check "$name: the disk is there again" mount -o loop "$work/image" "$disk"
    rm -rf "$work/cache-alice" "$work/cache-bob"
    wire || fail "$name: bob's wire"
    check "$name: alice is mounted again" mounted alice "$disk"
    check "$name: bob is mounted again" mounted bob "$disk"
    check "$name: alice is in step" "$mailmount" sync "$work/alice"
    "$mailmount" sync "$work/bob" >/dev/null
    # What was not seen whole is sent when somebody says so.
    "$mailmount" retry "$work/bob" >/dev/null
    check "$name: bob is in step" "$mailmount" sync "$work/bob"
    there=$({ ids alice; ids bob; } | sort -u | grep -c "^<$name\.")
    check "$name: each letter is on one of the servers ($there of $count)" test "$there" = $count
    for number in alice bob; do check "$name: $number is unmounted" "$mailmount" unmount "$work/$number"; done
}
moved() { mv "$work"/alice/INBOX/*power*.eml "$work/bob/INBOX/"; }
# Under a temporary name first.
synced() { rsync -a --remove-source-files "$work"/alice/INBOX/*power*.eml "$work/bob/INBOX/"; }
# Where nobody tells of a close, and the programs are killed before one is noticed.
go_fast() {
    as bob fill --count 300 >/dev/null
    check "fast: bob's sizes are proven" "$mailmount" sync "$work/bob" --bodies
    cat "$work"/bob/INBOX/*.eml >/dev/null
    check "fast: no open is asked for" status_is bob 'status["mode"] == "fast"'
}
round exact moved
round rsync synced
round fast moved
finish
