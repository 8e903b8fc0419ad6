# shellcheck shell=bash
# What each call does on the server, as checks that can be run against any server; sourced after lib.sh.
#
#   server_under_test OPTION...  what is tried, and how it is mounted (below); what is not named stays as it was
#   in_mode MODE                 default; sync where the mount has --sync-changes: then the server has a change when the call returns; fast
#                                where files are opened without asking. Sets $mode
#   check_effects                everything in the order of `effects`, in this mode; the account is mounted at $mount already
#   check_effect NAME            one of them; `folders` makes the two that the others use
#   check_deletion_policies      what rm does, by policy; mounts for itself
#
# Options of server_under_test:
#   --mount FUNCTION     mounts $url at $mount with the options that it is given beside those of $mode
#   --below PREFIX       what comes before folders that may be made, such as INBOX/ (empty where they may be made at the top)
#   --separator SIGN     the server's hierarchy separator (/)
#   --lacking WORDS      what this server does not have, of these words:
#                          move uidplus         the extension
#                          keywords             flags of one's own
#                          trash drafts         a folder that is marked so
#                          nested               folders that hold messages and folders
#                          odd-names            folder names with quotes, backslashes, braces
#                          dates                INTERNALDATE as it was given
#                          append-flags         flags that are given with APPEND
#                          copy                 COPY that copies: what it makes is found wrong once, then messages are uploaded
#                          crlf                 CRLF as it was given: LF alone instead
#   --transcript PATH    what changes.py reads: a directory of rawlogs, or the program's own trace; empty: the wire is not looked at
#   --patience SECONDS   the longest wait for anything (30)
#
# Environment: EFFECTS, the effects that are checked (all).
# shellcheck disable=SC2317,SC2154 # functions are called by check and eventually; work, mount, mailmount and acceptance are those of lib.sh
mode=default below='' separator=/ lacking='' transcript='' patience=30
mount_again=mount_mail
read -ra effects <<<"${EFFECTS:-folder_trees reading moving naming replacing deleting creating not_messages scratch immutable drafts copying \
flags many room remount}"

server_under_test() {
    while [ $# -gt 0 ]; do
        case $1 in
        --mount) mount_again=$2 ;;
        --below) below=$2 ;;
        --separator) separator=$2 ;;
        --lacking) lacking=$2 ;;
        --transcript) transcript=$2 ;;
        --patience) patience=$2 ;;
        *)
            say "server_under_test: $1?" >&2
            exit 64
            ;;
        esac
        shift 2
    done
}

in_mode() {
    mode=$1
    given=()
}

lacks() { [[ " $lacking " == *" $1 "* ]]; }

# --- looking at the server ----------------------------------------------------------------------
# named PATH: a folder's name on the server, of its path in the mount.
named() { printf '%s\n' "${1//\//$separator}"; }
found() { other client search "$(named "$1")" UNDELETED HEADER Message-ID "$2@example.com"; }
server_has() { [ "$(found "$1" "$2" | wc -w)" = "${3:-1}" ]; }
server_lacks() { server_has "$1" "$2" 0; }
# server_holds FOLDER WORD FILE: the message is there with these bytes.
server_holds() { other client held "$(named "$1")" "$2@example.com" | same_text - "$3"; }
# The same bytes, line ends apart where the server has its own.
same_text() {
    if lacks crlf; then timeout 60 cmp <(tr -d '\r' <"${1/#-//dev/stdin}") <(tr -d '\r' <"$2"); else timeout 60 cmp "$1" "$2"; fi
}
server_date() { [ "$(other client held-date "$(named "$1")" "$2@example.com")" = "$3" ]; }
marked_deleted() { [ "$(other client search "$(named "$1")" DELETED HEADER Message-ID "$2@example.com" | wc -w)" = "${3:-1}" ]; }
server_count() { [ "$(other client search "$(named "$1")" ALL | wc -w)" = "$2" ]; }
has_folder() { other client folders | grep -xF -- "$(named "$1")"; }
lacks_folder() { ! has_folder "$1"; }
is_subscribed() { other client subscribed | grep -xF -- "$(named "$1")"; }
# flagged FOLDER WORD FLAG... : these and no others, \Recent apart, in the order that sort gives them.
flagged() {
    local folder=$1 word=$2
    shift 2
    [ "$(other client held-flags "$(named "$folder")" "$word@example.com")" = "$*" ]
}

# on_server TEXT COMMAND...: what the server is to have, when the call returned or a little later.
on_server() {
    local text=$1
    shift
    if [ "$mode" = sync ]; then check "$text" "$@"; else eventually "$text" "$patience" "$@"; fi
}

