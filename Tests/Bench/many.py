#!/usr/bin/env python3
"""Fill a folder with mail to measure with, as quickly as the server takes it.

    many.py --port N --count 100000 [--folder INBOX] [--first 0]
    many.py --port N --count 20000 --seed 2      mailgen.py's own messages, 26 KB on average

Without a seed they are a few hundred small messages of mailgen.py, each with its own date and Message-ID. Message n is
always the same.
"""
import argparse
import datetime
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Acceptance"))
import fill
import imap
import mailgen

TEMPLATES = 400
LARGEST = 6000
FIRST_DATE = datetime.datetime(2010, 1, 1, tzinfo=datetime.timezone.utc)


def templates(largest):
    """(before the Message-ID and Date, behind them, flags): small messages that have both fields."""
    found, number = [], 0
    while len(found) < TEMPLATES:
        sample = mailgen.message("many", number)
        number += 1
        head, mark, rest = sample.content.partition(b"\r\n\r\n")
        head, changed = re.subn(rb"(?mi)^(Message-ID|Date): .*\r?\n", b"", head + b"\r\n")
        if mark and changed == 2 and len(sample.content) < largest:
            found.append((head, b"\r\n" + rest, sample.flags))
    return found


def messages(first, count, largest=LARGEST):
    patterns = templates(largest)
    for number in range(first, first + count):
        head, rest, flags = patterns[number * 7919 % TEMPLATES]
        date = FIRST_DATE + datetime.timedelta(seconds=number * 487)
        own = f"Date: {date:%a, %d %b %Y %H:%M:%S} +0000\r\nMessage-ID: <many.{number}@example.org>\r\n".encode()
        yield mailgen.Sample(head + own + rest, flags, date)


def like_real(seed, first, count):
    """What mailgen.py makes; mbsync does not take a message whose header has no end."""
    for number in range(first, first + count):
        sample = mailgen.message(seed, number)
        yield sample if b"\r\n\r\n" in sample.content else sample._replace(content=sample.content + b"\r\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    imap.add_arguments(parser)
    parser.add_argument("--folder", default="INBOX")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed")
    parser.add_argument("--largest", type=int, default=LARGEST, help="octets")
    parser.add_argument("--directory", help="write files there instead")
    options = parser.parse_args()
    samples = messages(options.first, options.count, options.largest)
    if options.seed:
        samples = like_real(options.seed, options.first, options.count)
    if options.directory:
        os.makedirs(options.directory, exist_ok=True)
        for number, sample in enumerate(samples):
            with open(os.path.join(options.directory, f"new-{number:06}.eml"), "xb") as file:
                file.write(sample.content)
        return
    fill.BATCH_COUNT = 1000
    fill.upload(options, [(options.folder, samples)])


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError, ValueError, imap.imaplib.IMAP4.error) as error:
        sys.exit(f"many.py: {error}")
