#!/bin/bash
# Build the program with Swift's libraries inside and lay out what is installed.
#
#   Packaging/build.sh [--program FILE] ROOT [PREFIX]
#
# ROOT/PREFIX/... (PREFIX: /usr) is what a package or a tarball holds. --program takes what program.sh has built already.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "$0")")
cd "$(dirname "$here")"

program=
if [ "${1:-}" = --program ]; then
    program=$(readlink -f "${2:?a file}")
    shift 2
fi
root=${1:?a directory}
prefix=${2:-/usr}
mkdir -p "$root"
root=$(readlink -f "$root")

[ -n "$program" ] || program=$("$here/program.sh")
# put MODE FILE PATH: a file below the prefix.
put() { install -D -m "$1" "$2" "$root$prefix/$3"; }

install -d "$root$prefix/bin"
# Symbols are for nobody who installs it.
strip --strip-all -o "$root$prefix/bin/mailmount" "$program"
chmod 755 "$root$prefix/bin/mailmount"
if readelf -d "$root$prefix/bin/mailmount" | grep -qE 'RUNPATH|RPATH'; then
    patchelf --remove-rpath "$root$prefix/bin/mailmount"
fi

pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
python3 "$here/manual.py" "$program" "$pages"
for page in "$pages"/*; do
    section=${page##*.}
    gzip -9n "$page"
    put 644 "$page.gz" "share/man/man$section/${page##*/}.gz"
done

"$program" --generate-completion-script bash | sed 1d >"$pages/bash"
"$program" --generate-completion-script zsh >"$pages/zsh"
"$program" --generate-completion-script fish >"$pages/fish"
put 644 "$pages/bash" share/bash-completion/completions/mailmount
put 644 "$pages/zsh" share/zsh/vendor-completions/_mailmount
put 644 "$pages/fish" share/fish/vendor_completions.d/mailmount.fish

put 755 "$here/mount.mailmount" sbin/mount.mailmount
put 644 "$here/systemd/user-mailmount@.service" lib/systemd/user/mailmount@.service
put 644 "$here/systemd/system-mailmount@.service" lib/systemd/system/mailmount@.service
if [ "$prefix" != /usr ]; then
    sed -i "s|/usr/bin/mailmount|$prefix/bin/mailmount|g" "$root$prefix"/lib/systemd/*/mailmount@.service
fi

# Icon themes without one for messages (Adwaita) show that of a text file: these get one, those that have one keep theirs.
put 644 "$here/desktop/mailmount-message.svg" share/icons/hicolor/scalable/mimetypes/mailmount-message.svg
put 644 "$here/desktop/mailmount.xml" share/mime/packages/mailmount.xml

documents=share/doc/mailmount
put 644 README.md "$documents/README.md"
put 644 LICENSE "$documents/LICENSE"
put 644 "$here/desktop/indexers.md" "$documents/indexers.md"
put 644 "$here/desktop/apparmor.md" "$documents/apparmor.md"
for example in config.toml archive-by-year.sh attachments.sh unread.sh; do
    put 644 "examples/$example" "$documents/examples/$example"
done
