"""What a mount and its server should hold, and whether they do.

A state is folder -> {file name in the mount: Message}. The same state says what the mount shows and what the server has.
"""
import collections
import os
import re

import account

Message = collections.namedtuple("Message", "content flags")


class Difference(Exception):
    """Where what is there is not what is right."""


def folders_of(place):
    """Directories of the mount, as the server names them with / between."""
    for directory, names, _ in os.walk(place):
        names.sort()
        for name in names:
            yield os.path.relpath(os.path.join(directory, name), place)


def shown(place):
    """folder -> names of the files that the mount shows there."""
    return {folder: sorted(name for name in os.listdir(os.path.join(place, folder))
                           if not os.path.isdir(os.path.join(place, folder, name)))
            for folder in folders_of(place)}


def adopt(place, contents, flags):
    """The state of a mount whose server got `contents` (name -> bytes); a file's name holds its message's name."""
    state = {}
    for folder, names in shown(place).items():
        state[folder] = {}
        for name in names:
            found = [key for key in contents if re.search(rf"_{key}\.[0-9a-z]+(-\d+)?\.eml$", name)]
            if len(found) != 1:
                raise Difference(f"{folder}/{name} is none of the messages, or several")
            state[folder][name] = Message(contents[found[0]], frozenset(flags.get(found[0], ())))
    return state


def counted(messages):
    return collections.Counter(
        account.Held(account.message_id(one.content), account.digest(one.content), one.flags, False) for one in messages)


def tell(counter):
    return ", ".join(f"{count} x {held.message} {' '.join(sorted(held.flags))}".strip()
                     for held, count in sorted(counter.items(), key=str)) or "nothing"


def check_server(snapshot, state, ghosts=()):
    """Every message of the state once where it should be, and nothing else.

    Of the Message-IDs in `ghosts` one may remain that is marked as deleted, for a server cannot always expunge it.
    """
    if set(snapshot) != set(state):
        raise Difference(f"folders: {sorted(set(snapshot) - set(state))} too many, {sorted(set(state) - set(snapshot))} missing")
    allowed = collections.Counter(ghosts)
    for folder, held in snapshot.items():
        alive = collections.Counter({one: count for one, count in held.items() if not one.deleted})
        right = counted(state[folder].values())
        if alive != right:
            raise Difference(f"{folder} on the server: {tell(alive - right)} too many, {tell(right - alive)} missing")
        for one, count in held.items():
            if one.deleted:
                allowed[one.message] -= count
                if allowed[one.message] < 0:
                    raise Difference(f"{folder} on the server: {one.message} stays, marked as deleted")


def check_mount(place, state):
    """The mount shows these files with these bytes, and nothing else."""
    there = shown(place)
    if set(there) != set(state):
        raise Difference(f"directories: {sorted(set(there) - set(state))} too many, {sorted(set(state) - set(there))} missing")
    for folder, names in there.items():
        if set(names) != set(state[folder]):
            raise Difference(f"{folder} in the mount: {sorted(set(names) - set(state[folder]))} too many, "
                             f"{sorted(set(state[folder]) - set(names))} missing")
        for name in names:
            path = os.path.join(place, folder, name)
            with open(path, "rb") as file:
                if file.read() != state[folder][name].content:
                    raise Difference(f"{folder}/{name} has other bytes in the mount")
            flags = os.getxattr(path, "user.imap.flags").decode().split()
            if set(flags) != state[folder][name].flags:
                raise Difference(f"{folder}/{name} has the flags {flags} in the mount")