# --- looking at the wire ------------------------------------------------------------------------
sent() { python3 "$acceptance/changes.py" since "$transcript" "$work/mark" "${1:-}"; }
# From here on, once nothing is under way any more.
mark() {
    local end=$((SECONDS + patience))
    until nothing_pending || [ $SECONDS -ge $end ]; do sleep 0.05; done
    [ -z "$transcript" ] || python3 "$acceptance/changes.py" mark "$transcript" "$work/mark"
}
# on_wire TEXT OPERATOR NUMBER PATTERN: how many commands since `mark` fit.
on_wire() {
    [ -z "$transcript" ] || check "$1" wire_shows "$2" "$3" "$4"
}
wire_shows() {
    [ "$(sent "$3" | grep -c .)" "-$1" "$2" ] && return
    echo "not -$1 $2: $3; there was"
    sent | tail -n 15
    return 1
}
# wire_order WORDS: the changes of messages since `mark` have these verbs, each with a blank behind it.
wire_order() {
    local verbs
    verbs=$(sent '^UID (MOVE|COPY|STORE|EXPUNGE)' | cut -d' ' -f2 | tr '\n' ' ')
    [ "$verbs" = "$1" ] && return
    echo "$verbs, not $1; there was"
    sent | tail -n 15
    return 1
}
changing='^(UID )?(STORE|COPY|MOVE|APPEND|EXPUNGE|CREATE|DELETE|RENAME|SUBSCRIBE)'

# --- making and finding messages --------------------------------------------------------------
# letter WORD [LINE...]: $work/WORD.eml, a message whose subject is WORD and whose Message-ID is <WORD@example.com>.
letter() {
    local word=$1
    shift
    printf '%s\r\n' 'From: Noah <noah@example.com>' 'To: Alice <alice@example.com>' "Subject: $word" \
        'Date: Fri, 17 May 2024 12:00:00 +0000' "Message-ID: <$word@example.com>" '' "${@:-text of $word}" >"$work/$word.eml"
}
# shown FOLDER WORD: the file that has this subject in its name.
shown() { find "$mount/$1" -maxdepth 1 -name "*_$2.*.eml"; }
# is_shown FOLDER WORD: it has one of that.
is_shown() { [ -n "$(shown "$@")" ]; }
# seed FOLDER WORD: another client delivers it; $file is its file in the mount.
seed() {
    letter "$2"
    other client deliver "$(named "$1")" "$work/$2.eml" >/dev/null || fail "cannot deliver $2"
    timeout 60 "$mailmount" sync "$mount" "$1" || fail "sync after $2 was delivered"
    file=$(shown "$1" "$2")
    [ -n "$file" ] || fail "$2 is not in the mount"
}
attribute() { timeout 20 getfattr --absolute-names --only-values -n "$1" "$2" 2>/dev/null; }
state_is() { [ "$(attribute user.mailmount.state "$1")" = "$2" ]; }
flags_are() { [ "$(attribute user.imap.flags "$1")" = "$2" ]; }
syscall() { timeout --kill-after=5 90 python3 "$acceptance/syscall.py" "$@"; }
# refuses ERRNO TEXT CALL...: this call ends with that error; several are written A|B.
refuses() {
    local wanted=$1 text=$2 said
    shift 2
    said=$(syscall "$@")
    check "$text: $wanted ($said)" grep -qxE -- "($wanted)( .*)?" <<<"$said"
}
accepts() { refuses OK "$@"; }
# Files whose names a program gave, and which have to be there after another mount.
given=()
names_are_kept() {
    local path
    for path in "${given[@]}"; do [ -f "$mount/$path" ] || { echo "$path is not there"; return 1; }; done
}
# status_is EXPRESSION: what `status --json` says, as `status`.
status_is() {
    timeout 20 "$mailmount" status "$mount" --json |
        python3 -c 'import json, sys; status = json.load(sys.stdin); sys.exit(not eval(sys.argv[1]))' "$1"
}
nothing_pending() { status_is 'status["pending"] == 0'; }
nothing_waits() { status_is 'status["pending"] == 0 and not status["failed"]'; }

# --- the effects --------------------------------------------------------------------------------
check_folders() {
    room=${below}Room-$mode hall=${below}Hall-$mode
    mark
    accepts "mkdir" mkdir "$mount/$room"
    on_server "it is on the server" has_folder "$room"
    on_server "and subscribed" is_subscribed "$room"
    accepts "mkdir of another" mkdir "$mount/$hall"
    on_server "it is there too" has_folder "$hall"
    refuses EEXIST "mkdir of what is there" mkdir "$mount/$room"
    refuses ENOENT "mkdir below what is not there" mkdir "$mount/${below}Nowhere-$mode/x"
    refuses ENAMETOOLONG "mkdir of 300 letters" mkdir "$mount/$below$(printf '%0300d' 0)"
    refuses EILSEQ "mkdir of what is no UTF-8" mkdir "$mount/$below"'bad\xffname'
    refuses EPERM "mkdir .Trash-1000" mkdir "$mount/.Trash-1000"
    refuses EPERM "mkdir .Trash" mkdir "$mount/$below.Trash"
    refuses EBUSY "rmdir INBOX" rmdir "$mount/INBOX"
    refuses EBUSY "rename of INBOX" rename "$mount/INBOX" "$mount/Box-$mode"

    accepts "mkdir in other letters" mkdir "$mount/${below}Größe-日本-$mode"
    on_server "it is on the server, by its name" has_folder "${below}Größe-日本-$mode"
    accepts "rmdir" rmdir "$mount/${below}Größe-日本-$mode"
    on_server "it is gone there" lacks_folder "${below}Größe-日本-$mode"
    check "and here" test ! -e "$mount/${below}Größe-日本-$mode"
    if ! lacks odd-names; then
        # Nothing in a name is part of a command.
        local odd="${below}a\"b\\c {3} d-$mode"
        accepts "mkdir of a name with quotes, a backslash and braces" mkdir "$mount/$odd"
        on_server "it has that name on the server" has_folder "$odd"
        accepts "rmdir of it" rmdir "$mount/$odd"
        on_server "it is gone" lacks_folder "$odd"
    fi
}

