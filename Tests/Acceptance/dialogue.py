#!/usr/bin/env python3
"""Talks to a command on a terminal of its own, as somebody at the keyboard does; prints what was shown and passes the status on.

    dialogue.py SCRIPT COMMAND...

The script has a step a line, each waiting for the one before:

    expect TEXT       waits until this is shown (behind what the step before saw)
    type TEXT         types the text and Enter
    visit [NAME]      opens the last address that was shown, as a browser does: follows redirections, and signs in as NAME
                      where a page asks who it is
    forge             sends answers that are not the browser's to the loopback address that the last address names
"""
import http.cookiejar
import os
import pty
import re
import select
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

DEADLINE = 40


class Terminal:
    def __init__(self, command):
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.execvp(command[0], command)
        self.shown = b""
        self.seen = 0
        self.end = time.monotonic() + DEADLINE

    def read(self):
        """More of what is shown; false at the end."""
        while time.monotonic() < self.end:
            if not select.select([self.terminal], [], [], 0.2)[0]:
                continue
            try:
                piece = os.read(self.terminal, 65536)
            except OSError:  # the last one has closed it
                return False
            self.shown += piece
            return bool(piece)
        raise TimeoutError

    def expect(self, text):
        while (found := self.shown.find(text.encode(), self.seen)) < 0:
            if not self.read():
                raise EOFError
        self.seen = found + len(text.encode())

    def type(self, text):
        os.write(self.terminal, text.encode() + b"\n")

    def address(self):
        while not (found := re.findall(rb"https?://\S+[?]\S+(?=\s)", self.shown)):
            if not self.read():
                raise EOFError
        return found[-1].decode()

    def status(self):
        while self.read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


def visit(address, name):
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)
    with browser.open(address, timeout=20) as page:
        text = page.read().decode()
        place = page.geturl()
    if name and 'name="sub"' in text:
        with browser.open(place, urllib.parse.urlencode({"sub": name}).encode(), timeout=20) as page:
            page.read()


def forge(address):
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
    for answer in ("", "?code=stolen", "?code=stolen&state=guessed", "?error=access_denied&state=x", "favicon.ico"):
        try:
            urllib.request.urlopen(query["redirect_uri"] + answer, timeout=5).read()
            sys.exit("a forged answer was taken")
        except urllib.error.HTTPError:
            pass


def main():
    with open(sys.argv[1]) as file:
        steps = [line.rstrip("\n").partition(" ") for line in file if line.strip()]
    terminal = Terminal(sys.argv[2:])
    status = 99
    try:
        for word, _, rest in steps:
            if word == "expect":
                terminal.expect(rest)
            elif word == "type":
                terminal.type(rest)
            elif word == "visit":
                visit(terminal.address(), rest)
            elif word == "forge":
                forge(terminal.address())
        status = terminal.status()
    except TimeoutError:
        print("dialogue: nothing more is shown", file=sys.stderr)
    except EOFError:
        status = terminal.status() or 98
    sys.stdout.buffer.write(terminal.shown)
    sys.stdout.flush()
    sys.exit(status)


main()
