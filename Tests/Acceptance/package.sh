#!/bin/bash
# The Debian package: built, checked by lintian, installed in a clean Debian 12 without any toolchain, used there by an ordinary user,
# upgraded and removed; installed and used in a clean Debian 13 as well. Needs root, /dev/fuse and Debian's archive.
# shellcheck disable=SC2317 # functions here are called by check and eventually
if [ "$(id -u)" = 0 ] && [ -z "${OWN_MOUNTS:-}" ]; then
    OWN_MOUNTS=1 exec unshare --mount --propagation private bash "$0" "$@"
fi
# shellcheck source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
begin
if [ "$(id -u)" != 0 ]; then
    fail "this needs root: a clean Debian is made and entered with chroot(8)"
    finish
fi

# --- the package ------------------------------------------------------------------------------
packages=$work/packages
build() { "$root/Packaging/deb.sh" --program "$mailmount" "$packages" 2>"$work/build.log" || { cat "$work/build.log"; return 1; }; }
check "the package is built" build
package=$(echo "$packages"/mailmount_*.deb)
spotless() {
    lintian --fail-on error,warning --info "$package" >"$work/lintian" 2>&1 && return 0
    cat "$work/lintian"
    return 1
}
check "lintian finds no error and no warning" spotless
megabytes=$(($(stat -c %s "$package") / 1000000))
installed=$(dpkg-deb --field "$package" Installed-Size)
say "      ${megabytes} MB, $((installed / 1000)) MB installed; depends on $(dpkg-deb --field "$package" Depends)"
wants() { dpkg-deb --fsys-tarfile "$package" | tar -xO ./usr/bin/mailmount >"$work/program" && readelf -d "$work/program" | match "$1"; }
check "it wants libssl" wants libssl
check_fails "and no libcurl, which it loads when it asks for something over HTTP" wants libcurl
check "the package wants that" sh -c "dpkg-deb --field '$package' Depends | grep -c libcurl4"
check_fails "and no libfuse, of which Debian 13 has another" wants libfuse
check_fails "it wants no library of a toolchain" sh -c "dpkg-deb --fsys-tarfile '$package' | tar -xO ./usr/bin/mailmount | strings | grep -q /opt/swift"

