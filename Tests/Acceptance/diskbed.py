"""An account and its mount that are prepared once, and put back for each point.

Server, cache and state are copies of what they were when the bed was made, under the same paths and with the same UIDs.
"""
import os
import shutil
import subprocess

import crash
import faultydisk
import mounted
import wireline

TIMEOUT = 10
BIG = "big"
BIG_PART = bytes(range(33, 123)) * 50_000


def big_message():
    """Of more than 4 MiB, so that its parts are fetched alone."""
    lines = b"\r\n".join(BIG_PART[at:at + 75] for at in range(0, len(BIG_PART), 75))
    return (f"From: Noah <noah@example.com>\r\nTo: Alice <alice@example.com>\r\nSubject: {BIG}\r\n"
            f"Date: Fri, 17 May 2024 12:00:00 +0000\r\nMessage-ID: <{BIG}@example.com>\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsmall\r\n'
            '--b\r\nContent-Type: text/plain; name="first.txt"\r\nContent-Disposition: attachment; filename="first.txt"\r\n\r\n'
            "words of the first part\r\n"
            '--b\r\nContent-Type: text/plain; name="long.txt"\r\nContent-Disposition: attachment; filename="long.txt"\r\n\r\n'
            ).encode() + lines + b"\r\n--b--\r\n"


class Bed:
    """`prepare(bed)` is called with a mount that shows what was delivered, once."""

    def __init__(self, bench, name, is_large=False, prepare=None):
        self.bench = bench
        number, self.user, session = bench.fresh("full")
        self.contents = dict(crash.CONTENTS)
        if is_large:
            self.contents[BIG] = big_message()
            session.deliver("Archive", self.contents[BIG])
        session.close()
        self.wire = wireline.Wire(bench.ports["full"])
        self.base = os.path.join(bench.options.work, f"{name}{number}")
        self.home = os.path.join(bench.options.work, "full", "mail", self.user)
        self.program = mounted.Mounted(bench.options.program, self.base + ".Mail", self.base + ".cache", self.user, crash.PASSWORD)
        self.disk = faultydisk.Disk(bench.options.shim, self.base + ".control", self.program.cache)
        self.program.environment = self.disk.environment
        self.later, self.notes = None, {}
        try:
            self.program.start(self.wire.port)
            self.program.sync()
            self.state = mounted.until("the listing", mounted.SETTLE, self._listed)
            if prepare:
                prepare(self)
            self.program.end()
        except BaseException:
            self.close()
            raise
        self.wire.plug()
        self._copy(self.program.cache, self.base + ".kept")
        self._copy(self.home, self.base + ".home")
        self.is_fresh = True

    def _listed(self):
        state = crash.expected.adopt(self.program.place, self.contents, crash.FLAGS)
        return state if sum(map(len, state.values())) == len(self.contents) else None

    def _is_removed(self):
        """The server may be writing what it knows of a session that has ended."""
        shutil.rmtree(self.home, ignore_errors=True)
        return not os.path.exists(self.home)

    @staticmethod
    def _copy(old, new):
        subprocess.run(["cp", "-a", "--reflink=auto", old, new], check=True)

    def put_back_to_nothing(self):
        """Nothing of this account was ever cached."""
        shutil.rmtree(self.program.cache)
        os.mkdir(self.program.cache, 0o700)
        self.start()
        self.program.sync()
        mounted.until("the listing", mounted.SETTLE, self._listed)

    def put_back(self, without_cache=False):
        """As it was when it was made; no program runs."""
        self.program.remove()
        self.disk.forget()
        self.wire.plug()
        if not self.is_fresh:
            mounted.until("the server's last file", mounted.SETTLE, self._is_removed)
            self._copy(self.base + ".home", self.home)
            shutil.rmtree(self.program.cache)
            self._copy(self.base + ".kept", self.program.cache)
        self.is_fresh = False
        if without_cache:
            shutil.rmtree(self.program.cache)
            os.mkdir(self.program.cache, 0o700)
        open(self.program.log, "wb").close()

    def start(self, options=()):
        self.program.options = ["--timeout", str(TIMEOUT), *options]
        self.program.start(self.wire.port)

    def alive(self):
        """The program has not ended."""
        code = self.program.process.poll() if self.program.process else None
        if code is not None:
            raise crash.Difference(f"the program ended with {code}: {self.program.last_words()}")

    def session(self):
        return crash.account.Account("localhost", self.bench.ports["full"], self.user, crash.PASSWORD)

    def close(self):
        self.program.remove()
        self.wire.close()
        if not os.environ.get("KEEP"):
            subprocess.run(f"rm -rf --one-file-system {self.base}.*", shell=True, check=False)
