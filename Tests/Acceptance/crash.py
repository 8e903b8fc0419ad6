#!/usr/bin/env python3
"""Breaks the program or its wire at every event of a change, and holds what the server has then against what is right.

    crash.py --program FILE --work DIR --full PORT --nomove PORT --minimal PORT [--budget SECONDS] [--only NAME]

The servers are on loopback, without TLS, each with the users u0, u1, ... (password wonderland). For each scenario a run
without a fault counts the events on the wire: each line and literal of the client, each line and literal of the server.
Then every event is tried with kinds of fault (see wireline.py), each in an account of its own: `kill -9` before the event is
passed on or after it, this connection cut or all of them, the event torn in two; around what changes something with all of
them, and with a second fault while the program finds out what the first one did. After it the program is started
again where it was killed; when nothing is pending, each message has to be exactly once where it belongs, on the server
(an independent client looks) and in the mount; a second start has to send no change and to show the same.

With --budget a sample of the points is tried, another each day, as many as the time allows. Prints a line for each
scenario and how many points were tried.
"""
import argparse
import concurrent.futures
import itertools
import os
import random
import subprocess
import sys
import threading
import time

import account
import expected
import mounted
import wireline
from account import text
from expected import Difference, Message
from mounted import Failure

PASSWORD = "wonderland"
USERS = 6000
WORKERS = 4

BASE = {"INBOX": ["one", "two", "three"], "Work": ["four", "five"], "Work/Deep": ["six"], "Archive": ["seven"]}
FLAGS = {"one": ["\\Seen"], "four": ["\\Answered"]}
ERRORS = (Difference, Failure, OSError, RuntimeError, subprocess.SubprocessError, account.imap.imaplib.IMAP4.error)
CONTENTS = {name: text(name) for names in BASE.values() for name in names}


class Scenario:
    """`steps` are pairs: what is done in the mount, and what it makes of the state."""

    def __init__(self, name, server, steps, options=(), offline=False, ghosts=()):
        self.name = name
        self.server = server
        self.steps = steps
        self.options = options
        self.offline = offline
        self.ghosts = [f"<{ghost}@example.com>" for ghost in ghosts]


def name_of(state, folder, name):
    """The file of the message whose name that is."""
    return next(file for file, one in state[folder].items() if f"<{name}@example.com>".encode() in one.content)


def move(name, source, target):
    def do(place, state):
        file = name_of(state, source, name)
        os.rename(f"{place}/{source}/{file}", f"{place}/{target}/{file}")

    def result(state):
        file = name_of(state, source, name)
        state[target][file] = state[source].pop(file)
    return do, result


def delete(name, folder, trash=None):
    def do(place, state):
        os.unlink(f"{place}/{folder}/{name_of(state, folder, name)}")

    def result(state):
        file = name_of(state, folder, name)
        one = state[folder].pop(file)
        if trash:
            state[trash][file] = one
    return do, result


def write(path, content):
    with open(path, "xb") as file:
        file.write(content)


