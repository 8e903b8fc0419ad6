#!/bin/bash
# Build the Debian package.
#
#   Packaging/deb.sh [--program FILE] [OUTPUT_DIRECTORY]
#
# Prints the package's path. --program as in build.sh.
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
root=$work/root
mkdir -m 755 "$root"
"$here/build.sh" "${program[@]}" "$root" >&2

# Debian says where the licence, the changes and what is installed for good lie.
documents=$root/usr/share/doc/mailmount
rm -f "$documents/LICENSE"
install -m 644 "$here/debian/copyright" "$documents/copyright"
version=$("$root/usr/bin/mailmount" --version | cut -d' ' -f1)
stamp=$(date -R -u -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}")
sed -e "s/@VERSION@/$version/" -e "s/@DATE@/$stamp/" "$here/debian/changelog" | gzip -9n >"$documents/changelog.gz"
chmod 644 "$documents/changelog.gz"
gzip -9nc CHANGELOG.md >"$documents/NEWS.md.gz"
install -D -m 644 "$here/debian/lintian-overrides" "$root/usr/share/lintian/overrides/mailmount"

# Which libraries it wants, in which versions, is what dpkg-shlibdeps reads from it.
mkdir -p "$work/source/debian"
printf 'Source: mailmount\n\nPackage: mailmount\nArchitecture: any\n' >"$work/source/debian/control"
depends=$(cd "$work/source" && dpkg-shlibdeps -O "$root/usr/bin/mailmount" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
architecture=$(dpkg --print-architecture)
install -d -m 755 "$root/DEBIAN"
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@DEPENDS@/$depends/" \
    -e "s/@SIZE@/$(du -k -s --apparent-size "$root/usr" | cut -f1)/" "$here/debian/control" >"$root/DEBIAN/control"
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
find "$root" -type d -exec chmod 755 {} +
find "$root" -exec touch -h -d "$stamp" {} +

file=$output/mailmount_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$file" >&2
printf '%s\n' "$file"
