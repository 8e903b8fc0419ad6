#!/usr/bin/env python3
"""Runs a command on a terminal of its own and types: each pair of words is what has to be shown, and the keys then.

    keys.py SHOWN KEYS [SHOWN KEYS]... -- COMMAND...      `^X` is Control-X, `^M` Enter

Prints the last screen where it goes wrong; the command's status is passed on.
"""
import os
import pty
import re
import select
import sys
import time

DEADLINE = 60


def typed(keys):
    return re.sub(r"\^([@-_])", lambda found: chr(ord(found.group(1)) & 31), keys).encode()


def main():
    split = sys.argv.index("--")
    words, command = sys.argv[1:split], sys.argv[split + 1:]
    script = list(zip(words[::2], words[1::2]))
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm"
        os.execvp(command[0], command)
    seen = screen = b""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if script and script[0][0].encode() in seen:
            os.write(terminal, typed(script.pop(0)[1]))
            seen = b""
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # it has ended
                break
            if not piece:
                break
            seen += piece
            screen += piece
    else:
        os.kill(child, 9)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if script or status:
        sys.stdout.buffer.write(screen[-2000:] + b"\n")
        print("not shown:", script[:1])
    return status or len(script)


sys.exit(main())
