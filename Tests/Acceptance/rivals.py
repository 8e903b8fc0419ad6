#!/usr/bin/env python3
"""Another client changes the same messages while the mount has changes of them under way: success or a reported failure,
never another message.

    rivals.py --program FILE --work DIR --port PORT [--only NAME]

The server is on loopback, without TLS, with the users u0, u1, ... (password wonderland). Between it and the program is a
wire that is unplugged while both change the same (`offline`), or that holds the program's command back until the other
client has done its own (`held`; `waiting` is the same with --sync-changes, where the call itself has to answer).
At the end 500 changes are made without the server, the program is killed, and the server comes back.
"""
import argparse
import collections
import concurrent.futures
import contextlib
import errno
import itertools
import os
import subprocess
import sys
import threading

import account
import expected
import mounted
import wireline
from account import text
from expected import Difference
from mounted import Failure

PASSWORD = "wonderland"
WORKERS = 4
BASE = {"INBOX": ["one", "two"], "Work": ["four", "five", "six"], "Archive": ["seven"], "Sent": ["eight"], "Empty": [],
        "Target": []}
ERRORS = (Difference, Failure, OSError, RuntimeError, subprocess.SubprocessError, account.imap.imaplib.IMAP4.error)

# `change` is done in the mount, `rival` by the other client. `outcomes`: where the message may be then, the last one being
# what it is where the change fails; `bound`: it must be the first. `pattern`: the command that is held.
Case = collections.namedtuple("Case", "name change rival subjects outcomes pattern modes anywhere")


def case(name, change, rival, outcomes, pattern, modes=("offline", "held", "waiting"), subjects=("four",), anywhere=False):
    return Case(name, change, rival, [f"<{one}@example.com>" for one in subjects], outcomes, pattern, modes, anywhere)


def path_of(place, folder, name):
    found = [file for file in os.listdir(f"{place}/{folder}") if f"_{name}." in file or file == f"{name}.eml"]
    if len(found) != 1:
        raise Difference(f"{folder} shows {name} {len(found)} times")
    return f"{place}/{folder}/{found[0]}"


# --- what is done in the mount ------------------------------------------------------------------------------------------

def move(place):
    path = path_of(place, "Work", "four")
    os.rename(path, f"{place}/Archive/{os.path.basename(path)}")


def move_to_target(place):
    path = path_of(place, "Work", "four")
    os.rename(path, f"{place}/Target/{os.path.basename(path)}")


def move_all(place):
    """Each of them, whatever becomes of the others."""
    refused = None
    for path in [path_of(place, "Work", name) for name in ("four", "five", "six")]:
        try:
            os.rename(path, f"{place}/Archive/{os.path.basename(path)}")
        except OSError as error:
            refused = error
    if refused:
        raise refused


def delete(place):
    os.unlink(path_of(place, "Work", "four"))


def flag(place):
    os.setxattr(path_of(place, "Work", "four"), "user.imap.flags", b"+\\Flagged")


def replace(place):
    scratch = f"{place}/Work/.four.swp"
    with open(scratch, "xb") as file:
        file.write(text("new"))
    os.rename(scratch, path_of(place, "Work", "four"))


def upload(place):
    with open(f"{place}/Work/new.eml", "xb") as file:
        file.write(text("new"))


def rename_folder(place):
    os.rename(f"{place}/Work", f"{place}/Projects")


def remove_folder(place):
    os.rmdir(f"{place}/Empty")


def make_folder(place):
    os.mkdir(f"{place}/Fresh")


# --- what the other client does -----------------------------------------------------------------------------------------

def moves_it(rival):
    rival.move("Work", "four", "Sent")


def expunges_it(rival):
    rival.expunge("Work", "four")


def renames_folder(rival):
    rival.rename_folder("Work", "Elsewhere")


def deletes_folder(rival):
    rival.session.unselect() if "UNSELECT" in rival.session.capabilities else None
    rival.delete_folder("Work")


def recreates_folder(rival):
    """Another folder of the same name, with other messages under the same UIDs."""
    deletes_folder(rival)
    rival.create("Work")
    for name in ("other1", "other2", "other3", "other4"):
        mounted.until("a delivery into the new folder", 10, lambda name=name: is_delivered(rival, name))


