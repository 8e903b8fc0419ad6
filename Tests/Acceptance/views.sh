#!/bin/bash
# Inside the messages: .views/text against what a person should read, .views/parts against Python's own parser, sizes, what is not cached,
# offline, and messages made to harm whoever takes them apart.
#
# SEED is that of the odd messages (1), COUNT their number (250; with LONG 1500).
# shellcheck disable=SC2317 # functions here are called by check
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
: "${COUNT:=${LONG:+1500}}" "${COUNT:=250}"
begin
export NOFSYNC=1
RAWLOG=1 start_server
views() { timeout --kill-after=5 120 python3 "$acceptance/views.py" "$@"; }
add() { views add --port "$tlsport" --ca "$ca" "$@"; }
texts=$mount/.views/text
parts=$mount/.views/parts
size_of() { stat -c %s "$1"; }
octets_of() { wc -c <"$1"; }

# --- mail ------------------------------------------------------------------------------------
cat >"$work/mixed.eml" <<'M'
From: =?utf-8?Q?J=C3=B6rg?= <joerg@example.org>
To: alice@example.org
Subject: =?iso-8859-1?Q?Gr=FC=DFe?=
Date: Fri, 27 Nov 2026 10:00:00 +0000
Message-ID: <mixed@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Die Gr=F6=DFe des Bootes
--b
Content-Type: application/pdf; name="../plan.pdf"
Content-Transfer-Encoding: base64

SGVsbG8=
--b
Content-Type: text/html; charset=koi8-r
Content-Transfer-Encoding: quoted-printable

<p>=F0=D2=C9=D7=C5=D4 <a href=3D"https://example.org/">there</a></p>
--b--
M
cat >"$work/mixed.txt" <<'M'
From: Jörg <joerg@example.org>
To: alice@example.org
Date: Fri, 27 Nov 2026 10:00:00 +0000
Subject: Grüße

Die Größe des Bootes

Привет there[1]

[1] https://example.org/

Attachments:
  ../plan.pdf (application/pdf, 5 bytes)
M
for number in 1 2 3; do
    printf 'Subject: second %d\nMessage-ID: <s%d@example.org>\n\n%s\n' $number $number "$(seq 20000)" >"$work/second$number.eml"
done
printf 'Subject: Re: second 1\nMessage-ID: <answer@example.org>\nReferences: <s1@example.org>\n\nYes.\n' >"$work/answer.eml"
check "messages on the server" add INBOX "$work/mixed.eml" "$work"/second*.eml
check "an answer in another folder" add Answers "$work/answer.eml"
check "odd messages on the server" views upload --port "$tlsport" --ca "$ca" Odd "$COUNT" "${SEED:-1}"
for kind in deep wide hyphens html base64; do views bomb $kind >"$work/$kind.eml"; done
check "harmful messages on the server" add Bombs "$work"/{deep,wide,hyphens,html,base64}.eml
check "a folder called .views on the server" python3 - "$tlsport" "$ca" <<'PYTHON'
import imaplib, ssl, sys

with imaplib.IMAP4_SSL("localhost", int(sys.argv[1]), ssl_context=ssl.create_default_context(cafile=sys.argv[2])) as server:
    server.login("alice", "wonderland")
    assert server.create(".views")[0] == "OK"
PYTHON

