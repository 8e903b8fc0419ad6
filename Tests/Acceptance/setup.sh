#!/bin/bash
# From nothing to a mount: OAuth2 tokens of `login`, by code and by device, renewed while the mount is in use; accounts found
# and written by `setup`.
# shellcheck disable=SC2317 # functions here are called by check and eventually
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin
unset DISPLAY WAYLAND_DISPLAY BROWSER DBUS_SESSION_BUS_ADDRESS
export NOFSYNC=1
rules=$work/rules
: >"$rules"

# Dovecot takes JSON web tokens that this key signed.
mkdir -p "$server/keys/default/HS256"
openssl rand -base64 32 | tr -d '\n' >"$work/key"
cp "$work/key" "$server/keys/default/HS256/default"
cat >"$server/oauth2.conf" <<CONF
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=$server/keys/
username_attribute = sub
CONF
chmod -R a+rX "$server/keys" "$server/oauth2.conf"
export EXTRA_CONF="auth_mechanisms = plain login xoauth2 oauthbearer
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = $server/oauth2.conf
}"
start_server
say "      $(other fill --examples "$root/examples/mail") from examples/"
say "      $(other fill --count 60 --folder Bulk) in Bulk"

# authority [OPTION...]: a token server; $issuer, $authority.
authority() {
    if ! background "$acceptance/authority.py" --key "$work/key" --rules "$rules" "$@" || ! [ "$line" -gt 0 ]; then
        say "no token server: $line"
        exit 1
    fi
    issuer=http://127.0.0.1:$line authority=$pid
}
asked() { python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1] + "/log").read().decode(), end="")' "$issuer"; }
refreshes() { asked | grep -c refresh_token; }
config=$work/config/mailmount/config.toml
tokens=$XDG_STATE_HOME/mailmount/tokens/alice@localhost:$tlsport.json
configure() {
    mkdir -p "${config%/*}"
    cat >"$config" <<TOML
[account.work]
url = "$url"
ca-file = "$ca"
oauth2 = "$issuer"
client-id = "tester"
mountpoint = "$mount"
TOML
}
# dialogue STATUS PATTERN TEXT COMMAND...: the steps come from standard input.
dialogue() {
    local status=$1 pattern=$2 text=$3
    shift 3
    cat >"$work/steps"
    answers "$status" "$pattern" "$text" "$acceptance/dialogue.py" "$work/steps" "$@"
}

# --- login ----------------------------------------------------------------------------------------
authority --lifetime 3600
configure
answers 1 'nobody has logged in yet; run mailmount login work' "mount before login" "$mailmount" mount work
dialogue 0 'logged in; tokens are renewed' "login by code, with forged answers before the right one" "$mailmount" login work <<'STEPS'
expect Open this address
forge
visit
STEPS
check "the tokens are for their owner only" test "$(stat -c %a "$tokens")" = 600
check "the address has no verifier in it" grep -q 'code_challenge_method=S256' "$work/said"
answers 0 '' "mount" "$mailmount" mount work
check "it lists" test -n "$(ls "$mount/INBOX")"
check "its core would hold nothing" grep -qE '^Max core file size +1 +1 ' "/proc/$(program)/limits"
secret=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["kept"]["tokens"]["refresh-token"])' "$tokens")
check_fails "no token in log, cache, command line or environment" \
    grep -rqF -e "$secret" "$XDG_STATE_HOME/mailmount/alice@localhost:$tlsport" "$XDG_CACHE_HOME" "/proc/$(program)/environ" "/proc/$(program)/cmdline"
answers 0 '' "unmount" "$mailmount" unmount work
answers 0 'logged in' "check" "$mailmount" check work
check_fails "which finds nothing wrong with the clock" grep -q clock "$work/said"
echo early >"$rules"
answers 0 "this machine's clock is (2|3) hours slow, by that of 127.0.0.1" "check tells of a clock that differs" "$mailmount" check work