def is_delivered(rival, name):
    """False where Dovecot still means the old folder; it has stored nothing then."""
    try:
        rival.deliver("Work", text(name))
        return True
    except RuntimeError as error:
        if "deleted under us" not in str(error):
            raise
        return False


def changes_epoch(rival):
    """The same messages in a new folder of the same name, in the reverse order."""
    rival.rename_folder("Work", "Old")
    rival.create("Work")
    for name in ("six", "five", "four"):
        rival.move("Old", name, "Work")
    rival.session.unselect()
    rival.delete_folder("Old")


def flags_it(rival):
    rival.flag("Work", "four", "+", "\\Answered")


def deletes_target(rival):
    rival.delete_folder("Target")


def fills_it(rival):
    rival.deliver("Empty", text("new"))


def creates_the_same(rival):
    rival.create("Fresh")


MOVE, STORE, APPEND = rb"(?i)^\S+ UID MOVE ", rb"(?i)^\S+ UID STORE ", rb"(?i)^\S+ APPEND "
RENAME, DELETE, CREATE = rb"(?i)^\S+ RENAME ", rb"(?i)^\S+ DELETE ", rb"(?i)^\S+ CREATE "
# A Dovecot that has a folder open takes the next one of that name for the same: then no client can tell, so there the
# other client comes before the folder is opened.
SELECT = rb'(?i)^\S+ SELECT "?Work"?\r'
OFFLINE = ("offline",)
NOWHERE = ()
CASES = [
    case("move, and it is moved", move, moves_it, [["Archive"], ["Sent"]], MOVE),
    case("move, and it is expunged", move, expunges_it, [NOWHERE], MOVE),
    case("move, and its flags change", move, flags_it, [["Archive"]], MOVE),
    case("move, and its folder is renamed", move, renames_folder, [["Archive"], ["Elsewhere"]], MOVE),
    case("move, and its folder is deleted", move, deletes_folder, [NOWHERE], MOVE),
    case("move, and its folder is another", move, recreates_folder, [NOWHERE], SELECT),
    case("move, and UIDVALIDITY is new", move, changes_epoch, [["Archive"], ["Work"]], SELECT),
    case("move, and the target is deleted", move_to_target, deletes_target, [["Target"], ["Work"]], MOVE),
    case("move of three, and one is moved", move_all, moves_it, [["Archive"], ["Sent"]], MOVE),
    # What is gone needs no deleting.
    case("delete, and it is moved", delete, moves_it, [["Sent"], NOWHERE], STORE),
    case("delete, and it is expunged", delete, expunges_it, [NOWHERE], STORE),
    case("delete, and its folder is renamed", delete, renames_folder, [NOWHERE, ["Elsewhere"]], STORE),
    case("delete, and its folder is another", delete, recreates_folder, [NOWHERE], SELECT),
    case("delete, and UIDVALIDITY is new", delete, changes_epoch, [NOWHERE, ["Work"]], SELECT),
    case("flag, and it is moved", flag, moves_it, [["Sent"]], STORE),
    case("flag, and it is expunged", flag, expunges_it, [NOWHERE], STORE),
    case("flag, and another flag", flag, flags_it, [["Work"]], STORE),
    case("flag, and its folder is another", flag, recreates_folder, [NOWHERE], SELECT),
    case("flag, and UIDVALIDITY is new", flag, changes_epoch, [["Work"]], SELECT),
    case("replace, and it is moved", replace, moves_it, [["new Work", "Sent"], ["new Work"]], APPEND, subjects=("four", "new")),
    case("replace, and it is expunged", replace, expunges_it, [["new Work"]], APPEND, subjects=("four", "new")),
    case("replace, and its folder is another", replace, recreates_folder, [["new Work"], ["new kept"]], APPEND, subjects=("four", "new")),
    case("replace, and UIDVALIDITY is new", replace, changes_epoch, [["new Work"], ["new Work", "Work"]], APPEND, subjects=("four", "new")),
    case("upload, and the folder is deleted", upload, deletes_folder, [["new Work"], ["new kept"]], APPEND, subjects=("new",)),
    case("upload, and the folder is renamed", upload, renames_folder, [["new Elsewhere"], ["new Work"], ["new kept"]], APPEND, subjects=("new",)),
    case("upload, and the folder is another", upload, recreates_folder, [["new Work"], ["new kept"]], APPEND, subjects=("new",)),
    case("folder rename, and it is renamed", rename_folder, renames_folder, [["Projects"], ["Elsewhere"]], RENAME, anywhere=True),
    case("folder rename, and it is deleted", rename_folder, deletes_folder, [NOWHERE], RENAME),
    case("folder rename, and it is another", rename_folder, recreates_folder, [NOWHERE], RENAME, anywhere=True),
    # Between a look and DELETE no client can stand.
    case("rmdir, and it gets mail", remove_folder, fills_it, [["new Empty"]], DELETE, OFFLINE, subjects=("new",)),
    case("mkdir, and it is made", make_folder, creates_the_same, [["Work"]], CREATE),
]


