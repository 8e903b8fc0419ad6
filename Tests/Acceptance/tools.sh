#!/bin/bash
# Ordinary tools, run on the mount and on a plain directory: the same results where mail allows it, and no junk on the server.
# DIRECTORY, for trying the script itself: a plain directory takes the place of the mount.
# shellcheck disable=SC2317 # functions here are called by check and eventually
# shellcheck disable=SC2016 # the commands are expanded by the shell that runs them
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin
big=5000
export RAWLOG=1 NOFSYNC=1
# What the tools would take from the user's home.
export HOME=$work/home XDG_DATA_HOME=$work/home/.local/share GIO_USE_VFS=local GIO_USE_VOLUME_MONITOR=unix
plain=$work/plain source=$work/source
mkdir -p "$HOME" "$plain" "$source"
vim=$(command -v vim.tiny || command -v vim)
export vim
for tool in rsync tar "${vim:-vim}" nano gio perl; do
    command -v "$tool" >/dev/null || fail "$tool is not installed (Tests/packages.tests.txt names it)"
done

check "the comparison finds every planted fault" python3 "$acceptance/tools.py" --self-test
start_server
say "      $(other fill --examples "$root/examples/mail") from examples/"
say "      $(other fill --count 12 --first 90000) in INBOX"
say "      $(other fill --folder Big --count "$big") in Big"
other client create Empty
python3 "$acceptance/tools.py" messages "$source" m{01..12}
tr -d '\r' <"$source/m12.eml" >"$source/lf.eml"
mkdir "$source/sub"
python3 "$acceptance/tools.py" messages "$source/sub" s{1..3}
touch -d '2021-03-04 05:06:07' "$source"/m0*.eml "$source"/sub/*.eml
export source keys=$acceptance/keys.py

if [ -n "${DIRECTORY:-}" ]; then
    mount=$DIRECTORY
    (cd "$root/examples/mail" && find . -name '*.eml' -exec cp --parents -t "$mount" {} +)
    mkdir -p "$mount"/{INBOX,Archive,Drafts,Empty,Big}
    cp "$source"/m0[1-9].eml "$mount/INBOX"
    (cd "$mount/Big" && seq -f '%.0f.eml' 1 "$big" | xargs touch)
else
    check "mount" mount_mail --expunge-after 0s --delete-limit off
    listed() { [ "$(find "$mount/Big" -name '*.eml' | wc -l)" = "$big" ]; }
    eventually "it lists all" 120 listed
    check "sync" "$mailmount" sync "$mount"
fi
inode=$(stat -c %i "$(find "$mount/INBOX" -maxdepth 1 -name '*.eml' | sort | tail -n 1)")

count=0
same() { python3 "$acceptance/tools.py" same "$mount" "$plain" --known "$work/known" --except Big; }
# run PLACE COMMAND: what it says is in PLACE's file, the name of the place taken out.
run() {
    local status=0
    (cd "$1" && timeout --kill-after=5 120 bash -c "$2") </dev/null >"$work/run.out" 2>&1 || status=$?
    sed "s:$1:PLACE:g" "$work/run.out"
    return $status
}
# both TEXT COMMAND: the same status, the same words, the same files then.
both() {
    local here there status_here=0 status_there=0
    count=$((count + 1))
    there=$(run "$plain" "$2") || status_there=$?
    here=$(run "$mount" "$2") || status_here=$?
    if [ "$status_here" != "$status_there" ] || [ "$here" != "$there" ]; then
        fail "$1: status $status_here where $status_there is right, or other words"
        printf '%s\n' "$here" | tail -n 6 | sed 's/^/      mount: /'
        printf '%s\n' "$there" | tail -n 6 | sed 's/^/      plain: /'
        even
    else
        is_same "$1"
    fi
}
# is_same TEXT: the same files in both places then.
is_same() {
    if same >"$work/same" 2>&1; then
        pass "$1"
    else
        fail "$1: other files"
        sed 's/^/      /' "$work/same"
        even
    fi
}
# One fault is not to be counted again by every check that follows: the plain directory becomes what the mount is.
even() {
    rsync -rt --delete --exclude=/Big "$mount/" "$plain/" >/dev/null 2>&1
    same >/dev/null 2>&1 # what is there now is known
}
# on_mail STATUS PATTERN TEXT COMMAND: only mail answers so; its files stay as they were.
on_mail() {
    local status=0 said
    count=$((count + 1))
    [ -z "${DIRECTORY:-}" ] || return 0
    said=$(run "$mount" "$4") || status=$?
    if [ "$status" != "$1" ] || ! grep -qE -e "$2" <<<"$said"; then
        fail "$3: status $status where $1 is right, or the words are not: $2"
        printf '%s\n' "$said" | tail -n 6 | sed 's/^/      /'
        even
    else
        is_same "$3"
    fi
}

# --- out of the mount, and reading ------------------------------------------------------------------
copied_out() {
    local folder
    for folder in "$mount"/*; do
        case $folder in
        */Big) mkdir "$plain/Big" && (cd "$mount/Big" && ls -U) | (cd "$plain/Big" && xargs touch) ;;
        *) cp -rp "$folder" "$plain/" || return 1 ;;
        esac
    done
}
check "cp -rp out of the mount" copied_out
check "the same files" same
mapfile -t inbox < <(cd "$plain/INBOX" && find . -maxdepth 1 -name '*.eml' -printf '%f\n' | sort)
[ ${#inbox[@]} -ge 9 ] || { fail "too few messages to work with: ${#inbox[@]}"; finish; }
for number in {0..8}; do export "f$number=${inbox[$number]}"; done

both "ls, find, sort" 'find . -path ./Big -prune -o -print | sort'
both "wc -c" 'find INBOX Archive -name "*.eml" -exec wc -c {} + | sort'
both "sha256sum" 'find INBOX Archive -name "*.eml" -exec sha256sum {} + | sort'
both "grep -r" 'grep -rlF example INBOX Archive | sort'
both "stat: the time of each message" 'find INBOX -maxdepth 1 -name "*.eml" -exec stat -c "%n %Y" {} + | sort'

# --- mv ---------------------------------------------------------------------------------------------
both "mv to another folder" 'mv INBOX/$f0 Archive/'
both "mv of several" 'mv INBOX/$f1 INBOX/$f2 Archive/'
both "mv to another name" 'mv INBOX/$f3 INBOX/renamed.eml'
both "mv to another folder and name" 'mv INBOX/renamed.eml Archive/moved.eml'
both "mv and back" 'mv Archive/moved.eml Sent/ && mv Sent/moved.eml INBOX/$f3'
both "mv -n onto a message" 'mv -n INBOX/$f3 Archive/$f0; test -e INBOX/$f3'
both "mv onto a message" 'mv INBOX/$f3 Archive/$f0'
both "mv --backup onto a message" 'mv --backup=simple INBOX/$f4 Archive/$f1'
both "rm of the backup" 'rm Archive/*~'
both "mv of what is not there" 'mv INBOX/none.eml Archive/'

# --- cp ---------------------------------------------------------------------------------------------
both "cp into the mount" 'cp $source/m01.eml INBOX/'
both "cp -p into the mount: bytes and time" 'cp -p $source/m02.eml INBOX/ && stat -c %Y INBOX/m02.eml'
both "cp of a text with LF" 'cp $source/lf.eml INBOX/'
both "cp inside the mount" 'cp Archive/$f2 Sent/copy.eml'
both "cp -p inside the mount" 'cp -p Archive/$f2 Sent/copy-p.eml && stat -c %Y Sent/copy-p.eml'
both "cp -n onto a message" 'cp -n $source/m03.eml INBOX/m02.eml'
both "cp -f onto a message" 'cp -f $source/m03.eml INBOX/m02.eml'
both "cp -u of what is not newer" 'touch -d 2001-02-03 $source/old.eml; cp -u $source/old.eml INBOX/m01.eml'
rm -f "$source/old.eml"
both "cp -r of a directory" 'cp -r $source/sub INBOX/'
both "cp -r inside the mount" 'cp -r INBOX/sub Archive/sub'
both "cp -a of a directory" 'cp -a $source/sub Sub-a && stat -c "%n %Y" Sub-a/*'
both "cp -a inside the mount" 'cp -a Sub-a Archive/Sub-b'
on_mail 1 'Operation not permitted' "cp onto a message: EPERM" 'cp $source/m04.eml INBOX/m01.eml'
on_mail 1 'Operation not permitted' "cp of what is no message: EPERM" 'cp /etc/passwd INBOX/passwd'
on_mail 1 'Operation not permitted|not supported|Function not implemented' "ln: no" 'ln INBOX/m01.eml INBOX/link.eml'
on_mail 1 'Operation not permitted|not supported|Function not implemented' "ln -s: no" 'ln -s m01.eml INBOX/link.eml'

# --- shell, dd, install, tee, split -----------------------------------------------------------------
both "cat > a new message" 'cat $source/m04.eml >INBOX/cat.eml'
both "cat >> a new message" 'cat $source/m05.eml >>INBOX/catcat.eml'
on_mail 1 'Operation not permitted' "cat > a message: EPERM" 'cat $source/m05.eml >INBOX/cat.eml'
on_mail 1 'Operation not permitted' "cat >> a message: EPERM" 'cat $source/m05.eml >>INBOX/cat.eml'
both "tee" 'tee INBOX/tee1.eml Archive/tee2.eml <$source/m06.eml >/dev/null'
both "dd" 'dd if=$source/m07.eml of=INBOX/dd.eml bs=10 status=none'
both "dd conv=fsync" 'dd if=$source/m07.eml of=INBOX/dd2.eml bs=1k conv=fsync status=none'
on_mail 1 'Operation not permitted' "dd over a message: EPERM" 'dd if=/dev/zero of=INBOX/dd.eml bs=1 count=5 seek=3 conv=notrunc'
both "install" 'install -m 600 $source/m08.eml INBOX/installed.eml'
both "install over a message" 'install -m 600 $source/m09.eml INBOX/installed.eml'
both "split" 'cat $source/m0[1-4].eml | split -l 7 --additional-suffix=.eml - INBOX/part-'
both "csplit" 'cat $source/m0[1-4].eml | csplit -s -z -f INBOX/cut- -b "%02d.eml" - "/^From: /" "{*}"'
both "truncate of a message that is not there" 'truncate -c -s 0 INBOX/none.eml'
on_mail 1 'Operation not permitted' "truncate of a message: EPERM" 'truncate -s 0 INBOX/dd.eml'
on_mail 1 'Operation not permitted' "shred: EPERM" 'shred -n 1 INBOX/dd.eml'
both "touch of a message" 'touch INBOX/dd.eml'
both "touch of a new name, then its content" 'touch INBOX/touched.eml && cat $source/m10.eml >INBOX/touched.eml'
both "touch and rm" 'touch INBOX/nothing.eml && rm INBOX/nothing.eml'
both "chmod, chown" 'chmod 600 INBOX/dd.eml && chown "$(id -u)" INBOX/dd.eml'
on_mail 1 'Operation not permitted' "gzip: its name is none of mail's" 'gzip INBOX/dd.eml'

# --- rsync and tar ----------------------------------------------------------------------------------
statistics='grep -E "^Number of (created|deleted|regular files transferred)"'
both "rsync -a" 'rsync -a --stats --exclude=lf.eml $source/ Synced/ | '"$statistics"
both "rsync -a again: nothing is transferred" \
    'rsync -a --stats --exclude=lf.eml $source/ Synced/ | '"$statistics"' | tee /dev/stderr | grep -q "transferred: 0$"'
both "rsync -a --delete" 'rsync -a --delete --stats --exclude=lf.eml --exclude="m0[5-9]*" --delete-excluded $source/ Synced/ | '"$statistics"
both "rsync --remove-source-files" 'mkdir Kept && rsync -a --remove-source-files Synced/m01.eml Synced/m02.eml Kept/'
both "tar x" 'tar -C $source -cf - m01.eml m02.eml sub | tar -C Archive -xf -'
both "tar x: the times" 'stat -c "%n %Y" Archive/m01.eml Archive/sub/*.eml'
both "tar c" 'tar -C INBOX -cf - $f5 $f6 m01.eml | tar -tvf - | awk "{ print \$3, \$6 }"'
both "tar inside the mount" 'mkdir Tarred && tar -C INBOX -cf - dd.eml m01.eml | tar -C Tarred -xf -'

# --- find -------------------------------------------------------------------------------------------
both "find -delete" 'find INBOX -name "part-*.eml" -delete'
both "find -exec mv" 'find INBOX -maxdepth 1 -name "cut-*.eml" -exec mv -t Archive {} +'
both "find | xargs rm" 'find Archive -name "cut-*.eml" -print0 | xargs -0 rm'
both "find -delete of a tree" 'find Tarred -delete'

# --- editors ----------------------------------------------------------------------------------------
both "a draft" 'cp $source/m11.eml Drafts/draft.eml'
both "sed -i on a draft" 'sed -i s/quick/slow/ Drafts/draft.eml'
on_mail 0 'Operation not permitted' "perl -i, whose temporary file has no name that says so" 'perl -pi -e s/brown/red/ Drafts/draft.eml'
both "vim on a draft" '$vim -u NONE -N -es -c "%s/fox/vixen/" -c wq Drafts/draft.eml'
both "vim, backupcopy=yes, on a draft" '$vim -u NONE -N -es -c "set backupcopy=yes" -c "%s/vixen/foxes/" -c wq Drafts/draft.eml'
both "nano on a draft" 'python3 $keys "GNU nano" "X-Typed: yes^M^O" "File Name" "^M" "Wrote" "^X" -- nano -I Drafts/draft.eml'
both ">> on a draft" 'printf "one line more\r\n" >>Drafts/draft.eml'
both "sed -i on a message" 'sed -i s/quick/slow/ INBOX/dd.eml'
on_mail 1 '' "vim that writes in place, on a message" '$vim -u NONE -N -es -c "set backupcopy=yes" -c "%s/fox/vixen/" -c wq INBOX/dd.eml'
both "a lock of an office program" 'echo lock >"INBOX/.~lock.dd.eml#" && rm "INBOX/.~lock.dd.eml#"'

# --- gio and python ---------------------------------------------------------------------------------
both "gio copy" 'gio copy $source/m03.eml INBOX/gio.eml'
both "gio copy inside the mount" 'gio copy INBOX/$f5 Archive/gio-copy.eml'
both "gio move" 'gio move INBOX/gio.eml Archive/'
both "gio rename" 'gio rename Archive/gio.eml gio2.eml >/dev/null'
both "gio save" 'gio save INBOX/saved.eml <$source/m04.eml'
on_mail 2 'Operation not permitted' "gio save over a message, which opens it for writing first" 'gio save INBOX/saved.eml <$source/m05.eml'
both "gio mkdir" 'gio mkdir Gio && gio move Archive/gio2.eml Gio/'
both "gio remove" 'gio remove Archive/gio-copy.eml'
on_mail 1 . "gio trash: the message stays" 'gio trash INBOX/saved.eml'
on_mail 1 'Operation not permitted' "mkdir .Trash-0: EPERM" 'mkdir .Trash-0'
both "python: copy, copy2" 'python3 -c "
import os, shutil
source = os.environ[\"source\"]
shutil.copy(source + \"/m06.eml\", \"INBOX/py.eml\")
shutil.copy2(source + \"/m07.eml\", \"INBOX/py2.eml\")"'
both "python: move" 'python3 -c "
import shutil
shutil.move(\"INBOX/py.eml\", \"Archive/py.eml\")
shutil.move(\"Gio\", \"Archive\")"'
both "python: move into the mount" 'cp $source/m08.eml $source/gone.eml && python3 -c "
import os, shutil
shutil.move(os.environ[\"source\"] + \"/gone.eml\", \"INBOX/in.eml\")"'
both "python: copytree, rmtree" 'python3 -c "
import shutil
shutil.copytree(\"Archive/sub\", \"Tree/Copy\")
shutil.rmtree(\"Archive/Sub-b\")"'

# --- folders ----------------------------------------------------------------------------------------
both "mkdir, mkdir -p" 'mkdir New && mkdir -p New/a/b'
both "mkdir of what is there" 'mkdir New'
both "rmdir of what has folders" 'rmdir New/a'
both "rmdir" 'rmdir New/a/b'
both "mv of a directory" 'mv Sub-a New/a/'
both "mv of a directory to another name" 'mv New Newer'
both "rm" 'rm Newer/a/Sub-a/s1.eml'
both "rm of a directory" 'rm Newer'
both "rm -r of a tree" 'rm -r Newer'
on_mail 1 'busy' "rmdir INBOX: EBUSY" 'rmdir INBOX'

start=$EPOCHREALTIME
both "rm -r of a folder of $big" 'rm -r Big'
say "      after $(since "$start") s, the plain directory's included"

# --- what the server has -----------------------------------------------------------------------------
[ -n "${DIRECTORY:-}" ] && finish
start=$EPOCHREALTIME
check "mailmount sync" "$mailmount" sync "$mount"
say "      after $(since "$start") s"
none_left() {
    timeout 20 "$mailmount" status "$mount" --json | python3 -c '
import json, sys
status = json.load(sys.stdin)
print(status["pending"], status["failed"])
sys.exit(status["pending"] != 0 or status["failed"] != [])'
}
eventually "nothing is pending" 120 none_left
check "nothing failed" none_left
check "the mount is still the same" same
server_is_same() { other tools server "$plain"; }
eventually "every folder and message of the server is right" 60 server_is_same
say "      $(server_is_same | tail -n 1)"
check "the text with LF has CRLF now" cmp "$source/m12.eml" "$mount/INBOX/lf.eml"
check "a message that nobody touched has its inode number" test "$inode" = "$(stat -c %i "$mount/INBOX/${inbox[-1]}")"
check "unmount" "$mailmount" unmount "$mount"
check "mount again" mount_mail --expunge-after 0s --delete-limit off
check "sync" "$mailmount" sync "$mount"
eventually "the mount is the same" 30 same
check "and the server" server_is_same
junk() { python3 "$acceptance/tools.py" junk "$server/rawlog" --known "$work/known"; }
check "junk that reached the server: 0" junk
say "      $(junk | tail -n 1)"
check "the wire: only UIDs, no bare EXPUNGE, no CLOSE" python3 "$acceptance/wire.py" "$server/rawlog"
check "unmount" "$mailmount" unmount "$mount"
say "      $count commands on both"
finish