echo denied >"$rules"
dialogue 1 'access_denied' "consent that is not given" "$mailmount" login work <<'STEPS'
expect Open this address
visit
STEPS
: >"$rules"
dialogue 0 'logged in' "login by device code" "$mailmount" login work --device <<'STEPS'
expect WDJB-MJHT
STEPS
echo pending >"$rules"
(sleep 0 && until asked | grep -q device_code; do :; done && echo slow >"$rules") &
dialogue 0 'logged in' "where the code is typed late" "$mailmount" login work --device <<'STEPS'
expect WDJB-MJHT
STEPS
echo denied >"$rules"
dialogue 1 'access_denied' "where the user says no" "$mailmount" login work --device <<'STEPS'
expect WDJB-MJHT
STEPS
for rule in garbage endless unavailable; do
    echo "$rule" >"$rules"
    dialogue 1 'gives no tokens|answers 503|nothing that could be a token' "an answer that is $rule" "$mailmount" login work <<'STEPS'
expect Open this address
visit
STEPS
done
: >"$rules"
kill "$authority"
sed -i '/client-id/d' "$config"
answers 64 'work has no client-id' "login without a client id" "$mailmount" login work

# --- tokens that end in use ---------------------------------------------------------------------------
authority --lifetime 4
configure
dialogue 0 'logged in' "login, tokens of 4 s" "$mailmount" login work <<'STEPS'
expect Open this address
visit
STEPS
answers 0 '' "mount" "$mailmount" mount work --connections 3
mkdir "$work/second"
answers 0 '' "a second mount with the same tokens" "$mailmount" mount work "$work/second" --cache "$work/cache2"
cat >"$work/load.py" <<'PYTHON'
import os, subprocess, sys, time

# Reads, lists and changes flags for a while; between, the server ends all sessions again and again, so that there are many logins.
first, second, configuration, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
end = time.monotonic() + seconds
names = sorted(os.listdir(first + "/Bulk"))
done = kicks = 0
while time.monotonic() < end:
    for place in (first, second):
        name = names[done % len(names)]
        with open(f"{place}/Bulk/{name}", "rb") as file:
            assert file.read()
        os.setxattr(f"{place}/Bulk/{name}", "user.imap.flags", b"+\\Flagged" if done % 2 else b"-\\Flagged")
        os.listdir(place + "/INBOX")
    done += 1
    if done % 4 == 0:
        kicks += 1
        subprocess.run(["doveadm", "-c", configuration, "kick", "alice"], capture_output=True)
    for place in (first, second):
        # What was under way when its session ended may be told so; as soon as the server takes the token again, all is well.
        until = time.monotonic() + 20
        while subprocess.run([os.environ["MAILMOUNT"], "sync", place, "Bulk"], capture_output=True, timeout=60).returncode:
            assert time.monotonic() < until, "no login within 20 s"
print(f"{done} rounds, {kicks} times all sessions ended")
PYTHON
seconds=14
[ -z "${LONG:-}" ] || seconds=300
MAILMOUNT=$mailmount timeout 400 python3 "$work/load.py" "$mount" "$work/second" "$server/dovecot.conf" "$seconds" \
    >"$work/load" 2>&1
loaded=$?
# shellcheck disable=SC2016 # for sh
check "no call fails while tokens end under it" sh -c 'cat "$1"; exit "$2"' sh "$work/load" "$loaded"
say "      $(cat "$work/load")"
say "      $(refreshes) refreshes"
check "they were renewed" test "$(refreshes)" -ge 3
check "each refresh token was used once" test "$(asked | grep -c REUSED)" = 0
check "not more often than they ended" test "$(refreshes)" -le $((seconds / 2 + 4))

ends() { doveadm -c "$server/dovecot.conf" kick alice >/dev/null 2>&1; }
echo unavailable >"$rules"
stays_offline() { ends; connection offline; }
eventually "a token server that is not there is offline, not refused" 20 stays_offline
: >"$rules"
eventually "it is online when that is back" 30 "$mailmount" sync work
echo withdrawn >"$rules"
is_refused() { connection refused || { ends; false; }; }
eventually "a consent that ended is a refused login" 30 is_refused
answers 2 'run mailmount login work' "status says what to do" "$mailmount" status work
check "and the log" grep -q 'mailmount login work' "$XDG_STATE_HOME/mailmount/alice@localhost:$tlsport/mailmount.log"
: >"$rules"
dialogue 0 'logged in' "login again" "$mailmount" login work <<'STEPS'
expect Open this address
visit
STEPS
eventually "the mount is online by itself" 30 connection online
kill "$authority"
"$mailmount" unmount --all --timeout 5

