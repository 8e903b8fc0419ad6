#!/bin/bash
# A private Dovecot 2.3 on loopback, everything it has in one directory.
#
#   dovecot.sh start DIR [PORT TLSPORT]   start; returns when the greeting has come
#   dovecot.sh stop DIR                   stop in order; the mail stays, start goes on with it
#   dovecot.sh kill DIR                   SIGKILL everything at once
#   dovecot.sh status DIR                 exit 0 where it runs
#
# DIR/endpoint has `host=`, `port=` (STARTTLS offered), `tlsport=`, `ca=`; a later start in DIR
# takes the same ports again. Users are in DIR/users, `name:{PLAIN}password` a line (made with
# alice/wonderland and bob/builder where it is missing). Protocol transcripts are in DIR/rawlog/USER.
#
# Switches, read from the environment by start:
#   CAPABILITY    what the server claims, instead of all that it can
#   RAWLOG=1      write transcripts
#   NOFSYNC=1     never fsync (quicker filling)
#   IDLE_NOTIFY   longest pause between two news of IDLE's mailbox (default "2 mins")
#   SEPARATOR     hierarchy separator (default /)
#   NOPLAIN=1     no login without TLS, on loopback neither
#   MAIL_UID      owner of the mail where root starts it (default 5000)
#   START_TIMEOUT seconds to wait for the greeting (default 30)
#   EXTRA_CONF    text appended to the configuration
set -euo pipefail
export LC_ALL=C.UTF-8 PATH=$PATH:/usr/sbin:/sbin

fail() {
    printf 'dovecot.sh: %s\n' "$*" >&2
    exit 1
}
usage() {
    printf 'usage: %s start DIR [PORT TLSPORT] | stop DIR | kill DIR | status DIR\n' "$0" >&2
    exit 64
}

# When process $1 started, in ticks since the machine's start, and which start that was.
birth() {
    local fields
    fields=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    fields=${fields##*) }
    # shellcheck disable=SC2086 # split; field 22 of proc(5) is the 20th after the name
    set -- $fields
    printf '%s %s\n' "${20}" "$(cat /proc/sys/kernel/random/boot_id)"
}

# The pid in DIR/pid, but never one that meanwhile belongs to somebody else.
server_pid() {
    local pid start boot now
    read -r pid start boot 2>/dev/null <"$dir/pid" || return 1
    if now=$(birth "$pid"); then
        [ "$now" = "$start $boot" ] || return 1
    else
        [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] || return 1
    fi
    printf '%s\n' "$pid"
}

# The server is the leader of a session of its own: every process of it has that session id.
server_processes() {
    local pid=$1 stat fields
    for stat in /proc/[0-9]*/stat; do
        { IFS= read -r fields <"$stat"; } 2>/dev/null || continue
        fields=${fields##*) }
        # shellcheck disable=SC2086 # split into state, ppid, pgrp, session
        set -- $fields
        if [ "$1" = Z ] || [ "$4" != "$pid" ]; then continue; fi
        stat=${stat%/stat}
        printf '%s\n' "${stat#/proc/}"
    done
}

running() {
    local pid
    pid=$(server_pid) && kill -0 "$pid" 2>/dev/null
}

# until_true SECONDS COMMAND...
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

gone() { [ -z "$(server_processes "$1")" ]; }

signal_all() {
    local pid
    for pid in $(server_processes "$2"); do
        kill "-$1" "$pid" 2>/dev/null || true
    done
}

stop() {
    local pid
    if ! pid=$(server_pid); then
        rm -f "$dir/pid"
        return 0
    fi
    if [ "$1" = TERM ]; then
        kill -TERM "$pid" 2>/dev/null || true
        until_true 5 gone "$pid" || signal_all TERM "$pid"
        until_true 2 gone "$pid" || true
    fi
    signal_all KILL "$pid"
    until_true 10 gone "$pid" || fail "processes of session $pid stay"
    rm -f "$dir/pid"
}

certificate() {
    local tls=$dir/tls
    [ ! -e "$tls/server.pem" ] || return 0
    mkdir -p "$tls"
    (
        umask 077
        cd "$tls"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
            -subj "/CN=mailmount test authority $$" -keyout ca.key -out ca.pem \
            -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
            -subj /CN=localhost -keyout server.key -out server.csr
        printf '%s\n' 'subjectAltName = DNS:localhost, IP:127.0.0.1' 'basicConstraints = CA:FALSE' \
            'extendedKeyUsage = serverAuth' >extensions
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -set_serial "0x$(openssl rand -hex 8)" \
            -days 3000 -extfile extensions -out server.pem
        rm -f server.csr extensions
        chmod 644 ca.pem server.pem
    ) 2>"$dir/openssl.log" || fail "no certificate: $(tail -n 3 "$dir/openssl.log")"
    chmod 755 "$tls"
}

free_ports() {
    python3 - <<'PYTHON'
import socket

held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in held))
PYTHON
}

