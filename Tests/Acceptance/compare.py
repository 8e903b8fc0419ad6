#!/usr/bin/env python3
"""Compare a mount with what another IMAP client sees, message by message.

    compare.py MOUNT --port N [--tls --ca FILE] [--user U --password P] [--folder NAME]... [--read-only]
    compare.py --self-test [--port N ...]

Of every folder and every message that is not \\Deleted: the bytes, st_size of the opened file before
and after it is read, st_mtime, the user.imap.* attributes, modes, owner and names; the number of files;
and that reading has changed no flag on the server. A file belongs to the message that its attribute
user.imap.uid names. One line is printed for each kind of check, then `N passed, N failed`.

--self-test writes a directory as a mount should look (with --port: of that account's mail, else of
made-up mail), which must pass, then plants one fault after the other, each of which must be found.
"""
import argparse
import collections
import datetime
import errno
import os
import re
import shutil
import stat
import sys
import tempfile
import unicodedata

import imap
import mailgen

Opened = collections.namedtuple("Opened", "validity messages")


class Checks:
    """Counts by kind of check, and the first failures of each."""

    def __init__(self):
        self.passed = collections.Counter()
        self.failed = collections.Counter()
        self.examples = collections.defaultdict(list)

    def check(self, kind, holds, explain):
        if holds:
            self.passed[kind] += 1
            return
        self.failed[kind] += 1
        if len(self.examples[kind]) < 5:
            self.examples[kind].append(explain())

    def equal(self, kind, seen, wanted, where):
        self.check(kind, seen == wanted, lambda: f"{where}: {short(seen)}, not {short(wanted)}")

    def report(self):
        for kind in sorted(self.passed | self.failed):
            total = self.passed[kind] + self.failed[kind]
            if self.failed[kind]:
                print(f"FAIL  {kind}: {self.failed[kind]} of {total}")
                for text in self.examples[kind]:
                    print(f"      {text}")
            else:
                print(f"ok    {kind}: {total}")
        print(f"{self.passed.total()} passed, {self.failed.total()} failed")
        return self.failed.total() == 0


def short(value):
    text = repr(value)
    return text if len(text) <= 200 else text[:197] + "..."


class Account:
    """The other client: one connection, read-only."""

    def __init__(self, session):
        self.session = session

    def folders(self):
        return imap.list_folders(self.session)

    def open(self, name):
        validity = imap.uid_validity(self.session, name)
        return Opened(validity, imap.fetch_metadata(self.session))

    def bodies(self, name, uids):
        return imap.fetch_bodies(self.session, uids)


class MadeUp:
    """An account in memory, for the self-test."""

    def __init__(self):
        self.mail = {}
        self.seen_by_reading = False
        number = 0
        sizes = {"INBOX": 40, "INBOX/Projects": 5, "Entwürfe & Ideen": 3, "日本語": 4, "Empty": 0}
        for name, count in sizes.items():
            messages = {}
            for uid in range(7, 7 + count):
                sample = mailgen.message("self-test", number, deleted=0.1)
                date = sample.date.replace(microsecond=0)
                messages[uid] = (imap.Message(uid, frozenset(sample.flags), date, len(sample.content)), sample.content)
                number += 1
            self.mail[name] = messages

    def folders(self):
        return [imap.Folder(name, [], "/") for name in self.mail] + [imap.Folder("Bare", ["\\noselect"], "/")]

    def open(self, name):
        return Opened(4711, {uid: message for uid, (message, _) in self.mail[name].items()})

    def bodies(self, name, uids):
        for uid in list(uids):
            message, body = self.mail[name][uid]
            yield uid, body
            if self.seen_by_reading:
                self.mail[name][uid] = (message._replace(flags=message.flags ^ {"\\Seen"}), body)


def attribute(path, name):
    try:
        return os.getxattr(path, name).decode("utf-8", "surrogateescape")
    except OSError as error:
        return f"({errno.errorcode.get(error.errno, error.errno)})"


def is_safe(character):
    """What a name may hold: letters, combining marks and digits of every language and -_+@=, ."""
    category = unicodedata.category(character)
    return character in "-_+@=," or category[0] in "LM" or category == "Nd"


