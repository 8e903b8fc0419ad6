#!/usr/bin/env python3
"""Do what another mail client does, and measure how long the mount takes to show it.

    news.py MOUNT FOLDER --port N [--tls --ca FILE] [--within SECONDS] [--folders PREFIX --mount-command PROGRAM]

In FOLDER a message is delivered, flagged, unflagged, moved to the folder of --target and expunged there.
With --reconnect each change is made in a session of its own, for servers that write it down at the end of
one. With --folders a folder is created, gets mail, is renamed and deleted, below the prefix given. One line is
printed for each, with the seconds from the server's OK to the moment the mount showed it. A server without
UIDPLUS, MOVE or PERMANENTFLAGS is asked in the older way.
"""
import argparse
import errno
import os
import subprocess
import sys
import time

import imap

MAIL = b"""From: News <news@example.org>\r
To: alice@example.org\r
Subject: %s\r
Date: Mon, 01 Jul 2024 12:00:00 +0000\r
Message-ID: <%s@news.example.org>\r
\r
What has just come in.\r
"""


class Watch:
    """Waits for the mount to agree; counts."""

    def __init__(self, options):
        mount, within = options.mount.rstrip("/"), options.within
        self.options = options
        self.mount = mount
        self.within = within
        self.failed = 0
        self.passed = 0

    def renewed(self, session):
        """The session, or a new one where changes are only told so."""
        if not self.options.reconnect:
            return session
        session.logout()
        return imap.connect(self.options)

    def names(self, folder):
        try:
            return set(os.listdir(os.path.join(self.mount, folder)))
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ESTALE):
                return set()
            raise

    def until(self, what, holds, within=None):
        start = time.monotonic()
        within = within or self.within
        while True:
            seen = holds()
            taken = time.monotonic() - start
            if seen:
                self.passed += 1
                print(f"ok    {what} ({taken:.2f} s)", flush=True)
                return seen
            if taken > within:
                self.failed += 1
                print(f"FAIL  {what} (waited {taken:.0f} s)", flush=True)
                return None
            time.sleep(0.02)


def attribute(path, name):
    try:
        return os.getxattr(path, name).decode()
    except OSError:
        return ""


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        print(f"      {errno.errorcode[error.errno]}: {path}", flush=True)
        time.sleep(1)
        return b""


def offers(session, name):
    """CAPABILITY once more, for many servers tell the rest after the login only."""
    return name in imap.expect(session.capability(), "CAPABILITY")[0].decode().upper().split()


def server_name(session, shown, separator):
    """The mailbox name of a directory, parts joined by the server's separator."""
    return shown.replace("/", separator)


def append(session, name, subject):
    mail = MAIL % (subject.encode(), subject.encode())
    imap.expect(session.append(imap.quote(name), "(\\Answered)", None, mail), "APPEND")


def uid_of(session, name, subject):
    """The UID of the newest message with that Message-ID; SELECTs the folder anew, for some servers show news only then."""
    imap.expect(session.select(imap.quote(name)), "SELECT")
    found = imap.expect(session.uid("SEARCH", "HEADER", "Message-ID", f"{subject}@news.example.org"), "SEARCH")
    return found[0].split()[-1].decode()


def remove(session, uid):
    imap.expect(session.uid("STORE", uid, "+FLAGS.SILENT", "(\\Deleted)"), "STORE")
    if offers(session, "UIDPLUS"):
        imap.expect(session.uid("EXPUNGE", uid), "UID EXPUNGE")
    else:
        imap.expect(session.expunge(), "EXPUNGE")


