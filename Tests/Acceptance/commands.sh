#!/bin/bash
# The command line: what is refused and how, where passwords come from, what
# each subcommand and option does.
# shellcheck disable=SC2317 # functions here are called by check and eventually
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=certificates.sh
. "$acceptance/certificates.sh"
begin
port=1143
account=imaps://alice@localhost:$port

# usage PATTERN TEXT ARGUMENT...: wrong usage, and the line says what is wrong.
usage() {
    local pattern=$1 text=$2
    shift 2
    answers 64 "$pattern" "64: $text" "$mailmount" "$@"
}

# refused PATTERN TEXT ARGUMENT...: the work failed, and the line says why.
refused() {
    local pattern=$1 text=$2
    shift 2
    answers 1 "$pattern" "1: $text" "$mailmount" "$@"
}

# --- wrong usage --------------------------------------------------------------------------------
answers 0 'mailmount setup' "nothing said: a start" "$mailmount"
usage 'mount what' "mount of nothing" mount
usage 'unmount what' "unmount of nothing" unmount
usage 'mailmount unmount is meant' "umount" umount "$mount"
usage 'mailmount status is meant' "staus" staus
usage 'neither a command nor an account' "what is no command" frobnicate
usage 'config.toml is not there yet.*mailmount setup' "an account without a configuration" mount work "$mount"
usage 'imaps://bob@localhost' "an address without a scheme" mount bob@localhost "$mount"
usage 'mountpoint' "no mountpoint" mount "$account"
usage 'Unknown option.*--nonsense' "unknown option" mount "$account" "$mount" --nonsense
usage 'imaps://user@host' "another protocol" mount ftp://alice@localhost "$mount"
usage 'names no user' "no user" mount imaps://localhost "$mount"
usage 'names no host' "no host" mount imaps://alice@ "$mount"
usage 'not a port' "no port" mount imaps://alice@localhost:99999 "$mount"
usage '--password-command' "a password in the URL" mount imaps://alice:sesame@localhost "$mount"
check_fails "which is not repeated" grep -q sesame "$work/said"
export MAILMOUNT_PASSWORD=unused
usage '--tls soon: implicit, starttls or none' "--tls soon" mount "$account" "$mount" --tls soon
usage '--timeout 0: ' "--timeout 0" mount "$account" "$mount" --timeout 0
usage '--timeout later: ' "--timeout later" mount "$account" "$mount" --timeout later
usage '--connections 0: ' "--connections 0" mount "$account" "$mount" --connections 0
usage '--connections many: ' "--connections many" mount "$account" "$mount" --connections many
usage '--cache-size big: ' "--cache-size big" mount "$account" "$mount" --cache-size big
usage '--filename \{nothing\}: ' "--filename {nothing}" mount "$account" "$mount" --filename '{nothing}'
usage '--log loud' "--log loud" mount "$account" "$mount" --log loud
usage '--delete never: expunge, trash or mark' "--delete never" mount "$account" "$mount" --delete never
usage '--expunge-after later: ' "--expunge-after later" mount "$account" "$mount" --expunge-after later
usage '-o delete needs a value' "-o delete without a value" mount "$account" "$mount" -o delete
usage '--download-limit much: a size' "--download-limit much" mount "$account" "$mount" --download-limit much
usage '--delete-limit some: a number' "--delete-limit some" mount "$account" "$mount" --delete-limit some
usage '--delete never: ' "-o delete=never" mount "$account" "$mount" -o delete=never
usage '-o sync-changes: true or false' "-o sync-changes=maybe" mount "$account" "$mount" -o sync-changes=maybe
usage '-o nonsense' "-o nonsense" mount "$account" "$mount" -o nonsense
usage '-o timeout' "-o timeout without a value" mount "$account" "$mount" -o timeout
usage 'lie in each other' "a cache around the mountpoint" mount "$account" "$mount" --cache "$work"
usage 'lie in each other' "a cache below the mountpoint" mount "$account" "$mount" --cache "$mount/cache"
usage '--timeout never' "unmount --timeout never" unmount "$mount" --timeout never
usage 'id' "retry of something that is no number" retry "$mount" all
usage 'id' "discard without a number" discard "$mount"
usage 'mountpoint' "undelete without a mountpoint" undelete
usage 'Unexpected|arguments' "undelete with two patterns" undelete "$mount" a b
unset MAILMOUNT_PASSWORD

