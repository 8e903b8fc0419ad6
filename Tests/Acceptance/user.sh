#!/bin/bash
# An ordinary user's mount, by fusermount3. Root tries it as the user nobody, in mounts of its own where
# /dev/fuse is open to all, as it is on a usual machine.
# shellcheck disable=SC2317 # functions here are called by check and eventually
if [ "$(id -u)" = 0 ] && [ -z "${OWN_MOUNTS:-}" ]; then
    OWN_MOUNTS=1 exec unshare --mount --propagation private bash "$0" "$@"
fi
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin
home=$work/home
mkdir "$home" "$home/Mail"
if [ "$(id -u)" = 0 ]; then
    user=65534
    mknod "$work/fuse" c 10 229
    chmod 666 "$work/fuse"
    mount --bind "$work/fuse" /dev/fuse
    chown -R "$user:$user" "$home"
    as_user() { setpriv --reuid "$user" --regid "$user" --clear-groups env HOME="$home" "$@"; }
else
    user=$(id -u)
    as_user() { env HOME="$home" "$@"; }
fi
mount=$home/Mail
unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_STATE_HOME
if ! as_user test -x "$mailmount"; then
    cp "$(readlink -f "$mailmount")" "$work/mailmount"
    chmod 755 "$work/mailmount"
    mailmount=$work/mailmount
fi
export NOFSYNC=1
start_server
say "      $(other fill --examples "$root/examples/mail") from examples/"

mounts() { MAILMOUNT_PASSWORD=wonderland as_user timeout 60 "$mailmount" mount "$url" "$mount" --ca-file "$ca" "$@"; }
try_mount() { mounts "$@" </dev/null >"$work/mount.out" 2>&1 || { cat "$work/mount.out"; return 1; }; }
as_it() { as_user timeout 60 "$@"; }

check "an ordinary user mounts" try_mount
check "it is a mount" is_mounted
check "the kernel knows whose" grep -qE " $mount .* - fuse.mailmount .*user_id=$user" /proc/self/mountinfo
check "ls" as_it ls "$mount/INBOX"
one=$(as_it find "$mount/INBOX" -maxdepth 1 -name '*.eml' | sort | head -n 1)
check "cat" as_it cat "$one"
check "everything can be read" as_it find "$mount" -name '*.eml' -exec cat {} +
check "files are the user's, 0600" test "$(as_it stat -c '%u %a' "$one")" = "$user 600"
check "directories are the user's, 0700" test "$(as_it stat -c '%u %a' "$mount/INBOX")" = "$user 700"
check "cache and state are the user's alone" test -z "$(find "$home/.cache/mailmount"/* "$home/.local/state/mailmount"/* \
    \( ! -uid "$user" -o -perm /077 \) -print)"
if [ "$(id -u)" = 0 ]; then
    check_fails "another user is kept out" setpriv --reuid 12345 --regid 12345 --clear-groups ls "$mount"
    if [ "$(cat /sys/module/fuse/parameters/allow_sys_admin_access 2>/dev/null)" != Y ]; then
        check_fails "root too" ls "$mount"
    fi
    check_fails "another user does not unmount" \
        setpriv --reuid 12345 --regid 12345 --clear-groups fusermount3 -u "$mount"
fi
check "status" as_it "$mailmount" status "$mount"
check "fusermount3 -u" as_it fusermount3 -u "$mount"
eventually "the program has ended" 20 no_program
check "it is no mount" is_not_mounted

exec 7>"$work/lock"
flock 7
check "mount again, from a script that holds a lock" try_mount
exec 7>&-
check "which ends with the script" flock --nonblock "$work/lock" true
check "ls" as_it ls "$mount/INBOX"
check "mailmount unmount" as_it "$mailmount" unmount "$mount"
check "it is no mount" is_not_mounted
check "the program has ended" no_program

check "mount, to be killed" try_mount
kill -9 "$(program)"
dead() { [ "$(as_it ls "$mount" 2>&1 | grep -c 'not connected')" = 1 ]; }
eventually "kill -9 leaves a dead mount" 10 dead
check "the next mount clears it" try_mount
check "ls" as_it ls "$mount/INBOX"
check "SIGTERM" kill "$(program)"
eventually "the program has ended" 20 no_program
check "it is no mount" is_not_mounted

if ! grep -qx user_allow_other /etc/fuse.conf 2>/dev/null; then
    check_fails "--allow-other without user_allow_other is refused" try_mount --allow-other
    check "and says what is missing" grep -q user_allow_other "$work/mount.out"
fi
mkdir "$work/closed"
check_fails "a mountpoint of somebody else is refused" \
    as_user env MAILMOUNT_PASSWORD=wonderland "$mailmount" mount "$url" "$work/closed" --ca-file "$ca"
stop_server
finish
