"""What a program of changes does in the mount, step by step; the ledger hears what each call returned."""
import os
import subprocess

import account

GIVEN = ["one", "two", "three", "four", "five"]
FOLDERS = ["F0", "F1", "F2", "F3"]
FLAGS = ["\\Flagged", "\\Seen"]


def letter(play, lines=None):
    """A text that nobody has written before."""
    play.letters += 1
    name = f"p{play.letters}"
    size = play.rng.choice([20, 200, 3000, 40_000])
    body = (f"mark {name} " + "x" * 60 + "\n").encode() * (size // 70 + 1)
    lines = lines or play.rng.choice([play.line_end, b"\r\n"])
    return name, account.text(name, body=body.replace(b"\n", lines), lines=lines)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content, flags, pieces=1):
    """As a program does: open, write, close."""
    descriptor = os.open(path, flags, 0o600)
    try:
        step = len(content) // pieces + 1
        for start in range(0, len(content), step):
            os.write(descriptor, content[start:start + step])
    finally:
        os.close(descriptor)


def target(play):
    return play.rng.choice(play.targets())


def free_name(play, folder):
    """A name that nothing has there."""
    play.names += 1
    return f"{play.rng.choice(GIVEN)}{play.names}.eml"


def chosen(play, folder=None):
    copies = play.mine(folder)
    if folder is None and play.variant.fast and not play.is_strict:
        copies = [one for one in copies if one.folder != "Drafts" or one.owner is None]
    return play.rng.choice(copies) if copies else None


# --- files --------------------------------------------------------------------------------------

def put(play, path, content, flags=os.O_CREAT | os.O_EXCL | os.O_WRONLY):
    return play.call(write, play.path(path), content, flags, play.rng.choice([1, 1, 3]))


def made(play, error, content, folder, name, flags=frozenset()):
    """The ledger's part of a new file."""
    if error is None:
        copy = play.ledger.made(content, folder, name, flags)
        play.touched(copy)
        return copy
    if play.unsure(error):
        play.ledger.doubtful(play.ledger.made(content, folder, name))
        play.ledger.begun.append(account.with_crlf(content))
    return None


def copy_in(play):
    name, content = letter(play)
    folder = target(play)
    file = free_name(play, folder)
    play.say(f"cp {name} {folder}/{file}")
    made(play, put(play, f"{folder}/{file}", content), content, folder, file)


def move_in(play):
    """mv of a local file: its time is set as well, and sometimes its flags, before it is closed."""
    name, content = letter(play)
    folder = target(play)
    file = free_name(play, folder)
    flags = frozenset(play.rng.choice([[], ["\\Flagged"]]))
    play.say(f"mv {name} {folder}/{file} {' '.join(flags)}")

    def across(path):
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            os.write(descriptor, content)
            os.utime(descriptor, (1_700_000_000, 1_700_000_000))
            if flags:
                os.setxattr(descriptor, "user.imap.flags", " ".join(flags).encode())
        finally:
            os.close(descriptor)
    made(play, play.call(across, play.path(f"{folder}/{file}")), content, folder, file, flags)


def move_in_onto(play):
    copy = chosen(play)
    if not copy:
        return
    name, content = letter(play)
    folder, file = copy.folder, copy.name
    scratch = f"{folder}/.{name}.tmp"
    play.say(f"save {name} over {folder}/{file} ({copy.number})")
    if put(play, scratch, content) is None:
        renamed_over(play, scratch, content, copy)


def renamed_over(play, scratch, content, copy):
    folder, file = copy.folder, copy.name
    error = play.call(os.rename, play.path(scratch), play.path(f"{folder}/{file}"))
    if error is None:
        play.ledger.removed(copy)
        play.touched(copy)
        play.ledger.replaced.add(copy.number)
        new = play.ledger.made(content, folder, file, None)
        play.touched(new)
        if play.variant.fast:
            play.rewrites.append((copy, new))
    elif play.unsure(error):
        play.ledger.in_doubt(copy)
        play.ledger.doubtful(play.ledger.made(content, folder, file))
        play.ledger.either.append((copy.number, play.ledger.text(content)))


