#!/bin/bash
# Mail that is changed through the mount: what each call does on the server and on the wire, what is refused and how, with changes that
# wait for the server and with changes that do not; without the server, over quota, without rights, without room on the disk.
# PARTS chooses of table, offline, gone, silent, refused, read_only, limits and full_disk.
# shellcheck disable=SC2317 # functions here are called by check and eventually
# shellcheck disable=SC2154 # mode and transcript are those of effects.sh
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=effects.sh
. "$acceptance/effects.sh"
begin
export RAWLOG=1 NOFSYNC=1
main=$server limited=$work/limited
stop_servers() { for server in "$main" "$limited"; do "$root/Tests/dovecot.sh" kill "$server" 2>/dev/null; done; }
trap 'status=$?; umount "$work/small" 2>/dev/null; stop_servers; (exit $status); clean_up' EXIT

check "the check of changes finds every planted command" python3 "$acceptance/changes.py" --self-test
check "the wire check finds every planted command" python3 "$acceptance/wire.py" --self-test

mount_account() {
    local options=("$@")
    [[ " $* " == *" --expunge-after "* ]] || options+=(--expunge-after 1h)
    [ "$mode" = default ] || options+=(--sync-changes)
    # Hundreds are deleted at once.
    mount_mail --delete-limit off "${options[@]}"
}
server_under_test --mount mount_account --transcript "$main/rawlog/alice"
end_mount() { answers 0 '' "unmount" "$mailmount" unmount "$mount"; }
server_signal() {
    # shellcheck disable=SC2046 # one word a process
    kill "-$1" $(ps -o pid= -s "$(cut -d' ' -f1 "$server/pid")")
}
waiting() { status_is "status['pending'] $1"; }
failed() { status_is "len(status['failed']) == $1"; }
# The number of the only failed change.
failed_id() { "$mailmount" status "$mount" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["failed"][0]["id"])'; }
# unless_later ERRNO: what a call says that only the server can refuse, by the mode.
unless_later() { if [ "$mode" = sync ]; then printf '%s\n' "$1"; else printf '%s|OK\n' "$1"; fi; }

# --- the table, in both modes -----------------------------------------------------------------------
part_table() {
    for each in default sync; do
        in_mode "$each"
        check "mount ($mode)" mount_account
        eventually "online" 60 connection online
        check_effects
        end_mount
        check_deletion_policies
    done
}