# --- one case -----------------------------------------------------------------------------------------------------------

class Bench:
    def __init__(self, options):
        self.options = options
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def fresh(self, base, more=()):
        with self._lock:
            number = next(self._numbers)
        user = f"u{number}"
        session = account.Account("localhost", self.options.port, user, PASSWORD)
        there = session.folders()
        for folder in there:
            session.open(folder)  # Dovecot makes its own when they are opened first, one session at a time.
        for folder, names in base.items():
            if folder not in there:
                session.create(folder)
            for name in names:
                session.deliver(folder, text(name))
        wire = wireline.Wire(self.options.port)
        place = os.path.join(self.options.work, f"r{number}")
        program = mounted.Mounted(self.options.program, place + ".Mail", place + ".cache", user, PASSWORD,
                                  ["--timeout", "10", "--expunge-after", "0s", "--log", os.environ.get("LOG", "notice"), *more])
        return session, wire, program


def attempt(bench, one, mode):
    """What came of it, in a few words."""
    session, wire, program = bench.fresh(BASE, ["--sync-changes"] if mode == "waiting" else [])
    try:
        program.start(wire.port)
        program.sync()
        mounted.until("the listing", mounted.SETTLE, lambda: sum(map(len, expected.shown(program.place).values())) == 7)
        answered = None
        if mode == "offline":
            wire.unplug()
            one.change(program.place)
            one.rival(session)
            before = session.snapshot()
            wire.plug()
        else:
            wire.hold(one.pattern)
            caller = Caller(one.change, program.place)
            if mode == "held":
                caller.answer()
            if not wire.held.wait(mounted.SETTLE):
                raise Difference("the command to be held did not come")
            # A folder that is filled again is to be seen whole: who saw a message leave it may take that for the answer.
            # Nor may a session have the old one open: it sees them leave, or appends, and that Dovecot empties the new one.
            alone = one.rival is changes_epoch or one.rival is recreates_folder and one.pattern == APPEND
            with wire.frozen() if alone else contextlib.nullcontext():
                if alone:
                    wire.lose()
                one.rival(session)
            before = session.snapshot()
            wire.release()
            answered = caller.answer()
        status = program.settled()
        program.sync()
        outcome = judge(session, one, before, status, program.place, answered)
        if mode == "waiting":
            check_answer(answered, status)
        for failed in status["failed"]:
            code, said = program.run("discard", program.place, str(failed["id"]))
            if code:
                raise Difference(f"discard {failed['id']}: {said.strip()}")
        agrees(session, program)
        program.end()
        return outcome + (f", {answered}" if answered else "")
    finally:
        program.remove()
        wire.close()
        session.close()


class Caller:
    """A call that may have to wait; its answer is None or the name of an errno."""

    def __init__(self, call, place):
        self.error = None
        self.thread = threading.Thread(target=self._run, args=(call, place), daemon=True)
        self.thread.start()

    def _run(self, call, place):
        try:
            call(place)
        except OSError as error:
            self.error = errno.errorcode.get(error.errno, str(error.errno))
        except Difference as error:
            self.error = str(error)

    def answer(self):
        self.thread.join(mounted.SETTLE)
        if self.thread.is_alive():
            raise Difference("the call does not return")
        return self.error


def check_answer(answered, status):
    if answered is None and status["failed"]:
        raise Difference(f"the call said OK, and failed: {status['failed']}")
    # EIO: Dovecot says [SERVERBUG] in a session whose folder was deleted; the change is tried again.
    if answered is not None and answered not in ("ESTALE", "ENOENT", "EBUSY", "EEXIST", "ENOTEMPTY", "EIO"):
        raise Difference(f"the call said {answered}")


