#!/usr/bin/env python3
"""A server that is silent, while every kind of call is made: each ends by its deadline; and Ctrl-C ends a wait.

    silence.py --program FILE --work DIR --port N [--interrupts N] [--plant]

The wire passes nothing on, neither on a connection that stands nor on one that was made anew, which gets no greeting.
The mount has --timeout 3. A call that asks twice may wait twice, and one that waits for another a third time: what took longer than 14 s
is a failure, and the longest is printed.
Then --interrupts readers (1,000) wait for a body, and each gets SIGINT; one that ends later than 5 s after it is a failure. --plant
stops the program for 9 s, which has to be seen. The last line counts.
"""
import argparse
import concurrent.futures
import errno
import os
import signal
import sys
import threading
import time

import account
import mounted
import wireline

TIMEOUT, GROSS = 3, 5
MOST = 3 * TIMEOUT + GROSS
# What is stopped for longer than this is seen.
STOPPED = 9
COUNT = 40


def write(path, content):
    with open(path, "xb") as file:
        file.write(content)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def synced(path, content):
    with open(path, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def copied(path, new):
    with open(path, "rb") as source, open(new, "xb") as target:
        os.copy_file_range(source.fileno(), target.fileno(), 1 << 20)


def calls(place, cached, remote, turn):
    """name -> (whether the server has nothing to say in it, call)."""
    here = f"{place}/Work"
    return {
        "stat": (True, lambda: os.stat(remote[0])), "access": (True, lambda: os.access(remote[0], os.R_OK)),
        "readdir": (True, lambda: os.listdir(here)), "statvfs": (True, lambda: os.statvfs(here)),
        "getxattr": (True, lambda: os.getxattr(remote[0], "user.mail.subject")), "listxattr": (True, lambda: os.listxattr(remote[0])),
        "readlink": (True, lambda: os.readlink(remote[0])), "a name that is not there": (True, lambda: os.stat(f"{here}/none.eml")),
        "reading what is cached": (True, lambda: read(cached)), "utimens": (True, lambda: os.utime(remote[0])),
        "chmod": (True, lambda: os.chmod(remote[0], 0o600)), "symlink": (True, lambda: os.symlink("x", f"{here}/link-{turn}")),
        "truncate": (True, lambda: os.truncate(remote[0], 0)), "the views": (True, lambda: os.listdir(f"{place}/.views")),
        "a scratch file": (True, lambda: write(f"{here}/.scratch-{turn}.tmp", b"x")),
        "reading": (False, lambda: read(remote[1])), "reading a view": (False, lambda: read(f"{place}/.views/text/Work/{os.path.basename(remote[2])[:-4]}.txt")),
        "a copy": (False, lambda: copied(remote[3], f"{here}/copy-{turn}.eml")),
        "a new file": (False, lambda: write(f"{here}/new-{turn}.eml", account.text(f"new{turn}"))),
        "a new file and fsync": (False, lambda: synced(f"{here}/synced-{turn}.eml", account.text(f"synced{turn}"))),
        "rename": (False, lambda: os.rename(remote[4], f"{place}/Other/moved-{turn}.eml")),
        "unlink": (False, lambda: os.unlink(remote[5])), "mkdir": (False, lambda: os.mkdir(f"{place}/Made-{turn}")),
        "rename of a directory": (False, lambda: os.rename(f"{place}/Named-{turn}", f"{place}/Renamed-{turn}")),
        "rmdir": (False, lambda: os.rmdir(f"{place}/Empty-{turn}")),
        "flags": (False, lambda: os.setxattr(remote[6], "user.imap.flags", b"+Flagged")),
    }


class Trial:
    def __init__(self, options, user, more):
        self.session = account.Account("localhost", options.port, user, "wonderland")
        for folder in ["Work", "Other"] + [f"{name}-{turn}" for name in ("Named", "Empty") for turn in range(3)]:
            self.session.create(folder)
        for number in range(COUNT):
            self.session.deliver("Work", account.text(f"letter{number}", body=b"x" * 70 + b"\r\n" + b"y" * 70))
        self.wire = wireline.Wire(options.port)
        base = os.path.join(options.work, user)
        self.program = mounted.Mounted(options.program, base + ".Mail", base + ".cache", user, "wonderland",
                                       ["--timeout", str(TIMEOUT), *more])
        self.program.start(self.wire.port)
        self.program.sync()
        names = sorted(os.listdir(f"{base}.Mail/Work"))
        self.paths = [f"{base}.Mail/Work/{name}" for name in names]
        read(self.paths[0])
        self.most = STOPPED - 1 if options.plant else MOST
        self.late, self.longest, self.count = [], {True: (0, "-"), False: (0, "-")}, 0

    def one(self, state, name, is_local, call):
        start = time.monotonic()
        said = "OK"
        try:
            call()
        except OSError as error:
            said = errno.errorcode.get(error.errno, str(error.errno))
        took = time.monotonic() - start
        self.count += 1
        self.longest[is_local] = max(self.longest[is_local], (took, f"{name}, {state}: {said}"))
        if took > self.most:
            self.late.append(f"{state}, {name}: {said} after {took:.1f} s")

    def silence(self, state, turn, plant=None):
        """All kinds at once, while nothing goes through."""
        # Read ahead are at most some of them; what is used is far apart.
        remote = [self.paths[-1 - (turn * 9 + number)] for number in range(7)]
        kinds = calls(self.program.place, self.paths[0], remote, turn)
        with self.wire.frozen(), concurrent.futures.ThreadPoolExecutor(len(kinds)) as pool:
            if state == "a connection that was made anew":
                self.wire.lose()
            if plant:
                os.kill(plant, signal.SIGSTOP)
                threading.Timer(STOPPED, os.kill, (plant, signal.SIGCONT)).start()
            for done in [pool.submit(self.one, state, name, is_local, call) for name, (is_local, call) in kinds.items()]:
                done.result()

    def interrupts(self, count):
        """How long after SIGINT readers end, in seconds."""
        path, times = self.paths[len(self.paths) // 2], []
        lock = threading.Lock()

        def one(_):
            child = os.posix_spawn("/bin/cat", ["cat", path], os.environ, setsigdef=[signal.SIGINT],
                                   file_actions=[(os.POSIX_SPAWN_OPEN, number, "/dev/null", os.O_RDWR, 0) for number in (1, 2)])
            mounted.until("a reader waits", 30, lambda: waits(child))
            start = time.monotonic()
            os.kill(child, signal.SIGINT)
            _, status = os.waitpid(child, 0)
            with lock:
                times.append((time.monotonic() - start, status))
        with self.wire.frozen(), concurrent.futures.ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(one, number) for number in range(count)]:
                done.result()
        return times

    def end(self):
        self.program.remove()
        self.wire.close()
        self.session.close()


def waits(child):
    try:
        with open(f"/proc/{child}/wchan", encoding="ascii") as file:
            said = file.read()
        return "fuse" in said or "request_wait" in said
    except OSError:
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--interrupts", type=int, default=1000)
    parser.add_argument("--plant", action="store_true")
    options = parser.parse_args()
    wrong, count = 0, 0
    if options.plant:
        trial = Trial(options, "u0", [])
        trial.silence("planted", 0, trial.program.process.pid)
        trial.end()
        return not trial.late
    for number, (how, more) in enumerate((("as usual", []), ("--sync-changes", ["--sync-changes"])), 1):
        trial = Trial(options, f"u{number}", more)
        for turn, state in enumerate(("a connection that stands", "a connection that was made anew")):
            trial.silence(state, turn)
            mounted.until("online again", 60, lambda: trial.program.status()["connection"] == "online")
        print(f"{'FAIL ' if trial.late else 'ok   '} {how}: {trial.count} calls against silence {trial.late[:3] or ''}", flush=True)
        for is_local, what in ((True, "that need no server"), (False, "of the others")):
            print(f"      {what} the longest took {trial.longest[is_local][0]:.2f} s ({trial.longest[is_local][1]})", flush=True)
        wrong += len(trial.late)
        count += trial.count
        trial.end()
    trial = Trial(options, "u3", ["--timeout", "600"])
    times = trial.interrupts(options.interrupts)
    trial.end()
    late = [took for took, status in times if took > GROSS or not os.WIFSIGNALED(status)]
    over = sum(took > 0.2 for took, _ in times)
    wrong += len(late) + (len(times) != options.interrupts)
    print(f"{'FAIL ' if late else 'ok   '} {len(times)} times Ctrl-C while a body was waited for: the longest {max(times)[0]:.2f} s, "
          f"{over} over 0.2 s", flush=True)
    print(f"silence: {count + len(times)} calls, {wrong} of them wrong")
    return wrong == 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