# --- without the server -----------------------------------------------------------------------------
part_offline() {
    say "  -- offline"
    in_mode default
    check "mount" mount_account
    other client create Unread
    for word in moved removed flagged unread; do
        letter "away-$word"
        other client deliver "$([ $word = unread ] && echo Unread || echo INBOX)" "$work/away-$word.eml" >/dev/null
    done
    check "sync" "$mailmount" sync "$mount"
    moved=$(shown INBOX away-moved) removed=$(shown INBOX away-removed) flagged=$(shown INBOX away-flagged)
    unread=$(shown Unread away-unread)
    letter away-new
    stop_server
    eventually "offline" 60 connection offline
    refuses EHOSTUNREACH "a body that is not cached" read "$unread"
    accepts "mkdir" mkdir "$mount/Away"
    accepts "mkdir in it" mkdir "$mount/Away/Further"
    accepts "rename into it" rename "$moved" "$mount/Away/moved.eml"
    accepts "rename of what is not cached" rename "$unread" "$mount/Away/Further/unread.eml"
    accepts "unlink" unlink "$removed"
    accepts "setxattr" setxattr "$flagged" user.imap.flags '+\Flagged'
    check "cp of a new message" cp "$work/away-new.eml" "$mount/Away/new.eml"
    accepts "fsync of it" fsync "$mount/Away/new.eml"
    accepts "rename of the new directory" rename "$mount/Away" "$mount/Away again"
    away_is_shown() {
        [ -f "$mount/Away again/moved.eml" ] && [ ! -e "$moved" ] && [ ! -e "$removed" ] && [ ! -e "$mount/Away" ] &&
            [ -f "$mount/Away again/Further/unread.eml" ] && cmp "$work/away-new.eml" "$mount/Away again/new.eml" &&
            flags_are "$flagged" '\Flagged'
    }
    check "all of it shows" away_is_shown
    check "status counts them" waiting '>= 6'
    check "none has failed" failed 0
    refuses EHOSTUNREACH "a body that is not cached, where it is now" read "$mount/Away again/Further/unread.eml"
    check "SIGTERM does not wait" kill "$(program)"
    eventually "it is no mount" 20 is_not_mounted
    eventually "the program has ended" 20 no_program
    check "mount without the server" mount_account
    check "all of it shows" away_is_shown
    check "fusermount3 -u does not wait" fusermount3 -u "$mount"
    eventually "the program has ended" 20 no_program
    check "mount without the server" mount_account
    check "Ctrl-C gives up an unmount that waits" bash -c '! timeout --signal=INT 2 "$1" unmount "$2" --timeout 60' - "$mailmount" "$mount"
    check "it is still mounted" is_mounted
    answers 1 '[0-9]+ changes' "unmount says how many wait" "$mailmount" unmount "$mount" --timeout 1
    check "and unmounts" is_not_mounted
    check "mount without the server" mount_account
    check "all of it shows" away_is_shown
    start_server
    eventually "online" 120 connection online
    eventually "nothing waits any more" 60 waiting '== 0'
    check "none has failed" failed 0
    check "the server has the folder" has_folder "Away again/Further"
    check "not by its first name" lacks_folder Away
    check "the moved message" server_has "Away again" away-moved
    check "the one that was not cached" server_has "Away again/Further" away-unread
    check "the new one, once, byte for byte" server_holds "Away again" away-new "$work/away-new.eml"
    check "not the deleted one" server_lacks INBOX away-removed
    check "the flag" flagged INBOX away-flagged '\Flagged'
    check "all of it shows" away_is_shown
    check "what was not cached can be read" cmp "$work/away-unread.eml" "$mount/Away again/Further/unread.eml"
    mkdir "$work/many"
    for number in $(seq 30); do letter "many-$number" && mv "$work/many-$number.eml" "$work/many/"; done
    check "cp of 30 messages" cp -r "$work/many" "$mount/Many"
    answers 0 '' "unmount waits for them" "$mailmount" unmount "$mount"
    check "the server has them" server_count Many 30
}

# --- what others did meanwhile ----------------------------------------------------------------------
part_gone() {
    say "  -- a message that is gone"
    check "mount" mount_account
    check "mkdir -p" mkdir -p "$mount/Many"
    seed INBOX vanishing
    vanishing=$file
    seed INBOX vanishing-too
    stop_server
    eventually "offline" 60 connection offline
    accepts "rename of one" rename "$vanishing" "$mount/Many/vanishing.eml"
    accepts "unlink of another" unlink "$file"
    usual=("$port" "$tlsport")
    # Elsewhere, so that the mount does not meet it yet.
    read -r port tlsport < <(free_ports)
    "$root/Tests/dovecot.sh" start "$main" "$port" "$tlsport" || fail "the server elsewhere"
    other client expunge INBOX "$(found INBOX vanishing)"
    other client expunge INBOX "$(found INBOX vanishing-too)"
    stop_server
    port=${usual[0]} tlsport=${usual[1]}
    "$root/Tests/dovecot.sh" start "$main" "$port" "$tlsport" || fail "the server at its place"
    eventually "online" 120 connection online
    eventually "nothing waits any more" 60 waiting '== 0'
    check "deleting what is gone is done; moving it has failed" failed 1
    answers 2 'move' "status says so" "$mailmount" status "$mount"
    check_fails "it is shown nowhere" test -e "$mount/Many/vanishing.eml" -o -e "$vanishing"
    answers 0 'move' "discard" "$mailmount" discard "$mount" "$(failed_id)"
    check "nothing has failed any more" failed 0
    end_mount
}

