#!/usr/bin/env python3
"""A loss of power at every fsync and every event on the wire of a change; and an older state that is put back.

    power.py --program FILE --work DIR --shim FILE --full PORT --nomove PORT --minimal PORT [--budget SECONDS] [--only NAME]

The program runs with power.c, which notes what is durable, and is killed. What it left is changed to what a disk may hold after
that (afterloss.py): blocks and names that were not made durable are there, or not, or half. Then it is started again. When nothing
waits any more the server has to be in a state that the calls allow: whatever returned from fsync, or was sent, is done; of what
was not, a text that was written a moment before may be missing, and nothing else. The mount has to show what the server has, and
a second start has to change nothing.

An older state is put back between two mounts: `state.sqlite` alone, as a backup of one file would; the state as a whole; both the
state and the cache; the cache alone. The server's mail must all be there, and what waited to be sent as failed uploads.

With --deaf no fsync counts, which has to be seen. The last lines count.
"""
import concurrent.futures
import itertools
import os
import random
import shutil
import subprocess
import sys
import threading
import time

import account
import afterloss
import agree
import crash
import expected
import mounted
import wireline
from crash import NOW, Scenario
from expected import Difference
from mounted import Failure

ERRORS = crash.ERRORS
KINDS = ("state.sqlite", "state", "state and cache", "cache")


