#!/bin/bash
# Build the program as it is installed: optimised, with Swift's libraries inside, its relocations read-only.
#
#   Packaging/program.sh
#
# Prints the program's path. MAILMOUNT_COMMIT is what `--version` tells of where it was built from.
set -euo pipefail
cd "$(dirname "$(dirname "$(readlink -f "$0")")")"
MAILMOUNT_COMMIT=${MAILMOUNT_COMMIT:-$(git rev-parse --short=12 HEAD 2>/dev/null || true)}
export MAILMOUNT_COMMIT
options=(-c release --static-swift-stdlib -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now)
swift build "${options[@]}" --product mailmount >&2
printf '%s/mailmount\n' "$(swift build "${options[@]}" --show-bin-path)"