# --- a server that is silent ------------------------------------------------------------------------
part_silent() {
    say "  -- a silent server"
    in_mode sync
    check "mount" mount_account --timeout 3
    letter silent
    seed INBOX silent-too
    server_signal STOP
    refuses ETIMEDOUT "mkdir" mkdir "$mount/Silent"
    server_signal CONT
    # Sent or not: once that is known the mount shows it.
    eventually "online" 60 connection online
    eventually "nothing waits" 60 waiting '== 0'
    agree_on_folder() { if has_folder Silent; then [ -d "$mount/Silent" ]; else [ ! -e "$mount/Silent" ]; fi; }
    eventually "mount and server agree" 60 agree_on_folder
    check "it is made" mkdir -p "$mount/Silent"
    server_signal STOP
    refuses 'ETIMEDOUT close' "a new message" upload "$work/silent.eml" "$mount/Silent/silent.eml"
    server_signal CONT
    eventually "online" 60 connection online
    eventually "nothing waits" 60 waiting '== 0'
    check "its text is kept" cmp "$work/silent.eml" "$mount/Silent/silent.eml"
    # Where it was not sent it is listed, and waits for somebody.
    failed 0 || answers 0 '' "retry" "$mailmount" retry "$mount"
    eventually "it is there" 60 server_has Silent silent
    check "once" server_has Silent silent
    check "its file is there" cmp "$work/silent.eml" "$mount/Silent/silent.eml"
    check "nothing has failed" failed 0
    end_mount
    check "mount" mount_account --timeout 60
    eventually "online" 60 connection online
    server_signal STOP
    mv "$file" "$mount/Silent/interrupted.eml" &
    mover=$!
    eventually "a change waits" 20 waiting '== 1'
    start=$EPOCHREALTIME
    kill -TERM "$mover"
    wait "$mover" 2>/dev/null
    took=$(since "$start")
    check "a signal ends a wait ($took s of --timeout 60)" test "${took%.*}" -lt 10
    server_signal CONT
    eventually "online" 60 connection online
    eventually "nothing waits" 60 waiting '== 0'
    agree_on_message() {
        if server_has Silent silent-too; then [ -f "$mount/Silent/interrupted.eml" ]; else [ -f "$file" ]; fi
    }
    eventually "mount and server agree" 60 agree_on_message
    end_mount
}

