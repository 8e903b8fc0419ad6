"""What there must be after a call of the disk has failed, and whether it is.

A world is a state (expected.py) that the calls allow: a call that succeeded is in all of them; one that failed is in none, but for texts
that were being written, and calls that waited for the server and say that they do not know (ETIMEDOUT).
"""
import errno
import os
import threading
import time

import agree
import diskbed
import expected
import mounted
from expected import Difference, Message
from mounted import Failure

TOLD = {errno.ENOSPC, errno.EDQUOT, errno.EIO}


class Ledger:
    """What the calls of a run have said."""

    def __init__(self, bed):
        self.bed = bed
        self.worlds = [{folder: dict(files) for folder, files in bed.state.items()}]
        self.written = []  # texts that a failed call may have left a part of
        self.failed = []

    def call(self, step):
        """Does it. Its error has to be one of those that a disk has, and it may not hang."""
        program, now = self.bed.program, self.worlds[0]
        hung = threading.Timer(60, lambda: program.process and program.process.kill())
        hung.start()
        begun = time.monotonic()
        try:
            step.do(self.bed, now)
            error = None
        except OSError as raised:
            error = raised
            # Where an earlier step failed its folder may be missing.
            is_unknown = error.errno == errno.ETIMEDOUT and "--sync-changes" in program.options
            if error.errno not in TOLD and not is_unknown and not (error.errno == errno.ENOENT and self.failed):
                self.bed.alive()
                raise Difference(f"{step.name}: {errno.errorcode.get(error.errno)} is none of a disk's errors: {error}") from error
        finally:
            hung.cancel()
        if time.monotonic() - begun > diskbed.TIMEOUT + 3:
            raise Difference(f"{step.name} took {time.monotonic() - begun:.0f} s")
        if error:
            self.failed.append(f"{step.name}: {errno.errorcode[error.errno]}")
        if error and step.text:
            self.written.append(step.text)
        if not error:
            self.worlds = [self._with(step, world) for world in self.worlds]
        elif error.errno == errno.ETIMEDOUT or (step.is_unsure and error.errno != errno.ENOENT):
            self.worlds += [self._with(step, world) for world in self.worlds]

    @staticmethod
    def _with(step, world):
        new = {folder: dict(files) for folder, files in world.items()}
        step.result(new)
        return new

    def check(self, status):
        """The server, with what `status` lists as kept here, is in one of the worlds; the mount shows the server."""
        session = self.bed.session()
        try:
            snapshot = session.snapshot()
            kept = self.kept(status)
            for folder, one in kept:
                if folder in snapshot:
                    snapshot[folder].update(expected.counted([one]))
            against = []
            for world in self.worlds:
                try:
                    expected.check_server(snapshot, world)
                    break
                except Difference as error:
                    against.append(str(error))
            else:
                raise Difference(f"in none of {len(self.worlds)} states: {' | '.join(against)}; failed calls: {self.failed}; "
                                 f"kept here: {[folder for folder, _ in kept]}")
            mount, server = mounted.until("texts are read again", 8, self.shown), agree.there(session)
            for folder in self.emptied(status):
                del mount[folder], server[folder]
            wrong = list(agree.differences(mount, server))
            if wrong:
                raise Difference(f"mount and server: {wrong[0]}")
        finally:
            session.close()

    def shown(self):
        """Nothing while a text is an error: in fast mode one that failed is that for a moment longer."""
        try:
            return agree.shown(self.bed.program.place)
        except OSError as error:
            if error.errno != errno.EIO or not os.path.basename(self.bed.base).startswith("fast"):
                raise
            return None

    def emptied(self, status):
        """Folders with a draft that was emptied and could not be written: it is empty here and as before on the server, and is listed."""
        paths = [os.path.join(self.bed.program.place, one["path"]) for one in status["failed"] if self.written]
        return {os.path.dirname(os.path.relpath(path, self.bed.program.place))
                for path in paths if os.path.exists(path) and os.path.getsize(path) == 0}

    def kept(self, status):
        """(folder, message) for each text that `status` lists; a part of what a failed call has written is none."""
        found = []
        for one in status["failed"] + status["interrupted"]:
            path = os.path.join(self.bed.program.place, one["path"])
            if not os.path.exists(path):
                continue
            try:
                with open(path, "rb") as file:
                    content = file.read()
            except OSError:
                continue  # it is told to be damaged
            if any(text.startswith(content) and text != content for text in self.written):
                continue
            if os.getxattr(path, "user.mailmount.state") in (b"failed", b"pending"):
                found.append((os.path.dirname(one["path"]), Message(content, frozenset())))
        return found


def settle(bed):
    """Everything is sent that can be, with another start where nothing else helps; status then, and whether it was needed."""
    def quiet(seconds):
        said = []

        def nothing_waits():
            bed.alive()
            said[:] = [bed.program.run("sync", bed.program.place)]
            status = bed.program.status()
            said.append({name: status[name] for name in ("pending", "connection", "failed", "interrupted")})
            is_quiet = status["pending"] == 0 and status["connection"] == "online"
            return status if is_quiet and (said[0][0] == 0 or status["failed"] or status["interrupted"]) else None
        try:
            return mounted.until("nothing waits", seconds, nothing_waits)
        except Failure as error:
            raise Failure(f"{error}: {said}") from error
    try:
        return quiet(8), False
    except Failure:
        bed.program.end()
        bed.start(bed.program.options[2:])
        return quiet(40), True


def read_all(place, contents, may_fail, passed_over=()):
    """Each text that the mount shows is one of `contents`; how many could not be read."""
    right, failed = set(contents), 0
    for folder, names in expected.shown(place).items():
        for name in names:
            try:
                with open(os.path.join(place, folder, name), "rb") as file:
                    content = file.read()
            except OSError as error:
                if not may_fail or error.errno not in TOLD | {errno.EHOSTUNREACH}:
                    raise
                failed += 1
                continue
            if content not in right and name not in passed_over:
                raise Difference(f"{folder}/{name} has wrong octets ({len(content)})")
    return failed
