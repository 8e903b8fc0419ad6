#!/usr/bin/env python3
"""Answers that never end, nest without bound or announce what nobody has: how much memory the program takes for each.

    bombs.py --program FILE --work DIR --port N [--most MIB] [--only PATTERN] [--plant]

Between the program and a real server (no TLS) stands a line that passes everything on until a command fits; from then on the shape's
octets come in its place, as long as the program takes them (at most 3 s and 256 MiB). Meanwhile the mount is listed, read and
synchronised. The program's most memory (VmHWM) may be --most MiB (32) above what the same work takes without a bomb, and it has to
end when it is told to. --plant counts from nothing, so that each is too much. The last line counts.
"""
import argparse
import concurrent.futures
import itertools
import os
import re
import socket
import subprocess
import sys
import threading
import time

import account
import mounted
from mounted import Failure

PIECE = 1 << 16


def again(octets):
    """The same without end."""
    many = octets * max(1, PIECE // len(octets))
    return itertools.repeat(many)


def numbered(form):
    """Valid ones without end, each with another number."""
    for start in itertools.count(1, 500):
        yield b"".join(form % number for number in range(start, start + 500))


def after(first, rest):
    return itertools.chain([first], rest)


LISTING = rb"UID FETCH \S+ \([^\r\n]*FLAGS"
BODY = rb"UID FETCH \S+ .*BODY\.PEEK\[\]"
WORDS = {"login": rb"(LOGIN|AUTHENTICATE)", "LIST": rb"LIST", "opening a folder": rb"(EXAMINE|SELECT)", "listing": LISTING, "a body": BODY}
# For each of these commands.
ANY = {
    "one line": lambda: after(b"* OK ", again(b"x")),
    "lines": lambda: again(b"* OK Still here\r\n"),
    "nested lists": lambda: after(b"* 1 FETCH (BODYSTRUCTURE ", again(b"(")),
    "a literal of a terabyte": lambda: after(b"* 1 FETCH (UID 1 BODY[HEADER.FIELDS (SUBJECT)] {1099511627776}\r\n", again(b"x")),
    "a quoted string": lambda: after(b'* 1 FETCH (UID 1 ENVELOPE ("', again(b"x")),
    "lines that nobody knows": lambda: numbered(b"* XWHAT %d (a b c)\r\n"),
}
# Valid answers, or nearly, where they belong.
OWN = {
    "login: questions": ("login", lambda: again(b"+ AAAA\r\n")),
    "login: capabilities": ("login", lambda: after(b"* CAPABILITY", (b"".join(b" X%d" % (n * 500 + m) for m in range(500)) for n in itertools.count()))),
    "LIST: folders": ("LIST", lambda: numbered(b'* LIST (\\HasNoChildren) "/" "Folder %d"\r\n')),
    "LIST: folders in folders": ("LIST", lambda: after(b'* LIST () "/" "a', again(b"/a"))),
    "LIST: names of a megabyte": ("LIST", lambda: (b'* LIST () "/" {1048576}\r\n' + b"%07d" % number * 149796 + b"abcd\r\n" for number in itertools.count())),
    "opening a folder: flags": ("opening a folder", lambda: after(b"* FLAGS (", (b"".join(b"$K%d " % (n * 500 + m) for m in range(500)) for n in itertools.count()))),
    "opening a folder: counts": ("opening a folder", lambda: numbered(b"* %d EXISTS\r\n")),
    "opening a folder: what vanished": ("opening a folder", lambda: numbered(b"* VANISHED (EARLIER) %d\r\n")),
    "opening a folder: bodies": ("opening a folder", lambda: numbered(b"* 1 FETCH (UID %d BODY[] {4}\r\nabcd)\r\n")),
    "IDLE: flags": ("IDLE", lambda: after(b"+ idling\r\n", numbered(b"* 1 FETCH (UID %d FLAGS (\\Seen))\r\n"))),
    "IDLE: counts": ("IDLE", lambda: after(b"+ idling\r\n", numbered(b"* %d EXISTS\r\n"))),
    "IDLE: folders": ("IDLE", lambda: after(b"+ idling\r\n", numbered(b'* LIST () "/" "Folder %d"\r\n'))),
    "IDLE: counts of a folder": ("IDLE", lambda: after(b"+ idling\r\n", numbered(b"* STATUS INBOX (MESSAGES %d)\r\n"))),
    "listing: messages": ("listing", lambda: numbered(b'* %d FETCH (UID 4 FLAGS (\\Seen) INTERNALDATE "17-May-2024 12:00:00 +0000" RFC822.SIZE 100)\r\n')),
    "listing: messages with new UIDs": ("listing", lambda: (b"".join(
        b'* %d FETCH (UID %d FLAGS () INTERNALDATE "17-May-2024 12:00:00 +0000" RFC822.SIZE 100)\r\n' % (n * 500 + m + 1, n * 500 + m + 100)
        for m in range(500)) for n in itertools.count())),
    "listing: flags of one message": ("listing", lambda: after(b"* 1 FETCH (UID 1 FLAGS (", (b"".join(b"$K%d " % (n * 500 + m) for m in range(500)) for n in itertools.count()))),
    "listing: flags of other messages": ("listing", lambda: numbered(b"* %d FETCH (FLAGS (\\Seen))\r\n")),
    "listing: headers of a megabyte": ("listing", lambda: again(b"* 1 FETCH (UID 1 BODY[HEADER.FIELDS (SUBJECT)] {1048576}\r\n" + b"Subject: " + b"x" * 1048567 + b")\r\n")),
    "listing: what is expunged": ("listing", lambda: numbered(b"* VANISHED %d\r\n")),
    "a body: of a terabyte": ("a body", lambda: after(b"* 1 FETCH (UID 1 BODY[] {1099511627776}\r\n", again(b"0123456789abcdef"))),
    "a body: of 300 MB": ("a body", lambda: after(b"* 1 FETCH (UID 1 BODY[] {300000000}\r\n", again(b"0123456789abcdef"))),
    "a body: of 200 MB": ("a body", lambda: after(b"* 1 FETCH (UID 1 BODY[] {200000000}\r\n", again(b"0123456789abcdef"))),
    "a body: quoted": ("a body", lambda: after(b'* 1 FETCH (UID 1 BODY[] "', again(b"0123456789abcdef"))),
    "a body: of other messages": ("a body", lambda: numbered(b"* 1 FETCH (UID %d BODY[] {4}\r\nabcd)\r\n")),
    "greeting: one line": ("greeting", lambda: after(b"* OK ", again(b"x"))),
    "greeting: lines": ("greeting", lambda: again(b"* OK hello\r\n")),
}


class Line:
    """Passes on until a command fits `pattern`; then `octets` come."""

    def __init__(self, port, pattern, octets):
        self.port_of_server, self.pattern, self.octets = port, pattern, octets
        self.struck = threading.Event()
        self.ended = threading.Event()
        self.taken = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(client,), daemon=True).start()

    def converse(self, client):
        if self.pattern == b"greeting":
            self.strike(client)
            return
        server = socket.create_connection(("127.0.0.1", self.port_of_server))
        gate = threading.Event()
        threading.Thread(target=self.down, args=(server, client, gate), daemon=True).start()
        try:
            for line in client.makefile("rb"):
                if self.pattern and not self.ended.is_set() and re.match(rb"(?i)\S+ " + self.pattern, line):
                    gate.set()
                    self.strike(client)
                    break
                server.sendall(line)
        except OSError:
            pass
        finally:
            for one in (server, client):
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def down(self, server, client, gate):
        try:
            while (octets := server.recv(PIECE)) and not gate.is_set():
                client.sendall(octets)
        except OSError:
            pass

    def strike(self, client):
        self.struck.set()
        end = time.monotonic() + 3
        client.settimeout(1)
        try:
            for octets in self.octets():
                if time.monotonic() > end or self.taken > 256 << 20:
                    break
                client.sendall(octets)
                self.taken += len(octets)
        except OSError:
            pass
        client.close()
        self.ended.set()

    def close(self):
        self.listener.close()


