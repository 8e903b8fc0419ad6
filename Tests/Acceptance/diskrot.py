"""Files of cache and state whose bits flip, that are cut off, or that come from another time.

What is shown is right or an error; a damaged state is refused in words and stays as it is; a damaged cache is filled again; of what was
accepted each text is on the server or listed; the server loses nothing.

Known: a text that waits is shown as it lies on the disk, damaged too, until it is to be sent; then it fails, and `status` lists it.
"""
import collections
import os
import random

import account
import agree
import crash
import diskcheck
import diskdamage
from crash import NOW
from expected import Difference
from mounted import Failure

# What a start may say of a state that it refuses.
WORDS = ("is damaged", "choose other directories", "written by a later version")


def attempt(bed, pattern, kind, seed):
    bed.put_back()
    done = diskdamage.older(bed, pattern) if kind == "older" else diskdamage.damage(bed.program.cache, pattern, kind, random.Random(seed))
    if done is None or done[1] == done[2] and kind != "older":
        return None
    name, _, new = done
    before = bed.session()
    there = before.snapshot()
    before.close()
    bed.wire.unplug()
    contents = set(bed.contents.values()) | {diskdamage.WAITING}
    restarted = False
    if starts(bed, name, new) is None:
        return False
    try:
        look(bed, name, contents, may_fail=True)
        bed.wire.plug()
        status, restarted = diskcheck.settle(bed)
    except (Failure, OSError):
        # Damage that is found while it is in use is mended, or refused, by the next start, which may have been tried already.
        if bed.program.process and not any(one in bed.program.last_words() for one in WORDS):
            bed.alive()
        bed.program.end()
        bed.wire.plug()
        if starts(bed, name, new) is None:
            return False
        status, restarted = diskcheck.settle(bed)[0], True
    look(bed, name, contents, may_fail=False)
    judge(bed, name, there, status, kind)
    bed.program.end()
    return restarted


def starts(bed, name, new):
    """None where the program has said why it does not start with this state, in words, and has changed nothing."""
    for _ in range(3):
        try:
            bed.start(NOW)
            return True
        except Failure as error:
            if bed.program.process.poll() != 1:
                raise
            bed.program.process = None
            words, said = bed.program.last_words(), error
        if "cannot connect" in words.split("\n")[-1] or ("unreachable" in words and not any(one in words for one in WORDS)):
            bed.wire.plug()  # nothing is cached any more, which has to be listed
        elif "mount again, and it is set aside" not in words:
            break
    if not name.startswith("state") or not any(one in words for one in WORDS):
        raise Difference(f"{name}: the start fails: {said}")
    path = os.path.join(bed.program.cache, name)
    # What SQLite's log has it moves into the file by itself.
    if name == "state/state.sqlite" and new is not None and not os.path.exists(path + "-wal") and not bed.was_killed:
        with open(path, "rb") as file:
            if file.read() != new:
                raise Difference(f"{name}: refused, and changed all the same")
    return None


def look(bed, name, contents, may_fail):
    """Every text that is shown is right, or an error; of what waits and is damaged it stays one."""
    is_own = name.startswith("state/spool")
    diskcheck.read_all(bed.program.place, contents, may_fail or is_own, ("waiting.eml",) if is_own else ())
    for path, right in bed.notes["views"].items():
        try:
            with open(f"{bed.program.place}/{path}", "rb") as file:
                content = file.read()
        except OSError:
            continue  # its message may have moved, and nothing be cached
        if content != right:
            raise Difference(f"{path} has wrong octets ({len(content)} where {len(right)} are right)")


def judge(bed, name, there, status, kind):
    session = bed.session()
    try:
        snapshot = session.snapshot()
        kept = diskcheck.Ledger(bed).kept(status)
        last = {folder: dict(files) for folder, files in bed.later.items()}
        if name.startswith("state/spool"):
            # What is left of it is shown, and told to be damaged.
            kept = [one for one in kept if one[1].content == diskdamage.WAITING]
        if name.startswith("state"):
            may_lose(snapshot, there, kept, status, name, kind)
        else:
            for folder, one in kept:
                snapshot[folder].update(crash.expected.counted([one]))
            crash.expected.check_server(snapshot, last)
        wrong = list(agree.differences(agree.shown(bed.program.place), agree.there(session)))
        if wrong:
            raise Difference(f"mount and server: {wrong[0]}")
    finally:
        session.close()


def may_lose(snapshot, there, kept, status, name, kind):
    """Of a state that was damaged changes may be gone. Mail may not, and of a text that waited somebody has to hear."""
    def counted(one):
        return collections.Counter({held.digest: 0 for folder in one.values() for held in folder}) + collections.Counter(
            held.digest for folder in one.values() for held, count in folder.items() for _ in range(count) if not held.deleted)
    was, now = counted(there), counted(snapshot)
    now.update(account.digest(one.content) for _, one in kept)
    deleted, text = account.digest(crash.CONTENTS["two"]), account.digest(diskdamage.WAITING)
    if now[deleted] <= 1:
        was[deleted] = now[deleted]
    waiting = now.pop(text, 0)
    if +now != +was:
        raise Difference(f"the server: {sum((was - now).values())} of {sum(was.values())} messages are missing, "
                         f"{sum((now - was).values())} too many")
    is_told = any("waiting" in one["path"] for one in status["failed"] + status["interrupted"])
    is_other_time = kind == "older" and name in ("state", "state and cache")
    if waiting > 1 or (waiting == 0 and not is_told and not is_other_time):
        raise Difference(f"the text that waited is there {waiting} times, and status lists {status['failed'] + status['interrupted']}")


def jobs(chance, many):
    """(name, bed, act) in an order in which each comes to its turn."""
    found = []
    for number in range(many):
        bed = ("ended", "killed")[number % 2]
        for pattern in (*diskdamage.STATE, diskdamage.SPOOL, *diskdamage.CACHE):
            found.append((bed, pattern, chance.choice(diskdamage.KINDS), chance.randrange(1 << 30)))
        found.append((bed, diskdamage.OLDER[number % len(diskdamage.OLDER)], "older", 0))
    return [job(*one) for one in found]


def job(bed, pattern, kind, seed):
    return f"rot:{bed}:{pattern}:{kind}:{seed}", bed, lambda place: attempt(place, pattern, kind, seed)


def parsed(text):
    _, bed, pattern, kind, seed = text.split(":")
    return job(bed, pattern, kind, int(seed))