# --- a server that refuses --------------------------------------------------------------------------
refuse() { printf '%s\t%s\n' "$1" "$2" >"$work/rules"; }
part_refused() {
    local word number answer count=0 usual=$url
    background "$acceptance/refuser.py" --to "$port" --rules "$work/rules"
    local refuser=$pid
    other client create Refused
    for each in default sync; do
        in_mode "$each"
        say "  -- a server that refuses ($mode)"
        # Another port is another account.
        url=imap://alice@localhost:$line
        check "mount ($mode)" mount_account --tls none --cache "$work/refused-$mode"
        eventually "online" 60 connection online
        while read -r number answer; do
            count=$((count + 1)) word=r-$count
            seed INBOX "$word"
            [ "$number" = ENOENT ] || refuse 'UID FETCH .* BODY.PEEK\[\]' "$answer"
            [ "$number" = ENOENT ] || refuses "$number" "reading: $answer" read "$file"
            refuse 'UID MOVE' "$answer"
            refuses "$(unless_later "$number")" "rename: $answer" rename "$file" "$mount/Refused/$word.eml"
            if [[ $number = EBUSY || $answer = *SERVERBUG* ]]; then
                check "it has not failed" failed 0
                if [ "$each" = sync ]; then
                    # What a call was refused does not happen later.
                    check "nothing waits" waiting '== 0'
                    check "the message is where it was" test -f "$file"
                    rm "$work/rules"
                    check "sync" "$mailmount" sync "$mount"
                    check "it is not moved" server_lacks Refused "$word"
                    continue
                fi
                check "it waits" waiting '== 1'
                rm "$work/rules"
                eventually "later it is done" 60 server_has Refused "$word"
                continue
            fi
            eventually "it has failed" 60 failed 1
            check "the message is where it was" test -f "$file"
            check_fails "and not there" test -e "$mount/Refused/$word.eml"
            rm "$work/rules"
            check "it can be read" cmp "$work/$word.eml" "$file"
            answers 0 '' "retry" "$mailmount" retry "$mount"
            eventually "then it is done" 60 server_has Refused "$word"
            eventually "nothing has failed" 60 nothing_waits
        done <<'END'
EIO NO so be it
EIO BAD what
EIO NO [SERVERBUG] internal error
EACCES NO [NOPERM] not for you
EBUSY NO [LIMIT] later
EBUSY NO [INUSE] somebody has it
ENOENT NO [TRYCREATE] no such mailbox
END
        while read -r number answer; do
            refuse 'CREATE' "$answer"
            refuses "$(unless_later "$number")" "mkdir: $answer" mkdir "$mount/r-$mode"
            eventually "it has failed" 60 failed 1
            check_fails "it is not there" test -e "$mount/r-$mode"
            answers 0 '' "discard" "$mailmount" discard "$mount" "$(failed_id)"
        done <<'END'
EIO NO so be it
EACCES NO [NOPERM] not for you
EDQUOT NO [OVERQUOTA] too many
EILSEQ NO [CANNOT] not such a name
END
        rm "$work/rules"
        end_mount
    done
    url=$usual
    kill "$refuser"
}

# --- a mount that changes nothing -------------------------------------------------------------------
part_read_only() {
    say "  -- read-only"
    in_mode default
    check "mount --read-only" mount_account --read-only
    seed INBOX fixed
    mark
    for refused in "open-write $file" "truncate $file" "unlink $file" "rename $file $mount/INBOX/x.eml" \
        "create $mount/INBOX/new.eml" "mkdir $mount/New" "rmdir $mount/Silent" "rename $mount/Silent $mount/Loud" \
        "chmod $file" "setxattr $file user.imap.flags Seen"; do
        # shellcheck disable=SC2086 # words
        refuses EROFS "${refused%% *}" $refused
    done
    check "reading goes on" cmp "$work/fixed.eml" "$file"
    on_wire "no folder is opened for changes" eq 0 "$changing|^SELECT"
    end_mount
}

