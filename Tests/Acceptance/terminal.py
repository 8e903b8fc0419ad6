#!/usr/bin/env python3
"""Runs a command on a terminal of its own and prints what it wrote there; its status is passed on.

    terminal.py [--answer FILE --prompt TEXT] COMMAND...

When the prompt has come, the first line of the file is typed.
"""
import argparse
import os
import pty
import select
import sys
import time

DEADLINE = 60


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answer", metavar="FILE")
    parser.add_argument("--prompt", default=":")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    answer = None
    if options.answer:
        with open(options.answer, "rb") as file:
            answer = file.readline().rstrip(b"\n") + b"\n"
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(options.command[0], options.command)
    shown = b""
    end = time.monotonic() + DEADLINE
    status = None
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # the last one has closed it
                piece = b""
            if not piece:
                break
            shown += piece
            if answer and options.prompt.encode() in shown:
                os.write(terminal, answer)
                answer = None
        elif status is None:
            ended, code = os.waitpid(child, os.WNOHANG)
            status = code if ended else None
        else:
            break  # ended, and what it left behind writes nothing
    sys.stdout.buffer.write(shown)
    sys.stdout.flush()
    if status is None:
        status = os.waitpid(child, 0)[1]
    sys.exit(os.waitstatus_to_exitcode(status))


main()
