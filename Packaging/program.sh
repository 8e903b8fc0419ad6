#!/bin/bash
# Build the program as it is installed: optimised, with Swift's libraries and libfuse inside, its relocations read-only.
#
#   Packaging/program.sh [PRODUCT]       mailmount; MailBench for the benchmarks
#
# Prints the program's path. MAILMOUNT_COMMIT is what `--version` tells of where it was built from.
set -euo pipefail
product=${1:-mailmount}
cd "$(dirname "$(dirname "$(readlink -f "$0")")")"
MAILMOUNT_COMMIT=${MAILMOUNT_COMMIT:-$(git rev-parse --short=12 HEAD 2>/dev/null || true)}
export MAILMOUNT_COMMIT
# Debian 12 has libfuse3.so.3 and Debian 13 libfuse3.so.4: of a directory that has only the archive the linker takes that, and one program
# runs on both. It is searched before the system's when it stands first in the .pc files.
archives=$PWD/.build/archives
libraries=$(pkg-config --variable=libdir fuse3)
if [ -e "$libraries/libfuse3.a" ]; then
    mkdir -p "$archives"
    ln -sf "$libraries/libfuse3.a" "$archives/"
    for name in libssl libcrypto openssl zlib fuse3; do
        sed "s|^Libs:|Libs: -L$archives|" "$(pkg-config --variable=pcfiledir "$name")/$name.pc" >"$archives/.pc"
        # One that is as it was gives no reason to build anew.
        cmp -s "$archives/.pc" "$archives/$name.pc" || cp "$archives/.pc" "$archives/$name.pc"
    done
    export PKG_CONFIG_PATH=$archives${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
else
    echo "program.sh: there is no $libraries/libfuse3.a: the program will need this system's libfuse3" >&2
fi
options=(-c release --static-swift-stdlib -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now)
swift build "${options[@]}" --product "$product" >&2
printf '%s/%s\n' "$(swift build "${options[@]}" --show-bin-path)" "$product"
