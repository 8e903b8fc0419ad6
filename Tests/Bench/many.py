#!/usr/bin/env python3
"""Fill a folder with very many small messages, as quickly as the server takes them.

    many.py --port N --count 100000 [--folder INBOX] [--first 0]

They are a few hundred of mailgen.py's, each with its own date and Message-ID; message n is always the same.
"""
import argparse
import datetime
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Acceptance"))
import fill
import imap
import mailgen

TEMPLATES = 400
LARGEST = 6000
FIRST_DATE = datetime.datetime(2010, 1, 1, tzinfo=datetime.timezone.utc)


def templates():
    """(before the Message-ID and Date, behind them, flags): small messages that have both fields."""
    found, number = [], 0
    while len(found) < TEMPLATES:
        sample = mailgen.message("many", number)
        number += 1
        head, mark, rest = sample.content.partition(b"\r\n\r\n")
        head, changed = re.subn(rb"(?mi)^(Message-ID|Date): .*\r?\n", b"", head + b"\r\n")
        if mark and changed == 2 and len(sample.content) < LARGEST:
            found.append((head, b"\r\n" + rest, sample.flags))
    return found


def messages(first, count):
    patterns = templates()
    for number in range(first, first + count):
        head, rest, flags = patterns[number * 7919 % TEMPLATES]
        date = FIRST_DATE + datetime.timedelta(seconds=number * 487)
        own = f"Date: {date:%a, %d %b %Y %H:%M:%S} +0000\r\nMessage-ID: <many.{number}@example.org>\r\n".encode()
        yield mailgen.Sample(head + own + rest, flags, date)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    imap.add_arguments(parser)
    parser.add_argument("--folder", default="INBOX")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--directory", help="write files there instead")
    options = parser.parse_args()
    if options.directory:
        os.makedirs(options.directory, exist_ok=True)
        for number, sample in enumerate(messages(options.first, options.count)):
            with open(os.path.join(options.directory, f"new-{number:06}.eml"), "xb") as file:
                file.write(sample.content)
        return
    fill.BATCH_COUNT = 1000
    started = time.monotonic()
    session = imap.connect(options)
    try:
        fill.ensure(session, options.folder)
        uploader = fill.Uploader(session)
        uploader.append(options.folder, messages(options.first, options.count))
    finally:
        session.logout()
    print(f"{uploader.count} messages, {uploader.bytes} bytes, {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError, ValueError, imap.imaplib.IMAP4.error) as error:
        sys.exit(f"many.py: {error}")
