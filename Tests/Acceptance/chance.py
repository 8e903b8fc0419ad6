#!/usr/bin/env python3
"""Random programs of changes through a real mount: what a user does, another client, a bad line and kills, by a seed.

    chance.py --program FILE --work DIR --port PORT --server DIR [--kind NAME] [--seed N] [--variant NAME] [--budget SECONDS | --count N]
              [--steps N] [--only 3,7-9] [--known] [--again N] [--trace] [--self-test]

A ledger holds what there must be, by what each call returned. At the end, and once more after another mount, an independent
client holds the server and the mount against it:

  I1 nothing that was there or was accepted is missing      I2 nothing went that nobody named
  I3 nothing removed is back                                I4 each file has the octets of BODY[], each text is whole
  I5 nothing is there twice                                 I6 mount and server agree, names stay over a remount
  I7 the wire is as promised (wire.py)                      I8 no flag changed but those that were set
  I9 every call returned in its time

A variant and a seed say what is tried; what it meets hangs on threads too. `--only` plays some steps of it, each as it would be.
"""
import argparse
import concurrent.futures
import contextlib
import errno
import itertools
import os
import random
import subprocess
import sys
import threading
import time
import types

import account
import acts
import expected
import ledger
import mounted
import outside
import verdict
import wireline

PASSWORD = "wonderland"
# Longest time of one call, in seconds: far above --timeout.
DEADLINE = 90
BASE = {"INBOX": 6, "Work": 4, "Archive": 4, "Drafts": 2, "Sent": 1}
BULK = 260
# Known to go wrong, and forgiven without --known:
# - in fast mode a file that was written with bare LF keeps its size when it is sent with CRLF: it is read short, or as it was;
# - in fast mode a draft that waits is only written: under a backup name it leaves its old version on the server, where the mount does
#   not show it.
# What the kernel says where nobody answers any more.
DEAD = {"ENOTCONN", "ECONNABORTED", "ENODEV", "EIO", "EINTR", "ENOENT"}


def variant(name, *events, options=(), deletion="expunge", fast=False, mounts=1):
    return types.SimpleNamespace(name=name, events=[one for group in events for one in group], options=list(options),
                                 deletion=deletion, fast=fast, mounts=mounts, rival=outside.RIVAL in events)


SYNC = ("--sync-changes",)
SHORT = ("--expunge-after", "1s")
VARIANTS = [
    variant("exact", outside.MOUNTS),
    variant("fast", outside.MOUNTS, fast=True),
    variant("sync", outside.MOUNTS, options=SYNC),
    variant("short", outside.MOUNTS, outside.LINE, options=SHORT),
    variant("trash", outside.MOUNTS, deletion="trash"),
    variant("mark", outside.MOUNTS, deletion="mark"),
    variant("rival", outside.MOUNTS, outside.RIVAL),
    variant("fast-rival", outside.RIVAL, fast=True),
    variant("sync-rival", outside.RIVAL, options=SYNC),
    variant("trash-rival", outside.RIVAL, deletion="trash"),
    variant("offline", outside.LINE, outside.MOUNTS),
    variant("fast-offline", outside.LINE, fast=True),
    variant("offline-rival", outside.LINE, outside.RIVAL),
    variant("cuts", outside.CUTS),
    variant("fast-cuts", outside.CUTS, fast=True),
    variant("sync-cuts", outside.CUTS, options=SYNC),
    variant("trash-cuts", outside.CUTS, deletion="trash"),
    variant("kill", outside.KILLS),
    variant("fast-kill", outside.KILLS, fast=True),
    variant("sync-kill", outside.KILLS, options=SYNC),
    variant("kill-offline", outside.KILLS, outside.LINE),
    variant("fast-kill-offline", outside.KILLS, outside.LINE, fast=True),
    variant("kill-cuts-short", outside.KILLS, outside.CUTS, options=SHORT),
    variant("kill-rival", outside.KILLS, outside.RIVAL),
    variant("two", outside.TWO, mounts=2),
    variant("two-fast", outside.TWO, fast=True, mounts=2),
    variant("two-rival", outside.TWO, outside.RIVAL, mounts=2),
]


class Hang(Exception):
    """A call did not return."""