# --- text ------------------------------------------------------------------------------------
check "mount" mount_mail
unseen=$((10 + $COUNT))
check "what is unread in any folder is there at once" test "$(ls "$mount/.views/unread" | wc -l)" = $unseen
lists_views() { ls -A "$mount" | match -xF .views; }
check_fails ".views is not listed" lists_views
check "the server's is shown escaped" test -d "$mount/%2Eviews"
mixed=$(cd "$mount/INBOX" && ls -- *Grüße*)
mixed=${mixed%.eml}
second() { printf '%s\n' "$texts/INBOX/"*second-"$1".*.txt; }
bounds() {
    # shellcheck disable=SC2012 # no name has a line end
    ls -l "$texts/INBOX" >"$work/listing" && ! grep -qF " $(size_of "$work/mixed.txt") " "$work/listing"
}
check "a listing makes nothing: sizes of what is not cached are bounds" bounds
one=$(second 1)
known=$(size_of "$one")
check "stat of one file is exact ($known)" test "$known" = "$(octets_of "$one")"
check "it is what a person reads" cmp "$texts/INBOX/$mixed.txt" "$work/mixed.txt"
check "so is its size" test "$(size_of "$texts/INBOX/$mixed.txt")" = "$(size_of "$work/mixed.txt")"
check "grep finds a word in any charset" grep -q "Größe" -r "$texts/INBOX"
check "and another" grep -rq Привет "$texts/INBOX"
check_fails "which it does not in the messages" grep -rq "Größe" "$mount/INBOX"
check "the time is the message's" test "$(stat -c %Y "$texts/INBOX/$mixed.txt")" = "$(stat -c %Y "$mount/INBOX/$mixed.eml")"
refused() { { "$@" 2>&1; true; } | match "Read-only file system"; }
check "nothing can be made" refused touch "$texts/INBOX/x"
check "or changed" refused dd if=/dev/null of="$texts/INBOX/$mixed.txt"
check "or removed" refused rm -f "$texts/INBOX/$mixed.txt"
check_fails "or mounted over by a folder" mkdir "$mount/.views"

# --- parts -----------------------------------------------------------------------------------
check "a part is decoded, under a safe name" test "$(cat "$parts/INBOX/$mixed.eml/_plan.pdf")" = Hello
check "each part of odd messages is what Python finds" views compare "$mount" Odd

check "and what GMime finds" timeout --kill-after=5 120 /usr/bin/python3 "$acceptance/views.py" gmime "$mount" Odd