# --- a server with limits ---------------------------------------------------------------------------
part_limits() {
    server=$limited
    server_under_test --transcript "$limited/rawlog/alice"
    mkdir -p "$server"
    start_server
    for folder in Shelf Counter; do
        other client create $folder
        letter "on-$folder"
        other client deliver $folder "$work/on-$folder.eml" >/dev/null
    done
    {
        printf '%s\r\n' 'From: Noah <noah@example.com>' 'Subject: heavy' 'Message-ID: <heavy@example.com>' ''
        head -c 120000 /dev/urandom | base64 -w 76 | sed 's/$/\r/'
    } >"$work/heavy.eml"
    sed 's/heavy/bulky/' "$work/heavy.eml" >"$work/bulky.eml"
    {
        sed 's/heavy/huge/;/^\r$/q' "$work/heavy.eml"
        head -c 300000 /dev/urandom | base64 -w 76 | sed 's/$/\r/'
    } >"$work/huge.eml"
    other client deliver INBOX "$work/heavy.eml" >/dev/null
    stop_server
    printf '%s\n' 'Shelf owner lr' 'Counter owner lrwsi' >"$server/rights"
    EXTRA_CONF="
    mail_plugins = quota acl
    imap_capability = +APPENDLIMIT=300000
    protocol imap {
      mail_plugins = quota acl imap_zlib imap_quota imap_acl
    }
    plugin {
      quota = count:User quota
      quota_vsizes = yes
      quota_grace = 0
      quota_rule = *:storage=300K
      acl = vfile:$server/rights:cache_secs=0
    }
    "
    export EXTRA_CONF
    start_server
    has_room() { [ "$(df --output=size -k "$mount" | tail -n 1 | tr -d ' ')" = "$1" ]; }
    for each in default sync; do
        in_mode "$each"
        say "  -- limits ($mode)"
        check "mount ($mode)" mount_account --cache "$work/limited-$mode"
        eventually "online" 60 connection online
        eventually "the folders are listed" 60 is_shown Counter on-Counter
        eventually "df shows the quota" 60 has_room 300

        refuses 'EFBIG (write|close)' "a message larger than the server takes" upload "$work/huge.eml" "$mount/INBOX/huge-$mode.eml"
        [ ! -e "$mount/INBOX/huge-$mode.eml" ] || accepts "it can be removed" unlink "$mount/INBOX/huge-$mode.eml"
        check "the server has never had it" server_lacks INBOX huge
        eventually "nothing waits" 30 nothing_waits

        refuses "$(unless_later EDQUOT)( close)?" "a message for which there is no room" \
            upload "$work/bulky.eml" "$mount/INBOX/bulky-$mode.eml"
        eventually "its state is failed" 30 state_is "$mount/INBOX/bulky-$mode.eml" failed
        check "it can be read" cmp "$work/bulky.eml" "$mount/INBOX/bulky-$mode.eml"
        answers 2 "^ +[0-9]+ upload INBOX/bulky-$mode.eml: .*uota" "status lists it" "$mailmount" status "$mount"
        check "status --json too" status_is \
            "[(one['operation'], one['path']) for one in status['failed']] == [('upload', 'INBOX/bulky-$mode.eml')]"
        answers 0 "upload INBOX/bulky-$mode.eml" "retry" "$mailmount" retry "$mount"
        eventually "fails again" 30 failed 1
        check "unmount does not wait for what has failed" "$mailmount" unmount "$mount"
        check "mount ($mode)" mount_account --cache "$work/limited-$mode"
        check "it is still there, failed" state_is "$mount/INBOX/bulky-$mode.eml" failed
        check "and can be read" cmp "$work/bulky.eml" "$mount/INBOX/bulky-$mode.eml"
        eventually "online" 60 connection online
        if [ "$mode" = default ]; then
            other client expunge INBOX "$(found INBOX heavy)"
            answers 0 '' "room is made: retry of that one" "$mailmount" retry "$mount" "$(failed_id)"
            eventually "the server has it" 30 server_holds INBOX bulky "$work/bulky.eml"
            eventually "it is cached" 30 state_is "$mount/INBOX/bulky-$mode.eml" cached
            check "nothing has failed any more" failed 0
            other client expunge INBOX "$(found INBOX bulky)"
            other client deliver INBOX "$work/heavy.eml" >/dev/null
        else
            answers 0 "given up: .* upload INBOX/bulky-$mode.eml" "discard" "$mailmount" discard "$mount" "$(failed_id)"
            check "it is gone" test ! -e "$mount/INBOX/bulky-$mode.eml"
            check "nothing has failed any more" failed 0
            check "the server has never had it" server_lacks INBOX bulky
        fi

        shelf=$(shown Shelf on-Shelf)
        letter "unwanted-$mode"
        refuses "$(unless_later 'EROFS|EACCES')( close)?" "a new message in a folder that may only be read" \
            upload "$work/unwanted-$mode.eml" "$mount/Shelf/unwanted-$mode.eml"
        refuses "$(unless_later 'EROFS|EACCES')" "rename out of it" rename "$shelf" "$mount/INBOX/x-$mode.eml"
        eventually "the message is where it was" 30 test -f "$shelf"
        refuses "$(unless_later 'EROFS|EACCES')" "unlink there" unlink "$shelf"
        eventually "the message is still there" 30 test -f "$shelf"
        refuses "$(unless_later 'EROFS|EACCES')" "flags there" setxattr "$shelf" user.imap.flags '+\Flagged'
        refuses "$(unless_later 'EROFS|EACCES')" "mkdir there" mkdir "$mount/Shelf/New-$mode"
        eventually "no such directory stays" 30 test ! -e "$mount/Shelf/New-$mode"
        counter=$(shown Counter on-Counter)
        refuses "$(unless_later 'EACCES|EROFS')" "rename out of a folder from which nothing may be taken" \
            rename "$counter" "$mount/INBOX/y-$mode.eml"
        eventually "the message is where it was" 30 test -f "$counter"
        eventually "and not where it was to go" 30 test ! -e "$mount/INBOX/y-$mode.eml"
        accepts "flags, which are allowed there" setxattr "$counter" user.imap.flags '+\Flagged'
        on_server "are set" flagged Counter on-Counter '\Flagged'
        eventually "nothing waits" 30 waiting '== 0'
        for folder in Shelf Counter; do check "the server has what was in $folder" server_has $folder "on-$folder"; done
        check "and nothing new in Shelf" server_count Shelf 1
        for id in $("$mailmount" status "$mount" --json |
            python3 -c 'import json, sys; print(*(one["id"] for one in json.load(sys.stdin)["failed"]))'); do
            check "discard $id" "$mailmount" discard "$mount" "$id"
        done
        check "nothing is left" nothing_waits
        end_mount
    done
    check "the wire" python3 "$acceptance/changes.py" check "$transcript" --move
    unset EXTRA_CONF
    stop_server
}

