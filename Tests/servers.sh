#!/bin/bash
# Mounts accounts of other IMAP servers, and of Dovecot with less than it can: what the mount shows is what another client sees,
# what others do shows up, a server that goes away and comes back is borne; and (cases change-...) every row of what a call does
# on the server, with calls that wait and calls that do not. Long; not part of run.sh.
#
# What is known to be different on a server is printed as `differs`, not as FAIL; at the end a table says how much of each
# row held on each server.
#
#   servers.sh DIRECTORY [CASE...]     cases by the beginning of their names; all without any
#   servers.sh --list
#
# DIRECTORY has a script NAME.sh for each server (dovecot, cyrus, courier, mailutils, pymap, twisted) with
#   NAME.sh start STATE PORT TLSPORT | stop STATE | kill STATE      users alice/wonderland, CA in STATE/tls/ca.pem
# and load.py, which fills a folder: load.py --port N --folder NAME --count N [--no-keywords] [--raw8bit 0] [--method append].
# Switches of these scripts (CAPS, MAIL_DRIVER, ...) are set here through the environment.
#
# Environment: MAILMOUNT (the program), BASEPORT (22100), COUNT (200 messages), MODES ("default sync"), KEEP=1.
# shellcheck disable=SC2317 # functions here are called by check and eventually
# shellcheck source=Acceptance/lib.sh
. "$(dirname "$(readlink -f "$0")")/Acceptance/lib.sh"
# shellcheck source=Acceptance/effects.sh
. "$acceptance/effects.sh"

