#!/bin/bash
# What POSIX says of directories, scratch files and messages, tried through a mount; what does not hold there is listed with its reason,
# and has to fail as told. Afterwards the server has what the mount shows.
# ONLY chooses checks by an expression. LONG=1: with --sync-changes and in fast mode too.
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=counting.sh
. "$acceptance/counting.sh"
begin
export NOFSYNC=1
start_server
suite=("$acceptance/posix.py" --only "${ONLY:-}")
mkdir "$work/plain"
count_checks_of 300 "${suite[@]}" "$work/plain"
[ -n "${ONLY:-}" ] || count_checks_of 300 "${suite[@]}" --self-test "$work/plain"

say "      $(other fill --folder Reading --count 300 --deleted 0) in Reading"
count_checks_of 60 "$acceptance/agree.py" --self-test

is_fast() { cat "$(find "$mount/Reading" -name '*.eml' | head -n 1)" >/dev/null && "$mailmount" status "$mount" --json | match '"mode" : "fast"'; }
tried() {
    local how=$1 as=--mounted
    shift
    say "  -- mounted, $how"
    # Folders that are removed are gone from the server at once.
    check "mount" mount_mail --expunge-after 0s --delete-limit off --state "$work/$how.state" --cache "$work/$how" "$@"
    if [ "$how" = fast ]; then
        check "300 messages are read" grep -rc Subject "$mount/Reading"
        eventually "files are opened without a word" 20 is_fast
        as=--mounted-fast
    fi
    mkdir "$mount/Posix"
    count_checks_of 600 "${suite[@]}" "$as" "$mount/Posix"
    check "sync" "$mailmount" sync "$mount"
    check "the mount is what the server has" other agree "$mount"
    check "nothing is left of it" rmdir "$mount/Posix"
    check "unmount" "$mailmount" unmount "$mount"
}
tried usual
if [ -n "${LONG:-}" ]; then
    tried sync --sync-changes
    tried fast
fi
finish
