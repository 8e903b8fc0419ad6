#!/usr/bin/env python3
"""What a client changed, from Dovecot's rawlog of its sessions (or from the program's own trace, which has no literals).

    changes.py mark TRANSCRIPT FILE             writes down how much there is
    changes.py since TRANSCRIPT FILE [PATTERN]  the commands that came after that, without tags, in the order in which they
                                                came; those that fit the regular expression
    changes.py check TRANSCRIPT [--move]        holds all of it against what is promised of changes
    changes.py --self-test

What is promised, beyond what wire.py checks (no sequence number, no EXPUNGE or CLOSE without UIDs, no fetch that
marks as read): a message is expunged only after it was marked with \\Deleted by this client; \\Deleted is set together with
no other flag; with --move (the server has MOVE) nothing is copied and then deleted, which is how a move would go otherwise.
Before the verdict each kind of bad command is planted into the transcript and has to be found.
"""
import argparse
import collections
import glob
import json
import os
import re
import sys

import wire

Sent = collections.namedtuple("Sent", "folder verb uids rest")
SELECTING = re.compile(rb'^(?:SELECT|EXAMINE) (".*?"|\S+)', re.IGNORECASE)
BY_UID = re.compile(rb"^UID (STORE|COPY|MOVE|EXPUNGE) (\S+) ?(.*)$", re.IGNORECASE | re.DOTALL)
LONGEST_RANGE = 100_000

# Sessions of commands that are bad together.
PLANTED = [
    [b"EXPUNGE"], [b"CLOSE"], [b"FETCH 1 (UID)"], [b"STORE 1 +FLAGS.SILENT (\\Seen)"], [b"COPY 1 x"], [b"MOVE 1 x"],
    [b"SEARCH ALL"], [b"UID FETCH 7 (BODY[])"],
    [b'SELECT "planted"', b"UID EXPUNGE 7"],
    [b'SELECT "planted"', b"UID STORE 7 +FLAGS.SILENT (\\Deleted)", b"UID EXPUNGE 7:9"],
    [b'SELECT "planted"', b"UID STORE 7 +FLAGS.SILENT (\\Deleted)", b'SELECT "elsewhere"', b"UID EXPUNGE 7"],
    [b'SELECT "planted"', b"UID STORE 7 -FLAGS.SILENT (\\Deleted)", b"UID EXPUNGE 7"],
    [b'SELECT "planted"', b"UID STORE 7 FLAGS.SILENT (\\Deleted \\Seen)"],
]
PLANTED_WITH_MOVE = [
    [b'SELECT "planted"', b"UID COPY 7 Archive", b"UID STORE 7 +FLAGS.SILENT (\\Deleted)"],
    [b'SELECT "planted"', b"UID COPY 5:9 Archive", b'SELECT "planted"', b"UID STORE 6 +FLAGS (\\Deleted)"],
]
INNOCENT = [
    [b'SELECT "planted"', b"UID STORE 7 +FLAGS.SILENT (\\Deleted)", b"UID EXPUNGE 7"],
    [b'SELECT "planted"', b"UID STORE 7:9,11 +FLAGS.SILENT (\\Deleted)", b'SELECT "planted"', b"UID EXPUNGE 8,11"],
    [b'SELECT "planted"', b"UID COPY 7 Archive", b"UID STORE 7 +FLAGS.SILENT (\\Seen)"],
    [b'SELECT "planted"', b"UID MOVE 7 Archive"], [b'SELECT "planted"', b"UID FETCH 7 (UID BODY.PEEK[])"],
    [b'SELECT "planted"', b"UID COPY 7 Archive", b'SELECT "elsewhere"', b"UID STORE 7 +FLAGS.SILENT (\\Deleted)"],
    [b'APPEND "planted" (\\Seen) {3+}\r\nabc'], [b'RENAME "EXPUNGE" "CLOSE"']]


def complete_commands(stream):
    """The commands whose last line has ended."""
    end = stream.rfind(b"\n") + 1
    return [command for command, _ in wire.commands(stream[:end])]


def sessions(transcript, apart=False):
    """name -> commands, of every session but those of the acceptance client.

    A trace is one session, in the order of time, unless its sessions are wanted apart.
    """
    found = {}
    if os.path.isfile(transcript):
        with open(transcript, "rb") as file:
            lines = re.findall(rb"^(?:.*\bsession=(\w+) )?.*?\bC: (.*)$", file.read(), re.MULTILINE)
        for session, command in lines:
            name = session.decode() if apart else os.path.basename(transcript)
            found.setdefault(name, []).append(command)
        return found
    for path in sorted(glob.glob(os.path.join(transcript, "**", "*.in"), recursive=True)):
        with open(path, "rb") as file:
            stream = wire.stripped(file.read())
        if not wire.is_own(stream):
            found[os.path.relpath(path, transcript)] = complete_commands(stream)
    return found


def moments(path):
    """tag -> when Dovecot read the command's first line."""
    found, now = {}, 0.0
    with open(path, "rb") as file:
        for line in file:
            # Lines that were read together have one time, before the first of them.
            time = re.match(rb"(\d{9,11}\.\d{6}) ", line)
            if time:
                now, line = float(time.group(1)), line[time.end():]
            found.setdefault(line.split(b" ", 1)[0], now)
    return found


def without_tag(command):
    return command.split(b" ", 1)[1] if b" " in command else command


