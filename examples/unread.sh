#!/bin/bash
# How many unread messages each folder has.
#
#   examples/unread.sh ~/Mail
#
# The flags come from the attribute user.imap.flags; no message is opened.
set -euo pipefail
mail=${1:?usage: unread.sh DIRECTORY}

# getfattr writes odd bytes of a path in octal, which printf %b reads.
find "$mail" -type f -name '*.eml' -exec getfattr --absolute-names -n user.imap.flags {} + |
    awk -v top="${mail%/}/" '
        /^# file: / {
            folder = substr($0, 9)
            sub(/\/[^\/]*$/, "", folder)
            if (index(folder, top) == 1) folder = substr(folder, length(top) + 1)
            total[folder]++
        }
        /^user\.imap\.flags/ && $0 !~ /\\\\Seen[ "]/ { unread[folder]++ }
        END { for (folder in total) printf "%d\t%d\t%s\n", unread[folder], total[folder], folder }' |
    sort -t "$(printf '\t')" -k 3 |
    while IFS=$'\t' read -r unread total folder; do
        printf '%6d of %6d  %b\n' "$unread" "$total" "$folder"
    done
