#!/bin/bash
# Move a folder's messages of past years to Archive/YEAR, by the date they were received.
#
#   examples/archive-by-year.sh ~/Mail/INBOX ~/Mail/Archive           only says what would be moved
#   examples/archive-by-year.sh --move ~/Mail/INBOX ~/Mail/Archive    moves them
set -euo pipefail
move=
if [ "${1:-}" = --move ]; then
    move=1
    shift
fi
[ $# = 2 ] || {
    echo "usage: archive-by-year.sh [--move] FOLDER ARCHIVE" >&2
    exit 64
}
folder=$1 archive=$2
this_year=$(date -u +%Y)
declare -A counts=()

while IFS=$'\t' read -r -d '' year file; do
    [ "$year" -lt "$this_year" ] || continue
    counts[$year]=$((${counts[$year]:-0} + 1))
    if [ -n "$move" ]; then
        mkdir -p "$archive/$year"
        mv -n -- "$file" "$archive/$year/"
    else
        printf '%s -> %s\n' "${file##*/}" "$archive/$year/"
    fi
done < <(TZ=UTC find "$folder" -maxdepth 1 -type f -name '*.eml' -printf '%TY\t%p\0')

while IFS= read -r year; do
    [ -n "$year" ] || continue
    if [ -n "$move" ]; then said=moved; else said="would be moved"; fi
    printf '%s: %d %s\n' "$year" "${counts[$year]}" "$said"
done < <(printf '%s\n' "${!counts[@]}" | sort)
[ -n "$move" ] || echo "Nothing was moved; add --move to do it."