greets() {
    local line
    running || return 0 # the caller asks again whether it runs
    line=$({
        exec 9<>"/dev/tcp/127.0.0.1/$1"
        IFS= read -r -t 2 text <&9
        printf '%s' "$text"
        printf 'a LOGOUT\r\n' >&9
    } 2>/dev/null) || return 1
    [[ $line == "* OK"* ]]
}

configuration() {
    local owner=$1 tls=yes plaintext=no
    if [ -n "${NOPLAIN:-}" ]; then tls=required plaintext=yes; fi
    cat <<CONF
# Written by dovecot.sh at each start.
protocols = imap
listen = 127.0.0.1
base_dir = $dir/run
state_dir = $dir/run
instance_name = mailmount-$(printf '%s' "$dir" | cksum | cut -d' ' -f1)
log_path = $dir/log
log_timestamp = "%Y-%m-%d %H:%M:%S "

ssl = $tls
ssl_cert = <$dir/tls/server.pem
ssl_key = <$dir/tls/server.key
ssl_min_protocol = TLSv1.2

auth_mechanisms = plain login scram-sha-1 scram-sha-256 cram-md5
auth_failure_delay = 0
auth_verbose = yes
disable_plaintext_auth = $plaintext
passdb {
  driver = passwd-file
  args = username_format=%u $dir/users
}
userdb {
  driver = static
  args = uid=$owner gid=$owner home=$dir/mail/%u
}

mail_uid = $owner
mail_gid = $owner
first_valid_uid = 1
first_valid_gid = 1
mail_home = $dir/mail/%u
mail_location = sdbox:~/sdbox
mail_max_userip_connections = 0
imap_idle_notify_interval = ${IDLE_NOTIFY:-2 mins}
imap_max_line_length = 64k
CONF
    if [ -n "${CAPABILITY:-}" ]; then printf 'imap_capability = %s\n' "$CAPABILITY"; fi
    if [ -n "${NOFSYNC:-}" ]; then echo 'mail_fsync = never'; fi
    cat <<CONF

namespace inbox {
  inbox = yes
  separator = ${SEPARATOR:-/}
CONF
    local name
    for name in Drafts Sent Trash Junk Archive; do
        printf '  mailbox %s {\n    special_use = \\%s\n    auto = subscribe\n  }\n' "$name" "$name"
    done
    cat <<CONF
}

protocol imap {
  mail_plugins = imap_zlib
CONF
    if [ -n "${RAWLOG:-}" ]; then echo "  rawlog_dir = $dir/rawlog/%u"; fi
    cat <<CONF
}

default_process_limit = 400
default_client_limit = 2000
service imap-login {
  process_min_avail = 1
  service_count = 0
  client_limit = 1000
  process_limit = 2
  inet_listener imap {
    address = 127.0.0.1
    port = $port
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = $tlsport
    ssl = yes
  }
}
service imap {
  process_limit = 400
  service_count = 100
}
service stats {
  client_limit = 2000
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
CONF
    if [ "$(id -u)" != 0 ]; then
        # No other user to change to, and chroot(2) is root's.
        cat <<CONF
default_internal_user = $(id -un)
default_internal_group = $(id -gn)
default_login_user = $(id -un)
CONF
        for name in anvil imap-login stats; do printf 'service %s {\n  chroot =\n}\n' "$name"; done
    fi
    printf '%s\n' "${EXTRA_CONF:-}"
}

launch() {
    local pid
    # shellcheck disable=SC2016 # expanded by the shell that is started
    setsid bash -c 'echo $$ >"$1/pid.new" && mv "$1/pid.new" "$1/leader" && exec dovecot -F -c "$1/dovecot.conf"' \
        - "$dir" </dev/null >"$dir/out" 2>&1 &
    until_true 5 test -e "$dir/leader" || fail "the server's process did not start"
    pid=$(cat "$dir/leader")
    printf '%s %s\n' "$pid" "$(birth "$pid" || echo 0 gone)" >"$dir/pid"
    rm -f "$dir/leader"
}

start() {
    local owner name
    command -v dovecot >/dev/null || fail "Dovecot is not installed (Tests/install.sh does it)"
    mkdir -p "$dir/mail" "$dir/run"
    dir=$(readlink -f "$dir")
    # A socket's path has room for 107 bytes; Dovecot's longest name below DIR/run takes about 30.
    [ "$(printf '%s' "$dir" | wc -c)" -le 70 ] || fail "$dir is too long a path for sockets"
    ! running || fail "it runs already in $dir"
    stop KILL

    [ -e "$dir/users" ] ||
        (umask 077 && printf '%s\n' 'alice:{PLAIN}wonderland' 'bob:{PLAIN}builder' >"$dir/users")
    owner=$(id -u)
    if [ "$owner" = 0 ]; then
        owner=${MAIL_UID:-5000}
        chmod a+x "$dir"
        chown "$owner:$owner" "$dir/mail"
        chown root:dovecot "$dir/users"
        chmod 640 "$dir/users"
        setpriv --reuid "$owner" --regid "$owner" --clear-groups test -x "$dir/mail" ||
            fail "the mail's user ($owner) cannot reach $dir: chmod a+x its parents, or take another place"
    fi
    if [ -n "${RAWLOG:-}" ]; then
        while IFS=: read -r name _; do
            mkdir -p "$dir/rawlog/$name"
        done <"$dir/users"
        [ "$(id -u)" != 0 ] || chown -R "$owner:$owner" "$dir/rawlog"
    fi
    certificate
    # Dovecot wants as many descriptors as it may have clients.
    ulimit -n 8192 2>/dev/null || ulimit -n "$(ulimit -Hn)" || true

    local attempt given=${1:-}
    for attempt in 1 2 3; do
        if [ -n "$given" ]; then
            port=$1 tlsport=${2:?a second port}
        elif [ -e "$dir/endpoint" ]; then
            port=$(sed -n 's/^port=//p' "$dir/endpoint")
            tlsport=$(sed -n 's/^tlsport=//p' "$dir/endpoint")
        else
            read -r port tlsport < <(free_ports)
        fi
        configuration "$owner" >"$dir/dovecot.conf"
        rm -f "$dir/run/master.pid"
        launch
        if until_true "${START_TIMEOUT:-30}" greets "$port" && running; then
            printf 'host=localhost\nport=%s\ntlsport=%s\nca=%s\n' "$port" "$tlsport" "$dir/tls/ca.pem" >"$dir/endpoint"
            return 0
        fi
        stop KILL
        # Somebody may have taken a free port meanwhile; a given one is not exchanged.
        if [ -n "$given" ] || [ -e "$dir/endpoint" ]; then break; fi
    done
    fail "no greeting on port $port (tried $attempt times): $(tail -n 5 "$dir/out" "$dir/log" 2>/dev/null)"
}

[ $# -ge 2 ] || usage
command=$1
dir=$(realpath -m "$2")
shift 2
case $command in
start) start "$@" ;;
stop) stop TERM ;;
kill) stop KILL ;;
status) running ;;
*) usage ;;
esac