mkdir -p "$work/config/mailmount"
cat >"$work/config/mailmount/config.toml" <<TOML
[account.empty]
timeout = 20
[account.wrong]
url = "$account"
colour = "green"
TOML
usage 'no account nobody; it has empty, wrong' "an account that nobody wrote" mount nobody "$mount"
usage 'empty has no url' "an account without url" mount empty "$mount"
usage 'config.toml:5: there is no option colour' "an unknown key, with its line" mount wrong "$mount"
printf '[account.any]\nurl = "%s"\ncache-size = 5 gigs\n' "$account" >"$work/gigs.toml"
refused 'gigs.toml:3: cache-size: a text stands in quotes' "a text without quotes" mount any "$mount" --config "$work/gigs.toml"
printf '[account.any]\nurl = "%s"\npassword-file = "/dev/null"\ncahce-size = "5G"\n' "$account" >"$work/slip.toml"
usage 'slip.toml:4: .*is cache-size meant' "a key that was mistyped" mount any "$mount" --config "$work/slip.toml"
printf '[account.any]\nurl = "%s"\npassword-file = "/dev/null"\ncache-size = "5 gigs"\n' "$account" >"$work/gigs.toml"
usage 'gigs.toml:4: cache-size = 5 gigs: a size is expected' "a size that is none" mount any "$mount" --config "$work/gigs.toml"
printf 'account = [' >"$work/broken.toml"
refused 'broken.toml' "a configuration that is no TOML" mount any "$mount" --config "$work/broken.toml"
refused 'cannot read' "a configuration that is not there" mount any "$mount" --config "$work/none.toml"

answers 0 'USAGE|SUBCOMMANDS' "--help" "$mailmount" --help
for word in unmount status sync check retry discard release undelete demo; do check "which names $word" grep -qw "$word" "$work/said"; done
answers 0 '--filename' "mount --help" "$mailmount" mount --help
for word in foreground config cache state password-command password-file token-command ca-file tls connections \
    read-only sync-changes delete expunge-after compress filename folder exclude cache-size timeout allow-other umask uid gid; do
    check "which names --$word" grep -q -e "--$word" "$work/said"
done
answers 0 '^[0-9]+\.[0-9]+' "--version" "$mailmount" --version

# --- what fails -----------------------------------------------------------------------------------
export NOFSYNC=1
secret=swordfish-$RANDOM$RANDOM
printf '%s\n' 'alice:{PLAIN}wonderland' "carol:{PLAIN}$secret" >"$server/users"
start_server
carol=imaps://carol@localhost:$tlsport
(umask 077 && printf '%s\n' "$secret" >"$work/secret" && printf 'mistaken\n' >"$work/wrong")
say "      $(other fill --examples "$root/examples/mail") from examples/"
say "      $(other fill --count 300 --folder Bulk) in Bulk"
log() { grep -c "$1" "$server/log"; }

refused 'no password.*MAILMOUNT_PASSWORD' "no password anywhere" mount "$url" "$mount" --ca-file "$ca"
before=$(log 'Password mismatch')
refused 'login refused|access denied' "a wrong password" \
    mount "$url" "$mount" --ca-file "$ca" --password-file "$work/wrong"
attempts() { [ $(($(log 'Password mismatch') - before)) = 1 ]; }
eventually "it was tried once" 5 attempts
check_fails "and the line has no word of it" grep -qw mistaken "$work/said"
refused '--password-file .*/none: No such file' "a password file that is not there" \
    mount "$url" "$mount" --ca-file "$ca" --password-file "$work/none"
refused 'password command' "a password command that fails" \
    mount "$url" "$mount" --ca-file "$ca" --password-command 'exit 3'
refused 'password command' "a password command that says nothing" \
    mount "$url" "$mount" --ca-file "$ca" --password-command true
export MAILMOUNT_PASSWORD=wonderland
unused=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
refused 'unreachable|refused' "nobody listens" mount "imaps://alice@localhost:$unused" "$mount"
refused 'no-such-host' "a host that nobody knows" mount imaps://alice@no-such-host.invalid "$mount"
refused '--ca-file' "an authority that nobody vouches for" mount "$url" "$mount"
make_certificates "$work/certificates"
untrusted() {
    local pattern=$1 text=$2 certificate=$3
    background "$acceptance/greeter.py" --certificate "$work/certificates/$certificate.pem"
    refused "$pattern" "$text" mount "imaps://alice@localhost:$line" "$mount" --ca-file "$work/certificates/ca.pem"
    kill "$pid"
}
untrusted '[Ee]xpired' "a certificate that has expired" expired
untrusted 'elsewhere.example|another host|host ?name|not .*localhost' "a certificate of another host" wronghost
untrusted 'self.signed|--ca-file' "a certificate signed by itself" selfsigned
background "$acceptance/greeter.py"
refused 'STARTTLS' "imap:// where there is no STARTTLS" mount "imap://alice@localhost:$line" "$mount"
check_fails "nothing was sent that a listener could use" grep -q LOGIN "$said"
kill "$pid"
refused 'loopback' "--tls none to another machine" check imap://alice@192.0.2.1 --tls none
mkdir "$work"/$'octet\xff'
refused 'is not UTF-8' "a mountpoint whose name is not UTF-8" mount "$url" "$work"/$'octet\xff' --ca-file "$ca"
refused 'does not exist|cannot be used' "no mountpoint" mount "$url" "$work/nowhere" --ca-file "$ca"
touch "$work/file"
refused 'not a directory' "a file as mountpoint" mount "$url" "$work/file" --ca-file "$ca"
refused 'not a mount' "unmount of what is no mount" unmount "$work/copy"
refused 'not a mount' "status of what is no mount" status "$work/copy"
refused 'not a mount' "sync of what is no mount" sync "$work/copy"
check "nothing of all that is mounted" is_not_mounted