def rename_to(play, copy, folder, file):
    """The call; the ledger hears of it."""
    over = play.ledger.at(folder, file)
    error = play.call(os.rename, play.path(f"{copy.folder}/{copy.name}"), play.path(f"{folder}/{file}"))
    if error is None:
        if over and over is not copy:
            play.ledger.removed(over)
            play.ledger.replaced.add(over.number)
            play.touched(over)
            # Nobody may have seen yet that it was closed.
            if play.variant.fast and copy.owner is not None:
                play.rewrites.append((over, copy))
        play.ledger.moved(copy, folder, file)
        play.touched(copy)
    elif play.unsure(error):
        play.ledger.loose(copy)
        if over and over is not copy:
            play.ledger.in_doubt(over)
    return error


def move(play):
    copy = chosen(play)
    if copy:
        folder = target(play)
        file = play.rng.choice([copy.name, free_name(play, folder)])
        if play.ledger.at(folder, file):
            file = free_name(play, folder)
        play.say(f"mv {copy.folder}/{copy.name} {folder}/{file} ({copy.number})")
        rename_to(play, copy, folder, file)


def move_onto(play):
    copy, other = chosen(play), chosen(play)
    if copy and other and copy is not other:
        play.say(f"mv {copy.folder}/{copy.name} {other.folder}/{other.name} ({copy.number} over {other.number})")
        rename_to(play, copy, other.folder, other.name)


def remove(play):
    copy = chosen(play)
    if copy:
        play.say(f"rm {copy.folder}/{copy.name} ({copy.number})")
        unlink(play, copy)


def unlink(play, copy):
    error = play.call(os.unlink, play.path(f"{copy.folder}/{copy.name}"))
    if error is None:
        play.ledger.removed(copy)
        play.touched(copy)
    elif play.unsure(error):
        play.ledger.in_doubt(copy)
    return error


def copy_inside(play):
    copy = chosen(play)
    if not copy:
        return
    folder = target(play)
    file = free_name(play, folder)
    play.say(f"cp {copy.folder}/{copy.name} {folder}/{file} ({copy.number})")
    source, content = play.path(f"{copy.folder}/{copy.name}"), []
    if play.call(lambda: content.append(read(source))) is not None:
        return  # offline, and not cached
    if play.rng.random() < 0.5:
        error = play.call(subprocess.run, ["cp", source, play.path(f"{folder}/{file}")], quiet=True)
    else:
        error = put(play, f"{folder}/{file}", content[0])
    made(play, error, content[0], folder, file, None)


def flag(play):
    copy = chosen(play)
    if not copy:
        return
    sign, one = play.rng.choice("+-"), play.rng.choice(FLAGS)
    play.say(f"flag {copy.folder}/{copy.name} {sign}{one} ({copy.number})")
    error = play.call(os.setxattr, play.path(f"{copy.folder}/{copy.name}"), "user.imap.flags", (sign + one).encode())
    if error is None:
        if copy.flags is not None:
            copy.flags = copy.flags | {one} if sign == "+" else copy.flags - {one}
        play.touched(copy)
    elif play.unsure(error):
        copy.flags = None


def touch(play):
    copy = chosen(play)
    if copy:
        play.say(f"touch {copy.folder}/{copy.name}")
        play.call(os.utime, play.path(f"{copy.folder}/{copy.name}"))


def link(play):
    copy = chosen(play)
    if copy:
        path = play.path(f"{copy.folder}/{copy.name}")
        play.say(f"ln {copy.folder}/{copy.name}")
        if play.call(os.link, path, path[:-4] + "-link.eml") is None:
            play.wrong("I5", f"ln of {copy} is not refused")


def scratch_file(play):
    name, content = letter(play)
    folder = target(play)
    path = f"{folder}/{play.rng.choice(['.%s.swp', '%s.tmp', '%s~'])}" % name
    play.say(f"scratch file {path}")
    if put(play, path, content) is None:
        play.call(os.unlink, play.path(path))


def backup(play):
    """As vim saves: the old one is moved away, the new one written, the old one removed."""
    copy = chosen(play)
    if not copy:
        return
    name, content = letter(play)
    folder, file, flags = copy.folder, copy.name, copy.flags
    play.say(f"save {name} as {folder}/{file}, {file}~ is the old one ({copy.number})")
    waits = copy.owner is not None
    if rename_to(play, copy, folder, file + "~") is None:
        new = made(play, put(play, f"{folder}/{file}", content), content, folder, file)
        if new:
            new.flags = None
        if new and copy.name and copy.certain and play.rng.random() < 0.8:
            unlink(play, copy)
        elif waits:
            # What was not sent yet is a local file under such a name.
            play.ledger.doubtful(copy)