def alive(snapshot, subjects):
    """(folder -> bystanders, where the subjects are)"""
    others, places = {}, []
    for folder, held in snapshot.items():
        others[folder] = collections.Counter({one: count for one, count in held.items() if one.message not in subjects})
        for one, count in held.items():
            if one.message in subjects and not one.deleted:
                places += [("new " if one.message == "<new@example.com>" else "") + folder] * count
    return {folder: held for folder, held in others.items() if held}, sorted(places)


def judge(session, one, before, status, place, answered):
    others_before, _ = alive(before, one.subjects)
    after = session.snapshot()
    others, places = alive(after, one.subjects)
    if one.change is move_all:  # two of the three are to be moved
        for held in [held for held in others_before["Work"] if held.message in ("<five@example.com>", "<six@example.com>")]:
            others_before["Archive"][held] += others_before["Work"].pop(held)
        others_before = {folder: held for folder, held in others_before.items() if held}
    if one.anywhere:
        others_before, others = [{"": sum(them.values(), collections.Counter())} for them in (others_before, others)]
    if others != others_before:
        for folder in sorted(set(others) | set(others_before)):
            was, now = others_before.get(folder, collections.Counter()), others.get(folder, collections.Counter())
            if was != now:
                raise Difference(f"other messages were changed, {folder}: {expected.tell(now - was)} too many, "
                                 f"{expected.tell(was - now)} missing")
    failed = ", ".join(f"{each['operation']}: {each['error']}" for each in status["failed"])
    kept = [] if "<new@example.com>" not in one.subjects or any(each.startswith("new ") for each in places) else ["new kept"]
    if kept and not (status["failed"] and is_readable(place)):
        raise Difference(f"the upload is lost (failed: {failed or 'nothing'})")
    allowed = [sorted(outcome) for outcome in one.outcomes]
    if sorted(places + kept) not in allowed:
        raise Difference(f"it is in {places + kept}, not in one of {allowed} (failed: {failed or 'nothing'})")
    # What a call was told has failed is not listed as well.
    if sorted(places + kept) != allowed[0] and not failed and not answered:
        raise Difference(f"it is in {places + kept}, and no failure is reported")
    return f"{', '.join(places + kept) or 'nowhere'}" + (f"; failed: {failed}" if failed else "")


def is_readable(place):
    for folder, names in expected.shown(place).items():
        for name in names:
            if name.endswith(".eml"):
                with open(os.path.join(place, folder, name), "rb") as file:
                    if file.read() == text("new"):
                        return True
    return False


def agrees(session, program):
    """The mount shows what the server has."""
    last = None

    def same():
        nonlocal last
        snapshot = session.snapshot()
        there = expected.shown(program.place)
        for folder in sorted(set(there) | set(snapshot)):
            right = collections.Counter(each.digest for each, count in snapshot.get(folder, {}).items()
                                        for _ in range(count) if not each.deleted)
            seen = collections.Counter()
            for name in there.get(folder, ()):
                with open(os.path.join(program.place, folder, name), "rb") as file:
                    seen[account.digest(file.read())] += 1
            if folder not in there or seen != right:
                last = f"{folder}: the mount shows {seen.total()} messages, the server has {right.total()}, or others"
                return False
        return True
    try:
        mounted.until("the same in the mount", 30, same)
    except Failure as error:
        raise Difference(str(last)) from error


# --- an hour without the server ------------------------------------------------------------------------------------------