answers 0 'logged in' "check" "$mailmount" check "$url" --ca-file "$ca"
check "which says what the server can" grep -q 'yes IDLE' "$work/said"
check "and how many connections" grep -q 'connections: 4 at once' "$work/said"
check_fails "and has no note" grep -q '^note' "$work/said"
printf 'Subject: early\n\nEarly.\n' >"$work/early.eml"
uid=$(other client deliver INBOX "$work/early.eml")
background python3 "$acceptance/liar.py" --to "$port" --text "-$(date +%Y) " "-$(($(date +%Y) + 1)) "
answers 0 'came 36[45] days from now.*clock may be slow' "check where a message comes from the future" \
    "$mailmount" check "imap://alice@127.0.0.1:$line" --tls none
kill "$pid"
other client expunge INBOX "$uid"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$work/hosts"
background python3 "$acceptance/relay.py" --to "$port" --rate 10000000
answers 0 'localhost has IPv6 addresses and answers only over IPv4' "check where IPv6 does not work" \
    unshare --mount --map-root-user sh -c 'mount --bind "$0" /etc/hosts && exec "$@"' "$work/hosts" \
    "$mailmount" check "imap://alice@localhost:$line" --ca-file "$ca"
kill "$pid"
answers 0 'logged in' "check over STARTTLS" "$mailmount" check "imap://alice@localhost:$port" --ca-file "$ca"
answers 0 'logged in' "check without TLS on loopback" "$mailmount" check "imap://alice@127.0.0.1:$port" --tls none
refused 'login refused|access denied' "check with a wrong password" \
    check "$url" --ca-file "$ca" --password-file "$work/wrong"

# --- where passwords come from ----------------------------------------------------------------------
unset MAILMOUNT_PASSWORD
unmount() { answers 0 '' "unmount${1:+ $1}" "$mailmount" unmount "$mount"; }
lists() { [ -d "$mount/INBOX" ] && ls "$mount/INBOX" >"$work/listed"; }
# works TEXT COMMAND...: mounts, lists, unmounts.
works() {
    local text=$1
    shift
    answers 0 '' "$text" "$@" || return
    check "it lists" lists
    unmount "that"
}
background "$acceptance/secrets.py" "$work/secret"
works "--password-command" "$mailmount" mount "$carol" "$mount" --ca-file "$ca" \
    --password-command "sleep 0.2; cat '$work/secret'"
works "--password-file" "$mailmount" mount "$carol" "$mount" --ca-file "$ca" --password-file "$work/secret"
MAILMOUNT_PASSWORD=$(cat "$work/secret") works "MAILMOUNT_PASSWORD" "$mailmount" mount "$carol" "$mount" --ca-file "$ca"
works "a prompt on a terminal" "$acceptance/terminal.py" --answer "$work/secret" --prompt 'Password for' \
    "$mailmount" mount "$carol" "$mount" --ca-file "$ca"
check_fails "which does not echo" grep -qF -f "$work/secret" "$work/said"
cat >>"$work/config/mailmount/config.toml" <<TOML
[account.command]
url = "$carol"
ca-file = "$ca"
password-command = "cat '$work/secret'"
[account.file]
url = "$carol"
ca-file = "$ca"
password-file = "$work/secret"
folder = ["INBOX", "Sent"]
timeout = 20
TOML
works "an account with password-command" "$mailmount" mount command "$mount"
works "an account with password-file" "$mailmount" mount file "$mount"
answers 0 'logged in' "check of an account" "$mailmount" check file
answers 0 '' "trace of a login" "$mailmount" mount file "$mount" --log trace
eventually "it is online" 30 connection online
answers 0 'online' "its status" "$mailmount" status "$mount" --json
check_fails "has no word of the password" grep -qF -f "$work/secret" "$work/said"
unmount "that"
check "its log is long" test "$(wc -l <"$XDG_STATE_HOME/mailmount/carol@localhost:$tlsport/mailmount.log")" -gt 3
check_fails "the password is in no file of cache or state" grep -rqF -f "$work/secret" "$XDG_CACHE_HOME" "$XDG_STATE_HOME"
kill "$pid"
wait "$pid"
check "and was in no command line" grep -q 'looked [0-9]* times' "$said"
modes() { [ "$(find "$XDG_CACHE_HOME/mailmount"/* "$XDG_STATE_HOME/mailmount"/* \
    \( -type d ! -perm 0700 -o -type f ! -perm 0600 \) -printf '%m %p\n' | tee "$work/modes")" = "" ]; }
