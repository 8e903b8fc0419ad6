"""Checks of posix.py: names, directories, renames, and what is refused."""
import ctypes
import os
import socket
import stat
import unicodedata

from posixcalls import ALL, EXCHANGE, FILES, LIBC, NOREPLACE, check, refuses, same, true

LONG = "x" * 256
# What is tried at a path that cannot be: name -> call(Calls, path, a good path).
AT_A_PATH = {
    "open": lambda c, path, good: c.open(path, os.O_RDONLY),
    "creat": lambda c, path, good: c.open(path, os.O_WRONLY | os.O_CREAT, 0o600),
    "stat": lambda c, path, good: c.stat(path),
    "lstat": lambda c, path, good: c.lstat(path),
    "access": lambda c, path, good: c.stat(path) and c.access(path, os.F_OK),
    "opendir": lambda c, path, good: c.listdir(path),
    "chdir": lambda c, path, good: c.chdir(path),
    "unlink": lambda c, path, good: c.unlink(path),
    "mkdir": lambda c, path, good: c.mkdir(path),
    "rmdir": lambda c, path, good: c.rmdir(path),
    "rename from": lambda c, path, good: c.rename(path, good),
    "rename to": lambda c, path, good: c.rename(good, path),
    "link from": lambda c, path, good: c.link(path, good + "x"),
    "truncate": lambda c, path, good: c.truncate(path, 0),
    "chmod": lambda c, path, good: c.chmod(path, 0o600),
    "chown": lambda c, path, good: c.chown(path, -1, -1),
    "utimens": lambda c, path, good: c.utime(path),
    "readlink": lambda c, path, good: c.readlink(path),
    "statvfs": lambda c, path, good: c.statvfs(path),
    "getxattr": lambda c, path, good: c.getxattr(path, "user.some"),
    "setxattr": lambda c, path, good: c.setxattr(path, "user.some", b"x"),
    "listxattr": lambda c, path, good: c.listxattr(path),
    "removexattr": lambda c, path, good: c.removexattr(path, "user.some"),
}
MAKES = {"creat", "mkdir", "rename to"}


def paths():
    for name, call in AT_A_PATH.items():
        def through_nothing(case, call=call):
            good, _ = case.file()
            refuses("ENOENT", call, case.calls, f"{case.place}/nothing/x", good)

        def through_file(case, call=call):
            good, _ = case.file()
            refuses("ENOTDIR", call, case.calls, f"{good}/x", good)

        def too_long(case, call=call):
            good, _ = case.file()
            refuses("ENAMETOOLONG", call, case.calls, f"{case.place}/{LONG}", good)

        def path_too_long(case, call=call):
            good, _ = case.file()
            refuses("ENAMETOOLONG", call, case.calls, case.place + "/." * 2100 + "/x", good)

        def missing(case, call=call):
            refuses("ENOENT", call, case.calls, case.name("missing"), case.one())
        check(f"{name}: a missing directory on the way", ["scratch"])(through_nothing)
        check(f"{name}: a file on the way", FILES)(through_file)
        check(f"{name}: a name of 256 octets", ["scratch"])(too_long)
        check(f"{name}: a path of over 4,096 octets", ["scratch"])(path_too_long)
        if name not in MAKES:
            check(f"{name}: what is not there", ALL)(missing)


paths()


# --- mkdir and rmdir ---------------------------------------------------------------------------------

@check("mkdir makes an empty directory")
def mkdir(case):
    path = case.folder()
    true("it is a directory", stat.S_ISDIR(case.calls.lstat(path).st_mode))
    same(case.calls.listdir(path), [])


@check("mkdir with a slash at the end")
def mkdir_slash(case):
    case.calls.mkdir(f"{case.place}/new/")
    true("it is there", case.exists(f"{case.place}/new"))


@check("mkdir: there is one of that name", ALL)
def mkdir_exists(case):
    refuses("EEXIST", case.calls.mkdir, case.one())


@check("mkdir of . and ..")
def mkdir_dot(case):
    refuses("EEXIST", case.calls.mkdir, f"{case.place}/.")
    refuses("EEXIST", case.calls.mkdir, f"{case.place}/..")


@check("mkdir ten deep, and back")
def mkdir_deep(case):
    path = case.place
    for number in range(10):
        path += f"/level-{number}"
        case.calls.mkdir(path)
    for _ in range(10):
        case.calls.rmdir(path)
        path = os.path.dirname(path)
    same(case.calls.listdir(case.place), [])