check_folder_trees() {
    lacks nested && return
    local tree=${below}Tree-$mode
    mkdir -p "$mount/$tree/Branch/Twig"
    on_server "mkdir -p: all of them are on the server" has_folder "$tree/Branch/Twig"
    seed "$tree/Branch" "leaf-$mode"
    cat "$file" >/dev/null
    mark
    accepts "rename of a directory with messages and directories" rename "$mount/$tree" "$mount/$tree-new"
    check "its message is below the new name" test -n "$(shown "$tree-new/Branch" "leaf-$mode")"
    check "and can be read" same_text "$work/leaf-$mode.eml" "$(shown "$tree-new/Branch" "leaf-$mode")"
    check "the old name is gone" test ! -e "$mount/$tree"
    on_server "on the server too" server_has "$tree-new/Branch" "leaf-$mode"
    on_server "with all that is below" has_folder "$tree-new/Branch/Twig"
    check "the old one is gone there" lacks_folder "$tree/Branch"
    on_wire "by RENAME, and nothing was fetched" eq 0 'BODY\.PEEK\[\]|COPY|APPEND'
    refuses ENOTEMPTY "rmdir of a directory with a message" rmdir "$mount/$tree-new/Branch"
    rm "$(shown "$tree-new/Branch" "leaf-$mode")"
    refuses ENOTEMPTY "rmdir of a directory with a directory" rmdir "$mount/$tree-new/Branch"
    mark
    accepts "rmdir of an empty one" rmdir "$mount/$tree-new/Branch/Twig"
    on_server "it is gone on the server" lacks_folder "$tree-new/Branch/Twig"
    if lacks uidplus; then
        refuses ENOTEMPTY "rmdir of one whose message was deleted here, where nothing can be expunged" \
            rmdir "$mount/$tree-new/Branch"
        on_server "the server keeps the message, marked" marked_deleted "$tree-new/Branch" "leaf-$mode"
        on_wire "and was not asked for more" eq 1 '^DELETE'
        answers 0 '' "undelete" "$mailmount" undelete "$mount" "*leaf-$mode*"
        eventually "the server has it without the flag" "$patience" server_has "$tree-new/Branch" "leaf-$mode"
        mkdir -p "$mount/$tree/Branch"
        on_server "mkdir -p under the name that was free again" has_folder "$tree/Branch"
        seed "$tree/Branch" "second-leaf-$mode"
        check_fails "rm -r" rm -r "$mount/$tree"
        on_server "the server keeps its message, marked" marked_deleted "$tree/Branch" "second-leaf-$mode"
        check "and its folders" has_folder "$tree/Branch"
        check "as the mount does" test -d "$mount/$tree/Branch"
        return
    fi
    mark
    accepts "rmdir of one whose message was deleted here" rmdir "$mount/$tree-new/Branch"
    accepts "and its parent" rmdir "$mount/$tree-new"
    check "both are gone here" test ! -e "$mount/$tree-new"
    # rm -r: what scripts do.
    mkdir -p "$mount/$tree/Branch"
    on_server "mkdir -p under the name that was free again" has_folder "$tree/Branch"
    seed "$tree/Branch" "second-leaf-$mode"
    check "rm -r" rm -r "$mount/$tree"
    check "everything is gone here" test ! -e "$mount/$tree"
    check "mailmount sync" timeout 60 "$mailmount" sync "$mount"
    check "the server keeps it for as long as it can be brought back" has_folder "$tree/Branch"
    check "as the one before" has_folder "$tree-new/Branch"
    on_wire "nothing was deleted" eq 0 '^DELETE|EXPUNGE'
    answers 0 '' "undelete" "$mailmount" undelete "$mount" "*leaf-$mode*"
    check "directory and message are back" test -n "$(shown "$tree/Branch" "second-leaf-$mode")"
    check "those of before too" test -n "$(shown "$tree-new/Branch" "leaf-$mode")"
    eventually "on the server without the flag" "$patience" server_has "$tree/Branch" "second-leaf-$mode"
    eventually "both" "$patience" server_has "$tree-new/Branch" "leaf-$mode"
    check "rm -r once more" rm -r "$mount/$tree" "$mount/$tree-new"
    accepts "mkdir of a name that was free" mkdir "$mount/$tree"
    on_server "is the folder that is there" has_folder "$tree"
    on_wire "and none is made" eq 2 '^CREATE'
}

check_reading() {
    seed "$room" "reading-$mode"
    mark
    check "open and read: its bytes" same_text "$work/reading-$mode.eml" "$file"
    check "once more: the same" same_text "$work/reading-$mode.eml" "$file"
    check "the state is cached" state_is "$file" cached
    on_wire "it was fetched once" eq 1 'BODY\.PEEK\[\]'
    on_wire "nothing was stored" eq 0 "$changing"
    check "it is not marked as read" flagged "$room" "reading-$mode"
}