class Hour:
    """500 changes in the mount, and what they should come to: folder -> {file name: message's name}, flags by name."""

    def __init__(self, place, names):
        self.place = place
        self.files = {folder: {} for folder in expected.shown(place)}
        for folder, shown in expected.shown(place).items():
            for file in shown:
                name = next(name for name in names if f"_{name}." in file)
                self.files[folder][file] = name
        self.flags = collections.defaultdict(set)
        self.count = 0

    def file(self, folder, name):
        return next(file for file, other in self.files[folder].items() if other == name)

    def move(self, folder, name, target, new=None):
        file = self.file(folder, name)
        new = new or file
        os.rename(f"{self.place}/{folder}/{file}", f"{self.place}/{target}/{new}")
        self.files[target][new] = self.files[folder].pop(file)
        self.count += 1

    def delete(self, folder, name):
        file = self.file(folder, name)
        os.unlink(f"{self.place}/{folder}/{file}")
        del self.files[folder][file]
        self.count += 1

    def upload(self, folder, name):
        with open(f"{self.place}/{folder}/{name}.eml", "xb") as file:
            file.write(text(name))
        self.files[folder][f"{name}.eml"] = name
        self.count += 1

    def flag(self, folder, name, flag, sign="+"):
        os.setxattr(f"{self.place}/{folder}/{self.file(folder, name)}", "user.imap.flags", (sign + flag).encode())
        (self.flags[name].add if sign == "+" else self.flags[name].discard)(flag)
        self.count += 1

    def mkdir(self, folder):
        os.mkdir(f"{self.place}/{folder}")
        self.files[folder] = {}
        self.count += 1

    def rmdir(self, folder):
        os.rmdir(f"{self.place}/{folder}")
        del self.files[folder]
        self.count += 1

    def rename(self, old, new):
        os.rename(f"{self.place}/{old}", f"{self.place}/{new}")
        for folder in [one for one in self.files if one == old or one.startswith(old + "/")]:
            self.files[new + folder[len(old):]] = self.files.pop(folder)
        self.count += 1

    def work(self):
        for number in range(4):
            self.mkdir(f"Year{number}")
        self.mkdir("Year0/Spring")
        self.mkdir("Gone")
        for number in range(160):
            self.move("INBOX", f"in{number}", f"Year{number % 4}")
        for number in range(0, 40, 4):
            self.move("Year0", f"in{number}", "Year0/Spring")
        for number in range(1, 41, 4):
            self.move("Year1", f"in{number}", "INBOX")
        self.rename("Year2", "Year20")
        for number in range(2, 42, 4):
            self.move("Year20", f"in{number}", "Archive", f"given{number}.eml")
        for number in range(160, 220):
            self.delete("INBOX", f"in{number}")
        for number in range(220, 290):
            self.flag("INBOX", f"in{number}", ("\\Flagged", "\\Answered")[number % 2])
        for number in range(220, 230):
            self.flag("INBOX", f"in{number}", ("\\Flagged", "\\Answered")[number % 2], "-")
        for number in range(80):
            self.upload(("Archive", "Year20", "Year0/Spring", "Gone")[number % 4], f"up{number}")
        for number in range(3, 80, 4):
            self.move("Gone", f"up{number}", "Work")
        self.rmdir("Gone")
        for number in range(0, 20, 4):
            self.delete("Archive", f"up{number}")
        for number in range(4, 24, 4):
            self.flag("Archive", f"up{number + 20}", "\\Seen")
        self.rename("Work", "Done")
        for number in range(10):
            self.move("Done", f"work{number}", "Year3")
        for number in range(10, 20):
            self.delete("Done", f"work{number}")
        for number in range(20):
            self.upload("Done", f"late{number}")
        self.rename("Year0", "Year3/Zero")
        for number in range(290, 300):
            self.move("INBOX", f"in{number}", "Year3/Zero")


# Of these the other client thinks otherwise: moved in the mount and expunged there, moved by both, deleted here and moved.
EXPUNGED, MOVED, SAVED, FLAGGED = ("in40", "in41"), ("in44", "in45"), ("in160", "in161"), ("in48",)


