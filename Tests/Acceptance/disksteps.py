"""What is done in a mount while calls of its disk fail."""
import collections
import errno
import os
import subprocess

import crash
import diskbed
import expected
import power
from expected import Difference, Message

# `do(bed, state)` raises OSError where a call failed; `result(state)` is what its success makes of a state. What a failed one has
# done nobody can tell where it `is_unsure`; `text` is what it was writing.
Step = collections.namedtuple("Step", "name do result is_unsure text")


def step(name, pair, is_unsure=False, text=None):
    do, result = pair
    return Step(name, lambda bed, state: do(bed.program.place, state), result, is_unsure, text)


def upload(name, folder, size=200, fsync=False):
    pair = (power.upload_and_fsync if fsync else crash.upload)(name, folder, size)
    return step(f"upload of {name}", pair, True, crash.text(name, body=b"0123456789abcde\r\n" * (size // 17)))


def copy(name, source, target):
    """As `cp` does."""
    def do(place, state):
        with open(f"{place}/{source}/{crash.name_of(state, source, name)}", "rb") as old, open(f"{place}/{target}/copy.eml", "xb") as new:
            while os.copy_file_range(old.fileno(), new.fileno(), 1 << 20):
                pass

    def result(state):
        state[target]["copy.eml"] = state[source][crash.name_of(state, source, name)]
    return step("copy", (do, result), True, crash.CONTENTS[name])


def rewrite(name):
    """A draft is written anew under its name."""
    content = crash.text(name, subject="rewritten", body=b"0123456789abcde\r\n" * 300)

    def do(place, state):
        with open(f"{place}/Drafts/{name}.eml", "r+b" if not state["Drafts"] else "wb") as file:
            file.write(content)

    def result(state):
        if state["Drafts"]:
            state["Drafts"] = {f"{name}.eml": Message(content, frozenset())}
    return step("rewriting", (do, result), True, content)


def look(name, act):
    """What changes nothing: a right answer, or an error."""
    return Step(name, act, lambda state: None, False, None)


def octets(bed, path, is_right, wrong):
    """Reads a file, which has what is right, or fails: the error, or nothing."""
    try:
        with open(f"{bed.program.place}/{path}", "rb") as file:
            content = file.read()
    except OSError as error:
        return error
    if not is_right(content):
        raise Difference(f"{path} has wrong octets ({len(content)}{wrong})")
    return None


def read(*folders):
    def do(bed, state):
        right = set(bed.contents.values()) | {one.content for files in state.values() for one in files.values()}
        failed = None
        for folder in folders or state:
            for name in state[folder]:
                failed = octets(bed, f"{folder}/{name}", lambda content: content in right, "") or failed
        if failed:
            raise failed
    return look("reading", do)


def read_views(bed, state):
    """Texts and parts; right is what the bed has noted."""
    failed = None
    for path, right in bed.notes["views"].items():
        failed = octets(bed, path, lambda content: content == right, f" where {len(right)} are right") or failed
    if failed:
        raise failed


def views(bed):
    """Notes what the views show, and forgets that it has looked."""
    place, found = bed.program.place, {}
    names = [(folder, name) for folder, files in bed.state.items() for name in files if diskbed.BIG not in name]
    for folder, name in names:
        found[f".views/text/{folder}/{name[:-4]}.txt"] = None
    big = crash.name_of(bed.state, "Archive", diskbed.BIG)
    for part in ("first.txt", "long.txt"):
        found[f".views/parts/Archive/{big}/{part}"] = None
    for path in found:
        with open(f"{place}/{path}", "rb") as file:
            found[path] = file.read()
    if diskbed.BIG_PART not in found[f".views/parts/Archive/{big}/long.txt"].replace(b"\r\n", b""):
        raise Difference("the long part has wrong octets, without a fault")
    bed.notes["views"] = found
    bed.program.end()
    bed.put_back_to_nothing()


def search(bed, state):
    code, said = bed.program.run("search", bed.program.place, "noah OR text")
    shown = set(said.split("\n")) if code == 0 else set()
    paths = {f"{folder}/{name}" for folder, files in state.items() for name in files}
    wrong = [line for line in shown if line.endswith(".eml") and os.path.relpath(line, bed.program.place) not in paths and line not in paths]
    if wrong:
        raise Difference(f"search finds {wrong[0]}")
    if code:
        raise OSError(errno.EIO, said)


def search_finds_all(bed, state):
    code, said = bed.program.run("search", bed.program.place, "noah")
    count, right = sum(line.endswith(".eml") for line in said.split("\n")), sum(map(len, state.values()))
    if code or count != right:
        raise Difference(f"search finds {count} of {right}, status {code}: {said[-200:]}")


def sync_now(bed, state):
    """It may wait as long as the disk fails."""
    try:
        code, said = bed.program.run("sync", bed.program.place, "--bodies", timeout=8)
    except subprocess.TimeoutExpired:
        code, said = 1, "no end"
    if code:
        raise OSError(errno.EIO, said)