class Mount:
    """A mount and its line."""

    def __init__(self, bench, user, place, one):
        self.wire = wireline.Wire(bench.options.port)
        self.is_plugged = True
        more = ["--timeout", "10", "--delete", one.deletion, "--delete-limit", "off", *one.options]
        self.program = mounted.Mounted(bench.options.program, place + ".Mail", place + ".cache", user, PASSWORD,
                                       more + ["--log", os.environ.get("LOG", "notice")])
        self.wire.victim = lambda: self.program.process.pid

    def start(self):
        self.program.start(self.wire.port)

    def unplug(self):
        self.wire.unplug()
        self.is_plugged = False

    def plug(self):
        if not self.is_plugged:
            self.wire.plug()
            self.is_plugged = True

    def close(self):
        self.program.remove()
        self.wire.close()


class Play:
    """One program."""

    def __init__(self, bench, one, seed, steps, only):
        self.bench, self.variant, self.seed, self.steps, self.only = bench, one, seed, steps, only
        self.rng = random.Random(f"{one.name}/{seed}")
        self.ledger = ledger.Ledger(one.deletion)
        self.lines, self.found = [], []
        self.letters = self.names = 0
        self.line_end = b"\r\n" if one.fast and not bench.options.known else b"\n"
        self.now = 0
        self.mounts = []
        self.rewrites = []  # since the last sync: the old copy, and the new one that may not have been seen whole
        # Each call waits for the server.
        self.is_waiting = "--sync-changes" in one.options
        self.is_strict = bench.options.known
        self.pending_kill = None
        self._killer = None

    # --- what the acts ask for --------------------------------------------------------------------

    @property
    def mount(self):
        return self.mounts[self.now]

    def say(self, line):
        self.lines.append(line)
        if self.bench.options.trace:
            print(f"      {time.strftime('%T')} {line}", flush=True)

    def wrong(self, which, line):
        self.found.append(f"{which} {line}")
        self.say(f"WRONG {which}: {line}")

    def path(self, path):
        return f"{self.mount.program.place}/{path}"

    def mine(self, folder=None):
        return [one for one in self.ledger.placed(folder) if one.owner in (None, self.now) and one.folder != "Bulk"]

    def targets(self):
        return sorted(one for one, certain in self.ledger.folders.items()
                      if certain and one not in ("Trash", "Junk", "Bulk"))

    def touched(self, copy):
        self.ledger.touched(copy, self.now)

    def call(self, function, *arguments, quiet=False, **more):
        """None, or the name of the error."""
        result = []

        def run():
            try:
                answer = function(*arguments, **more)
                result.append("EIO" if getattr(answer, "returncode", 0) else None)
            except OSError as error:
                result.append(errno.errorcode.get(error.errno, str(error.errno)))
        if quiet:
            more.update(stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(DEADLINE)
        if thread.is_alive():
            self.wrong("I9", f"{getattr(function, '__name__', function)} does not return in {DEADLINE} s")
            self.bench.stack(self)
            raise Hang
        error = result[0] if result else "nothing"
        if error:
            self.say(f"    {error}")
        return error

    def unsure(self, error):
        """It may have happened all the same."""
        return error in ("ETIMEDOUT", "ENOTCONN", "ECONNABORTED") or self._killer is not None and error in DEAD

    def command(self, *words):
        word, *rest = words
        try:
            return self.mount.program.run(word, self.mount.program.place, *rest)
        except subprocess.TimeoutExpired:
            self.wrong("I9", f"mailmount {word} does not end in {mounted.SETTLE} s")
            self.bench.stack(self)
            raise Hang from None

    def seen(self, folder, name):
        """The copy that a file of the listing is."""
        copy = self.ledger.at(folder, name)
        if copy:
            return copy
        content = []
        if self.call(lambda: content.append(acts.read(self.path(f"{folder}/{name}")))) is not None:
            return None
        number = self.ledger.number_of(content[0])
        for copy in self.ledger.of(number):
            if copy.folder in (None, folder) and copy.name is None:
                copy.folder, copy.name = folder, name
                return copy
        return None

    def sync(self):
        """Everything sent; what has no known name in this mount gets one."""
        if not self.mount.is_plugged:
            return
        code, said = self.command("sync")
        if code:
            self.say(f"    {said.strip()}"[:200])
            return
        self.rewrites.clear()
        for copy in self.ledger.copies + self.ledger.deleted:
            copy.is_unheard = False
            if copy.owner == self.now:
                copy.owner = None
        self.adopt()

    def adopt(self):
        if not self.ledger.unnamed():
            return
        for folder, names in verdict.shown(self.mount.program.place).items():
            for name in names:
                if folder != "Bulk" and self.ledger.at(folder, name) is None:
                    copy = self.seen(folder, name)
                    if copy:
                        self.ledger.folders.setdefault(folder, True)

    def remount(self):
        self.mount.program.end()
        self.mount.start()

    def kill(self):
        self.mount.program.process.kill()
        self._died()

    def _died(self):
        # A version that was not seen whole is beside the one that it was to replace.
        for old, new in self.rewrites:
            self.ledger.surplus[old.number] += 1
            if new in self.ledger.copies:
                self.ledger.loose(new)
        self.rewrites.clear()
        self.mount.program.was_killed(clears=self.rng.random() < 0.7)
        self.mount.start()

    def switch(self):
        """The other mount, after both have been brought up to date."""
        self.sync()
        if any(copy.owner is not None for copy in self.ledger.copies):
            return
        self.now = 1 - self.now
        self.say(f"in mount {self.now}")
        for copy in self.ledger.copies:
            copy.name = None
        self.sync()

    def renew_session(self):
        self.session.close()
        self.session = account.Account("localhost", self.bench.options.port, self.user, PASSWORD)

    # --- the course -------------------------------------------------------------------------------

    def prepare(self):
        self.user, self.place = self.bench.fresh_user()
        self.session = account.Account("localhost", self.bench.options.port, self.user, PASSWORD)
        there = self.session.folders()
        for folder in there:
            self.session.open(folder)
        for folder, count in BASE.items():
            if folder not in there:
                self.session.create(folder)
            for _ in range(count):
                self.letters += 1
                content = account.text(f"b{self.letters}", body=f"mark b{self.letters}".encode())
                self.session.deliver(folder, content)
                self.ledger.made(content, folder, None)
        if self.variant.fast:
            self.session.create("Bulk")
            for number in range(BULK):
                self.session.deliver("Bulk", account.text(f"bulk{number}"))
        self.session.open("Sent")
        self.ledger.folders = {folder: True for folder in self.session.folders()}
        for number in range(self.variant.mounts):
            mount = Mount(self.bench, self.user, f"{self.place}-{number}", self.variant)
            self.mounts.append(mount)
            mount.start()
            self.now = number
            self.sync()
            if self.variant.fast:
                self._make_fast(mount.program)
        self.now = 0
        if self.variant.mounts > 1:
            for copy in self.ledger.copies:
                copy.name = None
            self.adopt()

    @staticmethod
    def _make_fast(program):
        directory = f"{program.place}/Bulk"
        for name in sorted(os.listdir(directory)):
            acts.read(f"{directory}/{name}")

        def is_fast():
            acts.read(f"{directory}/{sorted(os.listdir(directory))[0]}")
            return program.status()["mode"] == "fast"
        mounted.until("fast mode", 60, is_fast)

    def step(self, number):
        self.rng = random.Random(f"{self.variant.name}/{self.seed}/{number}")
        weights = acts.ACTS + self.variant.events
        act = self.rng.choices([one for one, _ in weights], [weight for _, weight in weights])[0]
        if self.only and number not in self.only:
            return
        self.lines.append(f"--- {number}")
        if self.pending_kill is None:
            act(self)
            return
        # A call is made while the program dies.
        after, self.pending_kill = self.pending_kill, None
        if act in (outside.kill, outside.remount, outside.kill_soon, acts.sync, acts.undelete):
            act = acts.move
        victim = self.mount.program.process
        self._killer = threading.Timer(after, victim.kill)
        self._killer.start()
        try:
            act(self)
        finally:
            self._killer.join()
            self._killer = None
        self.say("killed")
        self._died()

    def run(self):
        self.prepare()
        self.bench.planted(self)
        for number in range(self.steps):
            self.step(number)
            for mount in self.mounts:
                if mount.program.process.poll() is not None:
                    self.wrong("I9", f"the program has ended with {mount.program.process.returncode}")
                    mount.program.was_killed()
                    mount.start()
        self.pending_kill = None
        verdict.end(self)

    def close(self):
        for mount in self.mounts:
            mount.close()
        with contextlib.suppress(AttributeError):
            self.session.close()


class Bench:
    def __init__(self, options):
        self.options = options
        # The server remembers what the checks of this program have done.
        self._numbers = itertools.count(1050 if options.self_test else 1)
        self._lock = threading.Lock()
        self.plant = None

    def fresh_user(self):
        with self._lock:
            number = next(self._numbers)
        return f"u{number}", os.path.join(self.options.work, f"p{number}")

    def planted(self, play):
        if self.plant:
            self.plant(play)

    def stack(self, play):
        """Where a program hangs, into a file beside its log."""
        for mount in play.mounts:
            if mount.program.process:
                with open(mount.program.log + ".stack", "wb") as file:
                    subprocess.run(["gdb", "-p", str(mount.program.process.pid), "-batch", "-ex", "thread apply all bt 12"],
                                   stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, timeout=60, check=False)

    def play(self, one, seed, steps=None, only=None):
        """The play when it has ended, with what was found."""
        count = steps or random.Random(f"{one.name}/{seed}/steps").randrange(40, 121)
        play = Play(self, one, seed, count, only)
        try:
            play.run()
        except Hang:
            pass
        except (mounted.Failure, expected.Difference, OSError, RuntimeError, subprocess.SubprocessError,
                account.imap.imaplib.IMAP4.error) as error:
            play.wrong("I9", f"{type(error).__name__}: {error}")
        finally:
            play.close()
        return play


def numbers(text):
    """3,7-9 as a set."""
    found = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def shrink(bench, one, seed, steps):
    """Fewer steps that find the same, by leaving out ever smaller parts."""
    play = bench.play(one, seed, steps)
    if not play.found:
        print("ok    nothing is wrong with it")
        return True
    what = play.found[0][:2] + " ".join(word for word in play.found[0][2:60].split() if word.isalpha())[:24]
    left, size, best = list(range(play.steps)), play.steps // 2, play
    while size:
        for start in range(0, len(left), size):
            fewer = left[:start] + left[start + size:]
            play = bench.play(one, seed, steps, set(fewer) or {10_000})
            if any(line[:2] + " ".join(word for word in line[2:60].split() if word.isalpha())[:24] == what for line in play.found):
                left, best = fewer, play
                break
        else:
            size //= 2
        size = min(size, max(len(left) // 2, 1)) if size else 0
    print(f"FAIL  {one.name}, seed {seed}: ONLY={','.join(map(str, left))}: {'; '.join(best.found)[:500]}")
    print("\n".join("      " + line for line in best.lines))
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--server", required=True, help="its directory, for the transcripts")
    parser.add_argument("--kind", default="full", help="what kind of server that is, for the line that says how a finding is played again")
    parser.add_argument("--seed", type=int, help="the first (default 1)")
    parser.add_argument("--variant", help="those whose name is that, or begins so with a * at its end")
    parser.add_argument("--budget", type=float, help="no program begins after so many seconds")
    parser.add_argument("--count", type=int, default=len(VARIANTS), help="programs, one variant after the other")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--only", type=numbers, metavar="STEPS")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--known", action="store_true", help="strict about what is known to go wrong, too (see the head of this file)")
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--again", type=int, default=0, metavar="N",
                        help="what a program meets hangs on threads too: it is wrong where it goes wrong in one of N more plays as well")
    parser.add_argument("--shrink", action="store_true", help="looks for fewer steps of this program that go wrong alike")
    parser.add_argument("--self-test", action="store_true", help="whether each invariant sees a planted fault")
    options = parser.parse_args()
    bench = Bench(options)
    if options.self_test:
        return verdict.self_test(bench, VARIANTS[0])
    wanted = options.variant or "*"
    variants = [one for one in VARIANTS
                if one.name == wanted or wanted.endswith("*") and one.name.startswith(wanted[:-1])]
    if options.shrink:
        return shrink(bench, variants[0], options.seed or 1, options.steps)
    end = time.monotonic() + options.budget if options.budget else None
    first = options.seed or 1

    def one_play(number):
        if end and time.monotonic() > end:
            return None
        variant, seed = variants[number % len(variants)], first + number // len(variants)
        play = bench.play(variant, seed, options.steps, options.only)
        play.is_once = bool(play.found) and options.again > 0
        for _ in range(options.again if play.found else 0):
            again = bench.play(variant, seed, options.steps, options.only)
            if again.found:
                again.is_once = False
                return again
        return play
    played = wrong = 0
    with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
        for play in pool.map(one_play, range(options.count)):
            if play is None:
                continue
            played += 1
            name = f"{play.variant.name}, seed {play.seed}, {play.steps} steps"
            if not play.found:
                print(f"ok    {name}", flush=True)
                continue
            wrong += not play.is_once
            print(f"{'once' if play.is_once else 'FAIL'}  {name}: {'; '.join(play.found[:3])}"[:600], flush=True)
            kind = "" if options.kind == "full" else f"SERVER={options.kind} "
            print(f"      again: {kind}VARIANT={play.variant.name} SEED={play.seed} COUNT=1 Tests/Acceptance/chance.sh", flush=True)
            for line in play.lines[-160:]:
                print(f"      {line}", flush=True)
    print(f"random programs through a mount: {played} played, {wrong} of them wrong", flush=True)
    return wrong == 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