@check("a directory's mode is that which was asked for, less the umask")
def mkdir_mode(case):
    case.calls.mkdir(f"{case.place}/moded", 0o751)
    same(stat.S_IMODE(case.calls.lstat(f"{case.place}/moded").st_mode), 0o751 & ~0o022)


@check("a directory's links count its directories")
def mkdir_links(case):
    before = case.calls.lstat(case.place).st_nlink
    case.folder()
    same(case.calls.lstat(case.place).st_nlink, before + 1)


@check("rmdir takes it away")
def rmdir(case):
    path = case.folder()
    case.calls.rmdir(path)
    true("it is gone", not case.exists(path))
    refuses("ENOENT", case.calls.rmdir, path)


@check("rmdir: not empty", ALL)
def rmdir_full(case):
    path = case.folder()
    inner = type(case)(case.calls, path, case.kind)
    inner.one()
    refuses("ENOTEMPTY|EEXIST", case.calls.rmdir, path)
    same(len(case.calls.listdir(path)), 1)


@check("rmdir of . and ..")
def rmdir_dot(case):
    path = case.folder()
    refuses("EINVAL", case.calls.rmdir, f"{path}/.")
    refuses("ENOTEMPTY|EEXIST|EINVAL", case.calls.rmdir, f"{path}/..")


@check("rmdir: not a directory", FILES)
def rmdir_file(case):
    refuses("ENOTDIR", case.calls.rmdir, case.one())


@check("in a directory that was removed nothing is made", FILES)
def removed_directory(case):
    path = case.folder()
    handle = case.calls.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        case.calls.rmdir(path)
        name = os.path.basename(case.name())
        refuses("ENOENT", case.calls.open, name, os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=handle)
        refuses("ENOENT", case.calls.mkdir, "new", dir_fd=handle)
    finally:
        case.calls.close(handle)


@check("a directory that was removed while it is open is empty")
def removed_listing(case):
    path = case.folder()
    handle = case.calls.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        case.calls.rmdir(path)
        same(case.calls.listdir(handle), [])
    finally:
        case.calls.close(handle)


@check("a directory of the same name is another one")
def made_again(case):
    path = case.folder()
    was = case.calls.lstat(path).st_ino
    # Its number is not free while it is open.
    handle = case.calls.open(path, os.O_RDONLY | os.O_DIRECTORY)
    case.calls.rmdir(path)
    case.calls.mkdir(path)
    case.calls.close(handle)
    true("another inode", case.calls.lstat(path).st_ino != was)


# --- unlink ------------------------------------------------------------------------------------------

@check("unlink takes it away", FILES)
def unlink(case):
    path, _ = case.file()
    case.calls.unlink(path)
    true("it is gone", not case.exists(path))
    true("it is not listed", os.path.basename(path) not in case.calls.listdir(case.place))
    refuses("ENOENT", case.calls.unlink, path)


@check("unlink of a directory")
def unlink_folder(case):
    path = case.folder()
    refuses("EISDIR|EPERM", case.calls.unlink, path)
    true("it is there", case.exists(path))


@check("unlink of a file with a slash at the end", FILES)
def unlink_slash(case):
    path, _ = case.file()
    refuses("ENOTDIR", case.calls.unlink, path + "/")
    true("it is there", case.exists(path))


@check("a name is free at once after unlink", FILES)
def made_anew(case):
    path, _ = case.file("before")
    for number in range(5):
        case.calls.unlink(path)
        content = case.text(f"after{number}")
        case.write(path, content)
        same(case.read(path), content)


# --- rename ------------------------------------------------------------------------------------------

@check("rename keeps inode and content", ALL)
def rename(case):
    path, new = case.one(), case.name("new")
    was = case.calls.lstat(path)
    content = case.read(path) if case.kind != "folder" else None
    case.calls.rename(path, new)
    now = case.calls.lstat(new)
    same((now.st_ino, now.st_size if content else 0), (was.st_ino, was.st_size if content else 0), "inode and size")
    true("the old name is gone", not case.exists(path))
    same(sorted(case.calls.listdir(case.place)), [os.path.basename(new)])
    if content is not None:
        same(case.read(new), content)


