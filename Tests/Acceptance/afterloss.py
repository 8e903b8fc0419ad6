"""What a disk may hold after a loss of power: of what was not made durable each block and name is there, or not, or half."""
import os
import stat

BLOCK, SECTOR = 4096, 512
HOW = ("lost", "there", "mixed", "torn")


class Inode:
    """A file as long as its number is its own; `durable` is a file with its octets when they were made durable last."""

    def __init__(self):
        self.durable = None


def noted(log):
    """path -> Inode for durable names, number -> Inode for those that are alive, after the notes of power.c."""
    names, alive = {}, {}
    try:
        with open(log, encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.rstrip("\n").split(" ", 3) for line in file if line.endswith("\n")]
    except FileNotFoundError:
        return names, alive
    directory, listed = None, {}
    for kind, number, inode, path in lines:
        if kind == "F":
            one = alive.setdefault(inode, Inode())
            one.durable = f"{log}.{number}"
            names[path] = one
        elif kind == "D":
            directory, listed = path, {}
        elif kind == "N" and directory:
            listed[os.path.join(directory, path)] = alive.setdefault(inode, Inode())
        elif kind == "E" and directory:
            for name in [name for name in names if os.path.dirname(name) == directory]:
                del names[name]
            names.update(listed)
            directory = None
        elif kind == "U":
            alive.pop(inode, None)
    return names, alive


def content_of(inode):
    if inode is None or inode.durable is None:
        return b""
    with open(inode.durable, "rb") as file:
        return file.read()


def blended(old, new, how, chance):
    """Octets of which some are those that were durable, and some those that were written since."""
    if old == new or how == "there":
        return new
    if how == "lost":
        return old
    size = chance.choice((len(old), len(new), max(len(old), len(new))))
    was, now = old.ljust(size, b"\0")[:size], new.ljust(size, b"\0")[:size]
    if how == "torn":
        at = chance.randrange(0, size + SECTOR, SECTOR) if size else 0
        return now[:at] + was[at:]
    parts = [chance.choice((was, now))[at:at + BLOCK] for at in range(0, size, BLOCK)]
    return b"".join(parts)


def files_below(root):
    for directory, _, names in os.walk(root):
        for name in names:
            path = os.path.join(directory, name)
            if stat.S_ISREG(os.lstat(path).st_mode):
                yield path


def lose_power(root, log, chance):
    """Makes of the files below `root` what may be left of them; in words, what it did."""
    names, alive = noted(log)
    # A file may have been made since without any fsync: its number says nothing of durable ones.
    current = {path: alive.setdefault(str(os.lstat(path).st_ino), Inode()) for path in files_below(root)}
    contents = {}
    for path in current:
        with open(path, "rb") as file:
            contents[current[path]] = file.read()
    how_all = chance.choice(HOW + ("each",))
    kept_names = chance.choice(("durable", "current", "each"))
    result, done = {}, [f"{how_all}, names {kept_names}"]
    placed = set()
    for path in sorted(set(names) | set(current)):
        was, now = names.get(path), current.get(path)
        is_current = {"durable": False, "current": True}.get(kept_names)
        if was is now:
            one = was
        elif is_current is None:
            one = chance.choice((was, now))
        else:
            one = now if is_current else was
        if one is None or one in placed:
            continue  # it never got this name, or had another before
        placed.add(one)
        how = chance.choice(HOW) if how_all == "each" else how_all
        if path.endswith("-shm"):
            continue
        new = contents.get(one, content_of(one))
        result[path] = blended(content_of(one), new, how, chance)
        if result[path] != new:
            done.append(f"{os.path.basename(path)} {how}: {len(result[path])} of {len(new)} octets")
    for path in current:
        os.unlink(path)
    for path, content in result.items():
        if os.path.isdir(os.path.dirname(path)):
            with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(content)
    return "; ".join(done[:6])