def name_fault(name):
    """What is wrong with a message's file name, or None."""
    match = re.fullmatch(r"(.+)\.([0-9a-z]{6})(-[0-9]+)?\.eml", name, re.DOTALL)
    if not match:
        return "not STEM.ID.eml"
    stem = match.group(1)
    if stem[0] in "-.":
        return "starts with - or ."
    bad = [character for character in stem if not is_safe(character)]
    if bad:
        return "holds " + " ".join(f"U+{ord(character):04X}" for character in bad[:5])
    if unicodedata.normalize("NFC", name) != name:
        return "not in NFC"
    length = len(name.encode("utf-8", "surrogateescape"))
    return f"{length} bytes long" if length > 255 else None


def read_whole(path):
    """The bytes of a file with its size when it was opened and when it had been read."""
    with open(path, "rb", buffering=0) as file:
        before = os.fstat(file.fileno())
        pieces = []
        while True:
            piece = file.read(1 << 20)
            if not piece:
                break
            pieces.append(piece)
        after = os.fstat(file.fileno())
    return b"".join(pieces), before.st_size, after.st_size


def visible(messages):
    return {uid: message for uid, message in messages.items()
            if "\\deleted" not in {flag.lower() for flag in message.flags}}


def comparable(flags):
    """Flags as a set; system flags have no case."""
    return {flag.lower() if flag.startswith("\\") else flag for flag in flags} - {"\\recent"}


def directories_of(mount):
    """Mailbox name -> path below the mount; by the attribute, else by the path."""
    found = {}
    for path, names, _ in os.walk(mount, onerror=raise_error):
        names.sort()
        if path == mount:
            continue
        relative = os.path.relpath(path, mount)
        name = attribute(path, "user.imap.mailbox")
        found[relative if name.startswith("(E") else name] = relative
    return found


def raise_error(error):
    raise error


def check_directory(directory, where, checks, options):
    status = os.stat(directory)
    mode = stat.S_IMODE(status.st_mode)
    holds = mode == 0o700 or options.read_only and mode == 0o500
    checks.check("mode of directories", holds, lambda: f"{where}: {mode:o}")
    checks.equal("owner", status.st_uid, os.getuid(), where)


def compare_folder(mount, account, folder, path, checks, options):
    directory = os.path.join(mount, path)
    check_directory(directory, path, checks, options)
    names = sorted(entry.name for entry in os.scandir(directory) if not entry.is_dir(follow_symlinks=False))
    if {"\\noselect", "\\nonexistent"} & set(folder.attributes):
        checks.equal("no mail in a folder that cannot be selected", names, [], path)
        return
    opened = account.open(folder.name)
    wanted = visible(opened.messages)
    checks.equal("number of files", len(names), len(wanted), path)

    by_uid = {}
    for name in names:
        file = os.path.join(directory, name)
        where = os.path.join(path, name)
        uid = attribute(file, "user.imap.uid")
        checks.check("one file a message", uid not in by_uid, lambda: f"{where}: UID {uid} has {by_uid[uid]} too")
        checks.check("every file is a message", uid.isdigit() and int(uid) in wanted, lambda: f"{where}: UID {uid}")
        by_uid[uid] = name
        fault = name_fault(name)
        checks.check("names", fault is None, lambda: f"{where}: {fault}")

    for uid, body in account.bodies(folder.name, sorted(wanted)):
        if uid not in wanted:
            continue
        message = wanted[uid]
        name = by_uid.get(str(uid))
        checks.check("every message is a file", name is not None, lambda: f"{path}: UID {uid} has no file")
        if name is None:
            continue
        compare_message(os.path.join(directory, name), os.path.join(path, name), message, body, checks, options)
        checks.equal("user.imap.uidvalidity", attribute(os.path.join(directory, name), "user.imap.uidvalidity"),
                    str(opened.validity), where=name)
        checks.equal("user.imap.mailbox", attribute(os.path.join(directory, name), "user.imap.mailbox"),
                    folder.name, where=name)

    after = account.open(folder.name).messages
    for uid, message in opened.messages.items():
        flags = after[uid].flags if uid in after else None
        checks.check("flags unchanged by reading", flags is not None and comparable(flags) == comparable(message.flags),
                    lambda: f"{path}: UID {uid} had {sorted(message.flags)}, has {flags and sorted(flags)}")