@check("rename into another directory and back", ALL)
def rename_there_and_back(case):
    path, there = case.one(), case.folder("there")
    was = case.calls.lstat(path).st_ino
    new = os.path.join(there, os.path.basename(path))
    for _ in range(3):
        case.calls.rename(path, new)
        true("it is there", case.exists(new) and not case.exists(path))
        case.calls.rename(new, path)
        true("it is here", case.exists(path) and not case.exists(new))
    same(case.calls.lstat(path).st_ino, was, "its inode")


@check("rename onto another", FILES)
def rename_onto(case):
    path, content = case.file("one")
    other, _ = case.file("other")
    was = case.calls.lstat(path).st_ino
    case.calls.rename(path, other)
    same(case.read(other), content)
    same(case.calls.lstat(other).st_ino, was, "its inode")
    same(case.calls.listdir(case.place), [os.path.basename(other)])


@check("rename onto another that is open: its reader has the old text", FILES)
def rename_onto_open(case):
    path, content = case.file("one")
    other, old = case.file("other")
    reading = case.calls.open(other, os.O_RDONLY)
    try:
        case.calls.rename(path, other)
        same(case.calls.read(reading, 1 << 20), old, "the old text")
        same(case.read(other), content, "the new text")
    finally:
        case.calls.close(reading)


@check("rename while it is open: its reader goes on", FILES)
def rename_open(case):
    path, content = case.file()
    reading = case.calls.open(path, os.O_RDONLY)
    try:
        case.calls.rename(path, case.name("new"))
        same(case.calls.pread(reading, 1 << 20, 0), content)
    finally:
        case.calls.close(reading)


@check("rename onto itself", ALL)
def rename_self(case):
    path = case.one()
    case.calls.rename(path, path)
    true("it is there", case.exists(path))


@check("rename of a directory onto an empty one")
def rename_onto_empty(case):
    path, other = case.folder("one"), case.folder("other")
    was = case.calls.lstat(path).st_ino
    case.calls.rename(path, other)
    same(case.calls.lstat(other).st_ino, was)
    true("the old name is gone", not case.exists(path))


@check("rename of a directory onto one that is not empty", FILES)
def rename_onto_full(case):
    path, other = case.folder("one"), case.folder("other")
    type(case)(case.calls, other, case.kind).one()
    refuses("ENOTEMPTY|EEXIST", case.calls.rename, path, other)
    true("both are there", case.exists(path) and len(case.calls.listdir(other)) == 1)


@check("rename of a directory onto a file", FILES)
def rename_folder_onto_file(case):
    path, other = case.folder(), case.one()
    refuses("ENOTDIR", case.calls.rename, path, other)


@check("rename of a file onto a directory", FILES)
def rename_file_onto_folder(case):
    path, other = case.one(), case.folder()
    refuses("EISDIR|EPERM", case.calls.rename, path, other)
    true("both are there", case.exists(path) and case.exists(other))


@check("rename of a directory into itself")
def rename_into_itself(case):
    path = case.folder()
    refuses("EINVAL", case.calls.rename, path, f"{path}/inner")
    inner = f"{path}/inner"
    case.calls.mkdir(inner)
    refuses("ENOTEMPTY|EEXIST|EINVAL", case.calls.rename, inner, path)


@check("rename of . and ..")
def rename_dot(case):
    path = case.folder()
    refuses("EBUSY|EINVAL", case.calls.rename, f"{path}/.", f"{case.place}/new")
    refuses("EBUSY|EINVAL", case.calls.rename, f"{path}/..", f"{case.place}/new")


@check("rename of a file with a slash at the end", FILES)
def rename_slash(case):
    path = case.one()
    refuses("ENOTDIR", case.calls.rename, path + "/", case.name("new"))
    refuses("ENOTDIR|ENOENT", case.calls.rename, path, case.name("new") + "/")
    true("it is there", case.exists(path))


@check("rename takes along what is in the directory, open files too", FILES)
def rename_with_inner(case):
    path, new = case.folder("one"), f"{case.place}/moved"
    inner = type(case)(case.calls, path, case.kind)
    file, content = inner.file()
    reading = case.calls.open(file, os.O_RDONLY)
    try:
        case.calls.rename(path, new)
        same(case.calls.pread(reading, 1 << 20, 0), content, "what is open")
        same(case.read(os.path.join(new, os.path.basename(file))), content, "what is there")
        true("nothing is at the old place", not case.exists(file))
    finally:
        case.calls.close(reading)