def mail(session, watch, folder, target, separator, tag):
    name, target_name = (server_name(session, shown, separator) for shown in (folder, target))
    before = watch.names(folder)
    append(session, name, tag)
    new = watch.until(f"{folder}: delivered", lambda: watch.names(folder) - before)
    if not new:
        return session
    path = os.path.join(watch.mount, folder, sorted(new)[0])
    uid = uid_of(session, name, tag)
    imap.expect(session.uid("STORE", uid, "+FLAGS.SILENT", "(\\Flagged)"), "STORE")
    session = watch.renewed(session)
    watch.until(f"{folder}: flagged", lambda: "\\Flagged" in attribute(path, "user.imap.flags"))
    uid = uid_of(session, name, tag)
    imap.expect(session.uid("STORE", uid, "-FLAGS.SILENT", "(\\Flagged)"), "STORE")
    session = watch.renewed(session)
    watch.until(f"{folder}: flag taken off", lambda: "\\Flagged" not in attribute(path, "user.imap.flags"))
    there = watch.names(target)
    uid = uid_of(session, name, tag)
    if offers(session, "MOVE"):
        imap.expect(session.uid("MOVE", uid, imap.quote(target_name)), "UID MOVE")
    else:
        imap.expect(session.uid("COPY", uid, imap.quote(target_name)), "UID COPY")
        remove(session, uid)
    session = watch.renewed(session)
    start = time.monotonic()
    watch.until(f"{folder}: moved away", lambda: not os.path.lexists(path))
    arrived = watch.until(f"{target}: moved in", lambda: watch.names(target) - there)
    print(f"      both after {time.monotonic() - start:.2f} s")
    if not arrived:
        return session
    path = os.path.join(watch.mount, target, sorted(arrived)[0])
    watch.until(f"{target}: bytes", lambda: b"just come in" in read(path), 20)
    uid = uid_of(session, target_name, tag)
    remove(session, uid)
    session = watch.renewed(session)
    watch.until(f"{target}: expunged", lambda: not os.path.lexists(path))
    return session


def folders(session, watch, prefix, separator, program, tag):
    def directory(name):
        return os.path.join(watch.mount, name)

    def exists(name):
        return os.path.isdir(directory(name))

    def sync():
        if program:
            subprocess.run([program, "sync", watch.mount], check=True, timeout=120, stdout=subprocess.DEVNULL)

    first, second = prefix + "MADE" + tag, prefix + "RENAMED" + tag  # some servers know capitals only
    if session.state == "SELECTED":
        imap.expect(session.unselect() if offers(session, "UNSELECT") else session.select("INBOX"), "leave the folder")
    imap.expect(session.create(imap.quote(server_name(session, first, separator))), "CREATE")
    watch.until(f"{first}: created", lambda: exists(first))
    append(session, server_name(session, first, separator), "in" + tag)
    watch.until(f"{first}: first mail", lambda: watch.names(first))
    imap.expect(session.rename(imap.quote(server_name(session, first, separator)),
                               imap.quote(server_name(session, second, separator))), "RENAME")
    sync()
    watch.until(f"{second}: renamed, after sync", lambda: exists(second) and not exists(first), 2 if program else None)
    watch.until(f"{second}: its mail", lambda: watch.names(second))
    imap.expect(session.delete(imap.quote(server_name(session, second, separator))), "DELETE")
    watch.until(f"{second}: deleted", lambda: not exists(second))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    imap.add_arguments(parser)
    parser.add_argument("mount")
    parser.add_argument("folder", nargs="*", help="as shown in the mount")
    parser.add_argument("--target", help="where messages are moved to, as shown")
    parser.add_argument("--folders", metavar="PREFIX", help="also make folders, their names beginning so")
    parser.add_argument("--mount-command", metavar="PROGRAM", help="mailmount, for `mailmount sync`")
    parser.add_argument("--reconnect", action="store_true", help="a session for each change")
    parser.add_argument("--within", type=float, default=60)
    options = parser.parse_args()
    session = imap.connect(options)
    watch = Watch(options)
    try:
        listed = imap.list_folders(session)
        separator = next((folder.separator for folder in listed if folder.separator), "/")
        for number, folder in enumerate(options.folder):
            session = mail(session, watch, folder, options.target, separator, f"t{os.getpid()}n{number}")
        if options.folders is not None:
            folders(session, watch, options.folders, separator, options.mount_command, str(os.getpid()))
    finally:
        try:
            session.logout()
        except (OSError, imap.imaplib.IMAP4.error):
            pass
    print(f"{watch.passed} passed, {watch.failed} failed")
    return watch.failed == 0


if __name__ == "__main__":
    try:
        sys.exit(0 if main() else 1)
    except (OSError, RuntimeError, IndexError, imap.imaplib.IMAP4.error) as error:
        sys.exit(f"news.py: {type(error).__name__}: {error}")