def compare_message(file, where, message, body, checks, options):
    try:
        content, before, after = read_whole(file)
    except OSError as error:
        checks.check("bytes", False, lambda: f"{where}: {error.strerror}")
        return
    checks.check("bytes", content == body, lambda: f"{where}: {difference(content, body)}")
    checks.equal("size when opened", before, len(body), where)
    checks.equal("size when read", after, len(body), where)
    status = os.stat(file)
    checks.equal("size of the path afterwards", status.st_size, len(body), where)
    checks.equal("mtime", status.st_mtime_ns, int(message.date.timestamp()) * 1_000_000_000, where)
    checks.equal("mode of files", oct(stat.S_IMODE(status.st_mode)), oct(0o400 if options.read_only else 0o600), where)
    checks.check("regular files", stat.S_ISREG(status.st_mode), lambda: where)
    checks.equal("owner", status.st_uid, os.getuid(), where)
    flags = attribute(file, "user.imap.flags")
    checks.equal("user.imap.flags", comparable(flags.split()), comparable(message.flags), where)
    checks.check("no \\Recent in user.imap.flags", "\\recent" not in flags.lower(), lambda: f"{where}: {flags}")
    date = attribute(file, "user.imap.internaldate")
    checks.check("user.imap.internaldate", moment(date) == message.date, lambda: f"{where}: {date}, not {message.date}")


def moment(text):
    """ISO 8601 to datetime, None where it is none."""
    try:
        parsed = datetime.datetime.fromisoformat(re.sub("Z$", "+00:00", text))
    except ValueError:
        return None
    return parsed if parsed.tzinfo else None


def difference(seen, wanted):
    for index, (left, right) in enumerate(zip(seen, wanted)):
        if left != right:
            return f"differs from byte {index}: {seen[index:index + 20]!r}, not {wanted[index:index + 20]!r}"
    return f"{len(seen)} bytes, not {len(wanted)}"


def compare(mount, account, options):
    """Everything; the checks that was filled."""
    checks = Checks()
    folders = account.folders()
    directories = directories_of(mount)
    expected = set()
    check_directory(mount, ".", checks, options)
    for folder in folders:
        parts = folder.name.split(folder.separator) if folder.separator else [folder.name]
        for end in range(1, len(parts) + 1):
            expected.add((folder.separator or "/").join(parts[:end]))
        if options.folder and folder.name not in options.folder:
            continue
        path = directories.get(folder.name)
        checks.check("every folder is a directory", path is not None, lambda: f"no directory for {folder.name}")
        if path is None:
            continue
        if all(part not in ("", ".", "..") and "/" not in part and "\0" not in part and len(part.encode()) <= 255
               for part in parts):
            checks.equal("path of the directory", path, "/".join(parts), folder.name)
        compare_folder(mount, account, folder, path, checks, options)
    for name, path in directories.items():
        checks.check("every directory is a folder", name in expected, lambda: f"{path} ({name})")
    if not checks.passed["bytes"]:
        checks.check("bytes", False, lambda: "no message was compared")
    return checks


def write_copy(account, mount):
    """Writes what a mount of the account should look like."""
    for folder in account.folders():
        directory = os.path.join(mount, *folder.name.split(folder.separator or "\0"))
        for depth in range(len(directory.split("/"))):
            parent = "/".join(directory.split("/")[:depth + 1])
            if parent and not os.path.exists(parent):
                os.mkdir(parent, 0o700)
        os.setxattr(directory, "user.imap.mailbox", folder.name.encode())
        if "\\noselect" in folder.attributes:
            continue
        opened = account.open(folder.name)
        wanted = visible(opened.messages)
        for uid, body in account.bodies(folder.name, sorted(wanted)):
            message = wanted[uid]
            path = os.path.join(directory, f"{message.date:%Y-%m-%d_%H%M}_Änne_日本.{uid:06d}.eml")
            with open(path, "wb") as file:
                file.write(body)
            os.chmod(path, 0o600)
            for name, value in (("uid", str(uid)), ("uidvalidity", str(opened.validity)), ("mailbox", folder.name),
                                ("flags", " ".join(message.flags - {"\\Recent"})),
                                ("internaldate", message.date.isoformat())):
                os.setxattr(path, f"user.imap.{name}", value.encode())
            seconds = int(message.date.timestamp())
            os.utime(path, (seconds, seconds))