@check("rename of a directory: .. is the new parent")
def rename_parent(case):
    one, other = case.folder("one"), case.folder("other")
    case.calls.rename(one, f"{other}/moved")
    same(case.calls.stat(f"{other}/moved/..").st_ino, case.calls.stat(other).st_ino)


@check("rename with NOREPLACE", ALL)
def noreplace(case):
    path, other, new = case.one("one"), case.one("other"), case.name("new")
    refuses("EEXIST", case.calls.renameat2, path, other, NOREPLACE)
    true("both are there", case.exists(path) and case.exists(other))
    case.calls.renameat2(path, new, NOREPLACE)
    true("it is there", case.exists(new) and not case.exists(path))


@check("rename with EXCHANGE", ALL)
def exchange(case):
    path, other = case.one("one"), case.one("other")
    was = case.calls.lstat(path).st_ino
    case.calls.renameat2(path, other, EXCHANGE)
    same(case.calls.lstat(other).st_ino, was)


@check("rename with unknown flags", ["scratch"])
def unknown_flags(case):
    refuses("EINVAL", case.calls.renameat2, case.one(), case.name("new"), 64)


@check("a hundred renames one after the other", FILES)
def rename_chain(case):
    path, content = case.file()
    for number in range(100):
        new = os.path.join(case.place, (".step%d.tmp" if case.kind == "scratch" else "step%d.eml") % number)
        case.calls.rename(path, new)
        path = new
    same(case.calls.listdir(case.place), [os.path.basename(path)])
    same(case.read(path), content)


# --- listings ------------------------------------------------------------------------------------------

@check("a listing has each name once", ALL)
def listing(case):
    made = {os.path.basename(case.one()) for _ in range(12)}
    same(sorted(case.calls.listdir(case.place)), sorted(made))


@check("a listing of 300 files has each name once", ["scratch"])
def long_listing(case):
    made = []
    for number in range(300):
        path = f"{case.place}/.file-with-a-long-name-{number:04}.tmp"
        case.write(path, b"")
        made.append(os.path.basename(path))
    same(sorted(case.calls.listdir(case.place)), made)
    for name in made:
        case.calls.unlink(f"{case.place}/{name}")
    same(case.calls.listdir(case.place), [])


@check("a listing tells what is a directory", ALL)
def kinds(case):
    path = case.one()
    found = {entry.name: entry for entry in case.calls.scandir(case.place)}
    entry = found[os.path.basename(path)]
    same(entry.is_dir(follow_symlinks=False), case.kind == "folder")
    same(entry.inode(), case.calls.lstat(path).st_ino, "the inode in the listing")


class Entry(ctypes.Structure):
    _fields_ = [("ino", ctypes.c_ulong), ("off", ctypes.c_long), ("reclen", ctypes.c_ushort), ("type", ctypes.c_ubyte),
                ("name", ctypes.c_char * 256)]


def stream(path):
    LIBC.opendir.restype = ctypes.c_void_p
    LIBC.readdir.restype = ctypes.POINTER(Entry)
    LIBC.telldir.restype = ctypes.c_long
    handle = LIBC.opendir(os.fsencode(path))
    true("opendir", handle)
    return ctypes.c_void_p(handle)


def step(handle):
    found = LIBC.readdir(handle)
    return found.contents.name.decode() if found else None


@check("a listing has . and ..")
def dots(case):
    handle = stream(case.folder())
    names = [step(handle), step(handle), step(handle)]
    LIBC.closedir(handle)
    same(sorted(filter(None, names)), [".", ".."])


@check("seekdir goes to each place that telldir told", ALL)
def seekdir(case):
    for _ in range(6):
        case.one()
    handle = stream(case.place)
    places = []
    while True:
        place = LIBC.telldir(handle)
        name = step(handle)
        places.append((place, name))
        if name is None:
            break
    for place, name in reversed(places):
        LIBC.seekdir(handle, ctypes.c_long(place))
        same(step(handle), name, f"at {place}")
    LIBC.closedir(handle)


@check("rewinddir shows what came", ALL)
def rewinddir(case):
    case.one()
    handle = stream(case.place)
    while step(handle):
        pass
    new = os.path.basename(case.one("new"))
    LIBC.rewinddir(handle)
    names = []
    while name := step(handle):
        names.append(name)
    LIBC.closedir(handle)
    true("the new one is listed", new in names)