# --- its manual -------------------------------------------------------------------------------
mkdir "$work/tree"
dpkg-deb --extract "$package" "$work/tree"
check "manual and --help agree" python3 "$acceptance/manual.py" "$mailmount" "$work/tree/usr/share/man"
formats() {
    local page said
    for page in "$work"/tree/usr/share/man/*/*.gz; do
        said=$(MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
        [ -z "$said" ] || { printf '%s: %s\n' "$page" "$said"; return 1; }
    done
}
check "its pages format without a warning" formats
parses() { python3 -c 'import sys, xml.dom.minidom as xml; [xml.parse(file) for file in sys.argv[1:]]' "$@"; }
check "its icon and its type are XML" parses "$work/tree/usr/share/icons/hicolor/scalable/mimetypes/mailmount-message.svg" \
    "$work/tree/usr/share/mime/packages/mailmount.xml"
check "bash takes the completion" bash -n "$work/tree/usr/share/bash-completion/completions/mailmount"

# --- its units --------------------------------------------------------------------------------
# A unit is checked where its program is: --root looks for it there.
units() { SYSTEMD_LOG_LEVEL=warning systemd-analyze "$@" 2>&1 | grep -F mailmount && return 1 || return 0; }
install -d "$work/units"
sed "s|/usr/bin/mailmount|$work/tree/usr/bin/mailmount|" "$work/tree/usr/lib/systemd/user/mailmount@.service" >"$work/units/mailmount@work.service"
check "systemd finds nothing in the user's unit" units --user verify "$work/units/mailmount@work.service"
sed "s|/usr/bin/mailmount|$work/tree/usr/bin/mailmount|" "$work/tree/usr/lib/systemd/system/mailmount@.service" >"$work/units/mailmount@work.service"
check "nor in the system's" units verify "$work/units/mailmount@work.service"
namespaces='^(Private|Protect|ReadOnly|ReadWrite|Inaccessible|Bind|TemporaryFileSystem|RootDirectory|RootImage|DynamicUser|NoNewPrivileges)'
check_fails "no unit hides the mount from others" grep -qE "$namespaces" -r "$work/tree/usr/lib/systemd"

# --- a clean Debian ---------------------------------------------------------------------------
# debian SUITE: made in $clean.
debian() {
    mmdebstrap --quiet --variant=apt --include=passwd "$1" "$clean" \
        "deb http://deb.debian.org/debian $1 main" >"$work/mmdebstrap.log" 2>&1 || { tail -n 20 "$work/mmdebstrap.log"; return 1; }
}
inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive MAILMOUNT_ACCEPTANCE="$MAILMOUNT_ACCEPTANCE" chroot "$clean" "$@"; }
alice() { inside setpriv --reuid alice --regid alice --init-groups env HOME=/home/alice "$@"; }
# prepared: its archive can be reached, and things be mounted in it.
prepared() {
    mount -t proc proc "$clean/proc"
    cp /etc/resolv.conf "$clean/etc/resolv.conf"
    printf "127.0.0.1 localhost\n" >"$clean/etc/hosts"
    # How this machine reaches Debian's archive is how its guest does.
    cp /etc/apt/apt.conf.d/99* "$clean/etc/apt/apt.conf.d/" 2>/dev/null
    check "which reaches Debian's archive" inside apt-get -q update
    # fusermount3 reads it; on a machine that boots systemd makes it.
    ln -sf ../proc/self/mounts "$clean/etc/mtab"
    rm -f "$clean/dev/fuse"
    mknod "$clean/dev/fuse" c 10 229
    chmod 666 "$clean/dev/fuse"
    cp "$package" "$clean/root/mailmount.deb"
}
# configured: alice has an account.
configured() {
    inside useradd --create-home --shell /bin/bash alice
    install -m 644 "$ca" "$clean/home/alice/ca.pem"
    printf 'wonderland\n' >"$clean/home/alice/password"
    mkdir -p "$clean/home/alice/.config/mailmount" "$clean/home/alice/Mail"
    cat >"$clean/home/alice/.config/mailmount/config.toml" <<TOML
[account.work]
url = "$url"
password-file = "/home/alice/password"
ca-file = "/home/alice/ca.pem"
TOML
    inside chown -R alice:alice /home/alice
    inside chmod 600 /home/alice/password
}
clean=$work/clean
check "a clean Debian 12" debian bookworm
check_fails "which has no Swift" inside sh -c 'command -v swift || ls -d /opt/swift'
prepared
check "apt installs it" inside apt-get -q install -y --no-install-recommends /root/mailmount.deb
check "nothing but libraries and fuse3 came along" test "$(inside dpkg --get-selections | wc -l)" -lt 140
export NOFSYNC=1
start_server
say "      $(other fill --examples "$root/examples/mail") from examples/"
configured
inbox=/home/alice/Mail/INBOX
check "--version" inside mailmount --version
check "an ordinary user mounts" alice mailmount mount work /home/alice/Mail
check "and lists" alice ls "$inbox"
one=$(alice sh -c "ls $inbox/*.eml | head -n 1")
check "and reads" alice cat "$one"
check "and searches" alice grep -rl Pier "$inbox"
check "and makes a folder" alice mkdir "$inbox/Kept"
check "and moves" alice mv "$one" "$inbox/Kept/first.eml"
check "and the server has it" alice mailmount sync /home/alice/Mail
check "and another client sees it" test -n "$(other client search INBOX/Kept ALL)"
check "and deletes" alice rm "$inbox/Kept/first.eml"
check "and takes it back" alice mailmount undelete /home/alice/Mail
check "and unmounts" alice mailmount unmount /home/alice/Mail
check "mount -t mailmount" inside mount -t mailmount -o "ca-file=/home/alice/ca.pem,password-file=/home/alice/password,cache=/root/cache,state=/root/state" "$url" /mnt
check "lists" inside ls /mnt/INBOX
check "umount" inside umount /mnt
printf '%s /mnt mailmount noauto,_netdev,x-systemd.automount,ca-file=%s,password-file=%s,cache=/root/cache,state=/root/state 0 0\n' \
    "$url" /home/alice/ca.pem /home/alice/password >>"$clean/etc/fstab"
check "mount of a line of fstab" inside mount /mnt
check "lists" inside ls /mnt/INBOX
check "umount" inside umount /mnt

# --- upgraded and removed ---------------------------------------------------------------------
check "mounted again" alice mailmount mount work /home/alice/Mail
upgrade() {
    dpkg-deb --raw-extract "$package" "$work/newer" &&
        sed -i 's/^Version: .*/&.1/' "$work/newer/DEBIAN/control" &&
        dpkg-deb --root-owner-group -Znone --build "$work/newer" "$clean/root/newer.deb" >/dev/null &&
        inside apt-get -q install -y /root/newer.deb
}
check "an upgrade while it is mounted" upgrade
check "the mount goes on" alice cat "$inbox/Kept/first.eml"
check "and the new program unmounts it" alice mailmount unmount /home/alice/Mail
check "it is removed" inside apt-get -q purge -y mailmount
left() { inside find / -xdev -path '*mailmount*' -not -path '/home/*' -not -path '/root/*' -not -path '/var/lib/dpkg/*' -not -path '/var/cache/*' -not -path '/var/log/*' -not -path '/proc/*'; }
check "and leaves nothing but what is the user's" test -z "$(left)"
check "whose state is there" test -d "$clean/home/alice/.local/state/mailmount"
umount -l "$clean/proc"

# --- a clean Debian 13 ------------------------------------------------------------------------
clean=$work/newer-debian
check "a clean Debian 13" debian trixie
prepared
check "apt installs it" inside apt-get -q install -y --no-install-recommends /root/mailmount.deb
configured
check "an ordinary user mounts" alice mailmount mount work /home/alice/Mail
check "and reads" alice grep -rl Pier "$inbox"
check "and moves" alice sh -c "mkdir $inbox/Newer && mv \$(ls $inbox/*.eml | head -n 1) $inbox/Newer/"
check "and the server has it" alice mailmount sync /home/alice/Mail
check "and unmounts" alice mailmount unmount /home/alice/Mail
umount -l "$clean/proc"
finish
