"""What disk.c is told, and what it has counted."""
import collections
import errno
import mmap
import os
import struct

KINDS = ("open", "write", "fsync", "rename", "link", "unlink", "truncate", "mkdir")
HOW = ("once", "lasting", "half")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT)
LAYOUT = struct.Struct(f"7q{len(KINDS)}q256s")

# A call that fails: the `number`th of its kind from when it is armed.
Point = collections.namedtuple("Point", "kind number error how")


def named(point):
    return f"{point.kind}/{point.number}/{errno.errorcode[point.error]}/{point.how}"


def parsed(text):
    kind, number, error, how = text.split("/")
    return Point(kind, int(number), getattr(errno, error), how)


def points_of(counts):
    """Every point of a run that made so many calls of each kind."""
    for kind, count in zip(KINDS, counts):
        for number in range(1, count + 1):
            for error in ERRORS if kind != "unlink" else (errno.EIO,):
                for how in HOW if kind == "write" else HOW[:2]:
                    yield Point(kind, number, error, how)


class Disk:
    """The file that the program under test shares with us."""

    def __init__(self, shim, control, root):
        self.environment = {"LD_PRELOAD": shim, "DISK_CONTROL": control, "DISK_ROOT": root}
        with open(control, "wb") as file:
            file.write(bytes(LAYOUT.size))
        with open(control, "r+b") as file:
            self._shared = mmap.mmap(file.fileno(), LAYOUT.size)

    def _write(self, armed, point=None, plant=0):
        kind = KINDS.index(point.kind) if point else 0
        LAYOUT.pack_into(self._shared, 0, armed, kind, point.number if point else 0, point.error if point else 0,
                         HOW.index(point.how) if point else 0, plant, 0, *[0] * len(KINDS), b"")

    def arm(self, point=None):
        """From here on calls are counted, and `point` fails."""
        self._write(0)
        self._write(1, point)

    def heal(self):
        """No call fails any more; what was counted stays."""
        self._shared[:8] = bytes(8)

    def plant(self):
        """From here on what readers are given has another octet."""
        self._write(0, plant=1)

    def forget(self):
        self._write(0)

    @property
    def strikes(self):
        return LAYOUT.unpack_from(self._shared)[6]

    @property
    def counts(self):
        return LAYOUT.unpack_from(self._shared)[7:7 + len(KINDS)]

    @property
    def path(self):
        """The file whose call failed first."""
        return os.fsdecode(LAYOUT.unpack_from(self._shared)[-1].split(b"\0")[0])
