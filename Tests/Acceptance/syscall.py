#!/usr/bin/env python3
"""Make one system call, or the few that belong together, and print OK or the name of the error.

    syscall.py open-write FILE          open(2) for writing
    syscall.py truncate FILE
    syscall.py create FILE              O_CREAT | O_EXCL, then close
    syscall.py upload SOURCE FILE [--modified SECONDS] [--flags FLAGS]
                                     create, write, set the mtime and user.imap.flags, close; what failed is named: EINVAL close
    syscall.py read FILE
    syscall.py fsync FILE
    syscall.py unlink FILE | mkdir DIRECTORY | rmdir DIRECTORY | link FILE NEW | symlink TEXT NEW | mknod NEW
    syscall.py rename OLD NEW [noreplace | exchange]
    syscall.py copy SOURCE FILE         copy_file_range(2) of all of it
    syscall.py chmod FILE | chown FILE | utime FILE
    syscall.py getxattr FILE NAME | setxattr FILE NAME VALUE

A NAME of a path may hold \\xNN for a byte that is no UTF-8.
"""
import argparse
import ctypes
import errno
import os
import re
import sys

RENAMEAT2 = 316 if os.uname().machine == "x86_64" else 276
AT_FDCWD = -100
FLAGS = {"": 0, "noreplace": 1, "exchange": 2}


def path(text):
    return re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes([int(found.group(1), 16)]), os.fsencode(text))


def rename(old, new, how=""):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(RENAMEAT2, AT_FDCWD, path(old), AT_FDCWD, path(new), FLAGS[how]) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def opened(name, flags):
    os.close(os.open(path(name), flags, 0o600))


def write_all(descriptor, content):
    while content:
        content = content[os.write(descriptor, content[:1 << 17]):]


def upload(source, target, modified, flags):
    """The step that failed is added to the error."""
    step = "open"
    try:
        descriptor = os.open(path(target), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            if flags is not None:
                step = "setxattr"
                os.setxattr(path(target), "user.imap.flags", flags.encode())
            step = "write"
            with open(source, "rb") as file:
                write_all(descriptor, file.read())
            if modified is not None:
                step = "utime"
                os.utime(descriptor, (modified, modified))
        except OSError:
            os.close(descriptor)
            raise
        step = "close"
        os.close(descriptor)
    except OSError as error:
        error.step = step
        raise


def read(name):
    with open(path(name), "rb") as file:
        file.read()


def fsync(name):
    descriptor = os.open(path(name), os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy(source, target):
    """As cp does it first; the file is left where it fails, as cp leaves it."""
    reading = os.open(path(source), os.O_RDONLY)
    writing = os.open(path(target), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    while os.copy_file_range(reading, writing, 1 << 30) > 0:
        pass
    os.close(writing)
    os.close(reading)


CALLS = {
    "open-write": lambda name: opened(name, os.O_WRONLY),
    "truncate": lambda name: os.truncate(path(name), 0),
    "create": lambda name: opened(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY),
    "read": read,
    "fsync": fsync,
    "unlink": lambda name: os.unlink(path(name)),
    "mkdir": lambda name: os.mkdir(path(name)),
    "rmdir": lambda name: os.rmdir(path(name)),
    "link": lambda old, new: os.link(path(old), path(new)),
    "symlink": lambda text, new: os.symlink(path(text), path(new)),
    "mknod": lambda name: os.mknod(path(name), 0o010600),
    "rename": rename,
    "copy": copy,
    "chmod": lambda name: os.chmod(path(name), 0o644),
    "chown": lambda name: os.chown(path(name), os.getuid(), os.getgid()),
    "utime": lambda name: os.utime(path(name), (1_000_000_000, 1_000_000_000)),
    "getxattr": lambda name, attribute: os.getxattr(path(name), attribute),
    "setxattr": lambda name, attribute, value: os.setxattr(path(name), attribute, value.encode()),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modified", type=int)
    parser.add_argument("--flags")
    parser.add_argument("arguments", nargs=2)
    call, arguments = (sys.argv[1:2] or ["--help"])[0], sys.argv[2:]
    if call not in [*CALLS, "upload"]:
        parser.error(f"there is no call {call}")
    try:
        if call == "upload":
            options = parser.parse_args(arguments)
            upload(*options.arguments, options.modified, options.flags)
        else:
            CALLS[call](*arguments)
        print("OK")
    except OSError as error:
        print(errno.errorcode.get(error.errno, error.errno), *[step for step in [getattr(error, "step", "")] if step])


if __name__ == "__main__":
    main()
