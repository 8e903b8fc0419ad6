"""The program under test, mounted in the foreground as a child process, and what it says of itself."""
import json
import os
import signal
import subprocess
import time

# Longest waits, in seconds: a machine may be many times slower than the usual one.
START, END, SETTLE = 120, 60, 180


class Failure(Exception):
    """What was promised did not come, in words for a person."""


def until(text, seconds, condition):
    """Asks again until it holds; what it says then."""
    end = time.monotonic() + seconds
    pause = 0.01
    while True:
        said = condition()
        if said:
            return said
        if time.monotonic() > end:
            raise Failure(f"{text}: not within {seconds} s")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)


def is_mounted(place):
    with open("/proc/self/mountinfo", encoding="utf-8") as table:
        return any(line.split()[4] == place and " - fuse" in line for line in table)


class Mounted:
    """An account, mounted again and again from the same cache and state."""

    def __init__(self, program, place, cache, user, password, options=()):
        self.program = program
        self.place = place
        self.cache = cache
        self.user = user
        self.password = password
        self.options = list(options)
        self.environment = {}  # what the program has besides ours
        self.process = None
        self.log = cache + ".log"
        os.makedirs(place, exist_ok=True)
        os.makedirs(cache, mode=0o700, exist_ok=True)

    def start(self, port):
        """Mounts by way of `port` on loopback; returns when the mount answers."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "mount", "-f", f"imap://{self.user}@localhost:{port}", self.place, "--tls", "none",
                 "--cache", self.cache, "--state", self.cache + "/state", *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(os.environ, MAILMOUNT_PASSWORD=self.password, **self.environment))

        def answers():
            if self.process.poll() is not None:
                raise Failure(f"mount ended with {self.process.returncode}: {self.last_words()}")
            try:
                return self.status()
            except Failure:
                return None
        until("the mount", START, answers)
        return self.process.pid

    def status(self):
        """`status --json` of this mount."""
        said = subprocess.run([self.program, "status", self.place, "--json"], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60, check=False)
        if said.returncode:
            raise Failure(f"status: {said.stderr.decode(errors='replace').strip()}")
        return json.loads(said.stdout)

    def run(self, *words, timeout=SETTLE):
        """A subcommand of the program; its status and what it said."""
        said = subprocess.run([self.program, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout, check=False)
        return said.returncode, said.stdout.decode(errors="replace")

    def sync(self):
        """Everything sent, everything up to date."""
        code, said = self.run("sync", self.place)
        status = self.status()
        # With 0 the mount and the server agree: what was refused is undone, but for the files of uploads.
        unsent = [one["path"] for one in status["failed"] if one["operation"] == "upload"] + status["interrupted"]
        if code != (1 if unsent else 0):
            raise Failure(f"sync: exit {code} with {unsent or 'nothing'} unsent: {said.strip()}")

    def settled(self, seconds=SETTLE):
        """Waits until no change is under way; the status then."""
        def none_pending():
            status = self.status()
            return status if status["pending"] == 0 and status["connection"] == "online" else None
        return until("nothing pending", seconds, none_pending)

    def end(self):
        """SIGTERM: the mount goes, the journal stays."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(END)
        except subprocess.TimeoutExpired as error:
            self.process.kill()
            self.process.wait(END)
            raise Failure(f"SIGTERM: the program did not end within {END} s") from error
        finally:
            self.process = None

    def was_killed(self, clears=True):
        """Waits for the end of a process that somebody killed. The dead mount is cleared, or left for the next start."""
        self.process.wait(END)
        self.process = None
        if clears:
            self._unmount()

    def _unmount(self):
        subprocess.run(["fusermount3", "-u", "-z", self.place], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False)

    def remove(self):
        """No process and no mount is left, however it went."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(END)
            self.process = None
        if is_mounted(self.place):
            self._unmount()

    def last_words(self):
        try:
            with open(self.log, "rb") as log:
                return log.read()[-600:].decode(errors="replace").strip()
        except OSError:
            return ""
