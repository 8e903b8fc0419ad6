#!/bin/bash
# `.views/maildir`: the programs that people read Maildirs with, on the mount, and what of it arrives on the server.
# shellcheck disable=SC2317 # functions here are called by check
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin
export NOFSYNC=1 HOME=$work/home TERM=xterm
mkdir "$HOME"
for tool in mutt neomutt notmuch mu mbsync; do
    command -v "$tool" >/dev/null || fail "$tool is not installed (Tests/packages.tests.txt names it)"
done
start_server
maildir=$mount/.views/maildir
audit=$work/audit

letter() { printf 'From: Ann <ann@example.org>\nTo: alice@example.org\nSubject: %s\nMessage-ID: <%s@example.org>\nDate: Fri, 27 Nov 2026 10:00:00 +0000\n\nText of %s\n' "$1" "$1" "$1"; }
for number in {1..9}; do
    letter "letter$number" >"$work/letter$number.eml"
    other client deliver INBOX "$work/letter$number.eml" >/dev/null
done
other client create Archive/2024
other client create a.b
other client deliver Archive/2024 "$work/letter1.eml" --flags '\Seen' >/dev/null

# named NUMBER [FOLDER]: the path of that letter, wherever it is.
named() { find "$maildir/${2:-}/cur" "$maildir/${2:-}/new" -maxdepth 1 -name "*letter$1[.]*" | head -n 1; }
# flags NUMBER [FOLDER]: what the server has, when it has all.
flags() {
    "$mailmount" sync "$mount" >/dev/null && other client held-flags "${2:-INBOX}" "letter$1@example.org"
}
flags_are() { [ "$(flags "$1" "${3:-INBOX}")" = "$2" ]; }
gone() { ! flags "$1" "${2:-INBOX}"; }
ends() { [[ "$(named "$1" "${3:-}")" == *":2,$2" ]]; }