def upload(name, folder, size=200):
    content = text(name, body=b"0123456789abcde\r\n" * (size // 17))

    def do(place, state):
        write(f"{place}/{folder}/{name}.eml", content)

    def result(state):
        state[folder][f"{name}.eml"] = Message(content, frozenset())
    return do, result


def replace(name, folder):
    """As an editor saves: a scratch file, renamed onto the message."""
    content = text(name + ".new")

    def do(place, state):
        scratch = f"{place}/{folder}/.{name}.swp"
        write(scratch, content)
        os.rename(scratch, f"{place}/{folder}/{name_of(state, folder, name)}")

    def result(state):
        state[folder][name_of(state, folder, name)] = Message(content, frozenset())
    return do, result


def flag(name, folder, change, flags):
    def do(place, state):
        os.setxattr(f"{place}/{folder}/{name_of(state, folder, name)}", "user.imap.flags", change.encode())

    def result(state):
        file = name_of(state, folder, name)
        state[folder][file] = state[folder][file]._replace(flags=frozenset(flags))
    return do, result


def rename_folder(old, new):
    def do(place, state):
        os.rename(f"{place}/{old}", f"{place}/{new}")

    def result(state):
        for folder in [one for one in state if one == old or one.startswith(old + "/")]:
            state[new + folder[len(old):]] = state.pop(folder)
    return do, result


def make_folder(folder):
    return (lambda place, state: os.mkdir(f"{place}/{folder}")), (lambda state: state.update({folder: {}}))


def remove_folder(folder):
    return (lambda place, state: os.rmdir(f"{place}/{folder}")), (lambda state: state.pop(folder))


def copy(name, source, target):
    def do(place, state):
        file = name_of(state, source, name)
        subprocess.run(["cp", f"{place}/{source}/{file}", f"{place}/{target}/copy.eml"], check=True, timeout=60,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def result(state):
        state[target]["copy.eml"] = state[source][name_of(state, source, name)]
    return do, result


NOW = ["--expunge-after", "0s"]
SCENARIOS = [
    Scenario("upload", "full", [upload("new", "Archive", 5000)]),
    Scenario("upload without UIDPLUS", "minimal", [upload("new", "Archive", 5000)]),
    Scenario("move", "full", [move("one", "INBOX", "Archive")]),
    Scenario("move by COPY", "nomove", [move("one", "INBOX", "Archive")]),
    Scenario("move by COPY without UIDPLUS", "minimal", [move("one", "INBOX", "Archive")], ghosts=["one"]),
    Scenario("delete", "full", [delete("one", "INBOX")], NOW),
    Scenario("delete without UIDPLUS", "minimal", [delete("one", "INBOX")], NOW, ghosts=["one"]),
    Scenario("delete to Trash", "full", [delete("one", "INBOX", "Trash")], ["--delete", "trash"]),
    Scenario("replace", "full", [replace("one", "INBOX")], NOW),
    Scenario("folder rename", "full", [rename_folder("Work", "Projects")]),
    Scenario("flag change", "full", [flag("one", "INBOX", "+\\Flagged", ["\\Seen", "\\Flagged"])]),
    Scenario("flag replacement", "minimal", [flag("one", "INBOX", "\\Answered", ["\\Answered"])]),
    Scenario("copy", "full", [copy("one", "INBOX", "Archive")]),
    Scenario("new folder", "full", [make_folder("Fresh")]),
    Scenario("folder removal", "full", [delete("six", "Work/Deep"), remove_folder("Work/Deep")], NOW, offline=True),
    Scenario("three moves at once", "full",
             [move("one", "INBOX", "Archive"), move("two", "INBOX", "Archive"), move("three", "INBOX", "Work")],
             offline=True),
    Scenario("uploads at once", "full", [upload("new1", "Archive"), upload("new2", "Archive"), upload("new3", "Work")],
             offline=True),
    Scenario("one of each", "full",
             [make_folder("Fresh"), upload("new", "Fresh"), move("one", "INBOX", "Fresh"), delete("two", "INBOX"),
              flag("three", "INBOX", "+\\Flagged", ["\\Flagged"]), rename_folder("Work", "Projects"),
              move("six", "Projects/Deep", "INBOX")], NOW, offline=True),
]


class Bench:
    """Servers, and the users that nobody has had yet."""

    def __init__(self, options):
        self.options = options
        self.ports = {"full": options.full, "nomove": options.nomove, "minimal": options.minimal}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def begin_at(self, number):
        """The users before are another run's."""
        self._numbers = itertools.count(number)

    def fresh(self, server, number=None):
        """A user with the messages of BASE; its number, its name, a session."""
        if number is None:
            with self._lock:
                number = next(self._numbers)
        if number >= USERS:
            raise Failure(f"more than {USERS} users are needed")
        session = account.Account("localhost", self.ports[server], f"u{number}", PASSWORD)
        there = session.folders()
        for folder in there:
            session.open(folder)  # Dovecot makes its own when they are opened first, one session at a time.
        for folder, names in BASE.items():
            if folder not in there:
                session.create(folder)
            for name in names:
                session.deliver(folder, CONTENTS[name], f"({' '.join(FLAGS.get(name, ()))})")
        return number, f"u{number}", session


def attempt(bench, scenario, faults=()):
    """One run of a scenario with these faults, one after the other. None where the first one's event never came, else the
    events up to the end or to the last fault."""
    number, user, session = bench.fresh(scenario.server)
    wire = wireline.Wire(bench.ports[scenario.server], without_hints=scenario.server == "minimal")
    base = os.path.join(bench.options.work, f"p{number}")
    program = mounted.Mounted(bench.options.program, base + ".Mail", base + ".cache", user, PASSWORD,
                              ["--timeout", "10", *scenario.options])
    wire.victim = lambda: program.process.pid
    passed = False
    try:
        program.start(wire.port)
        state = first_state(program)
        acknowledged, interrupted = change(wire, program, scenario, state, faults[0] if faults else None)
        if faults and not suffer(wire, program, faults):
            passed = True
            return None
        states = [after(scenario, state, acknowledged)]
        if interrupted:
            states.append(after(scenario, state, acknowledged + 1))
        status = program.settled()
        events = list(wire.events)
        wire.disarm()
        if status["failed"]:
            raise Difference(f"failed: {status['failed']}")
        right = agreed(session, scenario, states)
        again(program, wire, session, scenario, right)
        passed = True
        return events
    finally:
        program.remove()
        wire.close()
        session.close()
        if passed and not os.environ.get("KEEP"):
            subprocess.run(["rm", "-rf", "--one-file-system", program.cache, program.log], check=False)
            os.rmdir(program.place)


def suffer(wire, program, faults):
    """Waits for each fault, and starts the program where it was killed. False where the first one never came."""
    for number, fault in enumerate(faults):
        mounted.until("the fault, or the end of the change", mounted.SETTLE,
                      lambda: wire.fired.is_set() or is_settled(program))
        # What comes no more must not strike while the end is looked at: an IDLE that is renewed is an event too.
        if wire.withdraw():
            return number > 0
        if not wire.fired.wait(10):
            raise Failure("a fault was due and did not strike")
        if fault.kind.startswith("kill"):
            program.was_killed()
        # The next one strikes while the program finds out what became of the first.
        if number + 1 < len(faults):
            wire.arm(faults[number + 1])
        else:
            wire.disarm()
        if program.process is None:
            try:
                program.start(wire.port)
            except Failure:
                if not wire.fired.wait(5):
                    raise
    return True


def first_state(program):
    program.sync()

    def listed():
        state = expected.adopt(program.place, CONTENTS, FLAGS)
        return state if sum(map(len, state.values())) == len(CONTENTS) else None
    return mounted.until("the listing", mounted.SETTLE, listed)


def is_settled(program):
    try:
        status = program.status()
    except Failure:
        return False
    return status["pending"] == 0 and status["connection"] == "online"


def change(wire, program, scenario, state, fault, may_die=False):
    """How many steps were acknowledged, and whether the next one was cut short: by its fault, or by what else may end the program."""
    if scenario.offline:
        wire.unplug()
    else:
        wire.arm(fault)
    done = 0
    now = after(scenario, state, 0)
    try:
        for do, result in scenario.steps:
            do(program.place, now)
            result(now)
            done += 1
    except (OSError, subprocess.CalledProcessError) as error:
        if not may_die and (fault is None or scenario.offline or not fault.kind.startswith("kill")):
            raise Difference(f"step {done + 1}: {error}") from error
        return done, True
    if scenario.offline:
        wire.arm(fault)
        wire.plug()
    return done, False


def after(scenario, state, steps):
    new = {folder: dict(files) for folder, files in state.items()}
    for _, result in scenario.steps[:steps]:
        result(new)
    return new


def agreed(session, scenario, states):
    """Which of the states the server is in; it may take a moment, for what waits is looked for once more by some."""
    last = None

    def holds():
        nonlocal last
        snapshot = session.snapshot()
        for state in states:
            try:
                expected.check_server(snapshot, state, scenario.ghosts)
                return state
            except Difference as error:
                last = error
        return None
    try:
        return mounted.until("the server", 20, holds)
    except Failure as error:
        raise Difference(str(last)) from error


def again(program, wire, session, scenario, state):
    """A second start: it sends no change, and shows the same."""
    program.end()
    mark = len(wire.commands)
    program.start(wire.port)
    program.sync()
    last = None

    def shows():
        nonlocal last
        try:
            expected.check_mount(program.place, state)
            return True
        except (Difference, OSError) as error:
            last = error
            return False
    try:
        mounted.until("the mount", 30, shows)
    except Failure as error:
        raise Difference(f"started again: {last}") from error
    program.settled()
    program.end()
    changes = wire.changes_since(mark)
    if changes:
        raise Difference(f"started again it sends {changes[0][:80]!r}")
    expected.check_server(session.snapshot(), state, scenario.ghosts)


# --- whether the checks see anything -----------------------------------------------------------------------------------

def self_test(bench):
    """Plants what must be seen; the names of what was not."""
    _, user, session = bench.fresh("full", number=0)
    state = {folder: {name: Message(CONTENTS[name], frozenset(FLAGS.get(name, ()))) for name in BASE.get(folder, ())}
             for folder in session.folders()}
    missed = []

    def sees(what, plant, remedy):
        expected.check_server(session.snapshot(), state)
        plant()
        try:
            expected.check_server(session.snapshot(), state)
            missed.append(what)
        except Difference:
            pass
        remedy()

    def lose(folder, name):
        return lambda: session.expunge(folder, name)

    def deliver(folder, name, flags="()"):
        return lambda: session.deliver(folder, CONTENTS[name], flags)

    def only_one():
        uid = max(session.messages("Archive"))
        session.open("Archive", readonly=False)
        session.session.uid("STORE", str(uid), "+FLAGS", r"(\Deleted)")
        session.session.uid("EXPUNGE", str(uid))
    sees("a duplicate", deliver("Archive", "seven"), only_one)
    sees("a lost message", lose("INBOX", "two"), deliver("INBOX", "two"))
    sees("a resurrected message", deliver("INBOX", "four"), lose("INBOX", "four"))
    sees("a lost flag", lambda: session.flag("INBOX", "one", "-", r"\Seen"), lambda: session.flag("INBOX", "one", "+", r"\Seen"))
    sees("a ghost", lambda: session.flag("INBOX", "two", "+", r"\Deleted"), lambda: session.flag("INBOX", "two", "-", r"\Deleted"))
    sees("a folder", lambda: session.create("Junk2"), lambda: session.delete_folder("Junk2"))
    sees("other bytes", lambda: (session.expunge("INBOX", "three"), session.deliver("INBOX", CONTENTS["three"] + b"x\r\n")),
         lambda: (session.expunge("INBOX", "three"), session.deliver("INBOX", CONTENTS["three"])))
    session.close()
    wire = wireline.Wire(bench.ports["full"])
    through = account.Account("localhost", wire.port, user, PASSWORD)
    mark = len(wire.commands)
    through.snapshot()
    if wire.changes_since(mark):
        missed.append("that looking is no change")
    through.flag("INBOX", "two", "+", r"\Flagged")
    if len(wire.changes_since(mark)) != 1:
        missed.append("a change on the wire")
    for kind in ("cut-before", "cut-after", "lose-after", "torn"):
        wire.arm(wireline.Fault(1, kind))
        try:
            through.session.noop()
            missed.append(f"the wire cut ({kind})")
        except (OSError, account.imap.imaplib.IMAP4.error):
            pass
        if wire.withdraw():
            missed.append(f"that the wire was cut ({kind})")
        through = account.Account("localhost", wire.port, user, PASSWORD)
    wire.arm(wireline.Fault(2, "cut-before"))
    if not wire.withdraw():
        missed.append("a fault that has not struck")
    through.session.noop()
    through.close()
    wire.close()
    return missed


# --- the run -----------------------------------------------------------------------------------------------------------

def started_at_once(bench):
    """kill -9, and a start before anybody has asked the dead mount for anything."""
    _, user, session = bench.fresh("full")
    base = os.path.join(bench.options.work, "at-once")
    program = mounted.Mounted(bench.options.program, base + ".Mail", base + ".cache", user, PASSWORD)
    try:
        program.start(bench.ports["full"])
        os.stat(program.place)
        program.process.kill()
        program.was_killed(clears=False)
        program.start(bench.ports["full"])
        program.sync()
        program.end()
        print("ok    started at once after kill -9", flush=True)
    except ERRORS as error:
        print(f"FAIL  started at once after kill -9: {error}", flush=True)
    finally:
        program.remove()
        session.close()


class Run:
    def __init__(self, bench, options):
        self.bench = bench
        self.options = options
        self.end = time.monotonic() + options.budget if options.budget else None
        self.lock = threading.Lock()
        self.tried = {}
        self.absent = {}
        self.left = {}
        self.failed = {}

    def dry(self, scenario):
        """The events of a run without a fault, or None where it went wrong."""
        try:
            return attempt(self.bench, scenario)
        except ERRORS as error:
            print(f"FAIL  {scenario.name}, without a fault: {error}", flush=True)
            return None

    def is_over(self, scenario):
        """The time is over; however slow the machine, something of each scenario is tried."""
        with self.lock:
            return self.end is not None and time.monotonic() > self.end and self.tried.get(scenario.name, 0) > 0

    def point(self, scenario, event, faults):
        if self.is_over(scenario):
            with self.lock:
                self.left[scenario.name] = self.left.get(scenario.name, 0) + 1
            return
        try:
            count = self.tried if attempt(self.bench, scenario, faults) is not None else self.absent
            with self.lock:
                count[scenario.name] = count.get(scenario.name, 0) + 1
        except ERRORS as error:
            with self.lock:
                self.failed[scenario.name] = self.failed.get(scenario.name, 0) + 1
                self.tried[scenario.name] = self.tried.get(scenario.name, 0) + 1
                what = ", then ".join(f"{fault.kind} at event {fault.number}" for fault in faults)
                print(f"FAIL  {scenario.name}, {what} ({event.direction}: {event.content[:60]!r}): {error}", flush=True)

    def all(self, scenarios, seed):
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            events = dict(zip([one.name for one in scenarios], pool.map(self.dry, scenarios)))
        points = [point for one in scenarios for point in points_of(one, events[one.name] or ())]
        if self.end is not None:
            points = sampled(points, seed)
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for done in [pool.submit(self.point, *point) for point in points]:
                done.result()
        for one in scenarios:
            if events[one.name] is None:
                continue
            tried, failed = self.tried.get(one.name, 0), self.failed.get(one.name, 0)
            print(f"{'ok  ' if tried and not failed else 'FAIL'}  {one.name}: {len(events[one.name])} events, "
                  f"{tried} points tried, {failed} of them wrong", flush=True)
        total = sum(self.tried.values())
        print(f"      {total} points tried, {sum(self.absent.values())} that did not come, "
              f"{sum(self.left.values())} left out")


# Events after the last answer to a changing command that are tried too.
MARGIN = 12
# How many events of a recovery may see a second fault.
RECOVERY = 100


def points_of(scenario, events):
    """Before each event; around what changes something, and its answers, every kind of fault."""
    tags, changing = set(), []
    for number, event in enumerate(events, 1):
        words = event.content.split(None, 1)
        if event.direction == wireline.UP and wireline.CHANGING.match(event.content):
            tags.add((event.connection, words[0]))
            changing.append(number)
        elif event.direction == wireline.DOWN and words and (event.connection, words[0]) in tags:
            changing.append(number)
    # What lies between them belongs to them: literals, leave to send them, untagged answers.
    around = {number for number in range(1, len(events) + 1) if any(other - 1 <= number <= other + 1 for other in changing)}
    end = min(len(events), max(changing, default=0) + MARGIN)
    points = []
    for number, event in enumerate(events[:end], 1):
        for kind in wireline.KINDS if number in around else ("kill-before", "cut-before", "lose-before"):
            points.append((scenario, event, [wireline.Fault(number, kind)]))
        if number in around:
            chance = random.Random(f"{scenario.name} {number}")
            points.append((scenario, event, [
                wireline.Fault(number, chance.choice(("kill-after", "lose-after"))),
                wireline.Fault(chance.randint(1, RECOVERY), chance.choice(("kill-before", "lose-before")))]))
    return points


def sampled(points, seed):
    """The points in an order in which each scenario comes to its turn, whenever the time is over."""
    chance = random.Random(seed)
    queues = {}
    for point in points:
        queues.setdefault(point[0].name, []).append(point)
    for queue in queues.values():
        chance.shuffle(queue)
    return [one for group in itertools.zip_longest(*queues.values()) for one in group if one]


def arguments(description, *paths):
    """What every script has that tries points of scenarios.

    paths: names of further options, each of which is needed.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--program", "--work", *paths):
        parser.add_argument(name, required=True)
    for server in ("full", "nomove", "minimal"):
        parser.add_argument("--" + server, type=int, required=True, metavar="PORT")
    parser.add_argument("--budget", type=int, help="seconds; all points without it")
    parser.add_argument("--seed", type=int, default=int(time.strftime("%j")))
    parser.add_argument("--only", action="append", help="scenarios whose name begins so")
    return parser


def main():
    parser = arguments(__doc__)
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    bench = Bench(options)
    if options.self_test:
        missed = self_test(bench)
        for one in missed:
            print(f"not seen: {one}")
        return not missed
    chosen = [one for one in SCENARIOS if not options.only or one.name.startswith(tuple(options.only))]
    if options.budget:
        print(f"      seed {options.seed}")
    if not options.only:
        started_at_once(bench)
    Run(bench, options).all(chosen, options.seed)
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