check_moving() {
    local name moved=$hall/moved-$mode.eml
    seed "$room" "moving-$mode"
    name=$(basename "$file")
    cat "$file" >/dev/null
    mark
    check "mv into another directory" mv "$file" "$mount/$hall/"
    check "it is there under its name" test -f "$mount/$hall/$name"
    check "and not here" test ! -e "$file"
    on_server "the server has it in the other folder" server_has "$hall" "moving-$mode"
    on_server "and only there" server_lacks "$room" "moving-$mode"
    if lacks move; then
        on_wire "by one COPY" eq 1 '^UID COPY'
        lacks uidplus || on_wire "and UID EXPUNGE of it" eq 1 '^UID EXPUNGE'
    else
        on_wire "by one MOVE" eq 1 '^UID MOVE'
        on_wire "and nothing else" eq 0 '^(UID )?(COPY|STORE|EXPUNGE|APPEND)'
    fi
    eventually "the cached body has moved along" "$patience" state_is "$mount/$hall/$name" cached
    check "its bytes" same_text "$work/moving-$mode.eml" "$mount/$hall/$name"
    on_wire "nothing was fetched for that" eq 0 'BODY\.PEEK\[\]'
    seed "$room" "renaming-$mode"
    check "mv to another name in another directory" mv "$file" "$mount/$moved"
    check "it is there under that name" test -f "$mount/$moved"
    on_server "the server has it there" server_has "$hall" "renaming-$mode"
    given+=("$moved")
    refuses ENOENT "rename of what is not there" rename "$file" "$mount/$hall/x.eml"
    refuses ENOENT "rename into what is not there" rename "$mount/$moved" "$mount/${below}Nowhere-$mode/x.eml"
}

check_naming() {
    local name=$room/Any\ name-$mode.eml
    seed "$room" "naming-$mode"
    mark
    accepts "rename inside a directory" rename "$file" "$mount/$name"
    check "the new name is there" same_text "$work/naming-$mode.eml" "$mount/$name"
    check "the old one is not" test ! -e "$file"
    on_wire "the server hears nothing of it" eq 0 "$changing"
    given+=("$name")
}

check_replacing() {
    local old
    seed "$room" "outdated-$mode"
    old=$file
    seed "$room" "current-$mode"
    refuses EEXIST "RENAME_NOREPLACE onto a message" rename "$file" "$old" noreplace
    refuses EINVAL "RENAME_EXCHANGE" rename "$file" "$old" exchange
    check "nothing has changed by that" same_text "$work/outdated-$mode.eml" "$old"
    accepts "rename onto a message of the same directory" rename "$file" "$old"
    check "the name has the new bytes" same_text "$work/current-$mode.eml" "$old"
    check "the other name is gone" test ! -e "$file"
    on_server "the server has the new one" server_has "$room" "current-$mode"
    on_server "and not the old one" server_lacks "$room" "outdated-$mode"
    given+=("${old#"$mount/"}")

    seed "$hall" "old-$mode"
    old=$file
    seed "$room" "new-$mode"
    mark
    accepts "rename onto a message of another directory" rename "$file" "$old"
    check "the name has the new bytes" same_text "$work/new-$mode.eml" "$old"
    on_server "the server has the new one there" server_has "$hall" "new-$mode"
    on_server "not the old one" server_lacks "$hall" "old-$mode"
    on_server "and nothing where it came from" server_lacks "$room" "new-$mode"
    lacks move || [ -z "$transcript" ] || check "first the new one came, then the old one went" wire_order 'MOVE STORE '
    given+=("${old#"$mount/"}")
}

# The mount has a long --expunge-after.
check_deleting() {
    seed "$room" "deleting-$mode"
    mark
    accepts "unlink" unlink "$file"
    check "its file is gone" test ! -e "$file"
    refuses ENOENT "unlink once more" unlink "$file"
    on_server "on the server it is marked with \\Deleted" marked_deleted "$room" "deleting-$mode"
    on_wire "by STORE, and not expunged yet" eq 0 'EXPUNGE|CLOSE|MOVE'
    answers 0 "^${file#"$mount/"}\$" "undelete says what is back" "$mailmount" undelete "$mount" "${file#"$mount/"}"
    check "its file is back" same_text "$work/deleting-$mode.eml" "$file"
    eventually "the server has it without the flag" "$patience" server_has "$room" "deleting-$mode"
    answers 1 'nothing' "undelete of what was never deleted" "$mailmount" undelete "$mount" 'nothing*'
}

