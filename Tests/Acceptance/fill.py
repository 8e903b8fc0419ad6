#!/usr/bin/env python3
"""Fill a mailbox over IMAP.

    fill.py --port N --count 2000 [--folder INBOX] [--seed 1] [--first 0] [--deleted 0.01]
    fill.py --port N --examples DIR       the messages of DIR/index.tsv, in their folders, with
                                          their flags and dates
    fill.py --port N --copies FILE --count 2000      the same message many times
    fill.py --count 10 --list             one line a message, nothing is stored

Message n of a seed is always the same (see mailgen.py). Uses the quickest way that the server
offers: MULTIAPPEND with literals that are not waited for, else APPENDs in a pipeline, else one by one.
"""
import argparse
import datetime
import email.utils
import os
import sys
import time

import imap
import mailgen

# One command carries at most so many messages and bytes.
BATCH_COUNT = 100
BATCH_BYTES = 4 << 20


def internal_date(date):
    """INTERNALDATE as IMAP writes it, in the date's own zone."""
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    return f'"{date.day:02d}-{months[date.month - 1]}-{date.year:04d} {date:%H:%M:%S %z}"'


def batches(samples):
    batch, size = [], 0
    for sample in samples:
        if batch and (len(batch) == BATCH_COUNT or size + len(sample.content) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(sample)
        size += len(sample.content)
    if batch:
        yield batch


class Uploader:
    """APPENDs in the quickest way that the session's server knows."""

    def __init__(self, session):
        self.session = session
        self.tag = 0
        self.count = 0
        self.bytes = 0
        offered = imap.expect(session.capability(), "CAPABILITY")[0].upper().split()
        self.pipelines = b"LITERAL+" in offered
        self.many = self.pipelines and b"MULTIAPPEND" in offered

    def append(self, folder, samples):
        for batch in batches(samples):
            if self.pipelines:
                self.send(folder, batch)
            else:
                for sample in batch:
                    imap.expect(self.session.append(
                        imap.quote(folder), f"({' '.join(sample.flags)})", internal_date(sample.date), sample.content),
                        "APPEND")
            self.count += len(batch)
            self.bytes += sum(len(sample.content) for sample in batch)

    def send(self, folder, batch):
        out, waiting = [], set()
        for index, sample in enumerate(batch):
            if index == 0 or not self.many:
                self.tag += 1
                waiting.add(b"fill%d" % self.tag)
                out.append((b"" if index == 0 else b"\r\n") + f"fill{self.tag} APPEND {imap.quote(folder)}".encode())
            flags = " ".join(sample.flags)
            out.append(f" ({flags}) {internal_date(sample.date)} {{{len(sample.content)}+}}\r\n".encode())
            out.append(sample.content)
        self.session.send(b"".join(out) + b"\r\n")
        while waiting:
            line = self.session.readline()
            if not line:
                raise RuntimeError("the server closed the connection")
            tag = line.split(b" ", 1)[0]
            if tag in waiting:
                waiting.remove(tag)
                if not line[len(tag):].upper().startswith(b" OK"):
                    raise RuntimeError(f"APPEND to {folder}: {line!r}")
            elif line.upper().startswith(b"* BYE"):
                raise RuntimeError(f"the server says {line!r}")


def ensure(session, folder):
    """CREATE and SUBSCRIBE where the folder is missing."""
    if folder not in {known.name for known in imap.list_folders(session)}:
        imap.expect(session.create(imap.quote(folder)), f"CREATE {folder}")
    imap.expect(session.subscribe(imap.quote(folder)), f"SUBSCRIBE {folder}")


def load_examples(directory):
    """folder -> samples, in the order of index.tsv."""
    folders = {}
    with open(os.path.join(directory, "index.tsv"), encoding="utf-8") as index:
        for line in index:
            if not line.strip() or line.startswith("#"):
                continue
            path, folder, flags, date = line.rstrip("\n").split("\t")
            with open(os.path.join(directory, path), "rb") as file:
                content = file.read()
            if b"\n" in content.replace(b"\r\n", b""):
                raise RuntimeError(f"{path} has a bare line feed: was it checked out with another line ending?")
            moment = datetime.datetime.fromisoformat(date)
            folders.setdefault(folder, []).append(mailgen.Sample(content, flags.split(), moment))
    return folders


def upload(options, bodies):
    """Appends (folder, samples) one after the other, and says how much that was."""
    started = time.monotonic()
    session = imap.connect(options)
    try:
        uploader = Uploader(session)
        for folder, samples in bodies:
            ensure(session, folder)
            uploader.append(folder, samples)
    finally:
        session.logout()
    print(f"{uploader.count} messages, {uploader.bytes} bytes, {time.monotonic() - started:.1f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    imap.add_arguments(parser)
    parser.add_argument("--folder", default="INBOX")
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first message")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--deleted", type=float, default=0.0, help="share of messages marked \\Deleted")
    parser.add_argument("--examples", metavar="DIR")
    parser.add_argument("--copies", metavar="FILE")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()

    samples = (mailgen.message(options.seed, number, options.deleted)
               for number in range(options.first, options.first + options.count))
    if options.copies:
        with open(options.copies, "rb") as file:
            one = mailgen.Sample(file.read(), [], datetime.datetime(2024, 5, 17, 12, 0, tzinfo=datetime.timezone.utc))
        samples = (one for _ in range(options.count))
    if options.list:
        for number, sample in enumerate(samples, options.first):
            print(number, len(sample.content), email.utils.format_datetime(sample.date), *sample.flags)
        return
    bodies = list(load_examples(options.examples).items()) if options.examples else []
    if options.count:
        bodies.append((options.folder, samples))
    upload(options, bodies)


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError, ValueError, imap.imaplib.IMAP4.error) as error:
        sys.exit(f"fill.py: {error}")