# --- what is shown ---------------------------------------------------------------------------
check "mount" mount_mail --audit "$audit"
check "ls of .views has it" sh -c 'ls "$1" | grep -qxF maildir' sh "$mount/.views"
check "folders are beside INBOX" test "$(ls -A "$maildir" | tr '\n' ' ')" = ".Archive .Archive.2024 .Drafts .Junk .Sent .Trash .a%2Eb cur new tmp "
check "all are in cur" test "$(ls "$maildir/cur" | wc -l)" = 9
sized() { [[ "$(named 1)" == *",S=$(stat -c %s "$(named 1)"):2," ]] && [ "$(stat -c %s "$(named 1)")" = "$(wc -c <"$(named 1)")" ]; }
check "a name has its size, which is exact" sized
check "the octets are those of the message" cmp "$(named 1)" "$mount"/INBOX/*letter1.*.eml
check "it is the same file" test "$(stat -c %i "$(named 1)")" = "$(stat -c %i "$mount"/INBOX/*letter1.*.eml)"
check "a seen one says so" ends 1 S .Archive.2024

# --- by hand, as delivery agents and readers do --------------------------------------------------
old=$(named 1)
check "another client flags one" other client -- mark INBOX letter1@example.org '+\Flagged'
eventually "its name says so" 20 ends 1 F
check_fails "the old name is gone" test -e "$old"
check "mv sets what differs" mv "$(named 1)" "${old}FS"
check "on the server" flags_are 1 '\Flagged \Seen'
check "and takes away" mv "$(named 1)" "${old}R"
check "on the server" flags_are 1 '\Answered'
check "P is \$Forwarded" mv "$(named 1)" "${old}P"
check "on the server" flags_are 1 '$Forwarded'
there() { [ "$(find "$mount/$1" -maxdepth 1 -name "*letter1.*" | wc -l)" = "$2" ]; }
check "in the folder it is as it was" there INBOX 1
check "mv to another folder" mv "$(named 1)" "$maildir/.a%2Eb/cur/"
check "moves" flags_are 1 '$Forwarded' a.b
check_fails "away from here" flags 1
check "in the folders too" there a.b 1
check "as here" there INBOX 0
check "rm" rm "$(named 1 '.a%2Eb')"
check "it is gone there" there a.b 0
check "mv of a message in its folder" mv "$mount/INBOX/"*letter9.*.eml "$mount/INBOX/mine-letter9..eml"
check "gives it another name here" test -s "$maildir/cur/mine-letter9.:2,"
check "deletes" gone 1 a.b
deliver() {
    letter letter20 >"$maildir/tmp/20.M1P2.host" && sync "$maildir/tmp/20.M1P2.host" &&
        ln "$maildir/tmp/20.M1P2.host" "$maildir/new/20.M1P2.host" && rm "$maildir/tmp/20.M1P2.host" && sync "$maildir/new"
}
check "delivery by link" deliver
check "arrives" flags_are 20 ''
check "and stays where it was put" test "$(ls "$maildir/new")" = 20.M1P2.host
check "with CRLF" cmp <(other client show INBOX "$(other client search INBOX HEADER Message-ID letter20@example.org)") <(letter letter20 | sed 's/$/\r/')
letter letter21 >"$maildir/.Sent/tmp/21.M1P2.k7f3qa"
check_fails "what is in tmp is not on the server" flags 21 Sent
check "until it is renamed" mv "$maildir/.Sent/tmp/21.M1P2.k7f3qa" "$maildir/.Sent/cur/21.M1P2.k7f3qa:2,DS"
check "with its flags" flags_are 21 '\Draft \Seen' Sent
check "mkdir" mkdir "$maildir/.Lists.swift-%2Eorg"
check "makes a folder" test -d "$mount/Lists/swift-.org"
check "rm -r" rm -r "$maildir/.Lists.swift-%2Eorg"
check_fails "removes it" test -e "$mount/Lists/swift-.org"
check "files of programs stay here" sh -c 'echo 1 >"$1/.lock" && echo 2 >"$1/maildirsize"' sh "$maildir"
check_fails "a database is none of it" mkdir "$maildir/.notmuch"

# --- mutt, neomutt ---------------------------------------------------------------------------
cat >"$work/muttrc" <<'M'
set quit=yes move=no delete=yes confirmappend=no copy=no sort=subject wait_key=no
set from=alice@example.org
M
# reads PROGRAM KEYS [FOLDER]
reads() {
    local place=$maildir/${3:-}
    timeout --kill-after=5 60 "$acceptance/terminal.py" "$1" -n -F "$work/muttrc" -f "${place%/}" -e "push \"<search>~A\n$2\"" >"$work/$1.out"
}
check "mutt -f: flag one, read one, delete one, copy one" reads mutt "<search>~i letter3@\n<flag-message><search>~i letter2@\n<display-message><exit><search>~i letter4@\n<delete-message><search>~i letter5@\n<copy-message>$maildir/.Archive.2024\n<sync-mailbox><quit>"
check "the one is seen" flags_are 2 '\Seen'
check "the other flagged" flags_are 3 '\Flagged'
check "the third gone" gone 4
check "the fourth copied" flags 5 Archive/2024
check "and here as well" flags 5
check "neomutt -f: read one, reply flag, delete one, save one" reads neomutt "<search>~i letter5@\n<display-message><exit><search>~i letter6@\n<set-flag>r<search>~i letter7@\n<delete-message><search>~i letter20@\n<save-message>$maildir/.Archive.2024\n<sync-mailbox><quit>"
check "the one is seen" flags_are 5 '\Seen'
check "the other answered" flags 6
check "the third gone" gone 7
check "the fourth moved" flags 20 Archive/2024
check "away from here" gone 20
check "all that mutt saw" reads mutt "<quit>" .Archive.2024

# --- notmuch ---------------------------------------------------------------------------------
export NOTMUCH_CONFIG=$work/notmuch-config
mkdir "$work/notmuch"
cat >"$NOTMUCH_CONFIG" <<M
[database]
path=$work/notmuch
mail_root=$maildir
[user]
name=Alice
primary_email=alice@example.org
[new]
tags=unread;inbox
ignore=.uidvalidity;maildirsize
[maildir]
synchronize_flags=true
M
found() { [ "$(notmuch search --output=messages "$1" | wc -l)" = "$2" ]; }
check "notmuch new" notmuch new
check "finds by words of the text" found '"Text of letter8"' 1
check "and by flags" found 'tag:flagged' 1
check "notmuch tag" notmuch tag -unread +flagged +replied id:letter8@example.org
check "arrives" flags_are 8 '\Answered \Flagged \Seen'
check "another client reads one" other client -- mark INBOX letter9@example.org '+\Seen'
eventually "its name says so" 20 ends 9 S
again() { notmuch new && ! notmuch search --output=messages tag:unread | match -F letter9@; }
check "notmuch new sees that" again
insert() { letter letter22 | notmuch insert --folder=.Archive.2024 +inserted -unread; }
check "notmuch insert" insert
check "arrives, with its flag" flags_are 22 '\Seen' Archive/2024
readable() { notmuch search --output=files '*' | while IFS= read -r file; do test -s "$file" || exit 1; done; }
check "all that it knows is there" readable

# --- mu --------------------------------------------------------------------------------------
indexed() { mu index --muhome="$work/mu" --quiet; }
mu_finds() { [ "$(mu find --muhome="$work/mu" --fields i "$1" 2>/dev/null | wc -l)" = "$2" ]; }
check "mu init" mu init --muhome="$work/mu" --maildir="$maildir" --my-address=alice@example.org
check "mu index" indexed
check "mu find by words" mu_finds letter8 1
check "by flag" mu_finds 'flag:flagged' 2
check "another client flags one" other client -- mark INBOX letter9@example.org '+\Flagged'
eventually "its name says so" 20 ends 9 FS
check "mu index" indexed
check "sees that" mu_finds 'flag:flagged' 3

# --- mbsync ----------------------------------------------------------------------------------
mkdir "$work/copy"
cat >"$work/mbsyncrc" <<M
MaildirStore view
Inbox $maildir
SubFolders Maildir++

MaildirStore copy
Path $work/copy/
Inbox $work/copy/Inbox
SubFolders Verbatim

IMAPStore bob
Host localhost
Port $tlsport
SSLType IMAPS
CertificateFile $ca
User bob
Pass builder

Channel local
Far :view:
Near :copy:
Patterns *
Create Both
Expunge Both
SyncState $work/sync-local-

Channel account
Far :view:
Near :bob:
Patterns INBOX Archive/2024
Create Both
Expunge Both
SyncState $work/sync-bob-
M
synced() { mbsync -q -c "$work/mbsyncrc" "$1"; }
bobs() {
    local program=$1
    shift
    timeout --kill-after=5 300 python3 "$acceptance/$program.py" \
        --host localhost --port "$tlsport" --tls --ca "$ca" --user bob --password builder "$@"
}
check "mbsync to a local Maildir" synced local
# mbsync adds a field of its own.
octets() { find "$1/cur" "$1/new" -name "*:2,*" -exec cat {} + | grep -v ^X-TUID | sort | sha256sum; }
same() { [ "$(octets "$maildir")" = "$(octets "$work/copy/Inbox")" ]; }
check "it has the same messages" same
check "again, with nothing to do" synced local
copied() { grep -l "<$1@" "$work/copy/Inbox"/{cur,new}/* | head -n 1; }
one=$(copied letter2)
mv "$one" "$work/copy/Inbox/cur/$(basename "${one%%:*}"):2,FS"
rm "$(copied letter3)"
letter letter30 >"$work/copy/Inbox/cur/30.M1.host:2,RS"
check "mbsync takes along what was flagged, deleted and added there" synced local
check "flagged" flags_are 2 '\Flagged \Seen'
check "deleted" gone 3
check "added, with its flags" flags_are 30 '\Answered \Seen'
check "another client reads one" other client -- mark INBOX letter6@example.org '+\Seen'
eventually "its name says so" 20 sh -c 'ls "$1" | grep letter6 | grep -q S$' sh "$maildir/cur"
check "mbsync the other way" synced local
check "has it there" sh -c 'case $1 in *S) ;; *) exit 1 ;; esac' sh "$(copied letter6)"
check "mbsync from account to account" synced account
check "with flags" test "$(bobs client held-flags INBOX letter2@example.org)" = '\Flagged \Seen'
check "and folders" bobs client held-flags Archive/2024 letter22@example.org
check "bob answers one" bobs client -- mark INBOX letter8@example.org '-\Flagged'
check "mbsync back" synced account
check "takes the flag away" flags_are 8 '\Answered \Seen'

# --- the account beside it ---------------------------------------------------------------------
told() { grep -F "\"call\":\"$1\"" "$audit" | grep -F "$2" | tail -n 1 | match -F "$3"; }
nine=$(ls "$mount/INBOX" | grep letter9 | head -n 1)
check "a flag is taken away by its link" rm "$mount/.views/flagged/$nine"
check "the audit says from which message" told unlink .views/flagged/ '"message":{"mailbox":"INBOX"'
check "and given by one" ln -s "$mount/INBOX/$nine" "$mount/.views/flagged/"
check "to which message too" told symlink .views/flagged/ '"message":{"mailbox":"INBOX"'
check "it is deleted" rm "$mount/INBOX/$nine"
check "and brought back" "$mailmount" undelete "$mount" "*$nine"
check "which is recorded" told undelete "$nine" '"process":"'
names=$(ls "$maildir/cur" "$maildir/new" "$maildir/.Archive.2024/cur" | grep : | sort)
recorded() { grep -F '"call":"rename"' "$audit" | match -F '.views/maildir/cur/'; }
check "the audit has it" recorded
check "unmount" "$mailmount" unmount "$mount"
check "mount again, read-only" mount_mail --read-only
again=$(ls "$maildir/cur" "$maildir/new" "$maildir/.Archive.2024/cur" | grep : | sort)
check "every name is as it was" test "$names" = "$again"
refused() { { "$@" 2>&1; true; } | match "Read-only file system"; }
check "nothing can be flagged" refused mv "$(named 9)" "$(named 9)R"
check "or removed" refused rm -f "$(named 9)"
check "or delivered" refused touch "$maildir/tmp/x"
check "mutt reads it" reads mutt "<quit>"
check "unmount" "$mailmount" unmount "$mount"
check "mount with --allow append" mount_mail --allow append
check "nothing can be flagged" refused mv "$(named 9)" "$(named 9)R"
check "or removed" refused rm -f "$(named 9)"
appends() { letter letter40 >"$maildir/tmp/40.host" && mv "$maildir/tmp/40.host" "$maildir/cur/40.host:2,S"; }
check "but delivered, with flags" appends
check "which arrives" flags_are 40 '\Seen'
check "unmount" "$mailmount" unmount "$mount"
check "mount one folder only" mount_mail --folder Archive/2024
check "the others are not there" test "$(ls -A "$maildir" | tr '\n' ' ')" = ".Archive .Archive.2024 cur new tmp "
check "INBOX among them" refused touch "$maildir/tmp/x"
finish