check "cache and state are 0700, files in them 0600" modes || cat "$work/modes"
attribute() { getfattr --absolute-names --only-values -n "$1" "$2"; }

# --- mounts ----------------------------------------------------------------------------------------
export MAILMOUNT_PASSWORD=wonderland
works "imap:// with STARTTLS" "$mailmount" mount "imap://alice@localhost:$port" "$mount" --ca-file "$ca"
works "imap:// without TLS on loopback" "$mailmount" mount "imap://alice@127.0.0.1:$port" "$mount" --tls none
works "without a subcommand, with generic options" "$mailmount" "$url" "$mount" \
    -o "rw,noauto,user,dev,suid,_netdev,nofail,x-systemd.automount,ca-file=$ca,timeout=20"
mkdir "$work/bin"
ln -s "$(readlink -f "$mailmount")" "$work/bin/mailmount"
PATH=$work/bin:$PATH works "mount.fuse3" mount.fuse3 "$carol" "$mount" -t fuse.mailmount \
    -o "rw,dev,suid,_netdev,ca-file=$ca,password-file=$work/secret,cache=$work/fuse3"
if [ "$(id -u)" = 0 ]; then
    # mount(8) looks for programs in the usual places only: here they are this program's for a while.
    cat >"$work/fstab.sh" <<'SH'
mount --bind "$1/bin" /usr/local/bin &&
    mount -t fuse.mailmount -o "_netdev,noauto,nofail,x-systemd.automount,$2" "$3" "$4" &&
    ls "$4/INBOX" && umount "$4"
SH
    answers 0 '' "mount -t fuse.mailmount, as fstab has it, and umount" \
        unshare --mount --propagation private bash "$work/fstab.sh" \
        "$work" "ca-file=$ca,password-file=$work/secret,cache=$work/fstab" "$carol" "$mount"
    check "with the cache that it names" test -e "$work/fstab/state"
fi
works "--connections 1" "$mailmount" mount "$url" "$mount" --ca-file "$ca" --connections 1
works "--delete, --expunge-after and --sync-changes" "$mailmount" mount "$url" "$mount" --ca-file "$ca" \
    --delete trash --expunge-after 7d --sync-changes
works "the same as -o has them" "$mailmount" mount "$url" "$mount" -o "ca-file=$ca,delete=mark,expunge-after=0s,sync-changes"
works "--compress" "$mailmount" mount "$url" "$mount" --ca-file "$ca" --compress
# With a cache a mount needs no server: this one does.
answers 0 '' "--compress, for the first time" "$mailmount" mount "$url" "$mount" --ca-file "$ca" --compress --cache "$work/compressed"
answers 0 '' "sync" "$mailmount" sync "$mount" --bodies
check "it is online" connection online
unmount "that"

# An account with a mountpoint is known by its name alone; what is wrong is told also where there is a cache.
cat >>"$work/config/mailmount/config.toml" <<TOML
[account.placed]
url = "$url"
ca-file = "$ca"
mountpoint = "$work/made/here"
[account.other]
url = "$carol"
ca-file = "$ca"
password-file = "$work/secret"
mountpoint = "$work/made/there"
TOML
answers 0 '' "mount of an account that has a mountpoint" "$mailmount" mount placed
check "which was made" test -d "$work/made/here/INBOX"
answers 0 'alice@localhost' "status of an account" "$mailmount" status placed
answers 0 '' "sync of an account" "$mailmount" sync placed
refused "is mounted already, with alice@localhost.*mailmount unmount '$work/made/here'" "a second mount of it" mount placed
refused "is mounted at $work/made/here already" "and elsewhere" mount placed "$mount"
answers 0 '' "and with directories of its own" "$mailmount" mount placed "$mount" --cache "$work/own.cache" --state "$work/own.state"
mkdir "$work/third"
refused "is mounted at $mount already" "a third one with the second's" \
    mount placed "$work/third" --cache "$work/own.cache" --state "$work/own.state"
answers 0 '' "unmount of the second" "$mailmount" unmount "$mount"
answers 0 '' "unmount of an account" "$mailmount" unmount placed
refused 'not mounted; mailmount mount placed' "status of an account that is not mounted" status placed
answers 0 '' "mount --all" "$mailmount" mount --all
check "mounts both" test -d "$work/made/here/INBOX" -a -d "$work/made/there/INBOX"
answers 0 '' "mount --all with nothing left to mount" "$mailmount" mount --all
answers 0 '' "unmount --all" "$mailmount" unmount --all
check "unmounts both" test ! -d "$work/made/here/INBOX" -a ! -d "$work/made/there/INBOX"
answers 0 'mounted from the cache, not connected: login refused.*app password' "a wrong password where there is a cache" \
    env MAILMOUNT_PASSWORD=wrong "$mailmount" mount placed