def offline_hour(bench):
    """500 changes; prints what they came to."""
    base = {"INBOX": [f"in{number}" for number in range(300)], "Work": [f"work{number}" for number in range(30)]}
    session, wire, program = bench.fresh(base)
    try:
        program.start(wire.port)
        program.sync()
        names = [name for names in base.values() for name in names]
        mounted.until("the listing", mounted.SETTLE,
                      lambda: sum(map(len, expected.shown(program.place).values())) == len(names))
        wire.unplug()
        mounted.until("offline", mounted.SETTLE, lambda: program.status()["connection"] == "offline")
        hour = Hour(program.place, names)
        hour.work()
        for name in EXPUNGED:
            session.expunge("INBOX", name)
        for name in MOVED + SAVED:
            session.move("INBOX", name, "Sent")
        session.flag("INBOX", FLAGGED[0], "+", "\\Seen")
        hour.flags[FLAGGED[0]].add("\\Seen")
        session.deliver("INBOX", text("news"))
        program.process.kill()
        program.was_killed()
        program.start(wire.port)
        pending = program.status()["pending"]
        view = {folder: set(names) for folder, names in expected.shown(program.place).items()}
        check_view(view, hour)
        mark = len(wire.commands)
        wire.plug()
        status = program.settled(600)
        changes = collections.Counter(verb(line) for line in wire.changes_since(mark))
        program.sync()
        # Dovecot remembers folders for a session, those too that were renamed.
        session.close()
        session = account.Account("localhost", bench.options.port, program.user, PASSWORD)
        check_hour(session.snapshot(), hour)
        agreement(program, session)
        failed = len(status["failed"])
        if failed > len(EXPUNGED + MOVED + SAVED):
            raise Difference(f"{failed} failed, more than were planted: {status['failed'][:3]}")
        if failed < len(EXPUNGED):
            raise Difference(f"conflicts were planted, and {failed} failures reported")
        counts = ", ".join(f"{count} {name}" for name, count in changes.most_common())
        few = sum(count for name, count in changes.items() if name != "APPEND")
        if few > 80:
            raise Difference(f"not merged: {counts}")
        program.end()
        return (f"{hour.count} changes, {pending} pending after kill -9, sent as {changes.total()} commands ({counts}), "
                f"{failed} conflicts reported")
    finally:
        program.remove()
        wire.close()
        session.close()


def agreement(program, session):
    for failed in program.status()["failed"]:
        program.run("discard", program.place, str(failed["id"]))
    agrees(session, program)


def verb(line):
    words = line.upper().split()
    return (words[2] if words[1] == b"UID" else words[1]).decode()


def check_view(view, hour):
    for folder in sorted(set(view) | set(hour.files)):
        there, right = view.get(folder), set(hour.files.get(folder, ()))
        if there != right:
            there = there or set()
            raise Difference(f"started again without a server, {folder} shows {sorted(there - right)[:4]} too many, "
                             f"{sorted(right - there)[:4]} missing")


def check_hour(snapshot, hour):
    if set(snapshot) != set(hour.files):
        raise Difference(f"folders: {sorted(set(snapshot) - set(hour.files))} too many, "
                         f"{sorted(set(hour.files) - set(snapshot))} missing")
    conflicts = {f"<{name}@example.com>" for name in EXPUNGED + MOVED + SAVED}
    found = collections.Counter()
    for folder, held in snapshot.items():
        right = collections.Counter()
        for name in list(hour.files[folder].values()) + (["news"] if folder == "INBOX" else []):
            content = text(name)
            right[account.Held(account.message_id(content), account.digest(content), frozenset(hour.flags[name]), False)] += 1
        for one, count in held.items():
            if one.message in conflicts:
                found[one.message] += count
        there = collections.Counter({one: count for one, count in held.items() if one.message not in conflicts})
        right = collections.Counter({one: count for one, count in right.items() if one.message not in conflicts})
        if there != right:
            raise Difference(f"{folder} on the server: {expected.tell(there - right)[:300]} too many, "
                             f"{expected.tell(right - there)[:300]} missing")
    for name in MOVED + SAVED:
        count = found[f"<{name}@example.com>"]
        if count != 1 and not (name in SAVED and count == 0):
            raise Difference(f"{name}, moved by both, is there {count} times")
    for name in EXPUNGED:
        if found[f"<{name}@example.com>"]:
            raise Difference(f"{name} was expunged, and is back")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--only", help="cases whose name begins so; `hour` is the last")
    options = parser.parse_args()
    bench = Bench(options)

    def told(name, call, *arguments):
        try:
            return f"ok    {name}: {call(bench, *arguments)}"
        except ERRORS as error:
            return f"FAIL  {name}: {type(error).__name__ if not str(error) else ''}{error}"
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        runs = [pool.submit(told, f"{one.name} ({mode})", attempt, one, mode)
                for one in CASES for mode in one.modes if not options.only or one.name.startswith(options.only)]
        if not options.only or options.only == "hour":
            runs.append(pool.submit(told, "an hour without the server", offline_hour))
        for run in runs:
            print(run.result(), flush=True)


if __name__ == "__main__":
    main()
    sys.exit(0)
