# shellcheck shell=bash
# Three Dovecots without TLS for whoever gives each point an account of its own (u0, u1, ...); sourced after lib.sh.

servers=()
plain_server() {
    local name=$1 directory=$work/$1
    mkdir "$directory"
    (umask 077 && seq -f 'u%.0f:{PLAIN}wonderland' 0 5999 >"$directory/users")
    CAPABILITY=$2 "$root/Tests/dovecot.sh" start "$directory" || exit 1
    servers+=("--$name" "$(sed -n 's/^port=//p' "$directory/endpoint")")
}
# shellcheck disable=SC2317 # called by the trap
stop_plain_servers() {
    local directory
    for directory in "$work"/{full,nomove,minimal}; do
        [ ! -d "$directory" ] || "$root/Tests/dovecot.sh" kill "$directory" 2>/dev/null
    done
}

# Sets $servers: with everything, without MOVE, and with nothing but IMAP4rev1.
start_plain_servers() {
    trap 'stop_plain_servers; clean_up' EXIT
    plain_server full ''
    plain_server nomove 'IMAP4rev1 SASL-IR LITERAL+ ID ENABLE IDLE NAMESPACE UNSELECT CHILDREN UIDPLUS ESEARCH SPECIAL-USE CONDSTORE'
    plain_server minimal IMAP4rev1
}
