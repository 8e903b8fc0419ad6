"""A mount that was used and has changes that wait, and what happens to its files."""
import fnmatch
import os
import shutil
import subprocess

import account
import crash
import diskbed
import disksteps
import mounted
import power
from crash import NOW

STATE = ("state/state.sqlite", "state/state.sqlite-wal")
SPOOL = "state/spool/*"
CACHE = ("index.sqlite", "index.sqlite-wal", "search.sqlite*", "text.sqlite*", "bodies/*/*", "parts/*")
KINDS = ("flip", "flip", "flip in what is written", "cut", "block of zeroes", "emptied", "gone")
OLDER = power.KINDS + ("index.sqlite", "text.sqlite", "search.sqlite", "bodies", "parts")
WAITING = account.text("waiting", body=b"0123456789abcde\r\n" * 400)


def waiting_upload():
    """Its text is on the disk, as fsync has said."""
    return power.upload_and_fsync("waiting", "Archive", 17 * 400)


CHANGES = [waiting_upload(), crash.move("one", "INBOX", "Archive"), crash.delete("two", "INBOX"),
           crash.flag("three", "INBOX", "+\\Flagged", ["\\Flagged"])]


def used(is_killed):
    """A mount with bodies, texts, parts, a search index, and changes that wait."""
    def prepare(bed):
        disksteps.views(bed)
        bed.program.end()
        subprocess.run(["cp", "-a", bed.program.cache, bed.base + ".older"], check=True)
        bed.start()
        disksteps.read_views(bed, bed.state)
        for folder, files in bed.state.items():
            for name in files:
                if diskbed.BIG not in name:
                    with open(f"{bed.program.place}/{folder}/{name}", "rb") as file:
                        file.read()
        mounted.until("the search index", mounted.SETTLE, lambda: disksteps.search_finds_all(bed, bed.state) or True)
        bed.wire.unplug()
        bed.later = {folder: dict(files) for folder, files in bed.state.items()}
        bed.program.end()
        bed.start(NOW)
        for do, result in CHANGES:
            do(bed.program.place, bed.later)
            result(bed.later)
        bed.was_killed = is_killed
        if is_killed:
            bed.program.process.kill()
            bed.program.was_killed()
        bed.program.end()
    return prepare


BEDS = {"ended": lambda bench: diskbed.Bed(bench, "ended", True, used(False)),
        "killed": lambda bench: diskbed.Bed(bench, "killed", True, used(True))}


def damage(cache, pattern, kind, chance):
    """The file, relative to the cache, and its octets before and after (None: gone)."""
    found = sorted(os.path.relpath(os.path.join(directory, name), cache) for directory, _, names in os.walk(cache) for name in names)
    # Texts are kept in one file, or several.
    found = [one for one in found if fnmatch.fnmatch(one, pattern) and not one.endswith("-shm") and os.path.getsize(os.path.join(cache, one))]
    if not found:
        return None
    name = chance.choice(found)
    path = os.path.join(cache, name)
    with open(path, "rb") as file:
        old = bytearray(file.read())
    new = bytearray(old)
    if kind.startswith("flip"):
        places = [at for at, octet in enumerate(old) if octet] if kind != "flip" else range(len(old))
        new[chance.choice(places)] ^= 1 << chance.randrange(8)
    elif kind == "cut":
        del new[chance.randrange(len(new)):]
    elif kind == "block of zeroes":
        at = chance.randrange(0, len(new), 512)
        new[at:at + 512] = bytes(len(new[at:at + 512]))
    elif kind == "emptied":
        new = bytearray()
    if kind == "gone":
        os.unlink(path)
        return name, old, None
    with open(path, "wb") as file:
        file.write(new)
    return name, old, new


def older(bed, kind):
    """What is told of it as (file, old, new)."""
    if kind in power.KINDS:
        power.restore(kind, bed.base + ".older", bed.program.cache)
    else:
        for name in [kind, kind + "-wal", kind + "-shm"]:
            path, was = os.path.join(bed.program.cache, name), os.path.join(bed.base + ".older", name)
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.unlink(path)
            if os.path.isdir(was):
                shutil.copytree(was, path)
            elif os.path.exists(was):
                shutil.copy2(was, path)
    return kind, b"", b""