check_creating() {
    local new=$hall/new-$mode.eml before
    letter "new-file-$mode"
    mark
    check "cp of a file into the mount" cp "$work/new-file-$mode.eml" "$mount/$new"
    on_server "the server has it" server_has "$hall" "new-file-$mode"
    check "byte for byte" server_holds "$hall" "new-file-$mode" "$work/new-file-$mode.eml"
    check "its name is kept" same_text "$work/new-file-$mode.eml" "$mount/$new"
    eventually "it is no longer pending" "$patience" state_is "$mount/$new" cached
    check "it is one file, not two" test "$(find "$mount/$hall" -name "*new-file-$mode*" | wc -l)" = 0
    on_wire "by one APPEND" eq 1 '^APPEND'
    given+=("$new")

    lacks dates || check "INTERNALDATE is that of its Date field" server_date "$hall" "new-file-$mode" 1715947200
    letter "dated-$mode"
    accepts "a file whose mtime is set before the close" upload "$work/dated-$mode.eml" "$mount/$hall/dated-$mode.eml" \
        --modified 1234567890
    on_server "the server has it" server_has "$hall" "dated-$mode"
    if ! lacks dates; then
        check "INTERNALDATE is that mtime" server_date "$hall" "dated-$mode" 1234567890
        check "which the mount shows" test "$(stat -c %Y "$mount/$hall/dated-$mode.eml")" = 1234567890
        letter "preserved-$mode"
        touch -d @1300000000 "$work/preserved-$mode.eml"
        check "cp -p" cp -p "$work/preserved-$mode.eml" "$mount/$hall/"
        on_server "the server has it" server_has "$hall" "preserved-$mode"
        check "with the time of the file" server_date "$hall" "preserved-$mode" 1300000000
        letter "undated-$mode"
        sed -i 's/^Date: .*\r/Date: next Tuesday, perhaps\r/' "$work/undated-$mode.eml"
        before=$(date +%s)
        check "a file without a sane date" cp "$work/undated-$mode.eml" "$mount/$hall/"
        on_server "the server has it" server_has "$hall" "undated-$mode"
        dated_now() {
            local date
            date=$(other client held-date "$(named "$hall")" "undated-$mode@example.com")
            [ "$date" -ge $((before - 60)) ] && [ "$date" -le $(($(date +%s) + 60)) ]
        }
        check "its date is that of its arrival" dated_now
    fi
    letter "flagged-$mode"
    accepts "a file with flags" upload "$work/flagged-$mode.eml" "$mount/$hall/flagged-$mode.eml" --flags 'Seen \Flagged'
    if lacks append-flags; then
        # The server forgets them: the mount shows what it has.
        on_server "the server has it" server_has "$hall" "flagged-$mode"
        eventually "the mount shows the flags that the server has" "$patience" flags_are "$mount/$hall/flagged-$mode.eml" ''
    else
        on_server "the server has it with these flags" flagged "$hall" "flagged-$mode" '\Flagged' '\Seen'
    fi

    letter "lines-$mode" 'one' '' '.' '..two' "$(head -c 3000 /dev/zero | tr '\0' x)"
    tr -d '\r' <"$work/lines-$mode.eml" >"$work/bare.eml"
    check "a text with bare LF" cp "$work/bare.eml" "$mount/$hall/lines-$mode.eml"
    on_server "the server has it with CRLF, and else as it was" server_holds "$hall" "lines-$mode" "$work/lines-$mode.eml"
    eventually "the mount shows what the server has" "$patience" same_text "$work/lines-$mode.eml" "$mount/$hall/lines-$mode.eml"
    letter "redirected-$mode"
    check "a shell's redirection" bash -c 'cat "$1" >"$2"' - "$work/redirected-$mode.eml" "$mount/$hall/redirected-$mode.eml"
    on_server "the server has it" server_holds "$hall" "redirected-$mode" "$work/redirected-$mode.eml"
    letter "synced-$mode"
    check "rsync" rsync --inplace "$work/synced-$mode.eml" "$mount/$hall/"
    on_server "the server has it" server_holds "$hall" "synced-$mode" "$work/synced-$mode.eml"
    letter "temporary-$mode"
    check "rsync by a temporary name" rsync -t "$work/temporary-$mode.eml" "$mount/$hall/"
    on_server "the server has it, once" server_has "$hall" "temporary-$mode"
}

check_not_messages() {
    local word
    printf 'From: a@example.com\r\nMessage-ID: <nul-%s@example.com>\r\n\r\na\0b\r\n' "$mode" >"$work/nul.eml"
    refuses 'EINVAL close|OK' "a .eml with NUL" upload "$work/nul.eml" "$mount/$hall/nul-$mode.eml"
    if [ -e "$mount/$hall/nul-$mode.eml" ]; then
        check "is kept, failed" state_is "$mount/$hall/nul-$mode.eml" failed
        accepts "and can be removed" unlink "$mount/$hall/nul-$mode.eml"
    fi
    check "the server has never seen it" server_lacks "$hall" "nul-$mode"
    for word in notes.txt eml x.eml.gz; do
        refuses EPERM "create of $word" create "$mount/$hall/$word"
    done
    seed "$hall" "link-$mode"
    refuses EPERM "link" link "$file" "$mount/$hall/link.eml"
    refuses EPERM "symlink" symlink x "$mount/$hall/link.eml"
    refuses EPERM "mknod of a pipe" mknod "$mount/$hall/pipe.eml"
    mark
    : >"$mount/$hall/empty-$mode.eml"
    check "an empty .eml is there" test -f "$mount/$hall/empty-$mode.eml"
    check "and empty" test ! -s "$mount/$hall/empty-$mode.eml"
    on_wire "and not uploaded" eq 0 '^APPEND'
    letter "empty-$mode"
    check "with content" bash -c 'cat "$1" >"$2"' - "$work/empty-$mode.eml" "$mount/$hall/empty-$mode.eml"
    on_server "it is" server_has "$hall" "empty-$mode"
}

