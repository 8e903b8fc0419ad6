"""The end of a program of changes: the ledger, the server and the mounts, held against each other by an independent client."""
import collections
import errno
import glob
import itertools
import os
import time
import types

import account
import imap
import wire

# Files of the mount that the server does not have, or not yet.
APART = ("failed", "pending", "local")
# What a rival took away before it was seen is looked for half a minute (`Fate.mostLooks`).
PATIENCE = 60
WATCHED = {"\\Flagged", "\\Seen", "\\Answered"}


def shown(place):
    """folder -> names of its files. A folder that cannot be listed is an error."""
    found = {}

    def refuse(error):
        raise error
    for directory, folders, names in os.walk(place, onerror=refuse):
        folders.sort()
        if directory != place:
            found[os.path.relpath(directory, place)] = sorted(names)
    return found


class View:
    """What a mount shows: folder -> name -> (octets, state)."""

    def __init__(self, play, mount):
        self.files = {}
        self.broken = []
        for folder, names in shown(mount.program.place).items():
            self.files[folder] = {}
            if folder == "Bulk":
                continue
            for name in names:
                path = f"{mount.program.place}/{folder}/{name}"
                try:
                    with open(path, "rb") as file:
                        size, content = os.fstat(file.fileno()).st_size, file.read()
                    try:
                        state = os.getxattr(path, "user.mailmount.state").decode()
                    except OSError as error:
                        if error.errno != errno.ENODATA:
                            raise
                        state = "local"
                except OSError as error:
                    self.broken.append(f"{folder}/{name}: {error.strerror}")
                    continue
                if size != len(content):
                    self.broken.append(f"{folder}/{name}: fstat says {size}, {len(content)} octets are read")
                self.files[folder][name] = (content, state)

    def names(self):
        return {folder: sorted(files) for folder, files in self.files.items()}


def end(play):
    """Everything is sent; what is wrong then, and after another mount."""
    play.say("--- end")
    for mount in play.mounts:
        mount.wire.disarm()
        mount.plug()
    play.deaf = [settle(play, number) for number in range(len(play.mounts))]
    # The first has to hear of what the others have sent.
    if len(play.mounts) > 1:
        play.deaf = [settle(play, number) for number in range(len(play.mounts))]
    before = check(play)
    for mount in play.mounts:
        mount.program.end()
        mount.start()
    play.say("--- after another mount")
    play.deaf = [settle(play, number) for number in range(len(play.mounts))]
    after = check(play)
    for number, (one, other) in enumerate(zip(before, after)):
        if one.names() != other.names():
            play.wrong("I6", f"mount {number} shows other names after a remount: {difference(one.names(), other.names())}")
    for line in on_the_wire(play):
        play.wrong("I7", line)


def difference(one, other):
    parts = []
    for folder in sorted(set(one) | set(other)):
        was, now = one.get(folder), other.get(folder)
        if was is None or now is None:
            parts.append(f"{folder} {'came' if was is None else 'went'}")
        elif was != now:
            parts.append(f"{folder}: {sorted(set(was) - set(now))} became {sorted(set(now) - set(was))}")
    return "; ".join(parts)


def settle(play, number):
    """True where `sync` has ended with 0, or with what only a person can settle."""
    play.now = number
    program = play.mount.program
    end = time.monotonic() + PATIENCE
    for attempt in itertools.count():
        code, said = play.command("sync")
        status = program.status()
        if code == 0:
            break
        interrupted = status.get("interrupted", [])
        for one in interrupted:
            play.say(f"interrupted: {one}")
            play.call(os.utime, play.path(one["path"]))
        if not interrupted and status["pending"] == 0 and not status.get("unknown") and status["connection"] == "online":
            break
        if attempt >= 8 and time.monotonic() > end:
            play.wrong("I1", f"sync does not come to its end: {said.strip()[:300]}; {status}"[:700])
            break
        time.sleep(min(0.2 * attempt, 2))
    contested = play.variant.rival
    for one in status["failed"]:
        play.say(f"failed: {one}")
        refused = play.is_waiting and one["operation"] == "upload"
        if not contested and not refused:
            play.wrong("I1", f"failed without a rival: {one}")
        if not one.get("path"):
            play.wrong("I6", f"a failure without a path: {one}")
    play.failed = status["failed"]
    return code == 0


