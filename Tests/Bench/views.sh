# shellcheck shell=bash
# Views and words: P13, P14; sourced by bench.sh.

# In one message of thirty, in charsets and encodings in which no grep finds it.
word=фонарь

# The mount with every text of Reading in its cache, its listing loaded.
mount_reading() {
    mount_on "$work/reading" "$tlsport" --folder Reading
    quietly ls "$mount/Reading"
}

# grep_texts SERIES: the texts of all messages, each with its words.
grep_texts() {
    timed "$1" grep -rc Subject "$mount/.views/text/Reading"
    lines "$count"
    [ "$(counts)" = "${same:=$(counts)}" ] || stop "grep finds something else in the texts"
}

row_P13() {
    local run same=""
    need_reading_cache
    for run in $(seq "$long_runs"); do
        rm -f "$work/reading"/text.sqlite*
        cold
        mount_reading
        grep_texts P13.made
        grep_texts P13.warm
        unmount_mail
        [ -s "$work/reading/text.sqlite" ] || stop "no text was kept"
        cold
        mount_reading
        grep_texts P13.kept
        unmount_mail
        cold
        timed P13.files grep -rc Subject "$work/plain"
        timed P13.files.warm grep -rc Subject "$work/plain"
    done
    result P13 "grep -r over the texts of $count cached messages, made for it" "their files on the disk, cold" s ratio "" \
        P13.made P13.files
    result P13 "  in the next mount, cold" "their files on the disk, cold" s ratio "" P13.kept P13.files
    result P13 "  again, warm" "the same, warm" s ratio "" P13.warm P13.files.warm
}

# The files as a Maildir, for those who index one.
need_peers() {
    [ ! -e "$work/peers" ] || return 0
    mkdir -p "$work/peers/mail/cur" "$work/peers/mail/new" "$work/peers/mail/tmp"
    find "$work/plain" -type f -exec cp -l -t "$work/peers/mail/cur" {} + || stop "no Maildir for the others"
    printf '[database]\npath=%s\n[new]\ntags=\n[maildir]\nsynchronize_flags=false\n' "$work/peers/mail" >"$work/peers/notmuchrc"
}

its_notmuch() { NOTMUCH_CONFIG=$work/peers/notmuchrc notmuch "$@"; }
mu_index() { its_mu init --maildir="$work/peers/mail" && its_mu index; }
its_mu() { mu "$1" --muhome="$work/peers/mu" "${@:2}"; }

# found SERIES COMMAND...: prints a path for each message found.
found() {
    timed "$@"
    [ -s "$work/output" ] || stop "$* finds nothing"
}

row_P14() {
    local run
    need_reading_cache
    need_peers
    for run in $(seq "$long_runs"); do
        rm -f "$work/reading"/search.sqlite*
        rm -rf "$work/peers/mu" "$work/peers/mail/.notmuch"
        cold
        mount_reading
        found P14.made "$mailmount" search "$mount" "$word"
        unmount_mail
        cold
        timed P14.notmuch.made its_notmuch new
        cold
        timed P14.mu.made mu_index
    done
    mount_reading
    for run in $(seq "$runs"); do
        found P14.own "$mailmount" search "$mount" "$word"
        found P14.notmuch its_notmuch search --output=files "$word"
        found P14.mu its_mu find --fields=l "$word"
        timed P14.grep grep -rl "$word" "$mount/.views/text/Reading"
    done
    # What is read while the index is made. The other core is the reader's.
    quietly grep -rc Subject "$mount/Reading"
    for run in $(seq "$runs"); do timed P14.alone grep -rc Subject "$mount/Reading"; done
    unmount_mail
    rm -f "$work/reading"/search.sqlite*
    mount_reading
    quietly grep -rc Subject "$mount/Reading"
    "$mailmount" search "$mount" "$word" >"$work/searched" 2>&1 &
    local searching=$!
    while kill -0 "$searching" 2>/dev/null; do timed P14.beside grep -rc Subject "$mount/Reading"; done
    wait "$searching" || stop "the search beside grep: $(cat "$work/searched")"
    sample P14.index "$(stat -c %s "$work/reading/search.sqlite" | awk '{ print $1 / 1e6 }')"
    sample P14.text "$(find "$mount/.views/text/Reading" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum / 1e6 }')"
    awk '/^VmHWM:/ { print "P14.memory\t" $2 / 1024 }' "/proc/$(daemon)/status" >>"$samples"
    unmount_mail
    result P14 "a word in $count cached messages, all of them indexed first" "notmuch new" s ratio "" P14.made P14.notmuch.made
    result P14 "  the same" "mu index" s ratio "" P14.made P14.mu.made
    result P14 "  found again, by mailmount search" "notmuch search --output=files" s ratio "" P14.own P14.notmuch
    result P14 "  the same" "mu find" s ratio "" P14.own P14.mu
    result P14 "  by grep -rl over the texts, warm" "notmuch search --output=files" s ratio "" P14.grep P14.notmuch
    result P14 "  reading (P1) while the index is made" "without" s ratio 1.05 P14.beside P14.alone
    result P14 "  the index" "the texts" MB ratio 0.15 P14.index P14.text
    result P14 "  memory at its most, texts and index made" "" MB value "" P14.memory ""
    [ -z "$million" ] || headers_found
}

# Words of headers alone, as many as the largest folder of P10 has.
headers_found() {
    local again=$work/huge run
    [ -z "$data" ] || again=$data/huge
    mkdir -p "$again"
    need_huge "$again"
    mount_url "$work/words.huge" "imaps://alice@localhost:$(sed -n 's/^tlsport=//p' "$again/endpoint")" --folder Huge \
        --ca-file "$again/tls/ca.pem"
    quietly ls -U "$mount/Huge"
    timed P14.huge.made "$mailmount" search "$mount" message-id:many.4711
    for run in $(seq "$runs"); do
        found P14.huge "$mailmount" search "$mount" "message-id:many.$((4711 + run * 7))"
    done
    unmount_mail
    "$here/dovecot.sh" stop "$again"
    aside "$work/words.huge"
    result P14 "a Message-ID among $huge listed messages, by mailmount search" "" s value 0.1 P14.huge ""
    result P14 "  all of them indexed first" "" s value "" P14.huge.made ""
}