def upload_and_fsync(name, folder, size=200):
    """As a careful program writes: what fsync has returned for is there."""
    content = crash.text(name, body=b"0123456789abcde\r\n" * (size // 17))

    def do(place, state):
        descriptor = os.open(f"{place}/{folder}/{name}.eml", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def result(state):
        state[folder][f"{name}.eml"] = expected.Message(content, frozenset())
    return do, result


# Texts whose name begins with `new` may be lost with the power, if they were not sent; those that begin with `kept` may not.
SCENARIOS = [one for one in crash.SCENARIOS if one.name not in ("new folder", "folder removal")] + [
    Scenario("upload with fsync", "full", [upload_and_fsync("kept", "Archive", 5000)], offline=True),
    Scenario("large uploads, one with fsync", "full",
             [crash.upload("new1", "Archive", 300_000), upload_and_fsync("kept", "Archive", 200_000),
              crash.upload("new2", "Work", 100_000)], offline=True),
]


def allowed(scenario, state, made):
    """The states that `made` steps, and perhaps one more, may have come to."""
    found = []
    kept = max([0] + [number for number, (do, _) in enumerate(scenario.steps, 1)
                      if number <= made and do.__qualname__.startswith("upload_and_fsync")])
    for steps in range(kept, min(made + 1, len(scenario.steps)) + 1):
        one = crash.after(scenario, state, steps)
        texts = [(folder, name) for folder, files in one.items() for name in files if name.startswith("new")]
        for count in range(len(texts) + 1):
            for missing in itertools.combinations(texts, count):
                found.append({folder: {name: held for name, held in files.items() if (folder, name) not in missing}
                              for folder, files in one.items()})
    return found


class Trial:
    """One account, mounted several times."""

    def __init__(self, bench, scenario, name):
        self.bench, self.scenario = bench, scenario
        number, user, self.session = bench.fresh(scenario.server)
        self.wire = wireline.Wire(bench.ports[scenario.server], without_hints=scenario.server == "minimal")
        self.base = os.path.join(bench.options.work, f"{name}{number}")
        self.program = mounted.Mounted(bench.options.program, self.base + ".Mail", self.base + ".cache", user, crash.PASSWORD,
                                       ["--timeout", "10", *scenario.options])
        self.wire.victim = lambda: self.program.process.pid
        self.log = self.base + ".power"
        self.shim = {"LD_PRELOAD": bench.options.shim, "POWER_ROOT": self.program.cache, "POWER_LOG": self.log}
        if bench.options.deaf:
            self.shim["POWER_DEAF"] = "1"

    def close(self, passed):
        self.program.remove()
        self.wire.close()
        self.session.close()
        if passed and not os.environ.get("KEEP"):
            subprocess.run(f"rm -rf --one-file-system {self.base}.cache* {self.base}.power* {self.base}.older*", shell=True, check=False)
            os.rmdir(self.program.place)

    def settle(self):
        """Everything is sent that can be; what status says then."""
        said = None

        def nothing_waits():
            nonlocal said
            said = self.program.run("sync", self.program.place)
            status = self.program.status()
            said = said, status
            return status if status["pending"] == 0 and status["connection"] == "online" else None
        try:
            return mounted.until("nothing waits", 60, nothing_waits)
        except Failure as error:
            raise Failure(f"{error}: {said}") from error

    def agrees(self, states):
        """The server is in one of these, and the mount shows that."""
        last = None
        snapshot = self.session.snapshot()
        for state in states:
            try:
                expected.check_server(snapshot, state, self.scenario.ghosts)
                break
            except Difference as error:
                last = last or error
        else:
            raise Difference(f"in none of {len(states)} states; next to {last}")
        wrong = list(agree.differences(agree.shown(self.program.place), agree.there(self.session)))
        if wrong:
            raise Difference(f"mount and server: {wrong[0]}")

    def again(self):
        """Another start changes nothing."""
        before = self.session.snapshot()
        self.program.end()
        mark = len(self.wire.commands)
        self.program.start(self.wire.port)
        self.settle()
        self.program.end()
        if changes := self.wire.changes_since(mark):
            raise Difference(f"started again it sends {changes[0][:80]!r}")
        if self.session.snapshot() != before:
            raise Difference("started again the server has something else")


def arm(log, number, when):
    with open(log + ".arm", "w", encoding="ascii") as file:
        file.write(f"{number} {when}")


def count_of(log):
    with open(log, encoding="utf-8", errors="replace") as file:
        return sum(line.startswith("C ") for line in file)


def lose(bench, scenario, point, seed):
    """A run with a loss of power at `point`: (`fsync`, number, when), or (`wire`, number, kind); None is a run without.
    How many of each there were, where it was None."""
    trial = Trial(bench, scenario, "p")
    program, wire = trial.program, trial.wire
    passed, told = False, ""
    try:
        program.environment = trial.shim
        program.start(wire.port)
        state = crash.first_state(program)
        kind, number, when = point or ("none", 0, "never")
        arm(trial.log, number if kind == "fsync" else 0, when)
        fault = wireline.Fault(number, when) if kind == "wire" else None
        made, cut_short = crash.change(wire, program, scenario, state, fault, may_die=kind == "fsync")
        if cut_short and scenario.offline:
            wire.plug()
        mounted.until("the end", mounted.SETTLE, lambda: program.process.poll() is not None or crash.is_settled(program))
        if point is None:
            passed = True
            return count_of(trial.log), len(wire.events)
        wire.disarm()
        # What comes at its very end is a point as well.
        program.process.kill()
        program.was_killed()
        os.remove(trial.log + ".arm")
        program.environment = {}
        told = afterloss.lose_power(program.cache, trial.log, random.Random(seed))
        program.start(wire.port)
        trial.settle()
        trial.agrees(allowed(scenario, state, made))
        trial.again()
        passed = True
        return None
    except ERRORS as error:
        raise Difference(f"{error} (after {told}; seed {seed})") from error
    finally:
        trial.close(passed)


def put_back(bench, scenario, kind, is_sent):
    """An older state takes the place of the newer one, between two mounts."""
    trial = Trial(bench, scenario, "o")
    program, wire = trial.program, trial.wire
    passed = False
    try:
        program.start(wire.port)
        state = crash.first_state(program)
        program.end()
        older = trial.base + ".older"
        shutil.copytree(program.cache, older, symlinks=True)
        program.start(wire.port)
        program.settled()
        if not is_sent:
            wire.unplug()
        for number, (do, _) in enumerate(scenario.steps):
            do(program.place, crash.after(scenario, state, number))
        if is_sent:
            trial.settle()
        program.end()
        restore(kind, older, program.cache)
        if not is_sent:
            wire.plug()
        program.start(wire.port)
        status = trial.settle()
        last = crash.after(scenario, state, len(scenario.steps))
        if is_sent:
            right = [last]
        elif kind == "cache":
            right = [last]
        else:
            right = [state]
        trial.agrees(right)
        if kind == "state.sqlite" and not is_sent:
            written_texts_are_kept(trial, last, state, status)
        trial.again()
        passed = True
    finally:
        trial.close(passed)


def restore(kind, older, cache):
    def take(name):
        path = os.path.join(cache, name)
        if os.path.isdir(path):
            shutil.rmtree(path)
        if os.path.isdir(os.path.join(older, name)):
            shutil.copytree(os.path.join(older, name), path)
        else:
            shutil.copy2(os.path.join(older, name), path)
    if kind == "state.sqlite":
        for name in ("state.sqlite-wal", "state.sqlite-shm"):
            if os.path.exists(os.path.join(cache, "state", name)):
                os.unlink(os.path.join(cache, "state", name))
        take("state/state.sqlite")
        return
    for name in sorted(os.listdir(cache)):
        if (name == "state") == (kind == "cache"):
            if kind != "state and cache":
                continue
        path = os.path.join(cache, name)
        shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    for name in sorted(os.listdir(older)):
        if kind == "state and cache" or (name == "state") == (kind == "state"):
            take(name)


def written_texts_are_kept(trial, last, first, status):
    """Texts of which no row tells any more are in the mount, and `status` lists them."""
    was = {account.digest(one.content) for files in first.values() for one in files.values()}
    wanted = {account.digest(one.content) for files in last.values() for one in files.values()} - was
    kept = set()
    for one in status["failed"]:
        with open(os.path.join(trial.program.place, one["path"]), "rb") as file:
            kept.add(account.digest(file.read()))
    if wanted - kept:
        raise Difference(f"{len(wanted - kept)} of {len(wanted)} texts that waited are nowhere: {status['failed']}")


class Run:
    def __init__(self, bench, options):
        self.bench, self.options = bench, options
        self.end = None
        self.lock = threading.Lock()
        self.tried, self.wrong, self.left = 0, 0, 0

    def one(self, name, act):
        with self.lock:
            if self.end is not None and time.monotonic() > self.end:
                self.left += 1
                return
        try:
            act()
            said = None
        except ERRORS as error:
            said = error
        with self.lock:
            self.tried += 1
            if said:
                self.wrong += 1
                print(f"FAIL  {name}: {said}", flush=True)

    def all(self, scenarios, seed):
        chance = random.Random(seed)
        with concurrent.futures.ThreadPoolExecutor(crash.WORKERS) as pool:
            counts = list(pool.map(lambda one: self.dry(one, seed), scenarios))
        if self.options.budget:
            self.end = time.monotonic() + self.options.budget
        points = []
        for scenario, (syncs, events) in zip(scenarios, counts):
            for number in range(1, syncs + 1):
                points += [(scenario, ("fsync", number, when), chance.random()) for when in ("before", "after")]
            for number in range(1, events + 1):
                points += [(scenario, ("wire", number, kind), chance.random()) for kind in ("kill-before", "kill-after")]
        if self.end is None:
            # Another disk each time.
            points = [(scenario, point, chance.random()) for scenario, point, _ in points * 2]
        else:
            points = crash.sampled(points, seed)
        jobs = [(f"{scenario.name}, power lost at {point[0]} {point[1]}, {point[2]}",
                 lambda s=scenario, p=point, r=number: lose(self.bench, s, p, r)) for scenario, point, number in points]
        older = [] if self.options.deaf else [
            (f"{scenario.name}, {'sent' if is_sent else 'waiting'}, older {kind} put back",
             lambda s=scenario, k=kind, i=is_sent: put_back(self.bench, s, k, i))
            for scenario in scenarios for kind in KINDS for is_sent in (True, False)
            # Without a connection its source cannot be read.
            if is_sent or scenario.name != "copy"]
        chance.shuffle(older)
        # One of them after each five losses of power.
        for number, job in enumerate(older):
            jobs.insert(min(len(jobs), number * 6), job)
        with concurrent.futures.ThreadPoolExecutor(crash.WORKERS) as pool:
            for done in [pool.submit(self.one, *job) for job in jobs]:
                done.result()
        print(f"{'ok  ' if self.tried and not self.wrong else 'FAIL'}  loss of power and older states: "
              f"{sum(count[0] for count in counts)} fsyncs, {self.tried} points tried, {self.wrong} of them wrong, {self.left} left out",
              flush=True)

    def dry(self, scenario, seed):
        try:
            return lose(self.bench, scenario, None, seed)
        except ERRORS as error:
            print(f"FAIL  {scenario.name}, without a fault: {error}", flush=True)
            return 0, 0


def main():
    parser = crash.arguments(__doc__, "--shim")
    parser.add_argument("--deaf", action="store_true", help="no fsync counts: exit status 0 where that is seen")
    options = parser.parse_args()
    bench = crash.Bench(options)
    if options.deaf:
        bench.begin_at(crash.USERS // 2)
    run = Run(bench, options)
    chosen = [one for one in SCENARIOS if not options.only or one.name.startswith(tuple(options.only))]
    print(f"      seed {options.seed}")
    run.all(chosen, options.seed)
    return run.wrong > 0 if options.deaf else run.wrong == 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