# --- links -----------------------------------------------------------------------------------
unread=$mount/.views/unread
flagged=$mount/.views/flagged
check "a link leads to its message" cmp "$unread/$mixed.eml" "$mount/INBOX/$mixed.eml"
check "and is relative" test "$(readlink "$unread/$mixed.eml")" = "../../INBOX/$mixed.eml"
check "rm of it" rm "$unread/$mixed.eml"
check_fails "it is gone" test -L "$unread/$mixed.eml"
check "the message is not" test -s "$mount/INBOX/$mixed.eml"
flags_of() { getfattr --absolute-names --only-values -n user.imap.flags "$1"; }
flags_have() { flags_of "$mount/INBOX/$mixed.eml" | match -F "$1"; }
check "and is read" flags_have Seen
check "ln -s into flagged" ln -s "$mount/INBOX/$mixed.eml" "$flagged/"
check "flags it" flags_have Flagged
check "mv from flagged to unread" mv "$flagged/$mixed.eml" "$unread/"
check_fails "takes the flag away" flags_have Flagged
check_fails "and makes it unread" flags_have Seen
check "it is in the other view" test -L "$unread/$mixed.eml"
check "flagged is empty" test -z "$(ls -A "$flagged")"
check "ln -s into a tag" ln -s "$mount/INBOX/$mixed.eml" "$mount/.views/tag/Work/"
check "makes a keyword" flags_have Work
check "which is listed, in its own spelling" test "$(ls "$mount/.views/tag")" = Work
check "and found in any" test -L "$mount/.views/tag/work/$mixed.eml"
check "rm of the link" rm "$mount/.views/tag/Work/$mixed.eml"
check_fails "takes it away" flags_have Work
year=$(date -u +%Y)
check "the year is listed" test "$(ls "$mount/.views/year")" = "$year"
check "and has the messages" test -s "$mount/.views/year/$year/$mixed.eml"
check "which nobody takes out" refused rm -f "$mount/.views/year/$year/$mixed.eml"
from=$mount/.views/from
check "whoever wrote is listed" sh -c 'ls "$1" | grep -qxF joerg@example.org' sh "$from"
check "with the messages" cmp "$from/joerg@example.org/$mixed.eml" "$mount/INBOX/$mixed.eml"
check "in any case" test -L "$from/Joerg@Example.org/$mixed.eml"
check_fails "nobody else is there" test -e "$from/nobody@example.org"
check "and nobody takes them out" refused rm -f "$from/joerg@example.org/$mixed.eml"
threads=$mount/.views/threads
conversation=$(ls -d "$threads"/second-1.*)
check "a conversation goes over folders" test "$(readlink "$conversation"/* | cut -d/ -f4 | sort | tr '\n' ' ')" = "Answers INBOX "
check "its links lead to the messages" cmp "$conversation"/*_Re-second-1.*.eml "$mount"/Answers/*.eml
check "each message is in one" test "$(find "$threads" -type l | wc -l)" = $unseen
check "and nobody takes them out" refused rm -rf "$conversation"
check "ls of .views says what there is" test "$(ls "$mount/.views" | tr '\n' ' ')" = "flagged from maildir parts search tag text threads unread year "
check "mailmount sync" "$mailmount" sync "$mount"

# --- search ----------------------------------------------------------------------------------
search=$mount/.views/search
check "a query is a directory of links" cmp "$search/subject:gruße in:INBOX/$mixed.eml" "$mount/INBOX/$mixed.eml"
check "which can be entered" test "$(cd "$search/subject:second OR subject:grüße" && ls | wc -l)" = 5
check "a slash is %2F" test -d "$search/in:INBOX%2FNone"
check "it is not listed" test -z "$(ls -A "$search")"
invalid() { { "$@" 2>&1; true; } | match "Invalid argument"; }
check "what is no query is EINVAL" invalid ls "$search/is:purple"
check "for mkdir too" invalid mkdir "$search/is:purple"
check "mkdir keeps one" mkdir "$search/subject:second"
check_fails "once" mkdir "$search/subject:second"
check "as system calls of other programs do" python3 -c 'import os, sys; os.mkdir(sys.argv[1])' "$search/tag:none"
check "both are listed" test "$(ls "$search")" = "$(printf 'subject:second\ntag:none')"
links() { find "$search/subject:second" -type l | wc -l; }
check "it has what fits" test "$(links)" = 4
printf 'Subject: second 4\nMessage-ID: <s4@example.org>\nReferences: <answer@example.org>\n\n4\n' >"$work/second4.eml"
check "another one comes" add INBOX "$work/second4.eml"
five() { [ "$(links)" = 5 ]; }
eventually "it is there" 20 five
joined() { [ "$(find "$conversation" -type l | wc -l)" = 3 ]; }
check "and in its conversation" joined
check_fails "nothing else can be made there" touch "$search/subject:second/x"
check_fails "or removed" rm "$search/subject:second/"*second-4*
check "rmdir forgets one" rmdir "$search/tag:none"

# --- harmful ---------------------------------------------------------------------------------
peak() { awk '/^VmHWM:/ { print int($2 / 1024) }' "/proc/$(program)/status"; }
bomb() { printf '%s\n' "$1/Bombs/"*"$2"; }
# shellcheck disable=SC2012
ends() { timeout 100 "$@" >/dev/null; }
for file in "$texts/Bombs/"*; do check "$(size_of "$file") octets of text" ends cat "$file"; done
check "whatever is nested or many" ends find "$parts/Bombs" -type d
widest=$(for one in "$parts/Bombs/"*; do ls "$one" | wc -l; done | sort -n | tail -n 1)
check "the parts of a message have a bound ($widest)" test "$widest" -le 10000
check "memory has one too ($(peak) MB)" test "$(peak)" -lt 700

# --- parts of large messages -------------------------------------------------------------------
for number in 1 2 3; do
    python3 - "$number" >"$work/large$number.eml" <<'PYTHON'
import email.message, random, sys

message = email.message.EmailMessage()
for name, value in [("From", "a@example.org"), ("Subject", "large " + sys.argv[1]), ("Message-ID", "<large%s@example.org>" % sys.argv[1])]:
    message[name] = value
message.set_content("text\n")
pick = random.Random(int(sys.argv[1]))
message.add_attachment(pick.randbytes(15 << 20), maintype="application", subtype="zip", filename="Größe.zip")
message.add_attachment(b"%PDF" + pick.randbytes(90_000), maintype="application", subtype="pdf", filename="../plan.pdf")
sys.stdout.buffer.write(message.as_bytes().replace(b"\r\n", b"\n"))
PYTHON
done
check "three messages of 20 MB" add Large "$work"/large{1,2,3}.eml
check "mailmount sync" "$mailmount" sync "$mount" Large
# What the server has sent: octets of all sessions.
sent() { find "$server/rawlog/alice" -name '*.out' -printf '%s\n' | awk '{ sum += $1 } END { print sum + 0 }'; }
# costs_under OCTETS COMMAND...: how much the server sends meanwhile.
costs_under() {
    local most=$1 before
    shift
    before=$(sent)
    "$@" >/dev/null || return 1
    printf '%s\n' $(($(sent) - before)) >"$work/cost"
    [ "$(cost)" -lt "$most" ]
}
cost() { cat "$work/cost"; }
large() { printf '%s\n' "$parts/Large/"*"large-$1".*; }
whole() { printf '%s\n' "$mount/Large/"*"large-$1".*; }
check_fails "a whole message is seen to cross" costs_under 1000000 cat "$(whole 2)"
check "it is that large ($(cost) octets)" test "$(cost)" -gt 20000000
check "a listing of the parts of another costs headers" costs_under 40000 ls -l "$(large 1)"
check "($(cost) octets) under the names of the whole" test "$(ls "$(large 1)")" = "$(ls "$(large 2)")"
check "a part costs itself" costs_under 200000 cp "$(large 1)/_plan.pdf" "$work/plan.pdf"
check "($(cost) octets)" test "$(cost)" -gt 90000
check "it is what it was" test "$(wc -c <"$work/plan.pdf")" = 90004
check "its size is exact" test "$(size_of "$(large 1)/_plan.pdf")" = 90004
state_of() { getfattr --absolute-names --only-values -n user.mailmount.state "$1"; }
check "the message is not cached for it" test "$(state_of "$(whole 1)")" = remote
check "once more it costs nothing" costs_under 1000 cat "$(large 1)/_plan.pdf"
check "stat of one is exact" test "$(size_of "$(large 1)/Größe.zip")" = $((15 << 20))
sums() { (cd "$1" && sha256sum ./*); }
numbers() { ls -i "$(large 1)"; }
sums "$(large 1)" >"$work/alone.sums"
numbers >"$work/alone.numbers"
check "the whole comes" cat "$(whole 1)"
check "its parts are those that came alone" test "$(sums "$(large 1)")" = "$(cat "$work/alone.sums")"
check "under the same numbers" test "$(numbers)" = "$(cat "$work/alone.numbers")"
check "a part of the third" costs_under 200000 cp "$(large 3)/_plan.pdf" "$work/plan.pdf"

# --- without a connection -----------------------------------------------------------------------
check "unmount" "$mailmount" unmount "$mount"
check "texts are kept in the cache" test -s "$work/offline/text.sqlite"
rm -rf "$work/offline/bodies"
check "mount again" mount_mail --show-views
check "--show-views lists it" lists_views
check "a search that was kept is still there" test "$(ls "$search")" = subject:second
check "one message is cached" test -s "$(second 1)"
stop_server
check "what is cached is there without a server" grep -q 19999 "$(second 1)"
check "so is a text that was made before, whose message is not" cmp "$texts/INBOX/$mixed.txt" "$work/mixed.txt"
check "with its exact size" test "$(size_of "$texts/INBOX/$mixed.txt")" = "$(size_of "$work/mixed.txt")"
check "so is a part that was fetched alone" cmp "$(large 3)/_plan.pdf" "$work/plan.pdf"
unreachable() { [ "$(errno_of "$1")" = EHOSTUNREACH ]; }
check "what is neither is EHOSTUNREACH" unreachable "$texts"/Answers/*.txt
no_parts() { { ls "$parts/INBOX/$mixed.eml" 2>&1; true; } | match "No route to host"; }
check "so are its parts" no_parts
check "what is known of the headers is found" five
check "a conversation is there" joined
check "it is listed all the same" test -e "$texts/INBOX/$mixed.txt"
check "unmount" "$mailmount" unmount "$mount"
finish
