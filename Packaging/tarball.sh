#!/bin/bash
# Build a tarball for systems without Debian's package manager, and its checksum.
#
#   Packaging/tarball.sh [--program FILE] [OUTPUT_DIRECTORY]
#
# Prints the tarball's path. In it, `./install.sh [PREFIX]` puts everything below PREFIX (/usr/local).
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "$0")")
cd "$(dirname "$here")"

program=()
if [ "${1:-}" = --program ]; then
    program=(--program "$2")
    shift 2
fi
output=${1:-.}
mkdir -p "$output"
output=$(readlink -f "$output")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/build.sh" "${program[@]}" "$work/root" >&2
version=$("$work/root/usr/bin/mailmount" --version | cut -d' ' -f1)
name=mailmount-$version-linux-$(uname -m)
mkdir "$work/$name"
mv "$work/root/usr" "$work/$name/files"
install -m 755 "$here/install.sh" "$work/$name/install.sh"
cp README.md LICENSE CHANGELOG.md "$work/$name/"
stamp=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$stamp" -C "$work" -cJf "$output/$name.tar.xz" "$name"
(cd "$output" && sha256sum "$name.tar.xz" >"$name.tar.xz.sha256")
printf '%s\n' "$output/$name.tar.xz"