check_scratch() {
    local name
    letter "scratch-$mode"
    mark
    for name in .hidden~ "draft-$mode.eml~" ".draft-$mode.eml.swp" "x-$mode.part" "x-$mode.tmp" 4913; do
        check "a scratch file: $name" cp "$work/scratch-$mode.eml" "$mount/$hall/$name"
        check "it can be read" same_text "$work/scratch-$mode.eml" "$mount/$hall/$name"
    done
    on_wire "none reaches the server" eq 0 '^APPEND'
    check "writing to one" bash -c 'echo more >>"$1"' - "$mount/$hall/x-$mode.tmp"
    check "rm of some" rm "$mount/$hall/.hidden~" "$mount/$hall/4913" "$mount/$hall/draft-$mode.eml~" \
        "$mount/$hall/.draft-$mode.eml.swp"
    check "they are gone" test ! -e "$mount/$hall/4913"
    accepts "rename of one to .eml" rename "$mount/$hall/x-$mode.part" "$mount/$hall/arrived-$mode.eml"
    on_server "uploads it" server_holds "$hall" "scratch-$mode" "$work/scratch-$mode.eml"
    given+=("$hall/x-$mode.tmp" "$hall/arrived-$mode.eml")

    seed "$room" "backup-$mode"
    mark
    accepts "a message renamed to an editor's backup" rename "$file" "$file~"
    check "is there under that name" same_text "$work/backup-$mode.eml" "$file~"
    on_wire "and still a message of the server" eq 0 "$changing"
    accepts "until that name is removed" unlink "$file~"
    on_server "then it is deleted there" server_lacks "$room" "backup-$mode"
}

check_immutable() {
    seed "$room" "immutable-$mode"
    # In fast mode nobody is asked whether a file may be opened.
    [ "$mode" = fast ] || refuses EPERM "open of a message for writing" open-write "$file"
    refuses EPERM "truncate" truncate "$file"
    check_fails "a shell's >>" bash -c 'echo more >>"$1"' - "$file"
    check_fails "a shell's >" bash -c 'echo more >"$1"' - "$file"
    mark
    accepts "chmod" chmod "$file"
    accepts "chown" chown "$file"
    accepts "utime" utime "$file"
    check "none of these has an effect" test "$(stat -c '%a %U' "$file")" = "600 $(id -un)"
    check "not on the time either" test "$(stat -c %Y "$file")" != 1000000000
    on_wire "the server hears nothing of them" eq 0 "$changing"
    # How editors save: a new file, renamed over the old one.
    letter "edited-$mode"
    cp "$work/edited-$mode.eml" "$mount/$room/.save-$mode.tmp"
    mark
    accepts "saving by a rename over the old one" rename "$mount/$room/.save-$mode.tmp" "$file"
    check "the name has the new text" same_text "$work/edited-$mode.eml" "$file"
    on_server "the server has the new one" server_has "$room" "edited-$mode"
    on_server "and not the old one" server_lacks "$room" "immutable-$mode"
    given+=("${file#"$mount/"}")
}

# What a close makes of a file: in fast mode nobody tells of closes, and until one is noticed the file is as it was written.
once_closed() {
    local what=$1
    shift
    if [ "$mode" = fast ]; then eventually "$what" 10 "$@"; else check "$what" "$@"; fi
}