answers 2 'refused' "it is mounted" "$mailmount" status placed
# SIGHUP: what the configuration says since.
configuration=$work/config/mailmount/config.toml
cp "$configuration" "$work/before.toml"
echo wonderland >"$work/right"
chmod 600 "$work/right"
sed -i "s|^mountpoint = \"$work/made/here\"|&\npassword-file = \"$work/right\"\ntimeout = \"20\"|" "$configuration"
# shellcheck disable=SC2046 # one word a process
hang_up() { kill -HUP $(program placed); }
log_of_placed() { grep -qE "$1" "$XDG_STATE_HOME"/mailmount/alice@*/mailmount.log; }
check "SIGHUP" hang_up
online() { [ "$("$mailmount" status placed --json | sed -n 's/.*"connection" : "\(.*\)".*/\1/p')" = online ]; }
eventually "the password file that is configured now is taken" 20 online
check "the log tells, and what waits" log_of_placed 'read again: where the password comes from; from the next mount on: timeout'
echo 'nonsense' >>"$configuration"
check "SIGHUP, and a configuration that is broken" hang_up
eventually "is told" 5 log_of_placed 'could not be read again: .*config.toml'
cp "$work/before.toml" "$configuration"
check "and changes nothing" online
"$mailmount" unmount placed
refused '--ca-file .*/none: No such file' "an authority that is not there" mount placed --ca-file "$work/none"
refused '--password-file .*/none: No such file' "a password file that is not there" mount placed --password-file "$work/none"
answers 0 'not connected: .*password command ended with status 3' "a password command that fails" \
    "$mailmount" mount placed --password-command 'exit 3'
touch "$work/made/hidden"
"$mailmount" unmount placed
answers 0 'not empty' "a mountpoint that is not empty" "$mailmount" mount placed "$work/made"
"$mailmount" unmount "$work/made"

# in a foreground: ends at SIGTERM.
"$mailmount" mount "$url" "$mount" --ca-file "$ca" --foreground 2>"$work/foreground" &
foreground=$!
eventually "--foreground mounts" 20 is_mounted
check "it lists" lists
kill "$foreground"
wait "$foreground"
check "SIGTERM ends it with 0" test $? = 0
check "it logs to standard error" grep -q mounted "$work/foreground"
check "nothing is mounted" is_not_mounted

answers 0 '' "mount" "$mailmount" mount "$url" "$mount" --ca-file "$ca" --exclude Junk --exclude 'Archive*'
check_fails "--exclude Junk" test -e "$mount/Junk"
check_fails "--exclude Archive*" test -e "$mount/Archive"
check "the others are there" test -d "$mount/Sent"
mkdir "$work/second"
refused 'in use' "a second mount of the same account" mount "$url" "$work/second" --ca-file "$ca"
refused 'mounted already|in use' "a second mount at the same place" \
    mount "$url" "$mount" --ca-file "$ca" --cache "$work/other"

# --- attributes ---------------------------------------------------------------------------------------
first=$(find "$mount/INBOX" -maxdepth 1 -name '*.eml' | sort | head -n 1)
uid=$(attribute user.imap.uid "$first")
getfattr --absolute-names -d "$first" | sed -n 's/=.*//p' | sort >"$work/names"
printf 'user.%s\n' imap.flags imap.internaldate imap.mailbox imap.uid imap.uidvalidity mail.date mail.from \
    mail.message-id mail.subject mailmount.state | sort >"$work/wanted"
check "getfattr -d of a message lists every attribute" diff "$work/wanted" "$work/names"
check "uid is a UID of the server" grep -qw "$uid" <<<"$(other client search INBOX ALL)"
check "mailbox" test "$(attribute user.imap.mailbox "$first")" = INBOX
check "uidvalidity" grep -qxE '[1-9][0-9]*' <<<"$(attribute user.imap.uidvalidity "$first")"
check "internaldate" test "$(date -ud "$(attribute user.imap.internaldate "$first")" +%s)" = "$(stat -c %Y "$first")"
check "internaldate is ISO 8601" grep -qxE '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z' \
    <<<"$(attribute user.imap.internaldate "$first")"
