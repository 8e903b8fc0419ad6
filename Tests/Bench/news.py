#!/usr/bin/env python3
"""How soon another client's message is seen: by a raw client that waits in IDLE, and in a directory that is mounted.

    news.py --port N [--tls --ca FILE] --folder INBOX --directory DIR --count 20

Prints a line for each message: seconds from the APPEND's start to the push of the server, and to the name in the directory.
"""
import argparse
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Acceptance"))
import fill
import imap
import many

LONGEST = 90


class Waiting:
    """Looks until something is there, in a thread of its own."""

    def __init__(self, look):
        self.moment = None
        self.thread = threading.Thread(target=self.run, args=(look,), daemon=True)
        self.thread.start()

    def run(self, look):
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            if look():
                self.moment = time.monotonic()
                return

    def end(self, what):
        self.thread.join(LONGEST)
        if self.moment is None:
            raise RuntimeError(f"{what} did not come")
        return self.moment


def names(directory):
    # As ls does; a moment of rest, so that looking does not take the processor from what is looked for.
    time.sleep(0.001)
    return set(os.listdir(directory))


def one(uploader, idler, options, sample, pause):
    before = names(options.directory)
    pushed = Waiting(lambda: b" EXISTS" in idler.readline())
    shown = Waiting(lambda: names(options.directory) > before)
    time.sleep(pause)
    start = time.monotonic()
    uploader.append(options.folder, [sample])
    return pushed.end("the server's push") - start, shown.end("the name in the directory") - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    imap.add_arguments(parser)
    parser.add_argument("--folder", default="INBOX")
    parser.add_argument("--directory", required=True)
    parser.add_argument("--count", type=int, default=20)
    options = parser.parse_args()
    uploader = fill.Uploader(imap.connect(options))
    idler = imap.connect(options)
    imap.expect(idler.select(imap.quote(options.folder), readonly=True), "EXAMINE")
    idler.send(b"idle1 IDLE\r\n")
    while not idler.readline().startswith(b"+"):
        pass
    first = 50_000_000 + int(time.time()) % 1_000_000 * 100
    for number, sample in enumerate(many.messages(first, options.count)):
        # Not in step with anything that has a period.
        seconds = one(uploader, idler, options, sample, 0.3 + number % 7 * 0.1)
        print(*(f"{each:.4f}" for each in seconds), flush=True)
    idler.send(b"DONE\r\n")
    while not idler.readline().startswith(b"idle1 "):
        pass
    idler.logout()
    uploader.session.logout()


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError, imap.imaplib.IMAP4.error) as error:
        sys.exit(f"news.py: {error}")