def check(play):
    """What is wrong now goes to the play; the views of its mounts."""
    # A session of its own: Dovecot remembers folders for a session.
    play.renew_session()
    server = {folder: [one for one in held.values() if not one.deleted]
              for folder, held in ((folder, play.session.messages(folder)) for folder in play.session.folders())}
    views = [View(play, mount) for mount in play.mounts]
    if "Bulk" in server:
        if len(server.pop("Bulk")) != 260:
            play.wrong("I2", "messages went from Bulk")
    judge(play, server, views)
    return views


def judge(play, server, views):
    book = play.ledger
    counts, places, kept = collections.Counter(), collections.defaultdict(list), collections.Counter()
    for folder, held in server.items():
        for one in held:
            number = book.numbers.get(one.digest)
            if number is None:
                if not is_begun(play, folder, one.digest):
                    play.wrong("I4", f"{folder} has a text on the server that nobody wrote: {one.message}")
                continue
            counts[number] += 1
            places[number].append((folder, one.flags))
    for view in views:
        for line in view.broken:
            play.wrong("I4", line)
        for folder, files in view.files.items():
            for name, (content, state) in files.items():
                if state in APART:
                    number = book.number_of(content)
                    kept[number] += 1
    judge_counts(play, counts, kept)
    waiting = {folder for folder, held in server.items() if not held and folder in book.hidden and folder not in book.folders}
    server = {folder: held for folder, held in server.items() if folder not in waiting}
    for number, found in places.items():
        judge_places(play, number, found)
    for number, view in enumerate(views):
        there = {folder for folder in waiting if book.hidden[folder] != number and not view.files.get(folder)}
        judge_view(play, number, server, view, there)
    for one, other in book.either:
        if not (counts[one] + counts[other] + kept[one] + kept[other]) and book.of(one) and book.of(other):
            play.wrong("I1", f"neither {one} nor {other}, which was to take its place, is there")


def is_begun(play, folder, digest):
    """It is the beginning of a text whose writing was cut short."""
    for uid, held in play.session.messages(folder).items():
        if held.digest == digest:
            play.session.open(folder)
            for _, content in imap.fetch_bodies(play.session.session, [uid]):
                return any(begun.startswith(content) for begun in play.ledger.begun)
    return False


def judge_counts(play, counts, kept):
    book = play.ledger
    for number in sorted(book.texts):
        least, most = book.bounds(number)
        there = counts[number]
        if there + kept[number] < least:
            which = "I1" if number in book.named else "I2"
            play.wrong(which, f"{number} is there {there} times, not {least}: {', '.join(map(str, book.of(number)))}")
        if there > most and number in book.replaced and any(one["operation"] in ("move", "copy", "upload") for one in play.failed):
            continue  # what was to take its place could not
        if there > most:
            which = "I5" if most else "I3"
            play.wrong(which, f"{number} is there {there} times, not {most}")


def judge_places(play, number, found):
    copies = play.ledger.of(number)
    if play.ledger.surplus[number] or len(found) != len(copies) or not all(one.certain for one in copies):
        return
    if all(one.folder for one in copies) and not play.variant.rival:
        right, there = sorted(one.folder for one in copies), sorted(folder for folder, _ in found)
        if right != there:
            play.wrong("I6", f"{number} is in {there} on the server, not in {right}")
    if len(copies) == 1 and copies[0].flags is not None and not play.failed:
        right, there = set(copies[0].flags) & WATCHED, set(found[0][1]) & WATCHED
        if right != there:
            play.wrong("I8", f"{copies[0]} has the flags {sorted(there)}, not {sorted(right)}")