check "subject is that of the file" grep -qF "$(attribute user.mail.message-id "$first")" "$first"
check "state is cached after that" test "$(attribute user.mailmount.state "$first")" = cached
check "special-use" test "$(attribute user.imap.special-use "$mount/Trash")" = '\Trash'
check "special-use of Drafts" test "$(attribute user.imap.special-use "$mount/Drafts")" = '\Drafts'
check "mailbox of a directory" test "$(attribute user.imap.mailbox "$mount/Sent")" = Sent
# code NAME FILE: the error of reading an attribute, or of writing one.
code() {
    python3 - "$@" <<'PYTHON'
import errno, os, sys

try:
    if sys.argv[1] == "read":
        os.getxattr(sys.argv[3], sys.argv[2])
    else:
        os.setxattr(sys.argv[3], sys.argv[2], b"x")
    print("OK")
except OSError as error:
    print(errno.errorcode[error.errno])
PYTHON
}
check "INBOX has no special-use: ENODATA" test "$(code read user.imap.special-use "$mount/INBOX")" = ENODATA
check "labels are Gmail's: ENODATA elsewhere" test "$(code read user.gmail.labels "$first")" = ENODATA
refusal=$(code write user.gmail.labels "$first")
check "writing them is refused there ($refusal)" grep -qxE 'EOPNOTSUPP|ENOTSUP' <<<"$refusal"
check "another attribute: ENODATA" test "$(code read user.other "$first")" = ENODATA
refusal=$(code write user.other "$first")
check "writing one is refused ($refusal)" grep -qxE 'EOPNOTSUPP|ENOTSUP' <<<"$refusal"
refusal=$(code write user.imap.uid "$first")
check "writing a read-only one is refused ($refusal)" grep -qxE 'EOPNOTSUPP|ENOTSUP' <<<"$refusal"
check "modes are 0600 and 0700" test "$(stat -c %a "$first" "$mount/INBOX" | tr '\n' ' ')" = '600 700 '
room() { [ "$(df --output=avail -B1M "$mount" | tail -n 1)" -gt 1000000 ]; }
check "df shows plenty of room" room
check "df shows the type" test "$(df --output=fstype "$mount" | tail -n 1)" = fuse.mailmount
check "mountinfo shows the account" grep -qF " - fuse.mailmount alice@localhost:$tlsport " /proc/self/mountinfo
check "the place of the socket is not listed" test -z "$(getfattr --absolute-names -d "$mount")"
check "its owner may write" test -w "$mount/INBOX"