def keep_open(play):
    """A file that is open stays what it was, whatever its name becomes."""
    copy = chosen(play)
    if not copy:
        return
    path, held = play.path(f"{copy.folder}/{copy.name}"), []
    play.say(f"open {copy.folder}/{copy.name}, then")
    if play.call(lambda: held.append(os.open(path, os.O_RDONLY))) is not None:
        return
    number, size = copy.number, []
    try:
        if play.call(lambda: size.append(os.pread(held[0], 1 << 22, 0))) is not None:
            return
        if play.rng.random() < 0.5:
            play.say(f"    rm it ({number})")
            error = unlink(play, copy)
        else:
            folder = target(play)
            file = free_name(play, folder)
            play.say(f"    mv it to {folder}/{file} ({number})")
            error = rename_to(play, copy, folder, file)
        if error is None:
            again = []
            if play.call(lambda: again.append(os.pread(held[0], 1 << 22, 0))) is None and \
                    account.with_crlf(again[0]) != play.ledger.texts[number]:
                play.wrong("I4", f"{number}, open over its rename or unlink, has other octets: {len(again[0])}, before {len(size[0])}")
    finally:
        play.call(os.close, held[0])


def look(play):
    copy = chosen(play)
    if not copy:
        return
    play.say(f"cat {copy.folder}/{copy.name} ({copy.number})")
    content = []
    if play.call(lambda: content.append(read(play.path(f"{copy.folder}/{copy.name}")))) is None and \
            account.with_crlf(content[0]) != play.ledger.texts[copy.number]:
        play.wrong("I4", f"{copy} is read with other octets: {len(content[0])} for {len(play.ledger.texts[copy.number])}, "
                         f"text {play.ledger.number_of(content[0])}")


# --- drafts -------------------------------------------------------------------------------------

def rewritten(play, error, copy, content):
    folder, file, flags = copy.folder, copy.name, copy.flags
    if error is None:
        play.ledger.gone(copy)
        play.ledger.deleted.append(copy)
        play.touched(copy)
        new = play.ledger.made(content, folder, file, None if copy.is_unheard else flags)
        play.touched(new)
        play.rewrites.append((copy, new))
    elif play.unsure(error) or play.is_waiting:
        play.ledger.doubtful(copy)
        play.ledger.doubtful(play.ledger.made(content, folder, file))
        play.ledger.either.append((copy.number, play.ledger.text(content)))
        play.ledger.begun.append(account.with_crlf(content))


def new_draft(play):
    name, content = letter(play)
    file = free_name(play, "Drafts")
    play.say(f"cp {name} Drafts/{file}")
    made(play, put(play, f"Drafts/{file}", content), content, "Drafts", file)


def draft_over(play):
    copy = chosen(play, "Drafts")
    if copy:
        name, content = letter(play)
        play.say(f"{name} > Drafts/{copy.name} ({copy.number})")
        rewritten(play, put(play, f"Drafts/{copy.name}", content, os.O_WRONLY | os.O_TRUNC), copy, content)


def draft_on(play):
    copy = chosen(play, "Drafts")
    if copy:
        play.letters += 1
        line = f"more p{play.letters}".encode() + play.line_end
        play.say(f"echo more p{play.letters} >> Drafts/{copy.name} ({copy.number})")
        rewritten(play, put(play, f"Drafts/{copy.name}", line, os.O_WRONLY | os.O_APPEND), copy,
                  play.ledger.texts[copy.number] + line)


