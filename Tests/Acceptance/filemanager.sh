#!/bin/bash
# A file manager (PCManFM under Xvfb, its mouse and keys moved by xdotool): messages are dragged from one folder to another,
# deleted, and dropped in from a local directory. The server has to have it, the windows have to show it, no error appears. They also
# show what another client does, as long as nobody asks for it.
# SCREENSHOTS=DIR keeps the pictures. DIRECTORY, for trying the script itself: a plain directory takes the place of the mount.
# shellcheck disable=SC2317 # functions here are called by check and eventually
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
for tool in Xvfb xdotool pcmanfm dbus-run-session inotifywait; do
    command -v "$tool" >/dev/null && continue
    say "skipped: $tool is missing (Tests/install.sh installs it)"
    say "1 passed, 0 failed"
    exit 0
done
begin
export NOFSYNC=1
start_server
local=$work/local plain=$work/plain home=$work/home
mkdir -p "$local" "$plain"/{INBOX,Archive,Drafts,Sent,Trash,Junk} "$home/.config/libfm" "$home/.config/pcmanfm/default"
tools() { python3 "$acceptance/tools.py" "$@"; }
tools messages "$plain/INBOX" m{1..8}
tools messages "$local" new{1..3}
for number in {1..8}; do other client deliver INBOX "$plain/INBOX/m$number.eml" >/dev/null; done
if [ -n "${DIRECTORY:-}" ]; then
    mount=$DIRECTORY
    cp -r "$plain/." "$mount"
else
    check "mount" mount_mail --expunge-after 0s
fi

# --- a screen with three windows --------------------------------------------------------------------
cat >"$home/.config/libfm/libfm.conf" <<'CONF'
[config]
single_click=0
use_trash=1
confirm_del=1
confirm_trash=1
CONF
cat >"$home/.config/pcmanfm/default/pcmanfm.conf" <<'CONF'
[ui]
view_mode=list
CONF
mkdir "$work/screen"
Xvfb -displayfd 5 -screen 0 1200x800x24 -fbdir "$work/screen" -nolisten tcp 5>"$work/display" >"$work/xvfb.out" 2>&1 &
has_display() { [ -s "$work/display" ]; }
eventually "a screen" 60 has_display
DISPLAY=:$(cat "$work/display")
export DISPLAY
# The first one stays and opens the windows of all others.
as_user_of_the_screen() { env HOME="$home" XDG_CONFIG_HOME="$home/.config" XDG_RUNTIME_DIR="$home" GIO_USE_VFS=local "$@"; }
as_user_of_the_screen dbus-run-session pcmanfm --new-win "$mount/INBOX" >"$work/pcmanfm.out" 2>&1 &
window() { timeout 10 xdotool search --onlyvisible --name "^$1\$" 2>/dev/null | head -n 1; }
has_window() { [ -n "$(window "$1")" ]; }
has_no_window() { [ -z "$(window "$1")" ]; }
eventually "its window of INBOX" 120 has_window INBOX
for place in "$mount/Archive" "$local"; do
    as_user_of_the_screen timeout 60 pcmanfm --new-win "$place" >>"$work/pcmanfm.out" 2>&1
    eventually "its window of ${place##*/}" 120 has_window "${place##*/}"
done
arrange() { xdotool windowsize --sync "$1" 590 390 windowmove "$1" "$2" "$3"; }
inbox=$(window INBOX)
check "the windows side by side" arrange "$inbox" 0 0
check "the windows side by side" arrange "$(window Archive)" 600 0
check "the windows side by side" arrange "$(window local)" 0 400

# Whatever appears is written down: a window that is none of ours is an error.
watch_windows() {
    local one
    while [ -d "$work" ]; do
        xdotool search --onlyvisible --class pcmanfm 2>/dev/null | while read -r one; do
            xdotool getwindowname "$one" 2>/dev/null
        done >>"$work/windows"
        sleep 0.2
    done
}
watch_windows >/dev/null 2>&1 &
watching=$!