# --- setup ---------------------------------------------------------------------------------------------
# The domain's description, as it would be published, and a certificate of its host's name.
description() {
    mkdir -p "$work/web/v1.1"
    cat >"$work/web/v1.1/club.example" <<XML
<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="club.example"><domain>club.example</domain>
<incomingServer type="imap"><hostname>localhost</hostname><port>$port</port><socketType>plain</socketType>
<username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></incomingServer>
<incomingServer type="imap"><hostname>localhost</hostname><port>$tlsport</port><socketType>SSL</socketType>
<username>%EMAILLOCALPART%</username><authentication>password-cleartext</authentication></incomingServer>
</emailProvider></clientConfig>
XML
}
description
cat >"$work/web.py" <<'PYTHON'
import functools, http.server, sys

handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
PYTHON
background python3 "$work/web.py" "$work/web"
web=$pid
setup=("$mailmount" setup --database "http://127.0.0.1:$line/v1.1/" --autoconfig "" --no-resolver --ca-file "$ca")
rm -rf "$work/state" "$work/cache"
printf '# mine\ntimeout = 20  # slow\n' >"$config"
# The first word is the server's, the second the login's.
dialogue 0 'Mounted at .*/Mail/club' "setup, from the first question to the mount" env HOME="$work/home" "${setup[@]}" <<'STEPS'
expect Mail address
type alice@club.example
expect Found localhost, as Mozilla's database says
expect Call the account [club]
type
expect Password for alice
type wrong
expect refuses the login
expect User [alice]
type
expect Password for alice
type wonderland
expect Logged in as alice
expect recommended
expect [trash]
type
expect Where to mount it [~/Mail/club]
type
expect Try: ls
STEPS
check_fails "the password is not shown" grep -q wonderland "$work/said"
check "mail is there" test -n "$(ls "$work/home/Mail/club/INBOX")"
check "comments are where they were" diff <(head -n 2 "$config") <(printf '# mine\ntimeout = 20  # slow\n')
check "the password is for its owner only" test "$(stat -c %a "$work/config/mailmount/club.password")" = 600
check "it is not in the configuration" grep -q '^password-file = ' "$config"
answers 0 '' "unmount" "$mailmount" unmount --all
answers 0 '' "mount by its name" env HOME="$work/home" "$mailmount" mount club
answers 0 '' "unmount" "$mailmount" unmount --all

cp "$config" "$work/before"
export MAILMOUNT_PASSWORD=wonderland
answers 0 '^\[account.club2\]' "--dry-run prints what would be written" \
    "${setup[@]}" alice@club.example --name club2 --dry-run
check "and writes nothing" diff "$work/before" "$config"
answers 64 'there is an account club already' "an account that is there" "${setup[@]}" alice@club.example --name club --no-mount
answers 0 'Account second' "without a terminal" \
    "${setup[@]}" alice@club.example --name second --mountpoint "$work/second" --delete expunge --no-mount --keep file
answers 0 '' "which can be mounted" "$mailmount" mount second
answers 0 '' "unmount" "$mailmount" unmount second
answers 0 'Account second' "--replace" "${setup[@]}" alice@club.example --name second --delete mark --no-mount --replace
check "writes keys anew, not twice" test "$(grep -c '^delete = "mark"' "$config")" = 1
MAILMOUNT_PASSWORD=wrong answers 1 'refuses the login.*app password' "a wrong password" \
    "${setup[@]}" alice@club.example --name third --no-mount
check_fails "leaves no account behind" grep -q third "$config"
answers 1 'no server was found for nowhere.invalid' "a host that nobody knows" "${setup[@]}" alice@nowhere.invalid
answers 64 'no mail address' "what is no address" "${setup[@]}" alice
# Only the server without TLS is left: no password goes there.
sed -i '/<socketType>SSL/,/incomingServer>/d' "$work/web/v1.1/club.example"
before=$(grep -c 'Login:' "$server/log")
answers 1 'no server was found' "a server without TLS is none" "${setup[@]}" alice@club.example --name fourth
check "nobody has logged in" test "$(grep -c 'Login:' "$server/log")" = "$before"
unset MAILMOUNT_PASSWORD
authority --lifetime 3600
dialogue 0 'Mounted at' "setup with OAuth2" env HOME="$work/home" "${setup[@]}" alice@club.example \
    --server "imaps://localhost:$tlsport" --user alice --oauth2 "$issuer" --client-id tester --name tokens --delete trash <<'STEPS'
