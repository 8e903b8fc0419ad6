#!/bin/bash
# Extract the attachments of messages.
#
#   examples/attachments.sh [-d DIRECTORY] MESSAGE.eml...
#
# Writes into DIRECTORY (default: here), never over a file that is there, and prints what it wrote.
set -euo pipefail
directory=.
if [ "${1:-}" = -d ]; then
    directory=${2:?a directory}
    shift 2
fi
[ $# -gt 0 ] || {
    echo "usage: attachments.sh [-d DIRECTORY] MESSAGE.eml..." >&2
    exit 64
}

python3 - "$directory" "$@" <<'PYTHON'
import email
import email.policy
import os
import re
import sys

directory, messages = sys.argv[1], sys.argv[2:]
os.makedirs(directory, exist_ok=True)


def create(name):
    """A new file of that name, or of that name with a number."""
    stem, extension = os.path.splitext(name)
    for number in range(1, 1000):
        path = os.path.join(directory, name if number == 1 else f"{stem}-{number}{extension}")
        try:
            return path, open(path, "xb")
        except FileExistsError:
            continue
    raise SystemExit(f"attachments.sh: too many files are called {name}")


for message in messages:
    with open(message, "rb") as file:
        parts = email.message_from_binary_file(file, policy=email.policy.default).walk()
    for part in parts:
        name = part.get_filename()
        if part.is_multipart() or not name:
            continue
        # A sender's file name is not a path.
        name = re.sub(r"[/\x00-\x1f\x7f]", "-", name).lstrip(".")[-100:] or "attachment"
        path, output = create(name)
        with output:
            output.write(part.get_payload(decode=True) or b"")
        print(path)
PYTHON
