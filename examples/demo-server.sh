#!/bin/bash
# A private Dovecot on loopback with the messages of examples/mail, for the user alice.
#
#   examples/demo-server.sh start DIR    prints three lines: `url ...`, `ca ...`, `password-file ...`
#   examples/demo-server.sh stop DIR     stops it; what is in DIR stays
#
# Started again in the same DIR it goes on with the mail that is there.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
tests=$here/../Tests
[ $# = 2 ] || {
    echo "usage: demo-server.sh start DIR | stop DIR" >&2
    exit 64
}
command=$1
mkdir -p "$2"
dir=$(readlink -f "$2")

case $command in
start)
    new=
    [ -e "$dir/loaded" ] || new=1
    if [ -n "$new" ]; then
        password=$(openssl rand -hex 12)
        (
            umask 077
            printf '%s\n' "$password" >"$dir/password"
            printf 'alice:{PLAIN}%s\n' "$password" >"$dir/users"
        )
    fi
    "$tests/dovecot.sh" start "$dir"
    tlsport=$(sed -n 's/^tlsport=//p' "$dir/endpoint")
    ca=$(sed -n 's/^ca=//p' "$dir/endpoint")
    if [ -n "$new" ]; then
        if ! PYTHONDONTWRITEBYTECODE=1 python3 "$tests/Acceptance/fill.py" --port "$tlsport" --tls --ca "$ca" \
            --password-file "$dir/password" --examples "$here/mail" >"$dir/loading" 2>&1; then
            cat "$dir/loading" >&2
            "$tests/dovecot.sh" kill "$dir"
            exit 1
        fi
        mv "$dir/loading" "$dir/loaded"
    fi
    printf 'url imaps://alice@localhost:%s\nca %s\npassword-file %s\n' "$tlsport" "$ca" "$dir/password"
    ;;
stop) "$tests/dovecot.sh" stop "$dir" ;;
*)
    echo "usage: demo-server.sh start DIR | stop DIR" >&2
    exit 64
    ;;
esac