# --- a disk that is full ----------------------------------------------------------------------------
part_full_disk() {
    if [ "$(id -u)" = 0 ]; then
        say "  -- no room for the spool"
        server=$main
        server_under_test --transcript "$main/rawlog/alice"
        start_server
        mkdir "$work/small"
        check "a small file system" mount -t tmpfs -o size=8m,mode=0700 tmpfs "$work/small"
        letter vast
        head -c 12000000 /dev/zero | tr '\0' x | fold -w 70 | sed 's/$/\r/' >>"$work/vast.eml"
        for each in default sync; do
            in_mode "$each"
            check "mount with its state there" mount_account --state "$work/small/state-$mode"
            refuses 'ENOSPC (write|close)' "a message for which there is no room" upload "$work/vast.eml" "$mount/INBOX/vast-$mode.eml"
            [ ! -e "$mount/INBOX/vast-$mode.eml" ] || accepts "it can be removed" unlink "$mount/INBOX/vast-$mode.eml"
            letter "little-$mode"
            check "a small one goes" cp "$work/little-$mode.eml" "$mount/INBOX/little-$mode.eml"
            on_server "the server has it" server_has INBOX "little-$mode"
            check "the vast one it has not" server_lacks INBOX vast
            seed INBOX "readable-$mode"
        check "mail can be read" cmp "$work/readable-$mode.eml" "$file"
            end_mount
        done
        umount "$work/small"
        check "the wire" python3 "$acceptance/changes.py" check "$transcript" --move
        stop_server
    fi
}

parts=${PARTS:-table offline gone silent refused read_only limits full_disk}
start_server
say "      $(other fill --count 20) in INBOX"
for part in $parts; do
    case $part in
    limits | full_disk) ;;
    *) "part_$part" ;;
    esac
done
if [ "${parts%% *}" != limits ] && [ "${parts%% *}" != full_disk ]; then
    check "the wire" python3 "$acceptance/changes.py" check "$transcript" --move --at-least 0
    check "the wire, once more" python3 "$acceptance/wire.py" "$transcript" --at-least 50
fi
stop_server
for part in limits full_disk; do [[ " $parts " != *" $part "* ]] || "part_$part"; done
finish