def uids_of(text):
    """The UIDs of a set; a range that is absurdly long counts as its ends."""
    uids = set()
    for part in text.split(b","):
        ends = [int(end) for end in part.split(b":") if end.isdigit()]
        if len(ends) == 2 and 0 <= ends[1] - ends[0] <= LONGEST_RANGE:
            uids.update(range(ends[0], ends[1] + 1))
        else:
            uids.update(ends)
    return uids


def changes(commands):
    """Each command that changes messages, with the folder that it was sent in."""
    folder = b""
    for command in commands:
        text = without_tag(command)
        selecting = SELECTING.match(text)
        if selecting:
            folder = selecting.group(1).strip(b'"')
        by_uid = BY_UID.match(text)
        if by_uid:
            yield Sent(folder, by_uid.group(1).upper(), uids_of(by_uid.group(2)), by_uid.group(3).upper())


def faults(streams, has_move):
    """What is wrong, a line each. `streams` are in the order of their sessions' starts."""
    found = []
    deleted, copied = collections.defaultdict(set), collections.defaultdict(set)
    # Sessions overlap: what another session marked or copied is looked at as a whole first.
    for commands in streams.values():
        for sent in changes(commands):
            if sent.verb == b"STORE" and b"\\DELETED" in sent.rest and sent.rest.startswith(b"+"):
                deleted[sent.folder] |= sent.uids
    for name, commands in streams.items():
        for command in commands:
            what = wire.fault(command, len(command) if len(command) > wire.LONGEST_LINE else 0)
            if what:
                found.append(f"{name}: {what}: {command[:120]!r}")
        for sent in changes(commands):
            where = f"{name}, {sent.folder.decode('latin-1')}: UID {sent.verb.decode()} {sorted(sent.uids)[:8]}"
            if sent.verb == b"EXPUNGE" and sent.uids - deleted[sent.folder]:
                found.append(f"{where}: expunged without being marked before")
            if sent.verb == b"COPY":
                copied[sent.folder] |= sent.uids
            if sent.verb == b"STORE" and b"\\DELETED" in sent.rest:
                if not re.search(rb"^[+-]FLAGS(\.SILENT)? \(\\DELETED\)$", sent.rest):
                    found.append(f"{where}: \\Deleted with other flags")
                if has_move and sent.rest.startswith(b"+") and sent.uids & copied[sent.folder]:
                    found.append(f"{where}: moved by copying where the server has MOVE")
    return found


def missed(streams, has_move):
    """Planted sessions that were not found, or innocent ones that were."""
    before = len(faults(streams, has_move))
    wrong = []
    for plants, wanted in [(PLANTED + (PLANTED_WITH_MOVE if has_move else []), True), (INNOCENT, False)]:
        for commands in plants:
            planted = {"planted": complete_commands(b"".join(b"p1 " + one + b"\r\n" for one in commands))}
            if (len(faults({**streams, **planted}, has_move)) > before) != wanted:
                wrong.append(f"{'not' if wanted else 'wrongly'} found: {commands}")
    return wrong


def check(streams, has_move, at_least):
    wrong = missed({name: commands[:200] for name, commands in list(streams.items())[:3]}, has_move)
    found = faults(streams, has_move)
    for line in wrong + found[:20]:
        print(f"changes: {line}")
    counted = collections.Counter(
        sent.verb.decode() for commands in streams.values() for sent in changes(commands))
    total = sum(counted.values())
    print(f"changes: {total} in {len(streams)} sessions, {len(found)} bad:",
          ", ".join(f"{count} UID {verb}" for verb, count in counted.most_common()))
    if total < at_least:
        print(f"changes: fewer than {at_least}: nothing was looked at")
        return False
    return not wrong and not found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", nargs="?", choices=["mark", "since", "check"])
    parser.add_argument("arguments", nargs="*")
    parser.add_argument("--move", action="store_true", help="the server has MOVE")
    parser.add_argument("--at-least", type=int, default=1, metavar="N")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_intermixed_args()
    if options.self_test:
        return check({}, True, 0)
    if not options.command or not options.arguments:
        parser.error("mark, since or check, and a transcript")
    streams = sessions(options.arguments[0], apart=options.command == "check")
    if options.command == "check":
        return check(streams, options.move, options.at_least)
    place = options.arguments[1]
    if options.command == "mark":
        with open(place, "w", encoding="utf-8") as file:
            json.dump({name: len(commands) for name, commands in streams.items()}, file)
        return True
    with open(place, encoding="utf-8") as file:
        before = json.load(file)
    pattern = re.compile(options.arguments[2].encode() if len(options.arguments) > 2 else b"", re.IGNORECASE)
    fitting = []
    for name, commands in streams.items():
        # A trace is in the order of time by itself.
        times = moments(os.path.join(options.arguments[0], name)) if os.path.isdir(options.arguments[0]) else {}
        for command in commands[before.get(name, 0):]:
            if pattern.search(without_tag(command)):
                fitting.append((times.get(command.split(b" ", 1)[0], 0), without_tag(command)))
    for _, command in sorted(fitting, key=lambda one: one[0]):
        print(command[:300].decode("latin-1"))
    return True


if __name__ == "__main__":
    try:
        sys.exit(0 if main() else 1)
    except OSError as error:
        sys.exit(f"changes.py: {error}")