def most_memory(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1)) << 10
    except (OSError, AttributeError):
        return 0


def use(place):
    """What programs do in a mount; errors are right where a server is wrong."""
    script = f"ls -l '{place}/INBOX'; cat '{place}'/INBOX/*.eml"
    subprocess.run(["timeout", "10", "sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def run(options, number, pattern, octets):
    """(most memory, octets that were taken, whether it came to that), of one program."""
    line = Line(options.port, pattern, octets)
    place = os.path.join(options.work, f"{'planted' if options.plant else 'bomb'}{number}")
    program = mounted.Mounted(options.program, place + ".Mail", place + ".cache", f"u{number}", "wonderland", ["--timeout", "4"])
    seen = [0]
    over = threading.Event()

    def watch():
        while not over.wait(0.02):
            process = program.process
            seen[0] = max(seen[0], most_memory(process.pid) if process else 0)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        try:
            program.start(line.port)
            use(program.place)
            program.run("sync", program.place)
            if octets:
                line.ended.wait(5)
            use(program.place)
        except Failure:
            if not line.struck.is_set():
                raise  # else it has refused to mount
        # It ends when it is told to.
        program.end()
    finally:
        over.set()
        watcher.join()
        program.remove()
        line.close()
    return seen[0], line.taken, line.struck.is_set()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--most", type=int, default=32)
    parser.add_argument("--only", default="")
    parser.add_argument("--plant", action="store_true")
    options = parser.parse_args()
    shapes = {f"{word}: {name}": (word, octets) for word in WORDS for name, octets in ANY.items()} | OWN
    shapes = {name: one for name, one in shapes.items() if re.search(options.only, name)}
    for number in range(len(shapes) + 3):
        session = account.Account("localhost", options.port, f"u{number}", "wonderland")
        for letter in range(5):
            session.deliver("INBOX", account.text(f"letter{letter}"))
        session.close()
    usual = 0 if options.plant else max(run(options, number, None, None)[0] for number in range(3))
    print(f"      without a bomb it takes {usual >> 20} MiB")

    def one(item):
        number, (name, (word, octets)) = item
        try:
            most, taken, struck = run(options, number, WORDS.get(word, word.encode()), octets)
        except (Failure, OSError, subprocess.SubprocessError) as error:
            return name, str(error)[:300], ""
        told = f"{max(0, most - usual) / (1 << 20):.1f} MiB more, {taken >> 20} MiB taken"
        wrong = "it never came to that" if not struck else "too much" if most > usual + (options.most << 20) else None
        return name, wrong, told
    wrong, largest = 0, []
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for name, said, told in pool.map(one, enumerate(shapes.items(), 3)):
            wrong += said is not None
            largest.append(float(told.split()[0]) if told else 0)
            print(f"{'FAIL ' if said else 'ok   '} {name}: {(said + ' ') if said else ''}{told}", flush=True)
    print(f"bombs: {len(shapes)} shapes, {wrong} of them wrong, at most {max(largest, default=0)} MiB more")
    return wrong == 0 and bool(shapes)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