check_drafts() {
    lacks drafts && return
    local drafts line
    drafts=$(find "$mount" -maxdepth 2 -name Drafts -type d)
    drafts=${drafts#"$mount/"}
    check "Drafts is marked so" test "$(attribute user.imap.special-use "$mount/$drafts")" = '\Drafts'
    seed "$drafts" "draft-$mode"
    mark
    letter "draft-$mode" 'text of the draft' 'and a line more'
    check "a draft is written anew" bash -c 'cat "$1" >"$2"' - "$work/draft-$mode.eml" "$file"
    check "its name has the new text" same_text "$work/draft-$mode.eml" "$file"
    on_server "the server has the new text, once" server_holds "$drafts" "draft-$mode" "$work/draft-$mode.eml"
    printf 'the last line\r\n' | tee -a "$work/draft-$mode.eml" >>"$file"
    check "and a line is added" same_text "$work/draft-$mode.eml" "$file"
    on_server "the server has that" server_holds "$drafts" "draft-$mode" "$work/draft-$mode.eml"
    # Each LF becomes CRLF when it is closed: the end is another by then than the one that was written.
    for line in one two three; do printf '%s\n' "$line" >>"$file"; done
    printf 'one\r\ntwo\r\nthree\r\n' >>"$work/draft-$mode.eml"
    once_closed "lines that end in LF are added behind one another" same_text "$work/draft-$mode.eml" "$file"
    on_server "the server has them" server_holds "$drafts" "draft-$mode" "$work/draft-$mode.eml"
    printf 'four\n' >>"$file"
    printf 'four\r\n' >>"$work/draft-$mode.eml"
    once_closed "and one later" same_text "$work/draft-$mode.eml" "$file"
    on_server "the server has it too" server_holds "$drafts" "draft-$mode" "$work/draft-$mode.eml"
}

check_copying() {
    local tool copy
    seed "$room" "original-$mode"
    mark
    for tool in 'cp' 'cp --reflink=never' 'python3 -c "import shutil, sys; shutil.copy(*sys.argv[1:])"' 'cat <"$1" >"$2" #'; do
        copy=$hall/copy-$mode-${#given[@]}.eml
        # shellcheck disable=SC2016
        check "copy inside the mount: ${tool%% #}" bash -c "$tool \"\$1\" \"\$2\"" - "$file" "$mount/$copy"
        check "has the same bytes" same_text "$work/original-$mode.eml" "$mount/$copy"
        given+=("$copy")
    done
    on_server "the server has all four" server_has "$hall" "original-$mode" 4
    check "and the original" server_has "$room" "original-$mode"
    if lacks copy; then
        on_wire "copied there at most once" le 1 '^UID COPY'
    else
        on_wire "copied there" ge 1 '^UID COPY'
        on_wire "no bytes were uploaded" eq 0 '^APPEND'
    fi
    accepts "copy_file_range of all of it" copy "$file" "$mount/$hall/range-$mode.eml"
    on_server "is a copy on the server" server_has "$hall" "original-$mode" 5
    lacks copy || on_wire "and no upload" eq 0 '^APPEND'
    check "cp into the same folder" cp "$file" "$mount/$room/twin-$mode.eml"
    on_server "gives two" server_has "$room" "original-$mode" 2
}

check_flags() {
    seed "$room" "flags-$mode"
    accepts "a list of flags" setxattr "$file" user.imap.flags '\Seen \Flagged'
    check "shows" flags_are "$file" '\Flagged \Seen'
    on_server "on the server too" flagged "$room" "flags-$mode" '\Flagged' '\Seen'
    accepts "+ adds" setxattr "$file" user.imap.flags '+\Answered'
    on_server "on the server too" flagged "$room" "flags-$mode" '\Answered' '\Flagged' '\Seen'
    accepts "- removes" setxattr "$file" user.imap.flags '-\Flagged'
    on_server "on the server too" flagged "$room" "flags-$mode" '\Answered' '\Seen'
    accepts "a list replaces, without backslash and in any case" setxattr "$file" user.imap.flags 'DRAFT seen'
    on_server "on the server too" flagged "$room" "flags-$mode" '\Draft' '\Seen'
    if ! lacks keywords; then
        accepts "a keyword" setxattr "$file" user.imap.flags '+$Forwarded'
        on_server "on the server too" flagged "$room" "flags-$mode" '$Forwarded' '\Draft' '\Seen'
    else
        # Refused or dropped: the mount shows what the server has.
        syscall setxattr "$file" user.imap.flags '+$Forwarded' >"$work/said"
        say "      a keyword: $(cat "$work/said")"
        if [ "$mode" = sync ]; then
            check "a keyword is refused, or dropped" grep -qE '^(OK|EIO|EPERM|EINVAL)' "$work/said"
        fi
        mark
        eventually "the mount shows the flags that the server has" "$patience" flags_are "$file" '\Draft \Seen'
        check "which it has still" flagged "$room" "flags-$mode" '\Draft' '\Seen'
        timeout 20 "$mailmount" status "$mount" --json | python3 -c 'import json, sys
print(*[one["id"] for one in json.load(sys.stdin)["failed"]])' | xargs -r timeout 20 "$mailmount" discard "$mount" >/dev/null
    fi
    accepts "an empty list" setxattr "$file" user.imap.flags ''
    on_server "removes all" flagged "$room" "flags-$mode"
    refuses 'OK|EPERM|EINVAL' "\\Deleted is not for setting" setxattr "$file" user.imap.flags '+\Deleted'
    check "the file is there" test -f "$file"
    check "and not marked" marked_deleted "$room" "flags-$mode" 0
    refuses 'EOPNOTSUPP|ENOTSUP' "a read-only attribute" setxattr "$file" user.imap.uid 1
    refuses 'EOPNOTSUPP|ENOTSUP' "another attribute" setxattr "$file" user.other x
    refuses ENODATA "reading another" getxattr "$file" user.other
    accepts "fsync of a message" fsync "$file"
    accepts "fsync of a directory" fsync "$mount/$room"
}

# Many calls become few commands: that is for the default mode, where calls do not wait.
check_many() {
    [ "$mode" = default ] || return 0
    local count=300
    letter many
    other fill --copies "$work/many.eml" --count $count --folder "$(named "$room")" >/dev/null
    timeout 60 "$mailmount" sync "$mount" "$room" || fail "sync"
    check "$count messages are here" test "$(find "$mount/$room" -name '*_many.*.eml' | wc -l)" = $count
    mark
    check "mv of each by itself" bash -c 'for file in "$1"/*_many.*.eml; do mv "$file" "$2/" || exit; done' \
        - "$mount/$room" "$mount/$hall"
    check "they are there at once" test "$(find "$mount/$hall" -name '*_many.*.eml' | wc -l)" = $count
    eventually "the server has them there" $((patience * 2)) server_has "$hall" many $count
    eventually "and not here" "$patience" server_lacks "$room" many
    on_wire "by few commands" lt $((count / 5)) '^UID (MOVE|COPY)'
    mark
    check "rm of all" bash -c 'rm "$1"/*_many.*.eml' - "$mount/$hall"
    eventually "all are marked on the server" $((patience * 2)) marked_deleted "$hall" many $count
    on_wire "by few commands" lt $((count / 5)) '^UID STORE'
}

check_room() {
    local available
    available=$(timeout 20 df --output=avail -B1M "$mount" | tail -n 1)
    check "df shows room ($available MB)" test "$available" -gt 0
}

check_remount() {
    check "mailmount sync" timeout 120 "$mailmount" sync "$mount"
    check "nothing waits, nothing has failed" nothing_waits
    answers 0 '' "unmount has nothing to wait for" "$mailmount" unmount "$mount"
    check "mount again" "$mount_again"
    check "the names that were given are there" names_are_kept
    eventually "online" "$patience" connection online
    check "after a sync too" timeout 120 "$mailmount" sync "$mount"
    check "they are there" names_are_kept
    check "nothing waits, nothing has failed" nothing_waits
}

check_effect() {
    say "  -- $1 ($mode)"
    "check_$1"
}

check_effects() {
    local effect
    for effect in folders "${effects[@]}"; do check_effect "$effect"; done
}

# --- what rm does ---------------------------------------------------------------------------------
# The room is there already; each policy has a mount of its own.
check_deletion_policies() {
    local trash
    say "  -- policy expunge ($mode)"
    check "mount --expunge-after 3s" "$mount_again" --expunge-after 3s
    room=${below}Room-$mode
    # What others have marked is theirs.
    letter "theirs-$mode"
    other client deliver "$(named "$room")" "$work/theirs-$mode.eml" >/dev/null
    other client -- mark "$(named "$room")" "theirs-$mode@example.com" '+\Deleted'
    seed "$room" "expunged-$mode"
    mark
    accepts "rm" unlink "$file"
    if lacks uidplus; then
        on_server "the server has it marked" marked_deleted "$room" "expunged-$mode"
    else
        eventually "the server has it no more" "$patience" marked_deleted "$room" "expunged-$mode" 0
        on_wire "by one UID EXPUNGE" eq 1 '^UID EXPUNGE'
        answers 1 '' "then it cannot be brought back" "$mailmount" undelete "$mount" "${file#"$mount/"}"
    fi
    check "what another client has marked stays" marked_deleted "$room" "theirs-$mode"
    check "unmount" "$mailmount" unmount "$mount"

    say "  -- policy expunge, at once ($mode)"
    check "mount --expunge-after 0s" "$mount_again" --expunge-after 0s
    seed "$room" "at-once-$mode"
    accepts "rm" unlink "$file"
    on_server "the server does not show it" server_lacks "$room" "at-once-$mode"
    if lacks uidplus; then
        # What stays on the server can always be brought back.
        answers 0 '' "it can be brought back" "$mailmount" undelete "$mount" "${file#"$mount/"}"
        eventually "the server has it without the flag" "$patience" server_has "$room" "at-once-$mode"
    else
        eventually "the server has it no more" "$patience" marked_deleted "$room" "at-once-$mode" 0
        answers 1 '' "it cannot be brought back" "$mailmount" undelete "$mount" "${file#"$mount/"}"
        check "mkdir" mkdir "$mount/${below}Away-$mode"
        on_server "it is on the server" has_folder "${below}Away-$mode"
        seed "${below}Away-$mode" "away-$mode"
        check "rm -r" rm -r "$mount/${below}Away-$mode"
        on_server "it is gone there" lacks_folder "${below}Away-$mode"
    fi
    check "what another client has marked stays" marked_deleted "$room" "theirs-$mode"
    check "unmount" "$mailmount" unmount "$mount"

    say "  -- policy mark ($mode)"
    check "mount --delete mark" "$mount_again" --delete mark --expunge-after 0s
    seed "$room" "marked-$mode"
    mark
    accepts "rm" unlink "$file"
    check "its file is gone" test ! -e "$file"
    on_server "the server has it marked" marked_deleted "$room" "marked-$mode"
    check "mailmount sync" timeout 60 "$mailmount" sync "$mount"
    on_wire "nothing is expunged" eq 0 'EXPUNGE|CLOSE|MOVE'
    answers 0 '' "undelete" "$mailmount" undelete "$mount" "*marked-$mode*"
    check "its file is back" same_text "$work/marked-$mode.eml" "$file"
    eventually "on the server too" "$patience" server_has "$room" "marked-$mode"
    check "unmount" "$mailmount" unmount "$mount"

    if lacks trash; then
        say "  -- policy trash, without a folder for it ($mode)"
        check "mount --delete trash" "$mount_again" --delete trash --expunge-after 1h
        seed "$room" "trashed-$mode"
        refuses EPERM "rm" unlink "$file"
        check "its file stays" same_text "$work/trashed-$mode.eml" "$file"
        check "and the message is not marked" server_has "$room" "trashed-$mode"
        check "unmount" "$mailmount" unmount "$mount"
        return
    fi
    say "  -- policy trash ($mode)"
    check "mount --delete trash" "$mount_again" --delete trash --expunge-after 3s
    trash=$(find "$mount" -maxdepth 2 -name Trash -type d)
    trash=${trash#"$mount/"}
    seed "$room" "trashed-$mode"
    mark
    accepts "rm" unlink "$file"
    check "its file is gone" test ! -e "$file"
    on_server "the server has it in $trash" server_has "$trash" "trashed-$mode"
    on_server "and not where it was" server_lacks "$room" "trashed-$mode"
    lacks move || on_wire "by MOVE" eq 1 '^UID MOVE'
    eventually "it is shown there" "$patience" is_shown "$trash" "trashed-$mode"
    accepts "rm in $trash" unlink "$(shown "$trash" "trashed-$mode")"
    if lacks uidplus; then
        on_server "the server has it marked" marked_deleted "$trash" "trashed-$mode"
    else
        eventually "the server has it no more" "$patience" server_count "$trash" 0
    fi
    check "unmount" "$mailmount" unmount "$mount"
}
