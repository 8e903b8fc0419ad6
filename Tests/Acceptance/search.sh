#!/bin/bash
# mailmount search through a real mount: what is found by fields and by text, here and by the server, how it is printed, what is said
# of mail that nobody could look at, and what of it is on the wire.
# shellcheck disable=SC2317 # functions here are called by check and eventually
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin
export RAWLOG=1 NOFSYNC=1
check "the wire check finds every planted command" python3 "$acceptance/wire.py" --self-test
start_server
say "      $(other fill --folder Bulk --count 200 --deleted 0) in Bulk"
check "mount" mount_mail
mkdir "$mount/Harbour"
printf 'From: Mina <mina@example.org>\nTo: Lucy <lucy@example.org>\nSubject: =?utf-8?Q?Gr=C3=B6=C3=9Fe?= of the berth\nDate: Mon, 4 Mar 2024 09:00:00 +0000\nContent-Transfer-Encoding: base64\n\nVHdlbHZlIGNyb3ducyBhIHdlZWsuCg==\n' >"$mount/Harbour/berth.eml"
printf 'From: Lucy <lucy@example.org>\nSubject: Re: berth\nDate: Tue, 5 Mar 2024 09:00:00 +0000\n\nToo dear, zanzibar.\n' >"$mount/Harbour/answer.eml"
check "sync" "$mailmount" sync "$mount"

search() { "$mailmount" search "$mount" "$@"; }
# finds WANTED QUERY...: exactly these paths below the mountpoint, in this order, a blank after each.
finds() {
    local wanted=$1 found
    shift
    found=$(search "$@" 2>"$work/said" | sed "s|^$mount/||" | tr '\n' ' ')
    [ "$found" = "$wanted" ] || { printf 'found: %s\n' "$found"; cat "$work/said"; return 1; }
}
both='Harbour/answer.eml Harbour/berth.eml '
cat "$mount"/Harbour/*.eml >/dev/null
check "words, the newest first" finds "$both" berth in:harbour
check "words of encoded fields, without accents and case" finds 'Harbour/berth.eml ' subject:GROßE in:Harbour
check "words of encoded text" finds 'Harbour/berth.eml ' '"twelve crowns"' in:Harbour
check "the beginning of a word, either, and not" finds "$both" 'in:Harbour (twel* OR dear) -supper'
check "to, dates and sizes" finds 'Harbour/berth.eml ' to:lucy since:2024-03-04 before:2024-03-05 smaller:1M in:Harbour
check "a query that begins with a hyphen" finds 'Harbour/berth.eml ' -from:lucy in:Harbour
check "flags" setfattr -n user.imap.flags -v '+\Flagged' "$mount/Harbour/berth.eml"
check "at once" finds 'Harbour/berth.eml ' is:flagged in:Harbour
zeros() { [ "$(search -0 in:Harbour | xargs -0 grep -l Subject | wc -l)" = 2 ]; }
check "-0 is for xargs" zeros
lines() { search in:Harbour --json | python3 -c 'import json, sys; assert [json.loads(x)["folder"] for x in sys.stdin] == ["Harbour"] * 2'; }
check "--json" lines
answers 64 'is: purple is none of' "a bad query is shown with its place" "$mailmount" search "$mount" is:purple
answers 64 '^ +\^' "--explain too" "$mailmount" search "$mount" --explain is:purple
answers 64 '^ +\^' "and Gmail's words elsewhere" "$mailmount" search "$mount" -from:lucy raw:x
answers 64 '^ +\^' "of which --explain says so too" "$mailmount" search "$mount" --explain raw:x
answers 1 'Invalid argument' "and mkdir" mkdir "$mount/.views/search/raw:x"
answers 0 'one of' "--explain says how a query is read" "$mailmount" search "$mount" --explain 'a OR b'

answers 0 'the server is asked' "and whose a phrase is to find" "$mailmount" search "$mount" --explain '"a phrase"'

# What is not cached is the server's to search: every message that grep finds, and none is fetched for it.
words=$(cat "$mount"/Bulk/*.eml | tr -cs 'A-Za-z' '\n' | grep -E '^[a-z]{7,9}$' | sort | uniq -c | sort -n | awk '$1 > 3 && $1 < 30 { print $2; exit }')
grep -rliw "$words" "$mount/Bulk" | sort >"$work/grep"
check "unmount" "$mailmount" unmount "$mount"
rm -rf "$work"/offline/bodies "$work"/offline/*.sqlite*
check "mount again, with nothing cached" mount_mail
ls "$mount/Bulk" >/dev/null
same() {
    search "$words" in:Bulk 2>/dev/null | sort >"$work/search"
    # The server looks at decoded texts, grep at the files: whatever grep sees has to be there.
    [ -s "$work/grep" ] && [ -z "$(comm -23 "$work/grep" "$work/search")" ] &&
        ! getfattr -n user.mailmount.state --only-values "$(head -n 1 "$work/search")" | match cached
}
check "the text of what is not cached is searched by the server" same
check "on the wire: only by UID, only PEEK" python3 "$acceptance/wire.py" "$server/rawlog/alice"

check "sync --bodies" "$mailmount" sync "$mount" --bodies
rm "$mount/Harbour/answer.eml"
check "a message that is gone is not found" finds 'Harbour/berth.eml ' berth in:harbour
check "stop the server" "$root/Tests/dovecot.sh" stop "$server"
offline() { "$mailmount" status "$mount" --json | match '"connection" *: *"offline"'; }
eventually "offline" 20 offline
check "the same without a connection" finds 'Harbour/berth.eml ' '"twelve crowns"' in:Harbour
check "unmount, too" "$mailmount" unmount "$mount"
finish
