#!/usr/bin/env python3
"""Listings that are read while messages come and go, and trees that are removed in one pass.

    listings.py MOUNT --port N [--tls --ca FILE] --program FILE [--rounds N] [--many N]

In each round a listing of a folder with 1,200 messages is read in parts; between them another client delivers and expunges, and
files are made, renamed and removed here. What was there all the time has to be in it once, and nothing twice. Then --many messages
are removed by one `rm -r`, which must find all of them, and by two ways other programs have.
"""
import argparse
import collections
import os
import random
import shutil
import subprocess
import sys

import account
import imap
from notices import check, write
from posixnames import LIBC, step, stream

STAY = 1200


def sync(options):
    subprocess.run([options.program, "sync", options.mount], check=True, timeout=300, stdout=subprocess.DEVNULL)


def disturb(chance, session, place, passing, number):
    """One thing that comes, goes, or gets another name."""
    what = chance.choice(("deliver", "expunge", "make", "rename", "remove"))
    here = [one for one in passing if os.path.lexists(f"{place}/{one}")]
    if what == "deliver":
        session.deliver("Listed", account.text(f"passing{number}"))
    elif what == "expunge":
        found = [uid for uid, message in session.messages_named("Listed", "passing")]
        if found:
            session.expunge_uid("Listed", chance.choice(found))
    elif what == "make" or not here:
        passing.append(f"here-{number}.eml")
        write(f"{place}/here-{number}.eml", account.text(f"passing.here{number}"))
    else:
        one = chance.choice(here)
        try:
            if what == "rename":
                os.rename(f"{place}/{one}", f"{place}/renamed-{number}.eml")
                passing.append(f"renamed-{number}.eml")
            else:
                os.unlink(f"{place}/{one}")
        except FileNotFoundError:
            pass  # the other client expunged it a moment ago
        passing.remove(one)


class Session(account.Account):
    """With what is needed often, by headers alone."""

    def messages_named(self, folder, word):
        self.open(folder, readonly=False)
        found = imap.expect(self.session.uid("SEARCH", "HEADER", "Message-ID", word), "SEARCH")[0].split()
        return [(uid.decode(), word) for uid in found]

    def expunge_uid(self, folder, uid):
        self.open(folder, readonly=False)
        imap.expect(self.session.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"), "STORE")
        imap.expect(self.session.uid("EXPUNGE", uid), "UID EXPUNGE")


def read_disturbed(place, act, chance):
    """The names of a listing, with something done between its parts."""
    handle, names, pauses = stream(place), [], sorted(chance.randrange(STAY) for _ in range(4))
    while True:
        while pauses and len(names) >= pauses[0]:
            pauses.pop(0)
            act()
        name = step(handle)
        if name is None:
            break
        names.append(name)
    LIBC.closedir(handle)
    return names


def planted(names, fault):
    """What a listing that goes wrong gives."""
    return {"left out": names[:700] + names[701:], "twice": names + names[700:701]}.get(fault, names)


def rounds(options, session):
    if "Listed" not in session.folders():
        session.create("Listed")
        for number in range(STAY):
            session.deliver("Listed", account.text(f"stay{number}"))
    sync(options)
    place = f"{options.mount}/Listed"
    stay = {name for name in os.listdir(place) if "_stay" in name}
    passing, wrong, chance, count = [], [], random.Random(options.seed), 0
    for turn in range(options.rounds):
        def act():
            nonlocal count
            count += 1
            disturb(chance, session, place, passing, count)
        names = collections.Counter(planted(read_disturbed(place, act, chance), options.plant))
        missing, twice = [one for one in stay if not names[one]], [one for one, often in names.items() if often > 1]
        if missing or twice:
            wrong.append(f"round {turn}: {missing[:2] or 'nothing'} missing, {twice[:2] or 'nothing'} twice")
    check(f"{options.rounds} listings while {count} things came and went: what stayed is in each once", wrong[:3])
    return len(wrong) + (len(stay) != STAY)


def fill(session, folder, many):
    """Many messages by few commands: what is there is copied onto itself."""
    session.create(folder)
    for number in range(min(many, 100)):
        session.deliver(folder, account.text(f"many{number}"))
    there = min(many, 100)
    session.open(folder, readonly=False)
    while there < many:
        count = min(there, many - there)
        imap.expect(session.session.copy(f"1:{count}", folder), "COPY")
        imap.expect(session.session.noop(), "NOOP")
        there += count
    session.session.unselect()


def removal(options, session, how, many):
    folder = f"Many-{how.__name__}"
    fill(session, folder, many)
    sync(options)
    place = f"{options.mount}/{folder}"
    count = len(os.listdir(place))
    error = how(place)
    gone = not os.path.lexists(place)
    sync(options)
    left = [one for one in session.folders() if one == folder]
    right = check(f"{how.__name__} of {count} messages in one pass",
                  error or (count != many and f"{count} of {many} were listed") or (not gone and "it is there")
                  or (left and "the server has the folder"))
    return not right


def rm(place):
    said = subprocess.run(["rm", "-r", place], capture_output=True, text=True, timeout=3000, check=False)
    return said.stderr[:300] if said.returncode or said.stderr else None


def find_delete(place):
    said = subprocess.run(["find", place, "-delete"], capture_output=True, text=True, timeout=3000, check=False)
    return said.stderr[:300] if said.returncode or said.stderr else None


def rmtree(place):
    try:
        shutil.rmtree(place)
        return None
    except OSError as error:
        return str(error)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    imap.add_arguments(parser)
    parser.add_argument("mount")
    parser.add_argument("--program", required=True)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--plant", choices=("left out", "twice"), help="a listing that goes wrong; has to be seen")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    session = Session(options.host, options.port, options.user, options.password, options.tls, options.ca)
    wrong = rounds(options, session)
    if options.plant:
        return wrong == 0
    for how, many in ((rm, options.many), (find_delete, options.many // 10), (rmtree, options.many // 10)):
        wrong += removal(options, session, how, many)
    session.close()
    print(f"listings: {options.rounds + 3} tried, {wrong} of them wrong")
    return wrong == 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