# NAME|SERVER|SWITCHES|KIND|OPTIONS OF MOUNT; kind: all, or a shorter run.
cases="
dovecot|dovecot|RAWLOG=1|all|
dovecot-minimal|dovecot|CAPS=minimal RAWLOG=1|all|
dovecot-noqresync|dovecot|CAPS=noqresync RAWLOG=1|all|
dovecot-nocondstore|dovecot|CAPS=nocondstore RAWLOG=1|all|
dovecot-nouidplus|dovecot|CAPS=nouidplus RAWLOG=1|all|
dovecot-maildir|dovecot|MAIL_DRIVER=maildir SEP=. PREFIX=INBOX. RAWLOG=1|all|
dovecot-quota|dovecot|QUOTA=10M|quota|
dovecot-noplain|dovecot|NOPLAIN=1 AUTH_MECHS=plain|starttls|
dovecot-auth-plain|dovecot|AUTH_MECHS=plain|login|
dovecot-auth-login|dovecot|AUTH_MECHS=login|login|
dovecot-auth-scram|dovecot|AUTH_MECHS=scram-sha-256|login|
dovecot-auth-xoauth2|dovecot|AUTH_MECHS=xoauth2|token|
dovecot-auth-oauthbearer|dovecot|AUTH_MECHS=oauthbearer|token|
dovecot-expired|dovecot|TLS_EXPIRED=1|untrusted|
dovecot-wrongname|dovecot|TLS_SAN=DNS:wrong.example|untrusted|
dovecot-userip1|dovecot|MAX_USERIP=1|few|
dovecot-userip2|dovecot|MAX_USERIP=2|few|
dovecot-one|dovecot|RAWLOG=1|all|--connections 1
dovecot-minimal-one|dovecot|CAPS=minimal RAWLOG=1|all|--connections 1
dovecot-compress|dovecot||all|--compress
dovecot-readonly|dovecot|RAWLOG=1|readonly|--read-only
dovecot-patterns|dovecot||patterns|--folder INBOX --folder Entw* --folder Work --folder Work/* --exclude Work/Deep
cyrus|cyrus||all|
cyrus-internal|cyrus|CYRUS_NS=internal|all|
courier|courier||all|
courier-noidle|courier|COURIER_IDLE=0|all|
mailutils|mailutils||all|
mailutils-mbox|mailutils|MU_TYPE=mbox|all|
pymap|pymap||all|
pymap-fs|pymap|PYMAP_LAYOUT=fs|all|
twisted|twisted||all|
twisted-upper|twisted|TWISTED_UPPER=1|all|
change-dovecot|dovecot|RAWLOG=1|change|
change-minimal|dovecot|CAPS=minimal RAWLOG=1|change|
change-nouidplus|dovecot|CAPS=nouidplus RAWLOG=1|change|
change-noqresync|dovecot|CAPS=noqresync RAWLOG=1|change|
change-cyrus|cyrus||change|
change-courier|courier||change|
change-mailutils|mailutils||change|
change-pymap|pymap||change|
change-twisted|twisted||change|
"
if [ "${1:-}" = --list ]; then
    awk -F'|' 'NF { print $1 }' <<<"$cases"
    exit 0
fi
scripts=$(readlink -f "${1:?usage: servers.sh DIRECTORY [CASE...]}")
shift
count=${COUNT:-200}
tlsport=${BASEPORT:-22100}

# --- what a call does on the server -----------------------------------------------------------------
# What a server does not have, for effects.sh; and what is known to be different there, as regular expressions of the checks' texts.
lacking_of() {
    case $1 in
    change-minimal | change-nouidplus) echo move uidplus ;;
    change-cyrus) echo odd-names ;;
    change-courier) echo move drafts trash ;;
    change-mailutils) echo move uidplus keywords drafts trash dates append-flags ;;
    change-pymap) echo keywords drafts trash crlf copy ;;
    change-twisted) echo move uidplus drafts trash odd-names ;;
    esac
}
known_of() {
    case $1 in
    change-mailutils)
        # It writes flags down when the session that set them leaves the folder: another client sees them only then.
        echo 'marked|without the flag|on the server too|and only there|then it is deleted there|not the old one|and nothing where it came from|does not show it'
        ;;
    esac
}

known='' row='' differing=0
fail() {
    if [ -n "$known" ] && [[ $* =~ $known ]]; then
        differing=$((differing + 1))
        count_in differs
        say "differs  $*"
        return
    fi
    failed=$((failed + 1))
    count_in failed
    say "FAIL  $*"
}
pass() {
    passed=$((passed + 1))
    count_in held
    say "ok    $*"
}
# count_in WHAT: for the table.
count_in() { [ -z "$row" ] || printf '%s\t%s\t%s\n' "$case" "$row" "$1" >>"$base/counted"; }
table() {
    [ -s "$base/counted" ] || return 0
    awk -F'\t' '
        { count[$1, $2, $3]++; if (!(($1) in seen)) { seen[$1]; cases[++n] = $1 } if (!(($2) in rows)) { rows[$2]; order[++m] = $2 } }
        END {
            printf "| row |"; for (i = 1; i <= n; i++) printf " %s |", substr(cases[i], 8); printf "\n|---|"
            for (i = 1; i <= n; i++) printf "---|"; printf "\n"
            for (j = 1; j <= m; j++) {
                printf "| %s |", order[j]
                for (i = 1; i <= n; i++) {
                    held = count[cases[i], order[j], "held"] + 0; other = count[cases[i], order[j], "differs"] + 0
                    bad = count[cases[i], order[j], "failed"] + 0
                    cell = held + other + bad == 0 ? "-" : held
                    if (other) cell = cell ", " other " differ"
                    if (bad) cell = cell ", " bad " FAIL"
                    printf " %s |", cell
                }
                printf "\n"
            }
        }' "$base/counted"
}

mount_account() {
    local options=("$@")
    [[ " $* " == *" --expunge-after "* ]] || options+=(--expunge-after 1h)
    [ "$mode" = default ] || options+=(--sync-changes)
    # Hundreds are deleted at once.
    mount_mail --log trace --delete-limit off "${options[@]}"
}

changing_case() {
    local each
    known=$(known_of "$case")
    server_under_test --mount mount_account --lacking "$(lacking_of "$case")" --transcript "$work/offline/state/mailmount.log" \
        --patience "${PATIENCE:-30}"
    [ ! -d "$server/rawlog/alice" ] || server_under_test --transcript "$server/rawlog/alice"
    for each in ${MODES:-default sync}; do
        in_mode "$each"
        row=mount
        check "mount ($mode)" mount_account
        eventually "online" 60 connection online
        for row in folders "${effects[@]}"; do check_effect "$row"; done
        row=unmount
        answers 0 '' "unmount" "$mailmount" unmount "$mount"
        is_not_mounted || fusermount3 -u -z "$mount"
        row=policies
        check_deletion_policies
        is_not_mounted || fusermount3 -u -z "$mount"
    done
    row=wire
    check "the wire: nothing that is promised never to be sent" changes_check
    row='' known=''
}
changes_check() {
    local options=()
    lacks move || options+=(--move)
    python3 "$acceptance/changes.py" check "$transcript" "${options[@]}"
}

end_case() {
    abort_mounts
    [ -z "${current:-}" ] || "$scripts/$current.sh" kill "$server" >/dev/null 2>&1
    current=
}

up() { limited 120 env "${switches[@]}" "$scripts/$current.sh" start "$server" "$port" "$tlsport" >"$work/start.out" 2>&1; }

load() {
    limited 300 python3 "$scripts/load.py" --port "$port" --folder "$1" --count "$2" --max-size 500000 --quiet \
        "${loading[@]}" >"$work/load.out" 2>&1 || { cat "$work/load.out"; return 1; }
}

# Some servers give UIDs to mail only when a folder is selected for writing.
settle() {
    other client folders | while IFS= read -r folder; do
        other client -- flag "$folder" 1 '-Settled' >/dev/null 2>&1
    done
}

seen() {
    other client folders | while IFS= read -r folder; do
        printf '%s ' "$folder"
        other client search "$folder" SEEN 2>/dev/null || printf '\n'
    done
}

# The commands of the trace, whichever connection sent them.
wire_check() {
    mkdir -p "$work/wire"
    sed -n 's/.*\[IMAPClient\] C: //p' "$work/offline/state/mailmount.log" | grep -v ' COMPRESS DEFLATE$' >"$work/wire/trace.in"
    if [ -d "$server/rawlog" ] && ! python3 "$acceptance/wire.py" "$server/rawlog/alice" --no-changes; then return 1; fi
    python3 "$acceptance/wire.py" "$work/wire" --no-changes --read-only
}

refused_quickly() {
    local start=$EPOCHREALTIME output status
    output=$(MAILMOUNT_PASSWORD=wrong timeout 30 "$mailmount" check "$url" --ca-file "$ca" 2>&1)
    status=$?
    say "      $output (exit $status, $(since "$start") s)"
    [ "$status" = 1 ] && [[ $output == *refused* ]]
}

offers() {
    MAILMOUNT_PASSWORD=wonderland timeout 30 "$mailmount" check "$url" --ca-file "$ca" >"$work/check.out" 2>&1 &&
        grep -q 'logged in' "$work/check.out"
}

read_all() { timeout 120 grep -r -c -m 1 . "$mount" >/dev/null; }
listed() { [ "$(timeout 30 find "$mount" -name '*.eml' | wc -l)" -ge "$1" ]; }

compared() {
    other compare "$mount" "$@" >"$work/compared" 2>&1
    local status=$?
    grep -v '^ok' "$work/compared"
    return $status
}

# What others do: news.py prints a line for each.
news() {
    local line
    while IFS= read -r line; do
        case $line in
        'ok '*) passed=$((passed + 1)) ;;
        FAIL*) failed=$((failed + 1)) ;;
        news.py*) fail "$line" ;;
        *passed,*) continue ;;
        esac
        say "$line"
    done < <(timeout --kill-after=5 600 python3 "$acceptance/news.py" --host localhost --port "$tlsport" --tls --ca "$ca" \
        "$mount" INBOX "$second" --target "$target" --folders "$below" --mount-command "$mailmount" "${telling[@]}" 2>&1)
}

# effects.sh writes folders as the mount shows them, and the server's separator between.
separator_of_names() {
    case $case in
    change-courier) server_under_test --separator . --below INBOX/ ;;
    *) server_under_test --separator / --below '' ;;
    esac
}

# The server dies and comes back.
outage() {
    local cached remote start total
    remote=$(with_state remote "$mount/$unread")
    cached=$(with_state cached "$mount/INBOX")
    total=$(find "$mount" -name '*.eml' | wc -l)
    cp "$cached" "$work/cached.eml"
    "$scripts/$current.sh" kill "$server"
    start=$EPOCHREALTIME
    check "killed: a body not read before is EHOSTUNREACH" test "$(errno_of "$remote")" = EHOSTUNREACH
    say "      answered after $(since "$start") s"
    eventually "killed: status says offline" 30 connection offline
    start=$EPOCHREALTIME
    check "offline: EHOSTUNREACH" test "$(errno_of "$remote")" = EHOSTUNREACH
    say "      answered after $(since "$start") s"
    check "offline: a body that was read" cmp "$work/cached.eml" "$cached"
    check "offline: the listing" listed "$total"
    check "restarted" up
    eventually "restarted: online by itself" 90 connection online
    # Twisted's store is in memory: its mail went with it.
    [ "$current" = twisted ] || eventually "restarted: that body" 60 test_ok "$remote"
}
test_ok() { [ "$(errno_of "$1")" = OK ]; }

run_case() {
    local name=$1 kind=$4 options tokens output status start
    current=$2 case=$1
    read -ra switches <<<"$3"
    read -ra options <<<"$5"
    say "--- $name"
    work=$base/$name
    server=$work/imap mount=$work/Mail
    mkdir -m 711 "$work"
    mkdir "$server" "$mount"
    mkdir -m 700 "$work/offline"
    port=$((tlsport + 1))
    tlsport=$((port + 1))
    ca=$server/tls/ca.pem url=imaps://alice@localhost:$tlsport
    below='' separator=/ loading=() telling=()
    case $name in
    dovecot-maildir | courier* | cyrus-internal) below=INBOX/ separator=. ;;
    esac
    target=${below}Work second=${below}Work/Deep unread=${below}Unread
    case $name in
    mailutils-mbox) second=Later ;; # an mbox file cannot have folders below it
    twisted-upper) target=WORK second=WORK/DEEP unread=UNREAD ;;
    esac
    case $current in
    cyrus) loading=(--raw8bit 0) ;;
    mailutils)
        loading=(--no-keywords --raw8bit 0 --method append)
        # It writes flags down when the session ends.
        telling=(--reconnect)
        ;;
    pymap) loading=(--no-keywords --method append) ;;
    twisted) loading=(--method append) ;;
    esac
    # Some logins cannot be had without TLS or a token; such servers are filled with all of them allowed.
    local wanted=("${switches[@]}")
    case $kind in starttls | login | token | untrusted | few) switches=() ;; esac
    up || { cat "$work/start.out"; fail "$name: start"; return; }
    if [ "$kind" = change ]; then
        separator_of_names
        changing_case
        return
    fi
    load INBOX "$count" && load "${below//\//$separator}Work" 7 && load "${second//\//$separator}" 5 &&
        load "${below//\//$separator}Entw&APw-rfe" 3 && load "${below//\//$separator}Unread" 4 || fail "$name: load"
    if [ "${wanted[*]}" != "${switches[*]}" ]; then
        "$scripts/$current.sh" stop "$server"
        switches=("${wanted[@]}")
        up || { cat "$work/start.out"; fail "$name: start"; return; }
    fi

    rm -rf "$server/rawlog/alice"/* # what filled the account is not to be looked at
    options+=(--log trace)
    case $kind in
    untrusted)
        output=$(MAILMOUNT_PASSWORD=wonderland timeout 30 "$mailmount" mount "$url" "$mount" --ca-file "$ca" --cache "$work/offline" 2>&1)
        status=$?
        say "      $output"
        check "$name: refused with exit 1" test "$status" = 1
        return
        ;;
    token)
        say "      offers: $(mail_offers)"
        check "$name: mount" mount_token "${options[@]}"
        check "$name: every message can be read" read_all
        check "$name: all are there" listed $((count + 19))
        return
        ;;
    login)
        # The other client logs in with LOGIN, which is PLAIN to the server: it compares when all are allowed again.
        check "$name: mount" mount_mail "${options[@]}"
        check "$name: every message can be read" read_all
        say "      with$(grep -o ' AUTHENTICATE [^ ]*\| C: [^ ]* LOGIN' "$work/mount.out" | sort -u | tr '\n' ' ')"
        check "$name: a wrong password is refused" refused_quickly
        "$scripts/$current.sh" stop "$server"
        switches=()
        check "$name: restarted" up
        check "$name: the mount is what the server has" compared
        check "$name: unmount" "$mailmount" unmount "$mount"
        return
        ;;
    starttls)
        url=imap://alice@localhost:$port
        ;;
    esac
    [ "$current" != mailutils ] || settle
    case $kind in
    few) ;;
    *)
        check "$name: check" offers
        check "$name: a wrong password is refused" refused_quickly
        seen >"$work/seen.before"
        ;;
    esac
    start=$EPOCHREALTIME
    check "$name: mount" mount_mail "${options[@]}"
    say "      mounted after $(since "$start") s"
    case $kind in
    few)
        eventually "$name: all are listed" 60 listed $((count + 19))
        check "$name: every message can be read" read_all
        check "$name: sync" "$mailmount" sync "$mount"
        return
        ;;
    patterns)
        check "$name: only what was asked for" test "$(cd "$mount" && find . -type d | sort | tr '\n' ' ')" = ". ./Entwürfe ./INBOX ./Work "
        return
        ;;
    readonly) check "$name: the mount is what the server has" compared --read-only ;;
    *)
        folders=()
        while IFS= read -r folder; do
            case $folder in *Unread | UNREAD) ;; *) folders+=(--folder "$folder") ;; esac
        done < <(other client folders)
        check "$name: the mount is what the server has" compared "${folders[@]}"
        tail -n 1 "$work/compared" | sed 's/^/      /'
        ;;
    esac
    seen >"$work/seen.after"
    check "$name: nothing became \\Seen" diff "$work/seen.before" "$work/seen.after"
    [ "$kind" != quota ] || check "$name: df shows the quota" test "$(df --output=size -k "$mount" | tail -n 1 | tr -d ' ')" = 10240
    if [ "$kind" = all ]; then
        news
        outage
    fi
    check "$name: the wire" wire_check
    check "$name: unmount" "$mailmount" unmount "$mount"
}

mount_token() {
    timeout --kill-after=5 60 "$mailmount" mount "$url" "$mount" --ca-file "$ca" --cache "$work/offline" \
        --token-command "cat $server/oauth/alice.jwt" "$@" </dev/null >"$work/mount.out" 2>&1
}
mail_offers() { timeout 20 openssl s_client -quiet -connect "localhost:$tlsport" -CAfile "$ca" </dev/null 2>/dev/null | head -n 1; }

begin
base=$work
trap 'end_case; work=$base; clean_up' EXIT
while IFS='|' read -r name program set kind options; do
    [ -n "$name" ] || continue
    chosen=$#
    for wanted in "$@"; do [[ $name != "$wanted"* ]] || chosen=0; done
    [ "$chosen" = 0 ] || continue
    run_case "$name" "$program" "$set" "$kind" "$options"
    end_case
done <<<"$cases"
work=$base
table
[ "$differing" = 0 ] || say "$differing differ as is known"
finish
