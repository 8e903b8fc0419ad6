"""System calls as posix.py makes them, what a check is, and the calls of a file system that goes wrong."""
import ctypes
import errno
import os
import stat

LIBC = ctypes.CDLL(None, use_errno=True)
RENAMEAT2 = 316 if os.uname().machine == "x86_64" else 276
NOREPLACE, EXCHANGE = 1, 2
AT_FDCWD = -100

# name -> function(Case); kinds are in the name: `rename onto another (message)`.
CHECKS = {}


class Differs(Exception):
    """A call did something else than POSIX says."""


def check(name, kinds=None):
    """A check; with kinds one for each: its case makes files of that kind."""
    def add(function):
        for kind in kinds or [None]:
            full = f"{name} ({kind})" if kind else name
            if full in CHECKS:
                raise ValueError(f"{full} is there twice")
            CHECKS[full] = (function, kind)
        return function
    return add


FILES = ("scratch", "message")
ALL = ("scratch", "message", "folder")


def same(was, right, what=""):
    if was != right:
        raise Differs(f"{what or 'it'} is {was!r}, not {right!r}")


def true(what, said):
    if not said:
        raise Differs(f"not so: {what}")


def refuses(names, call, *arguments, **named):
    """The call has to fail with one of the errors NAME|NAME."""
    try:
        call(*arguments, **named)
    except OSError as error:
        name = errno.errorcode.get(error.errno, str(error.errno))
        if name not in names.split("|"):
            raise Differs(f"{name}, not {names}") from error
        return
    raise Differs(f"it succeeded, not {names}")


class Calls:
    """Those of os, and those that os lacks."""

    def __getattr__(self, name):
        return getattr(os, name)

    def renameat2(self, old, new, flags):
        if LIBC.syscall(RENAMEAT2, AT_FDCWD, os.fsencode(old), AT_FDCWD, os.fsencode(new), flags) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def fallocate(self, descriptor, mode, offset, length):
        if LIBC.fallocate(descriptor, mode, ctypes.c_long(offset), ctypes.c_long(length)) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


