#!/bin/sh
# Install what this tarball holds.
#
#   ./install.sh [PREFIX]              below PREFIX (/usr/local); DESTDIR is put before it
#   ./install.sh --uninstall [PREFIX]  remove it again
set -eu
cd "$(dirname "$0")"
remove=
if [ "${1:-}" = --uninstall ]; then
    remove=1
    shift
fi
prefix=${1:-/usr/local}
case $prefix in
/*) ;;
*)
    echo "install.sh: $prefix is not an absolute path" >&2
    exit 64
    ;;
esac
target=${DESTDIR:-}$prefix

(cd files && find . -type f) | while IFS= read -r file; do
    file=${file#./}
    if [ -n "$remove" ]; then
        rm -f "$target/$file"
        continue
    fi
    mkdir -p "$(dirname "$target/$file")"
    cp "files/$file" "$target/$file"
    case $file in
    bin/* | sbin/*) chmod 755 "$target/$file" ;;
    *) chmod 644 "$target/$file" ;;
    esac
    case $file in
    lib/systemd/*) sed "s|/usr/bin/mailmount|$prefix/bin/mailmount|g" "files/$file" >"$target/$file" ;;
    esac
done
# The icon of messages.
if [ -z "${DESTDIR:-}" ] && command -v update-mime-database >/dev/null 2>&1; then
    update-mime-database "$prefix/share/mime" >/dev/null 2>&1 || true
fi
[ -z "$remove" ] || exit 0

missing=
for library in $(ldd "$target/bin/mailmount" 2>/dev/null | sed -n 's/^[[:space:]]*\([^ ]*\) => not found/\1/p'); do
    missing="$missing $library"
done
command -v fusermount3 >/dev/null 2>&1 || missing="$missing fusermount3"
if [ -n "$missing" ]; then
    echo "mailmount is in $target/bin, but this system lacks:$missing" >&2
    echo "On Debian and Ubuntu: apt install fuse3 libssl3 libsqlite3-0 libcurl4 zlib1g" >&2
    exit 1
fi
# It is loaded where something is asked for over HTTP.
case $(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null) in
*libcurl.so.4*) ;;
*) echo "For setup and OAuth2 logins: apt install libcurl4" ;;
esac
echo "mailmount is in $target/bin; begin with: mailmount --help"
# mount(8) looks for its helpers in /sbin only.
if [ "$(id -u)" = 0 ] && [ -z "${DESTDIR:-}" ] && [ ! -e /sbin/mount.mailmount ]; then
    echo "For /etc/fstab: ln -s $target/sbin/mount.mailmount /sbin/mount.mailmount"
fi
