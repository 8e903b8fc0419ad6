#!/usr/bin/env python3
"""Holds a mount and its server against a plain directory in which the same commands were run.

    tools.py same MOUNT PLAIN --known FILE [--except FOLDER]    the same files; what PLAIN has is added to what is known
    tools.py server PLAIN [--except FOLDER] + where the server is    every folder and message of the server is one of
                                                                PLAIN's, and the reverse
    tools.py junk RAWLOG-DIRECTORY --known FILE                 what was uploaded, and which folders were named
    tools.py messages DIRECTORY NAME...                         writes NAME.eml, small messages with CRLF
    tools.py --self-test

A plain directory keeps a text's LF where mail gets CRLF: that is the only difference allowed, and only in `*.eml`.
Of the server, what is marked as deleted is not counted. Junk is an APPEND of bytes that PLAIN never had, or a CREATE or
RENAME to a folder that it never had.
"""
import argparse
import collections
import glob
import os
import re
import sys
import tempfile

import account
import imap
import wire


def tree(place, without=()):
    """path -> digest; directories have None, empty messages the digest of nothing."""
    found = {}
    for directory, folders, files in os.walk(place, onerror=raise_error):
        inside = os.path.relpath(directory, place)
        if inside in without:
            folders.clear()
            continue
        if inside != ".":
            found[inside] = None
        for name in files:
            path = os.path.normpath(os.path.join(inside, name))
            with open(os.path.join(directory, name), "rb") as file:
                content = file.read()
            found[path] = account.digest(account.with_crlf(content) if name.endswith(".eml") else content)
    return found


def raise_error(error):
    raise error


def differences(left, right):
    for path in sorted(set(left) | set(right)):
        if path not in right:
            yield f"only in the mount: {path}"
        elif path not in left:
            yield f"not in the mount: {path}"
        elif left[path] != right[path]:
            yield f"other bytes: {path}"


def known_of(path):
    """(digests, folders)"""
    digests, folders = set(), {"INBOX"}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            for line in file:
                kind, _, what = line.rstrip("\n").partition(" ")
                (digests if kind == "bytes" else folders).add(what)
    return digests, folders


def learn(path, found):
    digests, folders = known_of(path)
    with open(path, "a", encoding="utf-8") as file:
        for name, what in sorted(found.items()):
            if what is None and name not in folders:
                file.write(f"folder {name}\n")
            elif what is not None and what not in digests:
                digests.add(what)
                file.write(f"bytes {what}\n")


# --- the server --------------------------------------------------------------------------------------------------------

def check_server(session, place, without):
    """What the server has and PLAIN does not, and the reverse."""
    wanted, folders = collections.defaultdict(collections.Counter), {"INBOX"}
    empty = account.digest(b"")
    for path, what in tree(place, without).items():
        if what is None:
            folders.add(path)
        elif path.endswith(".eml") and what != empty:
            wanted[os.path.dirname(path)][what] += 1
    listed = [one for one in imap.list_folders(session) if one.name not in without]
    there = [one.name for one in listed]
    closed = {one.name for one in listed if {"\\noselect", "\\nonexistent"} & set(one.attributes)}
    wrong = [f"a folder that should not be: {name}" for name in sorted(set(there) - folders)]
    wrong += [f"a folder that is missing: {name}" for name in sorted(folders - set(there))]
    total = 0
    for name in sorted(set(there) & folders):
        if name in closed:
            wrong += [f"{name}: no messages can be there"] if wanted[name] else []
            continue
        imap.uid_validity(session, name)
        alive = [uid for uid, one in imap.fetch_metadata(session).items() if "\\Deleted" not in one.flags]
        held = collections.Counter(account.digest(content) for _, content in imap.fetch_bodies(session, sorted(alive)))
        total += held.total()
        if held.total() != len(alive):
            wrong.append(f"{name}: {len(alive)} messages, {held.total()} bodies")
        for what, count in (held - wanted[name]).items():
            wrong.append(f"{name}: {count} x {what} should not be there")
        for what, count in (wanted[name] - held).items():
            wrong.append(f"{name}: {count} x {what} is missing")
    print(f"{len(there)} folders, {total} messages")
    return wrong


# --- the wire ----------------------------------------------------------------------------------------------------------

def with_literals(stream):
    """Yields (command, its literals); the command has {} in their places."""
    position = 0
    while position < len(stream):
        parts, literals = [], []
        while True:
            end = stream.find(b"\n", position)
            end = len(stream) if end < 0 else end
            line = stream[position:end].rstrip(b"\r")
            position = end + 1
            literal = re.search(rb"~?\{(\d+)\+?\}$", line)
            parts.append(line[:literal.start()] if literal else line)
            if not literal:
                break
            size = int(literal.group(1))
            literals.append(stream[position:position + size])
            position += size
            if position >= len(stream):
                break
        yield b"{}".join(parts), literals


