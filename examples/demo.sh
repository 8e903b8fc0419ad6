#!/bin/bash
# Try mailmount without an account: installs what is missing, builds, starts a private Dovecot with the
# mail of examples/ and mounts it.
#
#   examples/demo.sh [MOUNTPOINT]
#
# On a terminal you get a shell in the mounted mail; leave it to end the demonstration. Without a
# terminal a short tour is printed. Nothing is left behind.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$(dirname "$here")

say() { printf '%s\n' "$*"; }
fail() {
    printf 'demo.sh: %s\n' "$*" >&2
    exit 1
}

"$root/Tests/install.sh"
command -v swift >/dev/null || fail "swift is missing: https://www.swift.org/install"
[ -e /dev/fuse ] ||
    fail "this machine has no /dev/fuse, so nothing can be mounted (a container needs --device /dev/fuse)"
mailmount=${MAILMOUNT:-}
if [ -z "$mailmount" ]; then
    swift build --package-path "$root" -c release --product mailmount >&2
    mailmount=$root/.build/release/mailmount
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/mailmount-demo.XXXXXX")
chmod 711 "$work"
made=
mounted() { awk -v place="$mount" '$5 == place { found = 1 } END { exit !found }' /proc/self/mountinfo; }
# shellcheck disable=SC2317 # called by the trap
clean_up() {
    local status=$?
    trap '' HUP INT TERM
    cd /
    if mounted; then
        timeout 30 "$mailmount" unmount "$mount" || fusermount3 -u -z "$mount" || umount -l "$mount" || true
    fi
    "$here/demo-server.sh" stop "$work/imap" || true
    if mounted; then
        say "demo.sh: $mount is still mounted; $work stays" >&2
    else
        rm -rf --one-file-system "$work"
        [ -z "$made" ] || rmdir "$mount" || true
    fi
    exit "$status"
}
mount=$work/Mail
if [ $# -gt 0 ]; then
    mount=$(realpath -m "$1")
    [ -d "$mount" ] || made=1
fi
mkdir -p "$mount"
[ -z "$(ls -A "$mount")" ] || {
    rm -rf "$work"
    fail "$mount is not empty"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

server=$("$here/demo-server.sh" start "$work/imap")
url=$(sed -n 's/^url //p' <<<"$server")
ca=$(sed -n 's/^ca //p' <<<"$server")
password=$(sed -n 's/^password-file //p' <<<"$server")
"$mailmount" mount "$url" "$mount" --ca-file "$ca" --password-file "$password" --cache "$work/cache"

# show COMMAND: prints it and what it says, here in the mail.
show() {
    printf '\n$ %s\n' "$1"
    (cd "$mount" && PATH=$(dirname "$(readlink -f "$mailmount")"):$PATH timeout 60 bash -c "$1") || true
}

say "The mail of $url is mounted at $mount."
if [ -t 0 ] && [ -t 1 ]; then
    say "Try:   ls INBOX     grep -rl regatta .     cat INBOX/*Welcome*     getfattr -d INBOX/*Welcome*"
    say "       mkdir INBOX/Club     mv INBOX/*Einladung* INBOX/Club/     rm Junk/*     cp Drafts/*.eml Sent/"
    say "Leave the shell (exit) to end the demonstration."
    (cd "$mount" && "${SHELL:-/bin/bash}") || true
else
    show 'ls'
    show 'ls -l INBOX'
    show 'grep -rl "Pier 3" .'
    show 'head -n 20 INBOX/*Welcome*.eml'
    show 'getfattr -d INBOX/*Welcome*.eml'
    show 'mkdir INBOX/Club && mv INBOX/*Einladung* INBOX/*Réunion* INBOX/Club/ && ls INBOX/Club'
    show 'cp INBOX/*Welcome*.eml Archive/welcome.eml && setfattr -n user.imap.flags -v "+Flagged" Archive/welcome.eml'
    show 'getfattr -n user.imap.flags Archive/welcome.eml'
    show 'rm INBOX/*no-subject*.eml && mailmount undelete .'
    show 'mailmount sync . && mailmount status .'
fi