@check("unlinking what a listing has just given skips nothing", FILES)
def unlink_while_listing(case):
    for _ in range(40):
        case.one()
    handle = stream(case.place)
    seen = 0
    while name := step(handle):
        if name not in (".", ".."):
            case.calls.unlink(f"{case.place}/{name}")
            seen += 1
    LIBC.closedir(handle)
    same((seen, case.calls.listdir(case.place)), (40, []))


@check("what comes and goes while a listing is read does not disturb the others", FILES)
def stable_while_listing(case):
    stay = {os.path.basename(case.one("stay")) for _ in range(30)}
    handle = stream(case.place)
    names = [step(handle) for _ in range(5)]
    for _ in range(10):
        case.calls.unlink(case.one("passing"))
    while name := step(handle):
        names.append(name)
    LIBC.closedir(handle)
    found = [name for name in names if name in stay]
    same(sorted(found), sorted(stay))


# --- names ---------------------------------------------------------------------------------------------

@check("every octet but / and NUL in the name of a scratch file", ["scratch"])
def octets(case):
    names = [b".a" + bytes([octet]) + b"z.tmp" for octet in range(1, 256) if octet != 0x2f]
    place = os.fsencode(case.place)
    for name in names:
        case.write(place + b"/" + name, name)
    same(sorted(os.listdir(place)), sorted(names))
    for name in names:
        same(case.read(place + b"/" + name), name)


@check("every printable character in the name of a message", ["message"])
def printable(case):
    letters = [chr(code) for code in range(0x20, 0x7f) if chr(code) != "/"] + list("äÖß€日本語Ωж😀")
    contents = {}
    for letter in letters:
        contents[f"a{letter}z.eml"] = case.text(f"of{ord(letter)}")
        case.write(f"{case.place}/a{letter}z.eml", contents[f"a{letter}z.eml"])
    same(sorted(case.calls.listdir(case.place)), sorted(contents))
    for name, content in contents.items():
        same(case.read(f"{case.place}/{name}"), content)


@check("a name of 255 octets", FILES)
def longest(case):
    name = "." + "n" * 250 + ".tmp" if case.kind == "scratch" else "n" * 251 + ".eml"
    same(len(name), 255)
    case.write(f"{case.place}/{name}", case.text())
    same(case.calls.listdir(case.place), [name])


@check("names of another case are other names", ALL)
def cases(case):
    path = case.one("word")
    upper = os.path.join(case.place, os.path.basename(path).replace("word", "WORD"))
    true("not there", not case.exists(upper))


@check("composed and decomposed names are two", FILES)
def forms(case):
    suffix = ".tmp" if case.kind == "scratch" else ".eml"
    start = "." if case.kind == "scratch" else ""
    names = [start + unicodedata.normalize(form, "Grüße") + suffix for form in ("NFC", "NFD")]
    contents = [case.text("composed"), case.text("decomposed")]
    for name, content in zip(names, contents):
        case.write(f"{case.place}/{name}", content)
    same(sorted(case.calls.listdir(case.place)), sorted(names))
    same([case.read(f"{case.place}/{name}") for name in names], contents)


# --- other kinds -----------------------------------------------------------------------------------------

@check("link", FILES)
def link(case):
    path, new = case.one(), case.name("new")
    case.calls.link(path, new)
    same(case.calls.lstat(path).st_nlink, 2)


@check("link of a directory")
def link_folder(case):
    refuses("EPERM", case.calls.link, case.folder(), f"{case.place}/new")


@check("link: there is one of that name", FILES)
def link_exists(case):
    refuses("EEXIST|EPERM", case.calls.link, case.one("one"), case.one("other"))


@check("symlink, and a loop of them")
def symlink(case):
    case.calls.symlink("two", f"{case.place}/one")
    case.calls.symlink("one", f"{case.place}/two")
    refuses("ELOOP", case.calls.stat, f"{case.place}/one")


@check("readlink of what is none", ALL)
def readlink(case):
    refuses("EINVAL", case.calls.readlink, case.one())


@check("mkfifo")
def mkfifo(case):
    case.calls.mkfifo(f"{case.place}/.fifo.tmp")


@check("mknod of a device")
def mknod(case):
    case.calls.mknod(f"{case.place}/.device.tmp", 0o020600, os.makedev(1, 3))


@check("a socket")
def bind(case):
    one = socket.socket(socket.AF_UNIX)
    try:
        one.bind(f"{case.place}/.s.tmp")
    finally:
        one.close()
