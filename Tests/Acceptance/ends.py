#!/usr/bin/env python3
"""A queue of changes that nobody hears of, and what becomes of it.

    ends.py fill MOUNT --port N ...      an account for it, on the server
    ends.py queue MOUNT                  without a connection: uploads, moves, removals, flags, folders
    ends.py check MOUNT --port N ...     what the queue was to come to, on the server and in the mount
    ends.py shown MOUNT                  the same in the mount alone, without a connection
"""
import argparse
import os
import sys

import account
import agree
import imap

COUNT = 120


def fill(session):
    for folder in ("From", "To", "Gone"):
        session.create(folder)
    for number in range(COUNT):
        session.deliver("From", account.text(f"moved{number}x"))
        session.deliver("Gone", account.text(f"removed{number}x"))


def queue(place):
    os.mkdir(f"{place}/New")
    for name in sorted(os.listdir(f"{place}/From")):
        os.rename(f"{place}/From/{name}", f"{place}/To/{name}")
    for name in sorted(os.listdir(f"{place}/Gone"))[::2]:
        os.unlink(f"{place}/Gone/{name}")
    for name in sorted(os.listdir(f"{place}/Gone")):
        os.setxattr(f"{place}/Gone/{name}", "user.imap.flags", b"+Flagged")
    for number in range(COUNT):
        with open(f"{place}/New/{number}.eml", "xb") as file:
            file.write(account.text(f"uploaded{number}x"))


def names(place, folder):
    return sorted(os.listdir(f"{place}/{folder}"))


def shown(place):
    """What is wrong with what the mount shows."""
    counts = {folder: len(names(place, folder)) for folder in ("From", "To", "Gone", "New")}
    if counts != {"From": 0, "To": COUNT, "Gone": COUNT // 2, "New": COUNT}:
        yield f"the mount shows {counts}"
    for name in names(place, "New"):
        with open(f"{place}/New/{name}", "rb") as file:
            if file.read() != account.text(f"uploaded{name[:-4]}x"):
                yield f"New/{name} is not what was written"
    for name in names(place, "Gone"):
        if b"\\Flagged" not in os.getxattr(f"{place}/Gone/{name}", "user.imap.flags"):
            yield f"Gone/{name} is not flagged"


def sent(session):
    """What is wrong with what the server has."""
    there = {folder: [one for one in session.messages(folder).values() if not one.deleted] for folder in session.folders()}
    right = {"From": set(), "To": {f"<moved{number}x@example.com>" for number in range(COUNT)},
             "New": {f"<uploaded{number}x@example.com>" for number in range(COUNT)}}
    for folder, wanted in right.items():
        found = [one.message for one in there.get(folder, ())]
        if sorted(found) != sorted(wanted):
            yield f"{folder}: {len(found)} messages, {len(set(found) & wanted)} of {len(wanted)} right ones"
    gone = there.get("Gone", ())
    if len(gone) != COUNT // 2 or len({one.message for one in gone}) != COUNT // 2:
        yield f"Gone: {len(gone)} messages"
    if any("\\Flagged" not in one.flags for one in gone):
        yield "Gone: some are not flagged"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    imap.add_arguments(parser)
    parser.add_argument("what", choices=("fill", "queue", "check", "shown"))
    parser.add_argument("mount")
    options = parser.parse_args()
    if options.what == "queue":
        queue(options.mount)
        return True
    if options.what == "shown":
        wrong = list(shown(options.mount))
    else:
        session = account.Account(options.host, options.port, options.user, options.password, options.tls, options.ca)
        if options.what == "fill":
            fill(session)
            return True
        wrong = [*sent(session), *shown(options.mount), *agree.differences(agree.shown(options.mount), agree.there(session))]
        session.close()
    for line in wrong[:10]:
        print(line)
    return not wrong


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