def judge_view(play, number, server, view, waiting):
    """`waiting`: folders that another mount has removed, and the server has still."""
    shown_folders = set(view.files) - {"Bulk"} - waiting
    if shown_folders != set(server):
        play.wrong("I6", f"mount {number}, folders: {sorted(shown_folders - set(server))} too many, "
                         f"{sorted(set(server) - shown_folders)} missing")
    for folder in sorted(shown_folders & set(server)):
        there = collections.Counter(account.digest(content) for content, state in view.files[folder].values()
                                    if state not in APART)
        right = collections.Counter(one.digest for one in server[folder])
        if there != right:
            def told(counter):
                return [play.ledger.numbers.get(one, "?") for one in counter.elements()]
            play.wrong("I6", f"mount {number}, {folder}: {told(there - right)} too many, {told(right - there)} missing")
    strict = play.variant.mounts == 1 and not play.variant.rival
    if strict:
        for copy in play.ledger.copies:
            if copy.certain and copy.folder and copy.name and copy.folder in play.ledger.folders:
                content = view.files.get(copy.folder, {}).get(copy.name)
                if content is None or play.ledger.number_of(content[0]) != copy.number:
                    what = "nothing" if content is None else play.ledger.number_of(content[0])
                    play.wrong("I6", f"{copy.folder}/{copy.name} is {what}, not {copy.number}")
        missing = [one for one, certain in play.ledger.folders.items() if certain and one not in server and one != "Bulk"]
        surplus = [one for one in server if one not in play.ledger.folders]
        if missing or surplus:
            play.wrong("I6", f"folders on the server: {missing} missing, {surplus} too many")


def on_the_wire(play, planted=()):
    streams = []
    for path in sorted(glob.glob(os.path.join(play.bench.options.server, "rawlog", play.user, "*.in"))):
        with open(path, "rb") as file:
            stream = wire.stripped(file.read())
        if not wire.is_own(stream):
            streams.append((os.path.basename(path), stream))
    streams += [("planted", line + b"\r\n") for line in planted]
    if not streams:
        return ["no transcript: nothing was looked at"]
    return wire.faults(streams, types.SimpleNamespace(no_changes=False, read_only=False))[0]


# --- whether it sees what it should ---------------------------------------------------------------

def first(play):
    return next(one for one in play.ledger.copies if one.folder == "INBOX")


def take(play, copy):
    """Another client expunges it, and nobody says so."""
    name = account.message_id(play.ledger.texts[copy.number])[1:].split("@")[0]
    play.session.expunge("INBOX", name)
    play.session.open("Sent")


def plant_loss(play):
    copy = first(play)
    play.ledger.named.add(copy.number)
    take(play, copy)


def plant_theft(play):
    take(play, first(play))


def plant_return(play):
    copy = first(play)
    os.unlink(play.path(f"INBOX/{copy.name}"))
    play.ledger.removed(copy)
    play.session.deliver("Work", play.ledger.texts[copy.number])


def plant_text(play):
    play.session.deliver("Work", account.text("foreign"))


def plant_twice(play):
    play.session.deliver("Work", play.ledger.texts[first(play).number])


def plant_name(play):
    copy = first(play)
    os.rename(play.path(f"INBOX/{copy.name}"), play.path("INBOX/other.eml"))


def plant_flag(play):
    name = account.message_id(play.ledger.texts[first(play).number])[1:].split("@")[0]
    play.session.flag("INBOX", name, "+", "\\Seen")
    play.session.open("Sent")


def plant_folder(play):
    play.ledger.folders["Imagined"] = True


def plant_hang(play):
    play.call(time.sleep, 3)


PLANTED = [("I1", plant_loss), ("I2", plant_theft), ("I3", plant_return), ("I4", plant_text), ("I5", plant_twice), ("I6", plant_name),
           ("I6", plant_folder), ("I8", plant_flag), ("I9", plant_hang)]


def self_test(bench, one):
    """Each planted fault is seen by its invariant, and nothing is seen where none is."""
    good = True

    def told(holds, line):
        nonlocal good
        good = good and holds
        print(("ok    " if holds else "FAIL  ") + line, flush=True)
    play = bench.play(one, 1, steps=1, only={5})
    told(not play.found, f"nothing planted, nothing seen {play.found or ''}")
    for line in wire.PLANTED:
        if not on_the_wire(play, [line]):
            told(False, f"I7 does not see {line[:40]!r}")
    told(True, "I7 sees each bad command")
    deadline = vars(__import__("__main__"))["DEADLINE"]
    for which, plant in PLANTED:
        bench.plant = plant
        if plant is plant_hang:
            vars(__import__("__main__"))["DEADLINE"] = 1
        play = bench.play(one, 1, steps=1, only={5})
        vars(__import__("__main__"))["DEADLINE"] = deadline
        seen = [line for line in play.found if line.startswith(which)]
        told(bool(seen), f"{which} sees {plant.__name__}: {(seen or play.found or ['nothing'])[0]}")
    return good