expect Open this address
visit
expect Where to mount it
type
expect Try: ls
STEPS
check "mail is there" test -n "$(ls "$work/home/Mail/tokens/INBOX")"
kill "$authority" "$web"
"$mailmount" unmount --all --timeout 5

# --- watching --------------------------------------------------------------------------------------------
export MAILMOUNT_PASSWORD=wonderland
cat >"$work/event" <<'SH'
#!/bin/sh
printf '%s %s\n' "$MAILMOUNT_EVENT" "$MAILMOUNT_PATH" >>"$0.log"
SH
chmod +x "$work/event"
answers 0 '' "mount --on-event" "$mailmount" mount "$url" "$mount" --ca-file "$ca" --cache "$work/watched" --on-event "$work/event"
"$mailmount" watch "$mount" INBOX --json --exec 'test -r "$1" && echo "run for $MAILMOUNT_SUBJECT"' >"$work/watch" 2>&1 &
watch=$!
printf 'From: Zoë <zoe@club.example>\r\nSubject: Tide\r\nMessage-ID: <tide@club.example>\r\n\r\nHigh water\r\n' >"$work/tide.eml"
check "another folder's mail" other client deliver Sent "$work/tide.eml"
# The first ones may come before anybody watches.
heard() {
    other client deliver INBOX "$work/tide.eml" >/dev/null
    "$mailmount" sync "$mount" INBOX Sent && grep -q '"path":"'"$mount"'/INBOX/.*"subject":"Tide"' "$work/watch"
}
eventually "watch tells of new mail, with its attributes" 20 heard
check "and runs the command" grep -qx 'run for Tide' "$work/watch"
check_fails "of the folders asked for only" grep -q '/Sent/' "$work/watch"
check_fails "and of no mail that was there" grep -q 'Welcome' "$work/watch"
eventually "--on-event was run for it" 20 grep -q "^new-mail $mount/INBOX/.*Tide" "$work/event.log"
cp "$work/tide.eml" "$mount/Archive/mine.eml"
"$mailmount" sync "$mount"
check_fails "not for what is put in here" grep -q mine.eml "$work/event.log"
answers 0 '' "unmount ends the watch" "$mailmount" unmount "$mount"
ended() { ! kill -0 "$watch" 2>/dev/null; }
eventually "with it" 10 ended
unset MAILMOUNT_PASSWORD

# --- a token server that nobody here wrote ---------------------------------------------------------------
python=$work/python
if python3 -m venv "$python" >"$work/pip" 2>&1 && "$python/bin/pip" install -q 'oidc-provider-mock==0.3.4' >>"$work/pip" 2>&1; then
    read -r number _ < <(free_ports)
    cat >"$server/oauth2.conf" <<CONF
introspection_mode = auth
introspection_url = http://127.0.0.1:$number/userinfo
username_attribute = sub
CONF
    stop_server
    EXTRA_CONF="$EXTRA_CONF
mail_max_userip_connections = 3"
    start_server
    MAILMOUNT_PASSWORD=wonderland answers 0 'the server allows 3 connections of 4.*connections = 3' "check tells of a limit" \
        "$mailmount" check "$url" --ca-file "$ca"
    PYTHONWARNINGS=ignore "$python/bin/oidc-provider-mock" --port "$number" --token-max-age 4 >"$work/mock" 2>&1 &
    mock=$!
    listens() { (exec 9<>"/dev/tcp/127.0.0.1/$number") 2>/dev/null; }
    eventually "another's token server runs" 30 listens
    issuer=http://127.0.0.1:$number
    configure
    printf 'oauth2-scope = "openid"\nclient-secret = "any"\n' >>"$config"
    dialogue 0 'logged in' "login there" "$mailmount" login work <<'STEPS'
expect Open this address
visit alice
STEPS
    answers 0 '' "mount" "$mailmount" mount work
    check "it lists" test -n "$(ls "$mount/INBOX")"
    first=$(sha256sum <"$XDG_STATE_HOME/mailmount/tokens/alice@localhost:$tlsport.json")
    renewed() {
        ends
        "$mailmount" sync work && [ "$(sha256sum <"$XDG_STATE_HOME/mailmount/tokens/alice@localhost:$tlsport.json")" != "$first" ]
    }
    eventually "its tokens are renewed" 20 renewed
    "$mailmount" unmount work
    kill "$mock"
else
    fail "oidc-provider-mock could not be installed: $(tail -n 1 "$work/pip")"
fi
finish