# --- status ---------------------------------------------------------------------------------------
eventually "it is online" 30 connection online
answers 0 '  connection  online' "status" "$mailmount" status "$mount"
check "it counts folders and messages" grep -qE '  folders +[0-9]+, [0-9]+ messages' "$work/said"
check "it shows the cache" grep -qE '  cache +[0-9]+ messages, .* of ' "$work/said"
check "it shows changes" grep -qE '  changes +0 pending, 0 failed' "$work/said"
answers 0 "" "status --json" "$mailmount" status "$mount" --json
field() { python3 -c 'import json, sys; status = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$@"; }
check "connection, pending, failed" field "$work/said" \
    'status["connection"] == "online" and status["pending"] == 0 and status["failed"] == []'
check "the account" field "$work/said" "status['account'] == 'alice@localhost:$tlsport'"
mkdir "$work/third"
answers 0 '' "a second account" "$mailmount" mount "$carol" "$work/third" --ca-file "$ca" --password-file "$work/secret"
"$mailmount" status --json >"$work/all" 2>/dev/null
check "status without a mountpoint tells of both" field "$work/all" \
    "{'$mount', '$work/third'} <= {one['mountpoint'] for one in status}"
kill -9 "$(program "$work/third")"
answers 1 "$work/third.*has died" "status of a mount whose program has died" "$mailmount" status "$work/third"
"$mailmount" status --json >"$work/all" 2>"$work/said"
check "the others are still told of" field "$work/all" "'$mount' in {one['mountpoint'] for one in status}"
answers 0 '' "unmount of a dead mount" "$mailmount" unmount "$work/third"
check_fails "it is gone" mountpoint -q "$work/third"

# --- changes ----------------------------------------------------------------------------------------
field_of_status() { "$mailmount" status "$mount" --json >"$work/status" && field "$work/status" "$1"; }
refused 'no change 7 has failed' "retry of what has not failed" retry "$mount" 7
refused 'no change 7 has failed' "discard of what has not failed" discard "$mount" 7
answers 0 '' "release with nothing held" "$mailmount" release "$mount"
answers 0 '' "retry with nothing to do" "$mailmount" retry "$mount"
check "says nothing" test ! -s "$work/said"
refused 'nothing was deleted' "undelete with nothing deleted" undelete "$mount"
for word in retry discard release undelete; do
    refused 'not a mount of mailmount' "$word of another directory" $word "$work" $([ $word != discard ] || echo 1)
done
cp "$first" "$work/first.eml"
inside=$(find "$mount/INBOX" -maxdepth 1 -name '*.eml' | wc -l)
check "rm of a message" rm "$first"
check "of another" rm "$(find "$mount/Bulk" -name '*.eml' | sort | head -n 1)"
refused "nothing that was deleted here .* is called Sent/\\*" "undelete of what was not deleted" undelete "$mount" 'Sent/*'
answers 0 "^${first#"$mount/"}\$" "undelete by a path below the mountpoint" "$mailmount" undelete "$mount" "$first"
check "only that is back" test "$(wc -l <"$work/said")" = 1
check "with its bytes" cmp "$work/first.eml" "$first"
check "rm of it again" rm "$first"
answers 0 "^Bulk/" "undelete by a pattern" "$mailmount" undelete "$mount" 'Bulk/*.eml'
check "only that is back" test "$(wc -l <"$work/said")" = 1
answers 0 "^INBOX/" "undelete of everything" "$mailmount" undelete "$mount"
check "all are there" test "$(find "$mount/INBOX" -maxdepth 1 -name '*.eml' | wc -l)" = "$inside"
answers 0 '' "sync waits for changes" "$mailmount" sync "$mount"
check "none waits" field_of_status 'status["pending"] == 0 and status["failed"] == []'

# --- more deletions than --delete-limit lets through ---------------------------------------------------
# marked N: another client sees so many messages of Mass with \Deleted, and all the others.
marked() {
    [ "$(other client search Mass DELETED | wc -w)" = "$1" ] &&
        [ "$(other client search Mass UNDELETED | wc -w)" = $((101 - $1)) ]
}
held_id() { "$mailmount" status "$mount" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["held"][0]["id"])'; }
say "      $(other fill --count 101 --folder Mass --deleted 0) in Mass"
answers 0 '' "sync" "$mailmount" sync "$mount"
check "rm -r of a folder of 101 messages" rm -r "$mount/Mass"
answers 1 "51 deletions held back by --delete-limit.* mailmount release '$mount' sends" "sync says what is held" \
    "$mailmount" sync "$mount"
check "the server has half of them still" marked 50
check "status --json lists what is held, and nothing waits" field_of_status \
    'len(status["held"]) == 51 and status["pending"] == 0 and status["held"][0]["path"].startswith("Mass/")'
answers 2 'held +51 deletions, not sent' "status too" "$mailmount" status "$mount"
refused 'no change 7 has failed or is held' "release of what is not held" release "$mount" 7
answers 1 "unmounted; .*51 deletions held back" "unmount says so, and does not wait" "$mailmount" unmount "$mount"
answers 0 '' "mount" "$mailmount" mount "$url" "$mount" --ca-file "$ca" --exclude Junk --exclude 'Archive*' \
    --delete-limit off
eventually "online" 60 connection online
check_fails "the folder is gone from the mount" test -e "$mount/Mass"
check "they are held still" field_of_status 'len(status["held"]) == 51'
check "and the server has them" marked 50
answers 0 'released: [0-9]+ delete Mass/' "release of one" "$mailmount" release "$mount" "$(held_id)"
eventually "it is deleted" 20 marked 51
answers 0 'given up: [0-9]+ delete Mass/' "discard of another" "$mailmount" discard "$mount" "$(held_id)"
check "it is back, and its folder" test "$(ls "$mount/Mass" | wc -l)" = 1
answers 0 '^Mass/' "undelete" "$mailmount" undelete "$mount" 'Mass/*'
check "all are back" test "$(ls "$mount/Mass" | wc -l)" = 101
answers 0 '' "sync" "$mailmount" sync "$mount"
check "on the server too" marked 0
check "rm of all, with --delete-limit off" find "$mount/Mass" -name '*.eml' -delete
answers 0 '' "sync" "$mailmount" sync "$mount"
check "the server has them all deleted" marked 101

# --- sync ------------------------------------------------------------------------------------------
printf '%s\r\n' 'From: Noah <noah@example.com>' 'Subject: Fresh' 'Message-ID: <fresh.2@example.com>' '' 'fresh' \
    >"$work/new.eml"
number() { find "$mount/$1" -maxdepth 1 -name '*.eml' | wc -l; }
inside=$(number Sent)
other client deliver Sent "$work/new.eml" >/dev/null
answers 0 '' "sync with a folder" "$mailmount" sync "$mount" Sent
check "the new message is there at once" test "$(number Sent)" = $((inside + 1))
other client deliver Sent "$work/new.eml" >/dev/null
answers 0 '' "sync with a path below the mount" "$mailmount" sync "$mount" "$mount/Sent"
check "it is there too" test "$(number Sent)" = $((inside + 2))
refused 'no folder Nowhere' "sync with a folder that is not there" sync "$mount" Nowhere
answers 0 '' "sync --bodies with a folder, on a terminal" "$acceptance/terminal.py" \
    "$mailmount" sync "$mount" Sent --bodies
check "there is a progress bar" grep -qE '\[#{20}\] 100 %' "$work/said"
answers 0 '' "sync --bodies" "$mailmount" sync "$mount" --bodies
check "without a terminal it is silent" test ! -s "$work/said"
check_fails "no body is remote" with_state remote "$mount/Bulk"
(cd "$mount" && find . -name '*.eml' -exec cat {} + | cksum) >"$work/online"
stop_server
eventually "offline" 60 connection offline
(cd "$mount" && find . -name '*.eml' -exec cat {} + | cksum) >"$work/without"
check "every message can be read offline" cmp "$work/online" "$work/without"
refused 'cannot be reached|offline' "sync offline" sync "$mount"
check "a change offline" mkdir "$mount/Made-offline"
check "status --json counts it" field_of_status 'status["pending"] == 1 and status["failed"] == []'
answers 0 'changes +1 pending, 0 failed' "status too" "$mailmount" status "$mount"
refused '1 change|cannot be reached' "sync offline, with a change" sync "$mount"
check "rmdir" rmdir "$mount/Made-offline"
check "takes it back" field_of_status 'status["pending"] == 0'
answers 0 'connection  offline: .+' "status says offline and why" "$mailmount" status "$mount"
unmount "offline"
start_server

# --- how it looks --------------------------------------------------------------------------------------
answers 0 '' "mount --folder --filename {uid} --read-only" "$mailmount" mount "$url" "$mount" --ca-file "$ca" \
    --cache "$work/named" --folder 'INBOX*' --folder Sent --filename '{uid}' --read-only
check "only these folders" test "$(ls "$mount" | tr '\n' ' ')" = 'INBOX Sent '
named() { ls "$mount/Sent" && [ -z "$(ls "$mount/Sent" | grep -vxE '[0-9]+\.[0-9a-z]{6}(-[0-9]+)?\.eml')" ]; }
check "files are named by UID" named
sent=$(find "$mount/Sent" -name '*.eml' | sort | head -n 1)
check "modes are 0400 and 0500" test "$(stat -c %a "$sent" "$mount/Sent" | tr '\n' ' ')" = '400 500 '
for change in "create $mount/Sent/new.eml" "unlink $sent" "rename $sent $mount/INBOX/x.eml" "mkdir $mount/New" \
    "open-write $sent" "truncate $sent" "setxattr $sent user.imap.flags Seen"; do
    # shellcheck disable=SC2086 # words
    check "--read-only: ${change%% *} is EROFS" test "$(python3 "$acceptance/syscall.py" $change)" = EROFS
done
for words in "retry $mount" "discard $mount 1" "release $mount" "undelete $mount"; do
    # shellcheck disable=SC2086 # words
    refused 'mounted with --read-only: ' "${words%% *} with --read-only" $words
done
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
if [ "$(id -u)" = 0 ]; then
    check_fails "another user is kept out" as_nobody stat "$mount"
fi
unmount "that"
if [ "$(id -u)" = 0 ]; then
    answers 0 '' "mount --allow-other" "$mailmount" mount "$url" "$mount" --ca-file "$ca" --allow-other
    check "another user is let in" as_nobody stat "$mount"
    check_fails "as far as modes allow" as_nobody ls "$mount/INBOX"
    unmount "that"
    answers 0 '' "mount --allow-other --umask" "$mailmount" mount "$url" "$mount" --ca-file "$ca" --allow-other \
        -o umask=022,uid=12,gid=34
    check "another user may read" as_nobody ls "$mount/INBOX"
    check "the owner is the one that was named" test "$(stat -c '%u %g %a' "$mount/INBOX")" = '12 34 755'
    unmount "that"
fi

# --- a first listing that takes its time ---------------------------------------------------------------
printf '%s\r\n' 'From: Noah <noah@example.com>' 'Subject: One of many' '' 'text' >"$work/small.eml"
say "      $(other fill --copies "$work/small.eml" --count 3000 --folder Slow) in Slow"
background "$acceptance/relay.py" --to "$tlsport" --rate 100000
relay=$pid
answers 0 '' "mount over a slow wire" "$mailmount" mount "imaps://alice@localhost:$line" "$mount" --ca-file "$ca" \
    --cache "$work/slow"
ls "$mount/Slow" >"$work/slow.listing" &
lister=$!
listing() { "$mailmount" status "$mount" | match -E 'Slow: \[[#-]{20}\] [0-9]+ % \([0-9]+ of 3000\)'; }
eventually "status shows how far a listing is" 60 listing
kill -USR1 "$relay"
wait "$lister"
check "the listing is whole" test "$(wc -l <"$work/slow.listing")" = 3000
unmount "that"
kill "$relay"

# --- demo --------------------------------------------------------------------------------------------
mkdir -m 711 "$work/tmp"
export MAILMOUNT_EXAMPLES=$root/examples
unset MAILMOUNT_PASSWORD
TMPDIR=$work/tmp answers 0 'mailmount unmount' "demo" "$mailmount" demo "$mount"
check "it shows the examples" lists
check "all of them" test "$(find "$mount" -name '*.eml' | wc -l)" -ge 10
unmount "demo"
check "its directory is gone" test -z "$(ls "$work/tmp")"
demo_processes() { ! grep -lF "$work/tmp/mailmount-demo" /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | match .; }
eventually "and so are its processes" 10 demo_processes
mkdir "$work/nodemo"
MAILMOUNT_EXAMPLES=$work/none answers 1 '' "demo without examples" "$mailmount" demo "$work/nodemo"
stop_server
finish