# Row N of a list whose window is at X Y.
row_y() { echo $(($2 + 105 + ($1 - 1) * 28)); }
look() { python3 "$acceptance/screen.py" "$work/screen/Xvfb_screen0" "$@"; }
picture() { [ -z "${SCREENSHOTS:-}" ] || { mkdir -p "$SCREENSHOTS" && look --png "$SCREENSHOTS/$1.png"; }; }
# shows COUNT X Y: so many rows, and not one more.
shows() {
    xdotool mousemove 1100 780 # the pointer is on the picture too
    [ "$1" = 0 ] || look --inked $(($2 + 185)) $(($(row_y "$1" "$3") - 10)) 150 20 || return 1
    ! look --inked $(($2 + 185)) $(($(row_y $(($1 + 1)) "$3") - 10)) 150 20
}
is_selected() { look --selected $(($2 + 300)) $(($(row_y "$1" "$3") - 8)) 50 16; }
# choose FIRST LAST X Y: selects these rows; chosen: whether they are.
choose() {
    xdotool windowfocus "$(window "$5")" mousemove $(($3 + 210)) "$(row_y "$1" "$4")" click 1 sleep 0.4 \
        keydown shift mousemove $(($3 + 211)) "$(row_y "$2" "$4")" click 1 keyup shift sleep 0.4
}
chosen() {
    local row
    for row in $(seq "$1" "$2"); do is_selected "$row" "$3" "$4" || return 1; done
    ! is_selected $(($2 + 1)) "$3" "$4"
}
choose_until_chosen() { chosen "$1" "$2" "$3" "$4" || { choose "$@" && chosen "$1" "$2" "$3" "$4"; }; }
drag() {
    local step words=(mousemove "$1" "$2" sleep 0.3 mousedown 1 sleep 0.4)
    for step in {1..10}; do
        words+=(mousemove $(($1 + ($3 - $1) * step / 10)) $(($2 + ($4 - $2) * step / 10)) sleep 0.1)
    done
    xdotool "${words[@]}" sleep 0.5 mousemove $(($3 + 2)) "$4" sleep 0.7 mouseup 1
}
# drop DIRECTORY FILES TEXT DRAG...: until the mount has them there. A busy machine may lose a drag: then once more, as long
# as nothing has come of it.
drop() {
    local place=$1 wanted=$2 text=$3 before end try
    shift 3
    before=$(files "$place")
    for try in 1 2 3 4; do
        drag "$@"
        end=$((SECONDS + 15))
        while [ "$(files "$place")" = "$before" ] && [ $SECONDS -lt $end ]; do sleep 0.1; done
        [ "$(files "$place")" = "$before" ] || break
        say "      no drop (try $try)"
    done
    eventually "$text" 60 has_files "$place" "$wanted"
}
files() { timeout 20 find "$1" -maxdepth 1 -name '*.eml' -printf '%f\n' | sed 's/.*_\(m[0-9]\)\..*/\1.eml/' | sort | tr '\n' ' '; }
has_files() { [ "$(files "$1")" = "$2 " ]; }

eventually "the window of INBOX shows 8 messages" 60 shows 8 0 0
eventually "that of the local directory 3 files" 60 shows 3 0 400

# --- mail that comes and goes by itself ---------------------------------------------------------------
# It takes about half a second, which is how long the server waits before it tells. A busy machine has more time.
[ -n "${DIRECTORY:-}" ] || {
    inotifywait -m --format '%e %f' -e create,delete,move "$mount/Archive" >"$work/events" 2>"$work/watching" &
    watches() { grep -q established "$work/watching"; }
    eventually "a program watches a folder" 30 watches
    tools messages "$work" m9
    uid=$(other client deliver Archive "$work/m9.eml")
    told() { grep -qE "^$1 .*_m9\." "$work/events"; }
    eventually "it hears of new mail" 10 told CREATE
    eventually "the window shows it" 10 shows 1 600 0
    check "another client moves it" other client move Archive "$uid" Sent
    eventually "the program hears that it has gone" 10 told DELETE
    eventually "the window shows it" 10 shows 0 600 0
    check "another client deletes it" other client expunge Sent "$(other client search Sent ALL)"
    each_once() { [ "$(cut -d' ' -f1 "$work/events" | tr '\n' ' ')" = "CREATE DELETE " ]; }
    check "each was told once" each_once
}