def draft_cut(play):
    """Truncated after its header, and written on."""
    copy = chosen(play, "Drafts")
    if not copy:
        return
    play.letters += 1
    line = f"cut p{play.letters}".encode() + play.line_end
    play.say(f"cut p{play.letters} of Drafts/{copy.name} ({copy.number})")
    read, result = [], []

    def cut(path):
        descriptor = os.open(path, os.O_RDWR)
        try:
            content = os.pread(descriptor, 1 << 22, 0)
            read.append(content)
            end = content.index(b"mark") if b"mark" in content else len(content)
            os.ftruncate(descriptor, end)
            os.pwrite(descriptor, line, end)
            result.append(content[:end] + line)
        finally:
            os.close(descriptor)
    error = play.call(cut, play.path(f"Drafts/{copy.name}"))
    if result or error is None:
        rewritten(play, error, copy, result[0])
    elif read and play.unsure(error):
        # It may be short by now.
        play.ledger.doubtful(copy)
        play.ledger.begun.append(account.with_crlf(read[0]))


# --- folders ------------------------------------------------------------------------------------

def make_folder(play):
    parent = play.rng.choice(["", "", "Work/", "F0/"])
    if parent and parent[:-1] not in play.ledger.folders:
        parent = ""
    folder = parent + play.rng.choice(FOLDERS)
    play.say(f"mkdir {folder}")
    error = play.call(os.mkdir, play.path(folder))
    if error is None:
        play.ledger.folders[folder] = True
    elif play.unsure(error):
        play.ledger.folders[folder] = False


def own_folder(play):
    folders = sorted(one for one in play.ledger.folders if one.split("/")[-1] in FOLDERS)
    return play.rng.choice(folders) if folders else None


def remove_folder(play):
    """rm -r, or rmdir."""
    folder = own_folder(play)
    if not folder or play.ledger.below(folder):
        return
    play.say(f"rm -r {folder}")
    names = []
    if play.call(lambda: names.extend(os.listdir(play.path(folder)))) is not None:
        return
    for name in sorted(names):
        copy = play.seen(folder, name)
        if copy is None:
            return
        if unlink(play, copy) is not None:
            return
    error = play.call(os.rmdir, play.path(folder))
    if error is None:
        play.ledger.folders.pop(folder)
        play.ledger.hidden[folder] = play.now
    elif play.unsure(error):
        play.ledger.folders[folder] = False


def rename_folder(play):
    folder = own_folder(play)
    if not folder:
        return
    new = play.rng.choice(["", "Work/"]) + play.rng.choice(FOLDERS)
    if new in play.ledger.folders or new.startswith(folder + "/"):
        return
    if new in play.ledger.hidden:
        return  # by contract that waits until what was deleted there cannot be brought back
    play.say(f"mv {folder}/ {new}/")
    error = play.call(os.rename, play.path(folder), play.path(new))
    if error is None:
        play.ledger.folder_renamed(folder, new)
        for copy in play.ledger.copies:
            if copy.folder and (copy.folder + "/").startswith(new + "/"):
                copy.owner = play.now
    elif play.unsure(error):
        play.ledger.folder_renamed(folder, new)
        play.ledger.folder_in_doubt(folder, new)


# --- commands -----------------------------------------------------------------------------------

def undelete(play):
    play.say("undelete")
    before = list(play.ledger.deleted) + [one for one in play.ledger.copies if one.origin]
    code, said = play.command("undelete")
    play.say(f"    {code}: {said}"[:300])
    for path in said.splitlines():
        if "/" not in path or path.startswith("mailmount:"):
            continue
        content = []
        if play.call(lambda path=path, content=content: content.append(read(play.path(path)))) is not None:
            continue
        number = play.ledger.number_of(content[0])
        folder, _, file = path.rpartition("/")
        if number and play.ledger.restored(number, folder, file):
            play.ledger.folders.setdefault(folder, True)
    if code:
        # They come back with what was in them.
        for folder in play.ledger.hidden:
            play.ledger.folders.setdefault(folder, False)
        for copy in before:
            if copy in play.ledger.deleted:
                play.ledger.surplus[copy.number] += 1
            elif copy.origin:
                play.ledger.loose(copy)


def sync(play):
    play.say("sync")
    play.sync()


ACTS = [(copy_in, 6), (move_in, 3), (move_in_onto, 3), (move, 10), (move_onto, 4), (remove, 6), (copy_inside, 5), (flag, 5), (touch, 1),
        (link, 1), (scratch_file, 2), (backup, 3), (keep_open, 3), (look, 4), (new_draft, 3), (draft_over, 4), (draft_on, 4),
        (draft_cut, 3), (make_folder, 4), (remove_folder, 2), (rename_folder, 3), (undelete, 2), (sync, 3)]