def junk(streams, digests, folders):
    """(what should not have reached the server, how many uploads there were)."""
    found, uploads = [], 0
    for name, stream in streams:
        for command, literals in with_literals(stream):
            verb, _ = wire.verb_of(command)
            if verb == b"APPEND":
                # A mailbox name would be a literal of the same command; ours are quoted.
                uploads += len(literals)
                for literal in literals:
                    if account.digest(literal) not in digests:
                        found.append(f"{name}: uploaded, and never a file: {literal[:80]!r}")
            elif verb in (b"CREATE", b"RENAME"):
                words = re.findall(rb'"((?:[^"\\]|\\.)*)"|([^ "]+)', command)
                target = words[-1][0] or words[-1][1]
                shown = imap.decode_name(re.sub(rb"\\(.)", rb"\1", target).decode("ascii"))
                if shown not in folders:
                    found.append(f"{name}: a folder that never was: {command[:80]!r}")
    return found, uploads


def transcripts(directory):
    for path in sorted(glob.glob(os.path.join(directory, "**", "*.in"), recursive=True)):
        with open(path, "rb") as file:
            stream = wire.stripped(file.read())
        if not wire.is_own(stream):
            yield os.path.basename(path), stream


# --- whether they see anything ------------------------------------------------------------------------------------------

def self_test():
    missed = []
    with tempfile.TemporaryDirectory() as work:
        left, right = os.path.join(work, "left"), os.path.join(work, "right")
        known = os.path.join(work, "known")
        for place, lines in ((left, b"\r\n"), (right, b"\n")):
            os.makedirs(os.path.join(place, "INBOX"))
            with open(os.path.join(place, "INBOX", "a.eml"), "wb") as file:
                file.write(account.text("a", lines=lines))
        if list(differences(tree(left), tree(right))):
            missed.append("LF is the same as CRLF in a message")
        learn(known, tree(right))

        def planted(what, path, content):
            before = None
            if os.path.exists(path):
                with open(path, "rb") as file:
                    before = file.read()
            with open(path, "wb") as file:
                file.write(content)
            if not list(differences(tree(left), tree(right))):
                missed.append(what)
            if before is None:
                os.unlink(path)
            else:
                with open(path, "wb") as file:
                    file.write(before)
        planted("another byte", os.path.join(left, "INBOX", "a.eml"), account.text("b"))
        planted("a file too many", os.path.join(left, "INBOX", "a.eml~"), b"x")
        planted("a file too few", os.path.join(right, "b.eml"), b"x")
        digests, folders = known_of(known)
        one, other = account.text("a"), account.text("c")
        for what, stream, count in (
                ("a known upload", b"1 APPEND \"INBOX\" () {%d+}\r\n%s\r\n" % (len(one), one), 0),
                ("a literal that is waited for", b"1 APPEND INBOX {%d}\r\n%s\r\n" % (len(one), one), 0),
                ("an unknown upload", b"1 APPEND \"INBOX\" () {%d+}\r\n%s\r\n" % (len(other), other), 1),
                ("the second of two", b"1 APPEND \"INBOX\" () {%d+}\r\n%s () {%d+}\r\n%s\r\n" % (
                    len(one), one, len(other), other), 1),
                ("a known folder", b'1 CREATE "INBOX"\r\n', 0),
                ("an unknown folder", b"1 CREATE .Trash-0\r\n2 NOOP\r\n", 1),
                ("a rename to one", b'1 RENAME INBOX "4913"\r\n', 1)):
            if len(junk([("planted", stream)], digests, folders)[0]) != count:
                missed.append(what)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    imap.add_arguments(parser)
    parser.add_argument("--known", metavar="FILE")
    parser.add_argument("--except", dest="without", action="append", default=[], metavar="FOLDER")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("command", nargs="?")
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    rest = options.arguments
    if options.self_test:
        wrong = [f"not seen: {one}" for one in self_test()]
    elif options.command == "same":
        plain = tree(rest[1], options.without)
        learn(options.known, plain)
        wrong = list(differences(tree(rest[0], options.without), plain))
    elif options.command == "server":
        session = imap.connect(options)
        wrong = check_server(session, rest[0], options.without)
        session.logout()
    elif options.command == "junk":
        wrong, uploads = junk(transcripts(rest[0]), *known_of(options.known))
        print(f"{uploads} uploads, {len(wrong)} of them or of the new folders junk")
    elif options.command == "messages":
        wrong = []
        for name in rest[1:]:
            with open(os.path.join(rest[0], name + ".eml"), "wb") as file:
                file.write(account.text(name, body=b"The quick brown fox of " + name.encode()))
    else:
        parser.error("which command?")
    for line in wrong[:20]:
        print(line)
    return not wrong


if __name__ == "__main__":
    try:
        sys.exit(0 if main() else 1)
    except (OSError, RuntimeError) as error:
        sys.exit(f"tools.py: {error}")
