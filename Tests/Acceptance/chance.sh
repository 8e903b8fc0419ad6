#!/bin/bash
# Random programs of changes through a real mount: nothing lost, nothing twice, nothing back, and the mount is what the server has.
# VARIANT chooses how it is mounted and what befalls it, SEED the first seed, COUNT how many programs, ONLY some steps (3,7-9);
# SERVER what the server can and how it keeps mail (full, minimal, nouidplus, nomove, noqresync, nocondstore, maildir); BUDGET seconds.
# A finding says how to play it again. TORTURE=1: 40 programs; LONG=1: a thousand, and on each of the other servers one
# of each variant, another seed each day.
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=counting.sh
. "$acceptance/counting.sh"
begin
export NOFSYNC=1 RAWLOG=1
kinds=(minimal nouidplus nomove noqresync nocondstore maildir)

# start_kind KIND: a server of its own, with an account for each program.
start_kind() {
    local all='IMAP4rev1 LITERAL+ SASL-IR ID ENABLE IDLE NAMESPACE UIDPLUS LIST-EXTENDED CONDSTORE QRESYNC ESEARCH MOVE SPECIAL-USE'
    all+=' UNSELECT CHILDREN LIST-STATUS BINARY NOTIFY'
    # What is given in CAPABILITY and EXTRA_CONF themselves is for `full` alone.
    [ "$1" = full ] || export CAPABILITY='' EXTRA_CONF=''
    case $1 in
    full) ;;
    minimal) CAPABILITY=IMAP4rev1 ;;
    nouidplus) CAPABILITY=${all/ UIDPLUS/} ;;
    nomove) CAPABILITY=${all/ MOVE/} ;;
    noqresync) CAPABILITY=${all/ QRESYNC/} ;;
    nocondstore) CAPABILITY=${all/ CONDSTORE QRESYNC/} ;;
    maildir) EXTRA_CONF='mail_location = maildir:~/Maildir' ;;
    *)
        say "no server is called $1: full ${kinds[*]}" >&2
        exit 64
        ;;
    esac
    # Short names: paths of sockets are below.
    rm -rf --one-file-system "$server" "$work/p"
    mkdir "$server" "$work/p"
    (umask 077 && seq -f 'u%.0f:{PLAIN}wonderland' 0 1100 >"$server/users")
    start_server
    chance=("$acceptance/chance.py" --program "$mailmount" --work "$work/p" --port "$port" --server "$server" --kind "$1")
}

kind=${SERVER:-full}
start_kind "$kind"
options=()
if [ -n "${LONG:-}" ]; then
    options+=(--count "${COUNT:-1000}")
else
    if [ -n "${TORTURE:-}" ]; then
        options+=(--count "${COUNT:-40}" --budget "${BUDGET:-600}")
    else
        options+=(--count "${COUNT:-16}" --budget "${BUDGET:-75}")
    fi
    # What does not come again is printed as `once`, for somebody to look at.
    [ -n "${SEED:-}${ONLY:-}" ] || options+=(--again 2)
fi
[ -z "${SEED:-}" ] || options+=(--seed "$SEED")
[ -z "${VARIANT:-}" ] || options+=(--variant "$VARIANT")
[ -z "${ONLY:-}" ] || options+=(--only "$ONLY")
[ -z "${WORKERS:-}" ] || options+=(--workers "$WORKERS")
[ -z "${SHRINK:-}" ] || options+=(--shrink)
[ -z "${KNOWN:-}" ] || options+=(--known)
[ -z "${TRACE:-}" ] || options+=(--trace)
[ -n "${SEED:-}${VARIANT:-}" ] || count_checks_of 600 "${chance[@]}" --self-test
count_checks_of 7000 "${chance[@]}" "${options[@]}"
if [ -n "${LONG:-}" ] && [ -z "${SERVER:-}${SEED:-}${VARIANT:-}${COUNT:-}" ]; then
    for kind in "${kinds[@]}"; do
        stop_server
        start_kind "$kind"
        count_checks_of 1800 "${chance[@]}" --seed $((EPOCHSECONDS / 86400)) --again 2 ${WORKERS:+--workers "$WORKERS"}
    done
fi
finish