def self_test(account, options):
    """True where a faithful copy passes and every planted fault is found."""
    place = tempfile.mkdtemp(prefix="compare-")
    good = True

    def expect(what, wanted, kind=None, mount=None):
        nonlocal good
        checks = compare(mount, account, options)
        found = checks.failed.total() == 0 if wanted else checks.failed[kind] > 0
        print(f"{'ok    ' if found else 'FAIL  '}{what}: {checks.passed.total()} passed, {checks.failed.total()} failed")
        if not found:
            good = False
            checks.report()

    try:
        original = os.path.join(place, "original")
        os.mkdir(original, 0o700)
        write_copy(account, original)
        expect("a faithful copy passes", True, mount=original)
        for what, kind, plant in FAULTS:
            mount = os.path.join(place, "faulty")
            shutil.copytree(original, mount)  # copies attributes, times and modes
            inbox = os.path.join(mount, "INBOX")
            victim = os.path.join(inbox, sorted(name for name in os.listdir(inbox) if name.endswith(".eml"))[1])
            times = os.stat(victim)
            plant(victim)
            if os.path.exists(victim) and kind != "mtime":
                os.utime(victim, ns=(times.st_mtime_ns, times.st_mtime_ns))
            expect(f"found: {what}", False, kind, mount)
            shutil.rmtree(mount)
        if isinstance(account, MadeUp):
            account.seen_by_reading = True
            expect("found: reading sets \\Seen", False, "flags unchanged by reading", original)
    finally:
        shutil.rmtree(place)
    return good


def change_byte(path):
    with open(path, "r+b") as file:
        file.seek(10)
        byte = file.read(1)
        file.seek(10)
        file.write(bytes([byte[0] ^ 1]))


def set_attribute(name, value):
    return lambda path: os.setxattr(path, f"user.imap.{name}", value)


def rename_to(name):
    return lambda path: os.rename(path, os.path.join(os.path.dirname(path), name))


FAULTS = [
    ("one wrong byte", "bytes", change_byte),
    ("a byte too few", "size when opened", lambda path: os.truncate(path, os.path.getsize(path) - 1)),
    ("a byte too many", "size when read", lambda path: os.truncate(path, os.path.getsize(path) + 1)),
    ("mtime a second off", "mtime", lambda path: os.utime(path, ns=(0, os.stat(path).st_mtime_ns + 10**9))),
    ("mtime half a second off", "mtime", lambda path: os.utime(path, ns=(0, os.stat(path).st_mtime_ns + 5 * 10**8))),
    ("a message without a file", "number of files", os.unlink),
    ("a file too many", "every file is a message", lambda path: open(path + ".abcdef.eml", "wb").close()),
    ("a flag too many", "user.imap.flags", set_attribute("flags", b"\\Seen \\Flagged \\Answered \\Draft planted")),
    ("\\Recent among the flags", "no \\Recent in user.imap.flags", set_attribute("flags", b"\\Seen \\Recent")),
    ("another UIDVALIDITY", "user.imap.uidvalidity", set_attribute("uidvalidity", b"1")),
    ("another mailbox", "user.imap.mailbox", set_attribute("mailbox", b"Sent")),
    ("another INTERNALDATE", "user.imap.internaldate", set_attribute("internaldate", b"2001-01-01T00:00:00Z")),
    ("mode 0644", "mode of files", lambda path: os.chmod(path, 0o644)),
    ("a directory's mode 0755", "mode of directories", lambda path: os.chmod(os.path.dirname(path), 0o755)),
    ("a blank in a name", "names", rename_to("2024-01-01_a b.abcdef.eml")),
    ("a bidi character in a name", "names", rename_to("2024-01-01_a\u202eb.abcdef.eml")),
    ("a name not in NFC", "names", rename_to("2024-01-01_a\u0308.abcdef.eml")),
    ("a leading dash", "names", rename_to("-2024.abcdef.eml")),
    ("a directory too many", "every directory is a folder",
     lambda path: os.mkdir(os.path.join(os.path.dirname(path), "x"))),
    ("a directory too few", "every folder is a directory",
     lambda path: shutil.rmtree(os.path.join(os.path.dirname(os.path.dirname(path)), "日本語"))),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    imap.add_arguments(parser)
    parser.add_argument("mount", nargs="?")
    parser.add_argument("--folder", action="append", help="only this folder (repeatable)")
    parser.add_argument("--read-only", action="store_true", help="the mount is read-only: files are 0400")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if not options.self_test and (options.mount is None or options.port is None):
        parser.error("a mount and a port, or --self-test")
    if options.port is None:
        return self_test(MadeUp(), options)
    session = imap.connect(options)
    try:
        if options.self_test:
            return self_test(Account(session), options)
        return compare(options.mount.rstrip("/"), Account(session), options).report()
    finally:
        session.logout()


if __name__ == "__main__":
    try:
        sys.exit(0 if main() else 1)
    except (OSError, RuntimeError, imap.imaplib.IMAP4.error) as error:
        sys.exit(f"compare.py: {error}")
