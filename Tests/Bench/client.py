#!/usr/bin/env python3
"""A plain IMAP client: what mailmount is measured beside, and the other client of the account.

    client.py --port N [--tls --ca FILE] COMMAND
"""
import argparse
import hashlib
import os
import re
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Acceptance"))
import fill
import imap
import many

imap.imaplib._MAXLINE = 1 << 30
# What a listing of mailmount asks for.
LISTED = "(UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (DATE FROM MESSAGE-ID SUBJECT)])"
ITEMS = {"list": LISTED, "bodies": "(UID BODY.PEEK[])"}


def fetch(session, options):
    """One FETCH of a whole folder, nothing done with it but counting."""
    imap.expect(session.select(imap.quote(options.folder), readonly=True), "EXAMINE")
    data = imap.expect(session.uid("FETCH", "1:*", ITEMS[options.items]), "FETCH")
    texts = [line[1] for line in data if isinstance(line, tuple)]
    if len(texts) != options.count:
        raise RuntimeError(f"{len(texts)} messages, {options.count} expected")
    print(len(texts), sum(map(len, texts)))


def record(session, options):
    """The same, as it came: a file of FETCH responses."""
    imap.expect(session.select(imap.quote(options.folder), readonly=True), "EXAMINE")
    session.send(b"rec1 UID FETCH 1:* " + ITEMS[options.items].encode() + b"\r\n")
    with open(options.file, "wb") as file:
        while True:
            line = session.file.readline()
            if line.startswith(b"rec1 "):
                break
            file.write(line)
            literal = re.search(rb"\{(\d+)\}\r\n$", line)
            if literal:
                file.write(session.file.read(int(literal.group(1))))
    if not line.startswith(b"rec1 OK"):
        raise RuntimeError(f"FETCH: {line!r}")


def status(session, options):
    """How many messages each folder has, its octets, and a digest of their Message-IDs."""
    for folder in options.folders:
        imap.expect(session.select(imap.quote(folder), readonly=True), f"EXAMINE {folder}")
        names, octets = [], 0
        if imap.expect(session.uid("SEARCH", "ALL"), "SEARCH")[0]:
            items = "(RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
            for line in imap.expect(session.uid("FETCH", "1:*", items), "FETCH"):
                if isinstance(line, tuple):
                    names.append(line[1].strip())
                    octets += int(re.search(rb"RFC822.SIZE (\d+)", line[0]).group(1))
        print(len(names), octets, hashlib.sha256(b"\n".join(sorted(names))).hexdigest()[:16])


def empty(session, options):
    """Makes folders that have no message."""
    known = {folder.name for folder in imap.list_folders(session)}
    for folder in options.folders:
        if folder in known:
            imap.expect(session.delete(imap.quote(folder)), f"DELETE {folder}")
        fill.ensure(session, folder)


def folders(session, options):
    known = {folder.name for folder in imap.list_folders(session)}
    for number in range(options.count):
        if f"Quiet{number}" not in known:
            fill.ensure(session, f"Quiet{number}")


def change(session, options):
    """A hundred changes: 30 messages deleted, as many new ones, 40 flags changed."""
    imap.expect(session.select(imap.quote(options.folder)), "SELECT")
    uids = imap.expect(session.uid("SEARCH", "ALL"), "SEARCH")[0].split()
    if len(uids) < 100:
        raise RuntimeError(f"{options.folder} is too small to change")
    step = len(uids) // 70
    chosen = [uid.decode() for uid in uids[::step][:70]]
    gone, flagged = ",".join(chosen[:30]), ",".join(chosen[30:])
    there = imap.fetch_metadata(session, flagged)
    sign = "-" if "\\Flagged" in there[int(chosen[30])].flags else "+"
    imap.expect(session.uid("STORE", flagged, sign + "FLAGS.SILENT", r"(\Flagged)"), "STORE")
    imap.expect(session.uid("STORE", gone, "+FLAGS.SILENT", r"(\Deleted)"), "STORE")
    imap.expect(session.uid("EXPUNGE", gone), "UID EXPUNGE")
    first = 10_000_000 + int(time.time()) % 1_000_000 * 100
    fill.Uploader(session).append(options.folder, many.messages(first, 30))
    print(len(uids))


def ping(session, options):
    """Seconds for so many NOOPs one after another, and all at once."""
    def noop(numbers):
        session.send(b"".join(b"n%d NOOP\r\n" % number for number in numbers))
        for number in numbers:
            while not session.readline().startswith(b"n%d OK" % number):
                pass

    start = time.monotonic()
    for number in range(options.count):
        noop([number])
    middle = time.monotonic()
    noop(range(options.count))
    print(f"{middle - start:.3f} {time.monotonic() - middle:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    imap.add_arguments(parser)
    commands = parser.add_subparsers(dest="command", required=True)
    for command in (fetch, record, status, empty, folders, change, ping):
        own = commands.add_parser(command.__name__, help=command.__doc__)
        own.set_defaults(run=command)
        if command in (fetch, record):
            own.add_argument("items", choices=ITEMS)
        if command in (fetch, record, change):
            own.add_argument("folder")
        if command in (fetch, folders, ping):
            own.add_argument("count", type=int)
        if command is record:
            own.add_argument("file")
        if command in (status, empty):
            own.add_argument("folders", nargs="+")
    options = parser.parse_args()
    session = imap.connect(options)
    if isinstance(session.sock, (socket.socket, ssl.SSLSocket)):
        session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        options.run(session, options)
    finally:
        session.logout()


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError, ValueError, imap.imaplib.IMAP4.error) as error:
        sys.exit(f"client.py: {error}")
