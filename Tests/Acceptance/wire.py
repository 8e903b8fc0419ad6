#!/usr/bin/env python3
"""Hold what a client sent, as Dovecot's rawlog has it, against what mailmount promises.

    wire.py RAWLOG-DIRECTORY [--no-changes | --read-only] [--at-least N]
    wire.py --self-test

Never: a sequence number in a command, EXPUNGE or CLOSE without UIDs, BODY[] without .PEEK (which
would set \\Seen), a command line over 8 KB; with --no-changes no command that changes anything,
with --read-only no SELECT either. Sessions of the acceptance client itself are left out. Before
the verdict each kind of bad command is planted into the transcript and has to be found.
"""
import argparse
import collections
import glob
import os
import re
import sys

import imap

CHANGES = {b"STORE", b"APPEND", b"COPY", b"MOVE", b"EXPUNGE", b"CREATE", b"DELETE", b"RENAME", b"SUBSCRIBE",
           b"UNSUBSCRIBE", b"REPLACE", b"SETMETADATA", b"SETACL"}
BY_NUMBER = {b"FETCH", b"STORE", b"COPY", b"MOVE", b"SEARCH", b"SORT", b"THREAD", b"REPLACE"}
LONGEST_LINE = 8192

PLANTED = [
    b"p1 FETCH 1 (FLAGS)", b"p1 fetch 1:* (UID)", b"p1 STORE 3 +FLAGS.SILENT (\\Seen)", b"p1 COPY 1 Trash",
    b"p1 MOVE 1 Trash", b"p1 SEARCH ALL", b"p1 EXPUNGE", b"p1 expunge", b"p1 CLOSE", b"p1 UID FETCH 7 (BODY[])",
    b"p1 UID FETCH 7 body[TEXT]",
    b"p1 UID FETCH 7 (UID RFC822)", b"p1 UID FETCH 7 RFC822.TEXT", b"p1 UID FETCH 7 BINARY[1]", b"p1 COMPRESS DEFLATE",
    b"p1 UID FETCH " + b"1," * 5000 + b"1 (FLAGS)"]
PLANTED_CHANGES = [
    b"p1 UID STORE 7 +FLAGS.SILENT (\\Seen)", b"p1 UID MOVE 7 Trash", b"p1 UID COPY 7 Trash", b"p1 UID EXPUNGE 7",
    b"p1 CREATE x", b"p1 DELETE x", b"p1 RENAME x y", b"p1 APPEND INBOX {3+}\r\nabc"]
PLANTED_SELECT = [b"p1 SELECT INBOX", b"p1 select INBOX (CONDSTORE)"]
INNOCENT = [
    b"p1 UID FETCH 7 (UID BODY.PEEK[])", b"p1 UID FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE)", b"p1 EXAMINE INBOX",
    b"p1 UNSELECT", b'p1 LIST "" "CLOSE"', b"p1 EXAMINE {9+}\r\nx EXPUNGE", b'p1 STATUS "BODY[]" (UIDNEXT)',
    b"p1 IDLE\r\nDONE", b"p1 NOOP"]


def stripped(raw):
    """The transcript without the time stamps that begin its lines."""
    return re.sub(rb"(?m)^\d{9,11}\.\d{6} ", b"", raw)


def commands(stream):
    """Yields each command, literals replaced by {}, with the length of its longest line."""
    position = 0
    while position < len(stream):
        parts, longest = [], 0
        while True:
            end = stream.find(b"\n", position)
            end = len(stream) if end < 0 else end
            line = stream[position:end].rstrip(b"\r")
            position = end + 1
            longest = max(longest, len(line))
            literal = re.search(rb"~?\{(\d+)\+?\}$", line)
            if not literal:
                parts.append(line)
                break
            parts.append(line[:literal.start()] + b"{}")
            position += int(literal.group(1))
            if position >= len(stream):
                break
        command = b"".join(parts)
        if command:
            yield command, longest


def verb_of(command):
    """The verb, and whether it is a UID command."""
    words = command.upper().split(b" ")
    if len(words) > 2 and words[1] == b"UID":
        return words[2], True
    return words[1] if len(words) > 1 else words[0], False


def fault(command, longest, changes_allowed=True, select_allowed=True):
    """What is wrong with the command, or None."""
    verb, by_uid = verb_of(command)
    if verb in BY_NUMBER and not by_uid:
        return "a sequence number"
    if verb in (b"EXPUNGE", b"CLOSE") and not by_uid:
        return f"{verb.decode()} without UIDs"
    if verb == b"COMPRESS":
        return "compressed from here on: nothing can be seen"
    if verb == b"FETCH" and re.search(rb"(?i)\b(BODY|BINARY)\[|\bRFC822(\.TEXT)?(?![.\w])", command):
        return "a fetch that marks as read"
    if longest > LONGEST_LINE:
        return f"a line of {longest} bytes"
    if not changes_allowed and verb in CHANGES:
        return "a change"
    if not select_allowed and verb == b"SELECT":
        return "SELECT where EXAMINE would do"
    return None


def faults(streams, options):
    """(found, counted): the bad commands, and how many of each verb there were."""
    found, counted = [], collections.Counter()
    allowed = not (options.no_changes or options.read_only)
    for name, stream in streams:
        for command, longest in commands(stream):
            verb, by_uid = verb_of(command)
            counted[("UID " if by_uid else "") + verb.decode("latin-1")] += 1
            what = fault(command, longest, allowed, not options.read_only)
            if what:
                found.append(f"{name}: {what}: {command[:120]!r}")
    return found, counted


def is_own(stream):
    return imap.INTRODUCTION.encode() in stream[:300]


def missed(streams, options):
    """Planted commands that were not found, or innocent ones that were."""
    before = len(faults(streams, options)[0])
    planted = list(PLANTED)
    if options.no_changes or options.read_only:
        planted += PLANTED_CHANGES
    if options.read_only:
        planted += PLANTED_SELECT
    wrong = []
    for line in planted:
        if len(faults(streams + [("planted", line + b"\r\n")], options)[0]) != before + 1:
            wrong.append(f"not found: {line[:60]!r}")
    for line in INNOCENT:
        if len(faults(streams + [("innocent", line + b"\r\n")], options)[0]) != before:
            wrong.append(f"wrongly found: {line[:60]!r}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", nargs="?")
    parser.add_argument("--no-changes", action="store_true")
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--at-least", type=int, default=5, metavar="N",
                        help="fewer commands than N: nothing was looked at")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    streams = []
    if options.self_test:
        options.read_only = True
        options.at_least = 0
    elif not options.directory:
        parser.error("a directory, or --self-test")
    else:
        for path in sorted(glob.glob(os.path.join(options.directory, "**", "*.in"), recursive=True)):
            with open(path, "rb") as file:
                stream = stripped(file.read())
            if not is_own(stream):
                streams.append((os.path.basename(path), stream))
    # A sample of the transcript is enough to plant in.
    wrong = missed([(name, stream[:10_000]) for name, stream in streams[:3]], options)
    found, counted = faults(streams, options)
    for line in wrong + found[:20]:
        print(f"wire: {line}")
    total = sum(counted.values())
    print(f"wire: {total} commands in {len(streams)} sessions, {len(found)} bad:",
          ", ".join(f"{count} {verb}" for verb, count in counted.most_common(12)))
    if total < options.at_least:
        print(f"wire: fewer than {options.at_least} commands: nothing was looked at")
        return False
    return not wrong and not found


if __name__ == "__main__":
    try:
        sys.exit(0 if main() else 1)
    except OSError as error:
        sys.exit(f"wire.py: {error}")
