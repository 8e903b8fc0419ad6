"""Checks of posix.py: what is written and read, sizes, times, locks, attributes."""
import fcntl
import mmap
import os
import stat
import struct
import threading
import time

from posixcalls import ALL, FILES, check, refuses, same, true


def written(case, path, flags, *parts):
    descriptor = case.calls.open(path, flags, 0o600)
    try:
        for part in parts:
            case.calls.write(descriptor, part)
    finally:
        case.calls.close(descriptor)


class Opened:
    """A descriptor that is closed at the end of its block."""

    def __init__(self, case, path, flags):
        self.case, self.path, self.flags = case, path, flags

    def __enter__(self):
        self.descriptor = self.case.calls.open(self.path, self.flags, 0o600)
        return self.descriptor

    def __exit__(self, *_):
        self.case.calls.close(self.descriptor)


NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL


# --- open ------------------------------------------------------------------------------------------------

@check("O_CREAT and O_EXCL: there is one", ALL)
def exclusive(case):
    refuses("EEXIST", case.calls.open, case.one(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


@check("O_CREAT opens what is there", FILES)
def opens(case):
    path, content = case.file()
    with Opened(case, path, os.O_RDONLY | os.O_CREAT) as one:
        same(case.calls.read(one, 1 << 20), content)


@check("a directory is not opened for writing")
def folder_for_writing(case):
    path = case.folder()
    for flags in (os.O_WRONLY, os.O_RDWR, os.O_RDONLY | os.O_TRUNC, os.O_WRONLY | os.O_CREAT):
        refuses("EISDIR", case.calls.open, path, flags, 0o600)


@check("O_DIRECTORY of a file", FILES)
def not_a_folder(case):
    refuses("ENOTDIR", case.calls.open, case.one(), os.O_RDONLY | os.O_DIRECTORY)


@check("O_NOFOLLOW of a file", FILES)
def nofollow(case):
    path, content = case.file()
    with Opened(case, path, os.O_RDONLY | os.O_NOFOLLOW) as one:
        same(case.calls.read(one, 1 << 20), content)


@check("O_TRUNC", FILES)
def truncating(case):
    path, _ = case.file()
    with Opened(case, path, os.O_WRONLY | os.O_TRUNC) as one:
        same(case.calls.fstat(one).st_size, 0)


@check("O_APPEND writes at the end, wherever it was", FILES)
def append(case):
    path, content = case.file()
    with Opened(case, path, os.O_WRONLY | os.O_APPEND) as one:
        case.calls.lseek(one, 0, os.SEEK_SET)
        case.calls.write(one, b"more\r\n")
    same(case.read(path), content + b"more\r\n")


@check("two that append lose nothing of each other", FILES)
def append_two(case):
    path = case.name()
    first = case.text()
    case.write(path, first)
    with Opened(case, path, os.O_WRONLY | os.O_APPEND) as one, Opened(case, path, os.O_WRONLY | os.O_APPEND) as other:
        for number in range(20):
            case.calls.write(one, b"one %d\r\n" % number)
            case.calls.write(other, b"other %d\r\n" % number)
    wanted = b"".join(b"one %d\r\nother %d\r\n" % (number, number) for number in range(20))
    same(case.read(path), first + wanted)


@check("O_TMPFILE")
def nameless(case):
    case.calls.close(case.calls.open(case.place, os.O_RDWR | os.O_TMPFILE, 0o600))


@check("what is open for reading cannot be written, and the reverse", FILES)
def directions(case):
    path, _ = case.file()
    with Opened(case, path, os.O_RDONLY) as one:
        refuses("EBADF", case.calls.write, one, b"x")
        refuses("EBADF|EINVAL", case.calls.ftruncate, one, 0)
    with Opened(case, case.name("new"), os.O_WRONLY | os.O_CREAT) as one:
        refuses("EBADF", case.calls.read, one, 1)


@check("openat, and a descriptor opened again by /proc", FILES)
def openat(case):
    path, content = case.file()
    handle = case.calls.open(case.place, os.O_RDONLY | os.O_DIRECTORY)
    one = case.calls.open(os.path.basename(path), os.O_RDONLY, dir_fd=handle)
    again = case.calls.open(f"/proc/self/fd/{one}", os.O_RDONLY)
    same(case.calls.read(again, 1 << 20), content)
    for descriptor in (handle, one, again):
        case.calls.close(descriptor)


@check("a new file's mode is that which was asked for, less the umask", FILES)
def mode(case):
    path = case.name()
    descriptor = case.calls.open(path, NEW, 0o640)
    case.calls.write(descriptor, case.text())
    case.calls.close(descriptor)
    same(stat.S_IMODE(case.calls.lstat(path).st_mode), 0o640)


@check("a new file is empty, has one link, and is the caller's", FILES)
def fresh(case):
    with Opened(case, case.name(), NEW) as one:
        told = case.calls.fstat(one)
        same((told.st_size, told.st_nlink, told.st_uid, stat.S_ISREG(told.st_mode)), (0, 1, os.getuid(), True))


@check("opened and closed two thousand times", FILES)
def many_opens(case):
    path, content = case.file()
    for _ in range(2000):
        case.calls.close(case.calls.open(path, os.O_RDONLY))
    same(case.read(path), content)


@check("two hundred are open at once", FILES)
def many_open(case):
    path, content = case.file()
    opened = [case.calls.open(path, os.O_RDONLY) for _ in range(200)]
    same({case.calls.pread(one, 1 << 20, 0) for one in opened}, {content})
    for one in opened:
        case.calls.close(one)


# --- content -----------------------------------------------------------------------------------------------

def content_sizes():
    for size in (600, 4095, 4096, 4097, 65536, 131071, 131072, 131073, 1_048_577):
        def whole(case, size=size):
            path, content = case.file("sized", size=size)
            same(len(content), size, "what was written")
            same(case.calls.lstat(path).st_size, size, "the size")
            same(case.read(path), content)
            with Opened(case, path, os.O_RDONLY) as one:
                for offset in (0, 1, 4095, 4096, size - 1, size, size + 1, size + 5000):
                    same(case.calls.pread(one, 5000, offset), content[offset:offset + 5000], f"at {offset}")
        check(f"{size} octets are read as they were written, from any place", FILES)(whole)


content_sizes()


@check("written in pieces of seven octets", FILES)
def pieces(case):
    path, content = case.name(), case.text("pieces", 2000)
    written(case, path, NEW, *[content[at:at + 7] for at in range(0, len(content), 7)])
    same(case.read(path), content)


@check("written from the end to the beginning", FILES)
def backwards(case):
    path, content = case.name(), case.text("backwards", 3000)
    with Opened(case, path, NEW) as one:
        for at in range(len(content) - len(content) % 100, -1, -100):
            if content[at:at + 100]:
                case.calls.pwrite(one, content[at:at + 100], at)
    same(case.read(path), content)


@check("what one writes the other reads, before it is closed", FILES)
def seen_by_other(case):
    path, content = case.name(), case.text("seen")
    with Opened(case, path, NEW) as one, Opened(case, path, os.O_RDONLY) as other:
        case.calls.write(one, content)
        same(case.calls.pread(other, 1 << 20, 0), content)
        same(case.calls.lstat(path).st_size, len(content), "its size")


@check("the size is told at each step, by descriptor and by name", FILES)
def growing(case):
    path, content = case.name(), case.text("growing", 900)
    with Opened(case, path, NEW) as one:
        for end in range(0, len(content), 300):
            same((case.calls.fstat(one).st_size, case.calls.lstat(path).st_size), (end, end), "the size before a write")
            case.calls.write(one, content[end:end + 300])
        same((case.calls.fstat(one).st_size, case.calls.lstat(path).st_size), (len(content), len(content)), "the size at the end")
    same(case.calls.lstat(path).st_size, len(content), "the size when it is closed")


@check("a hole is read as zeros", FILES)
def hole(case):
    path = case.name()
    with Opened(case, path, NEW) as one:
        case.calls.pwrite(one, b"end", 10_000)
        same(case.calls.pread(one, 20_000, 0), bytes(10_000) + b"end")
    same(case.read(path), bytes(10_000) + b"end")


@check("ftruncate of a new file: shorter, longer, with zeros", FILES)
def ftruncate(case):
    path, content = case.name(), case.text("truncated")
    with Opened(case, path, NEW) as one:
        case.calls.write(one, content + b"surplus")
        case.calls.ftruncate(one, len(content))
        same(case.calls.fstat(one).st_size, len(content))
        case.calls.ftruncate(one, len(content) + 9)
        same(case.calls.pread(one, 1 << 20, 0), content + bytes(9))
        case.calls.ftruncate(one, len(content))
    same(case.read(path), content)


@check("truncate by name", FILES)
def truncate(case):
    path, content = case.file(size=700)
    case.calls.truncate(path, 500)
    same(case.read(path), content[:500])
    case.calls.truncate(path, 900)
    same(case.read(path), content[:500] + bytes(400))


@check("truncate of a directory, and to less than nothing", FILES)
def truncate_refused(case):
    refuses("EISDIR", case.calls.truncate, case.folder(), 0)
    refuses("EINVAL", case.calls.truncate, case.one(), -1)


@check("writing into the middle of what is there", FILES)
def overwrite(case):
    path, content = case.file()
    with Opened(case, path, os.O_WRONLY) as one:
        case.calls.pwrite(one, b"XY", 1)
    same(case.read(path), content[:1] + b"XY" + content[3:])


@check("lseek: end, hole, data, and beyond", FILES)
def lseek(case):
    path, content = case.file()
    with Opened(case, path, os.O_RDONLY) as one:
        same(case.calls.lseek(one, 0, os.SEEK_END), len(content))
        same(case.calls.read(one, 10), b"")
        same(case.calls.lseek(one, -3, os.SEEK_END), len(content) - 3)
        same(case.calls.read(one, 10), content[-3:])
        refuses("EINVAL", case.calls.lseek, one, -1, os.SEEK_SET)
        same(case.calls.lseek(one, 0, os.SEEK_DATA), 0)
        same(case.calls.lseek(one, 0, os.SEEK_HOLE), len(content))
        refuses("ENXIO", case.calls.lseek, one, len(content) + 1, os.SEEK_DATA)


@check("readv and writev", FILES)
def vectors(case):
    path, content = case.name(), case.text("vectors", 600)
    with Opened(case, path, NEW) as one:
        same(case.calls.writev(one, [content[:10], content[10:]]), len(content))
        case.calls.lseek(one, 0, os.SEEK_SET)
        first, rest = bytearray(10), bytearray(len(content))
        same(case.calls.readv(one, [first, rest]), len(content))
        same(bytes(first + rest[:len(content) - 10]), content)


@check("copy_file_range and sendfile", FILES)
def copies(case):
    path, content = case.file("source", size=9000)
    copy, other = case.name("copy"), case.name("other")
    with Opened(case, path, os.O_RDONLY) as source, Opened(case, copy, NEW) as target:
        at = 0
        while done := case.calls.copy_file_range(source, target, 1 << 20, at):
            at += done
    same(case.read(copy), content)
    with Opened(case, path, os.O_RDONLY) as source, Opened(case, other, NEW) as target:
        at = 0
        while done := case.calls.sendfile(target, source, at, 1 << 20):
            at += done
    same(case.read(other), content)


@check("fsync and fdatasync, of files and of the directory", FILES)
def fsync(case):
    path, content = case.name(), case.text("synced")
    with Opened(case, path, NEW) as one:
        case.calls.write(one, content)
        case.calls.fdatasync(one)
        case.calls.fsync(one)
        same(case.calls.pread(one, 1 << 20, 0), content)
    with Opened(case, case.place, os.O_RDONLY | os.O_DIRECTORY) as one:
        case.calls.fsync(one)
    same(case.read(path), content)


@check("fallocate", FILES)
def fallocate(case):
    with Opened(case, case.name(), NEW) as one:
        case.calls.write(one, case.text())
        case.calls.fallocate(one, 0, 0, 5000)
        same(case.calls.fstat(one).st_size, 5000)


@check("mapped for reading", FILES)
def mapped(case):
    path, content = case.file(size=10_000)
    with Opened(case, path, os.O_RDONLY) as one, mmap.mmap(one, 0, prot=mmap.PROT_READ) as view:
        same(view[:], content)


@check("mapped, shared, for writing", ["scratch"])
def mapped_for_writing(case):
    path, content = case.file(size=10_000)
    with Opened(case, path, os.O_RDWR) as one, mmap.mmap(one, 0) as view:
        view[5000:5004] = b"MAPD"
        view.flush()
        same(case.calls.pread(one, 4, 5000), b"MAPD")
    same(case.read(path), content[:5000] + b"MAPD" + content[5004:])


@check("thirty threads read one file", FILES)
def threads(case):
    path, content = case.file(size=300_000)
    seen = []
    all_of_them = [threading.Thread(target=lambda: seen.append(case.read(path) == content)) for _ in range(30)]
    for one in all_of_them:
        one.start()
    for one in all_of_them:
        one.join()
    same(seen, [True] * 30)


# --- removed while open --------------------------------------------------------------------------------------

@check("what is removed while it is open is read on, and has no link", FILES)
def removed_open(case):
    path, content = case.file()
    with Opened(case, path, os.O_RDONLY) as one:
        case.calls.unlink(path)
        same(case.calls.pread(one, 1 << 20, 0), content)
        same(case.calls.fstat(one).st_nlink, 0, "its links")


@check("what is removed while it is written is written on, and is nowhere", FILES)
def removed_writing(case):
    path, content = case.name(), case.text("removed")
    with Opened(case, path, NEW) as one:
        case.calls.write(one, content[:20])
        case.calls.unlink(path)
        case.calls.write(one, content[20:])
        same(case.calls.pread(one, 1 << 20, 0), content)
    same(case.calls.listdir(case.place), [])


@check("a file of the same name is another one", FILES)
def same_name(case):
    path, old = case.file("before")
    with Opened(case, path, os.O_RDONLY) as one:
        case.calls.unlink(path)
        new = case.text("after")
        case.write(path, new)
        same((case.calls.pread(one, 1 << 20, 0), case.read(path)), (old, new))
        true("another inode", case.calls.fstat(one).st_ino != case.calls.lstat(path).st_ino)


# --- times -----------------------------------------------------------------------------------------------------

def moved_by(case, path, act):
    """The times of `path` before and after."""
    was = case.calls.lstat(path)
    last = max(was.st_mtime_ns, was.st_ctime_ns)
    # Times are whole seconds, or come from a clock that moves by ticks of some milliseconds.
    step = 1_020_000_000 if last % 1_000_000_000 == 0 else 20_000_000
    while time.time_ns() < last + step:
        time.sleep(0.005)
    act()
    return was, case.calls.lstat(path)


@check("writing moves mtime and ctime", ["scratch"])
def write_moves(case):
    path, _ = case.file()
    was, now = moved_by(case, path, lambda: written(case, path, os.O_WRONLY, b"new"))
    true("mtime moved", now.st_mtime_ns > was.st_mtime_ns)
    true("ctime moved", now.st_ctime_ns > was.st_ctime_ns)


@check("reading moves neither", FILES)
def read_keeps(case):
    path, _ = case.file()
    was, now = moved_by(case, path, lambda: case.read(path))
    same((now.st_mtime_ns, now.st_ctime_ns), (was.st_mtime_ns, was.st_ctime_ns))


@check("making and removing move the directory's mtime", ALL)
def parent_moves(case):
    made = []
    was, now = moved_by(case, case.place, lambda: made.append(case.one()))
    true("by making", now.st_mtime_ns > was.st_mtime_ns)
    was, now = moved_by(case, case.place, lambda: case.calls.rmdir(made[0]) if case.kind == "folder" else case.calls.unlink(made[0]))
    true("by removing", now.st_mtime_ns > was.st_mtime_ns)


@check("a rename moves the mtimes of both directories", ALL)
def both_move(case):
    there, path = case.folder("there"), case.one()
    before = case.calls.lstat(there)
    was, now = moved_by(case, case.place, lambda: case.calls.rename(path, os.path.join(there, os.path.basename(path))))
    true("of the one", now.st_mtime_ns > was.st_mtime_ns)
    true("of the other", case.calls.lstat(there).st_mtime_ns > before.st_mtime_ns)


@check("utimens sets the mtime", ALL)
def utimens(case):
    path = case.one()
    for seconds in (0, 1_000_000_000, 4_102_444_800):
        case.calls.utime(path, (seconds, seconds))
        same(int(case.calls.lstat(path).st_mtime), seconds)


@check("utimens before the close sets a new file's mtime", FILES)
def utimens_before(case):
    path = case.name()
    with Opened(case, path, NEW) as one:
        case.calls.write(one, case.text())
        case.calls.utime(one, (1_000_000_000, 1_000_000_000))
    same(int(case.calls.lstat(path).st_mtime), 1_000_000_000)


# --- modes, owners, attributes, locks ----------------------------------------------------------------------------

@check("chmod", ALL)
def chmod(case):
    path = case.one()
    case.calls.chmod(path, 0o640)
    same(stat.S_IMODE(case.calls.lstat(path).st_mode), 0o640)


@check("chown to oneself, and to nobody in particular", ALL)
def chown(case):
    path = case.one()
    case.calls.chown(path, os.getuid(), os.getgid())
    case.calls.chown(path, -1, -1)
    same(case.calls.lstat(path).st_uid, os.getuid())


@check("access: it can be read and written, and not be run", FILES)
def access(case):
    path = case.one()
    same([case.calls.access(path, one) for one in (os.R_OK, os.W_OK, os.X_OK)], [True, True, False])


@check("an attribute is set, read, listed and removed", ALL)
def attributes(case):
    path = case.one()
    case.calls.setxattr(path, "user.some", b"value")
    same(case.calls.getxattr(path, "user.some"), b"value")
    true("listed", "user.some" in case.calls.listxattr(path))
    refuses("EEXIST", case.calls.setxattr, path, "user.some", b"x", os.XATTR_CREATE)
    case.calls.removexattr(path, "user.some")
    refuses("ENODATA", case.calls.getxattr, path, "user.some")


@check("an attribute that is not there", ALL)
def no_attribute(case):
    path = case.one()
    refuses("ENODATA", case.calls.getxattr, path, "user.nothing")
    refuses("ENODATA|ENOTSUP", case.calls.setxattr, path, "user.nothing", b"x", os.XATTR_REPLACE)
    refuses("ENODATA|ENOTSUP", case.calls.removexattr, path, "user.nothing")


@check("flock: two descriptors, one lock", FILES)
def flock(case):
    path = case.one()
    with Opened(case, path, os.O_RDONLY) as one, Opened(case, path, os.O_RDONLY) as other:
        fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
        refuses("EAGAIN", fcntl.flock, other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(one, fcntl.LOCK_UN)
        fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(one, fcntl.LOCK_SH | fcntl.LOCK_NB)


@check("locks of parts, by open descriptions", FILES)
def record_locks(case):
    def lock(kind, start, length):
        return struct.pack("hhqqi", kind, os.SEEK_SET, start, length, 0)
    path = case.one()
    with Opened(case, path, os.O_RDONLY) as one, Opened(case, path, os.O_RDONLY) as other:
        fcntl.fcntl(one, fcntl.F_OFD_SETLK, lock(fcntl.F_RDLCK, 0, 10))
        fcntl.fcntl(other, fcntl.F_OFD_SETLK, lock(fcntl.F_RDLCK, 5, 10))
        refuses("EBADF", fcntl.fcntl, one, fcntl.F_OFD_SETLK, lock(fcntl.F_WRLCK, 0, 5))


@check("locks of parts: a writer keeps others out", ["scratch"])
def write_locks(case):
    def lock(kind, start, length):
        return struct.pack("hhqqi", kind, os.SEEK_SET, start, length, 0)
    path = case.one()
    with Opened(case, path, os.O_RDWR) as one, Opened(case, path, os.O_RDWR) as other:
        fcntl.fcntl(one, fcntl.F_OFD_SETLK, lock(fcntl.F_WRLCK, 0, 10))
        refuses("EAGAIN|EACCES", fcntl.fcntl, other, fcntl.F_OFD_SETLK, lock(fcntl.F_WRLCK, 5, 10))
        fcntl.fcntl(other, fcntl.F_OFD_SETLK, lock(fcntl.F_WRLCK, 10, 10))
        fcntl.fcntl(one, fcntl.F_OFD_SETLK, lock(fcntl.F_UNLCK, 0, 10))
        fcntl.fcntl(other, fcntl.F_OFD_SETLK, lock(fcntl.F_WRLCK, 5, 10))


@check("statvfs")
def statvfs(case):
    told = case.calls.statvfs(case.place)
    same(told.f_namemax, 255)
    true("blocks have a size", told.f_bsize > 0 and told.f_frsize > 0)
    true("no more is free than there is", told.f_bavail <= told.f_bfree <= told.f_blocks)
    true("files likewise", told.f_ffree <= told.f_files or told.f_files == 0)