class Case:
    """A directory of its own, and files of one kind in it."""

    def __init__(self, calls, place, kind):
        self.calls = calls
        self.place = place
        self.kind = kind
        self.made = 0

    def name(self, word="file"):
        """A path that does not exist, whose name is one of this kind."""
        self.made += 1
        word = f"{word}-{self.made}"
        return os.path.join(self.place, {"scratch": f".{word}.tmp", "message": f"{word}.eml"}.get(self.kind, word))

    def text(self, word="text", size=None):
        """Octets that a file of this kind may have, CRLF at line ends."""
        if self.kind != "message":
            return (word.encode() * (1 + (size or 0) // len(word)))[:size] if size is not None else word.encode()
        head = (f"From: Noah <noah@example.com>\r\nSubject: {word}\r\nDate: Fri, 17 May 2024 12:00:00 +0000\r\n"
                f"Message-ID: <{word}.{os.path.basename(self.place)}.{self.made}@example.com>\r\n\r\n").encode()
        body = word.encode() + b"\r\n"
        if size is not None and size > len(head) + len(body):
            rest = size - len(head) - 2
            lines = b"".join(b"%076d\r\n" % number for number in range(rest // 78 + 1))[:rest]
            body = lines.replace(b"\r", b"x").replace(b"\n", b"x") + b"\r\n" if rest < 78 else lines[:-2] + b"xx\r\n"
            if body[:-2].endswith(b"\r"):
                body = body[:-3] + b"x\r\n"
        return head + body

    def write(self, path, content):
        descriptor = self.calls.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            while content:
                content = content[self.calls.write(descriptor, content[:1 << 17]):]
        finally:
            self.calls.close(descriptor)

    def read(self, path):
        descriptor = self.calls.open(path, os.O_RDONLY)
        try:
            parts = []
            while part := self.calls.read(descriptor, 1 << 17):
                parts.append(part)
            return b"".join(parts)
        finally:
            self.calls.close(descriptor)

    def file(self, word="file", content=None, size=None):
        """A new file; its path and content."""
        path = self.name(word)
        content = self.text(word, size) if content is None else content
        self.write(path, content)
        return path, content

    def folder(self, word="folder"):
        self.made += 1
        path = os.path.join(self.place, f"{word}-{self.made}")
        self.calls.mkdir(path)
        return path

    def one(self, word="one"):
        """A file, or a folder where that is the kind; its path."""
        return self.folder(word) if self.kind == "folder" else self.file(word)[0]

    def exists(self, path):
        try:
            self.calls.lstat(path)
            return True
        except FileNotFoundError:
            return False


def raising(number):
    def call(*_, **__):
        raise OSError(number, os.strerror(number))
    return call


def without(flag):
    return lambda path, flags, *rest, **named: os.open(path, flags & ~flag, *rest, **named)


def with_stat(change):
    """stat and its kin, with one answer changed."""
    def told(call):
        def one(*arguments, **named):
            found = call(*arguments, **named)
            fields = {name: getattr(found, name) for name in dir(found) if name.startswith("st_")}
            return type("Told", (), change(fields))()
        return one
    return {name: told(getattr(os, name)) for name in ("stat", "lstat", "fstat")}


def copied(old, new):
    with open(old, "rb") as file, open(new, "wb") as copy:
        copy.write(file.read())
    os.unlink(old)


def planted():
    """Faults of a file system, each by the calls that show it. The suite has to see each."""
    sizes = {}

    def first_size(fields):
        if stat.S_ISREG(fields["st_mode"]):
            fields["st_size"] = sizes.setdefault(fields["st_ino"], fields["st_size"])
        return fields

    def kept_times(fields):
        return {**fields, "st_mtime": 1e9, "st_mtime_ns": 10**18}

    def no_replace(old, new, flags):
        return Calls().renameat2(old, new, flags & ~NOREPLACE)

    def removes_all(path, **_):
        for name in os.listdir(path):
            os.unlink(os.path.join(path, name))
        os.rmdir(path)

    def tolerant(path, *rest, **named):
        if not os.path.isdir(path):
            os.mkdir(path, *rest, **named)
    return {
        "O_APPEND is not heard": {"open": without(os.O_APPEND)},
        "O_TRUNC is not heard": {"open": without(os.O_TRUNC)},
        "O_EXCL is not heard": {"open": without(os.O_EXCL)},
        "O_DIRECTORY is not heard": {"open": without(os.O_DIRECTORY)},
        "a rename makes another file": {"rename": lambda old, new: copied(old, new) if os.path.isfile(old) else os.rename(old, new)},
        "a rename onto a file is refused": {"rename": lambda old, new: os.rename(old, new) if not os.path.isfile(new) else
                                            raising(errno.EEXIST)()},
        "RENAME_NOREPLACE is not heard": {"renameat2": no_replace},
        "unlink does nothing": {"unlink": lambda path, **_: os.lstat(path) and None},
        "unlink removes directories": {"unlink": lambda path, **_: os.rmdir(path) if os.path.isdir(path) else os.unlink(path)},
        "rmdir removes what is in it": {"rmdir": removes_all},
        "mkdir of what is there succeeds": {"mkdir": tolerant},
        "a listing leaves one out": {"listdir": lambda path=".": os.listdir(path)[:-1]},
        "a listing has one twice": {"listdir": lambda path=".": os.listdir(path) + os.listdir(path)[:1]},
        "a missing name is EIO": {"lstat": lambda path, **named: os.lstat(path, **named) if os.path.lexists(path) else
                                  raising(errno.EIO)()},
        "sizes stay as first told": with_stat(first_size),
        "mtimes stand still": with_stat(kept_times),
        "inode numbers are all one": with_stat(lambda fields: {**fields, "st_ino": 7}),
        "every file has two links": with_stat(lambda fields: {**fields, "st_nlink": 2}),
        "writes go an octet too far": {"pwrite": lambda file, data, offset: os.pwrite(file, data, offset + 1)},
        "reads end an octet early": {"pread": lambda file, length, offset: os.pread(file, max(length - 1, 0), offset)},
        "truncating only makes longer": {"ftruncate": lambda file, size: os.ftruncate(file, max(size, os.fstat(file).st_size))},
        "utimens does nothing": {"utime": lambda *_, **__: None},
    }


class Faulty(Calls):
    def __init__(self, instead):
        for name, call in instead.items():
            setattr(self, name, call)