# --- a drag from folder to folder -------------------------------------------------------------------
eventually "three messages are selected" 60 choose_until_chosen 2 4 0 0 INBOX
picture selected
drop "$mount/Archive" "m2.eml m3.eml m4.eml" "dragged to Archive, they are in the mount's" 210 "$(row_y 3 0)" 860 280
eventually "the windows show it" 60 shows 3 600 0
eventually "the windows show it" 60 shows 5 0 0
mv "$plain"/INBOX/m[234].eml "$plain/Archive"

# --- deletes -----------------------------------------------------------------------------------------
# Mail has no trash can of this kind: the file manager asks whether to delete instead.
answer() {
    local dialog
    dialog=$(window Confirm) && [ -n "$dialog" ] || return 1
    xdotool windowfocus "$dialog" sleep 0.2 key alt+y sleep 0.3
    [ "$(window Confirm)" != "$dialog" ]
}
press() { has_window Confirm || { xdotool windowfocus "$inbox" sleep 0.2 key "$1" sleep 0.5; has_window Confirm; }; }
eventually "a message is selected" 60 choose_until_chosen 1 1 0 0 INBOX
eventually "Delete asks" 30 press Delete
picture trash
eventually "yes" 30 answer
eventually "it asks whether to delete instead" 30 has_window Confirm
picture instead
eventually "yes" 30 answer
eventually "the message is gone" 60 has_files "$mount/INBOX" "m5.eml m6.eml m7.eml m8.eml"
eventually "the window shows it" 60 shows 4 0 0
eventually "two messages are selected" 60 choose_until_chosen 2 3 0 0 INBOX
eventually "Shift-Delete asks" 30 press shift+Delete
eventually "yes" 30 answer
eventually "the messages are gone" 60 has_files "$mount/INBOX" "m5.eml m8.eml"
eventually "the window shows it" 60 shows 2 0 0
rm "$plain"/INBOX/m[167].eml

# --- a drop from a local directory --------------------------------------------------------------------
eventually "three files are selected" 60 choose_until_chosen 1 3 0 400 local
drop "$mount/INBOX" "m5.eml m8.eml new1.eml new2.eml new3.eml" "dropped into INBOX, they are in the mount's" \
    210 "$(row_y 2 400)" 250 330
eventually "the window shows it" 60 shows 5 0 0
cp "$local"/new*.eml "$plain/INBOX"
picture dropped

# --- what came of it ----------------------------------------------------------------------------------
[ -n "${DIRECTORY:-}" ] || {
    check "mailmount sync" "$mailmount" sync "$mount"
    server_is_right() { other tools server "$plain"; }
    eventually "every folder and message of the server is right" 60 server_is_right
    none_failed() { "$mailmount" status "$mount" --json | python3 -c 'import json, sys; sys.exit(json.load(sys.stdin)["failed"] != [])'; }
    check "nothing failed" none_failed
    check "the local files are still there: they were copied" test "$(find "$local" -name '*.eml' | wc -l)" = 3
}
no_other_window() {
    sort "$work/windows" | uniq -c
    ! grep -vxE 'INBOX|Archive|local|Confirm|pcmanfm|(Moving|Copying|Deleting|Trashing) .*|' "$work/windows"
}
check "no error appeared" no_other_window
check "nor another window" has_no_window Error
kill "$watching"
if [ -z "${DIRECTORY:-}" ]; then
    pids=$(processes_of "$MAILMOUNT_ACCEPTANCE" | xargs -r ps -o pid=,comm= -p | awk '$2 == "pcmanfm" { print $1 }')
    # shellcheck disable=SC2086 # one word a process
    kill $pids
    ended() { ! kill -0 $pids 2>/dev/null; }
    eventually "the file manager ends" 30 ended
    check "unmount" "$mailmount" unmount "$mount"
fi
finish
