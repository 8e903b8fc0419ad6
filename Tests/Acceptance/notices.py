#!/usr/bin/env python3
"""What another client does by the thousand, against find, rm -r and rename in the same folder: no call stalls, nothing is lost.

    notices.py MOUNT --port N [--tls --ca FILE] --program FILE [--seconds N] [--most SECONDS]

Another client copies hundreds of messages into the folder Busy, sets and takes their flags, and expunges them, without a pause.
Meanwhile programs walk through the folder, make files and trees there and remove them, and rename messages in it and out of it.
The longest call of each kind is printed; one that took longer than --most is a failure. In the end, after `sync`, the mount has to
show what the server has, and each message of ours has to be once where it belongs.
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import account
import agree
import imap

POOL, STAY, OURS = 400, 200, 40


class Watch:
    """The longest call of each kind, and how many there were."""

    def __init__(self):
        self.longest, self.count, self.over, self.errors, self.seen = {}, {}, 0, [], set()

    def call(self, kind, function, *arguments, lets=()):
        start = time.monotonic()
        try:
            return function(*arguments)
        except lets:
            return None
        except OSError as error:
            self.errors.append(f"{kind}: {error}")
            return None
        finally:
            took = time.monotonic() - start
            self.longest[kind] = max(self.longest.get(kind, 0), took)
            self.count[kind] = self.count.get(kind, 0) + 1
            self.over += took > 1


class Rival(threading.Thread):
    """Another client; `changes` counts messages that came, went, or got other flags."""

    def __init__(self, options, stop):
        super().__init__()
        self.options, self.stop = options, stop
        self.changes, self.error = 0, None

    def run(self):
        try:
            self.work()
        except (OSError, RuntimeError, imap.imaplib.IMAP4.error) as error:
            self.error = error

    def work(self):
        session = imap.connect(self.options)
        while not self.stop.is_set():
            imap.expect(session.select("Pool"), "SELECT Pool")
            imap.expect(session.copy("1:*", "Busy"), "COPY")
            imap.expect(session.select("Busy"), "SELECT Busy")
            uids = imap.expect(session.uid("SEARCH", "KEYWORD", "$Pool"), "SEARCH")[0].split()
            which = b",".join(uids).decode()
            for change in ("+FLAGS.SILENT (\\Flagged)", "-FLAGS.SILENT (\\Flagged)", "+FLAGS.SILENT (\\Deleted)"):
                imap.expect(session.uid("STORE", which, *change.split(" ", 1)), "STORE")
            imap.expect(session.uid("EXPUNGE", which), "UID EXPUNGE")
            self.changes += 5 * len(uids)
        session.logout()


def walk(watch, place, stop):
    while not stop.is_set():
        for name in watch.call("readdir", os.listdir, place) or ():
            watch.seen.add(name)
            watch.call("lstat", os.lstat, f"{place}/{name}", lets=FileNotFoundError)


def write(path, content):
    with open(path, "xb") as file:
        file.write(content)


def come_and_go(watch, place, stop):
    number = 0
    while not stop.is_set():
        number += 1
        tree = f"{place}/tree-{number}"
        watch.call("mkdir", os.mkdir, tree)
        for one in range(3):
            watch.call("create, write, close", write, f"{tree}/{one}.eml", account.text(f"passing{number}x{one}"))
            watch.call("create, write, close", write, f"{place}/passing-{number}-{one}.eml", account.text(f"gone{number}x{one}"))
        for one in range(3):
            watch.call("unlink", os.unlink, f"{place}/passing-{number}-{one}.eml")
        watch.call("rm -r", shutil.rmtree, tree)


def rename(watch, place, other, stop):
    turn = 0
    while not stop.is_set():
        turn += 1
        for one in range(OURS):
            here, there = (place, other) if turn % 2 else (other, place)
            watch.call("rename", os.rename, f"{here}/ours-{one}.eml", f"{there}/ours-{one}.eml")


def prepare(session):
    for folder in ("Busy", "Other", "Pool"):
        if folder in session.folders():
            session.delete_folder(folder)
        session.create(folder)
    for number in range(POOL):
        session.deliver("Pool", account.text(f"pool{number}"), "($Pool)")
    for number in range(STAY):
        session.deliver("Busy", account.text(f"stay{number}"))


def check(text, wrong):
    print(f"{'FAIL ' if wrong else 'ok   '} {text}{': ' + str(wrong) if wrong else ''}", flush=True)
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    imap.add_arguments(parser)
    parser.add_argument("mount")
    parser.add_argument("--program", required=True)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--most", type=float, default=10)
    parser.add_argument("--plant", type=int, metavar="PID", help="stop the program for longer than --most; has to be seen")
    options = parser.parse_args()
    session = account.Account(options.host, options.port, options.user, options.password, options.tls, options.ca)
    prepare(session)
    place, other = f"{options.mount}/Busy", f"{options.mount}/Other"
    subprocess.run([options.program, "sync", options.mount], check=True, timeout=120, stdout=subprocess.DEVNULL)
    for number in range(OURS):
        write(f"{place}/ours-{number}.eml", account.text(f"ours{number}"))
    watch, stop, rival_stop = Watch(), threading.Event(), threading.Event()
    rival = Rival(options, rival_stop)
    workers = [threading.Thread(target=walk, args=(watch, place, stop)), threading.Thread(target=come_and_go, args=(watch, place, stop)),
               threading.Thread(target=rename, args=(watch, place, other, stop))]
    start = time.monotonic()
    for one in [rival, *workers]:
        one.start()
    if options.plant:
        os.kill(options.plant, signal.SIGSTOP)
        stop.wait(options.most + 2)
        os.kill(options.plant, signal.SIGCONT)
    # A time to spend, not one that is measured.
    stop.wait(options.seconds)
    stop.set()
    for one in workers:
        one.join()
    rival_stop.set()
    rival.join()
    rate = rival.changes / (time.monotonic() - start)
    right = check(f"another client changed {rate:.0f} messages a second", rival.error or (None if rival.changes else "nothing"))
    came = sum("_pool" in name for name in watch.seen)
    right = check(f"{came} of its messages were seen here", None if came else "its changes do not arrive") and right
    for kind, took in sorted(watch.longest.items()):
        late = f"longer than {options.most:.0f} s" if took > options.most else None
        right = check(f"{kind}: {watch.count[kind]} calls, the longest {took:.2f} s", late) and right
    right = check("no call failed", watch.errors[:3]) and right
    said = subprocess.run([options.program, "sync", options.mount], capture_output=True, text=True, timeout=300, check=False)
    right = check("sync", said.stderr if said.returncode else None) and right
    wrong = list(agree.differences(agree.shown(options.mount), agree.there(session)))
    right = check("the mount is what the server has", wrong[:3]) and right
    right = check("each message is where it belongs, once", lost(session)[:3]) and right
    print(f"notices: {sum(watch.count.values())} calls at {rate:.0f} changes a second, {watch.over} of them over a second, "
          f"{0 if right else 1} findings")
    session.close()
    return right


def lost(session):
    there = {}
    for folder, held in session.snapshot(["Busy", "Other", "Pool"]).items():
        for one, count in held.items():
            if not one.deleted:
                there.setdefault(one.message, []).extend([folder] * count)
    wrong = [f"stay{number} is in {there.get(f'<stay{number}@example.com>')}" for number in range(STAY)
             if there.get(f"<stay{number}@example.com>") != ["Busy"]]
    wrong += [f"ours{number} is in {there.get(f'<ours{number}@example.com>')}" for number in range(OURS)
              if there.get(f"<ours{number}@example.com>") not in (["Busy"], ["Other"])]
    wrong += [f"{name} is back" for name in there if name.startswith(("<passing", "<gone"))]
    return wrong


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
