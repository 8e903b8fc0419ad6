#!/usr/bin/env python3
"""What POSIX says of directories, files and names, tried in a directory.

    posix.py DIRECTORY [--mounted | --mounted-fast] [--only PATTERN]
    posix.py DIRECTORY --self-test     planted faults of a file system are seen

Files are of two kinds, by their names: `scratch` (.x.tmp) and `message` (x.eml). With --mounted what is left out, each with its
reason, has to fail as told: an exclusion that is none any more is wrong. In fast mode a file that was closed a moment ago is still one
that is being written, so that either may be. The last line counts.
"""
import argparse
import errno
import os
import re
import sys
import traceback

import posixcalls
import posixfiles  # noqa: F401, its checks
import posixnames  # noqa: F401, its checks

# check (an expression) -> (how it fails: an error's name, or "differs"), and why it is not to hold.
EXCLUDED = [
    (r"(O_TRUNC|O_APPEND writes .*|two that append .*|truncate by name|writing into the middle .*) \(message\)", "EPERM",
     "a message is immutable, outside Drafts"),
    (r"a hole is read as zeros \(message\)", "EINVAL", "a message has no NUL, which its close tells"),
    (r"utimens sets the mtime \((message|folder)\)", "differs", "a message has its INTERNALDATE, a folder its last change"),
    (r"chmod .*|a (new file|directory)'s mode is .*", "differs", "files are 0600 and folders 0700, the server keeps no modes"),
    (r"an attribute is set, .*", "ENOTSUP", "attributes are those of mail, the server keeps no others"),
    (r"a directory that was removed while it is open is empty", "ESTALE", "what the server does not have is not described"),
    (r"rename with EXCHANGE .*", "EINVAL", "the server has no such command"),
    (r"link \(.*", "EPERM", "a message has one name"),
    (r"symlink, .*|mkfifo|mknod .*|a socket", "EPERM", "not meaningful for mail"),
    (r"O_TMPFILE|fallocate .*", "ENOTSUP", "nothing needs it, and programs do without"),
]
# In fast mode these may be either way, until the close was noticed.
UNTIL_NOTICED = r"(reading moves neither|O_TRUNC|O_APPEND .*|two that .*|a hole .*|truncate by .*|writing into .*|utimens sets .*) \(message\)"


def clear(place):
    """Removes a directory and what is in it, by plain calls."""
    for entry in list(os.scandir(place)):
        clear(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
    os.rmdir(place)


def tried(calls, place, name):
    """None where it holds, else how it failed: an error's name or "differs", and in words."""
    function, kind = posixcalls.CHECKS[name]
    here = os.getcwd()
    os.mkdir(place)
    try:
        function(posixcalls.Case(calls, place, kind))
        return None
    except posixcalls.Differs as error:
        return "differs", str(error)[:300]
    except OSError as error:
        line = traceback.extract_tb(error.__traceback__)[1].lineno
        return errno.errorcode.get(error.errno, str(error.errno)), f"{error} (line {line})"
    except Exception as error:  # whatever an answer that cannot be makes of a check
        return "differs", repr(error)[:300]
    finally:
        os.chdir(here)


def excluded(name):
    for pattern, how, why in EXCLUDED:
        if re.fullmatch(pattern, name):
            return how, why
    return None


def run(directory, is_mounted, is_fast, names):
    wrong, left_out = 0, 0
    for number, name in enumerate(names):
        place = os.path.join(directory, f"posix-{number}")
        said = tried(posixcalls.Calls(), place, name)
        exclusion = excluded(name) if is_mounted else None
        if is_fast and re.fullmatch(UNTIL_NOTICED, name):
            left_out += 1
            print(f"ok    {name}: {said[0] if said else 'as POSIX says'}, its close was noticed or not")
        elif exclusion:
            left_out += 1
            how, why = exclusion
            if said and said[0] in how.split("|"):
                print(f"ok    {name}: {said[0]}, {why}")
            else:
                wrong += 1
                print(f"FAIL  {name}: left out as {how}, and is {said or 'as POSIX says'}")
        elif said:
            wrong += 1
            print(f"FAIL  {name}: {said[1]}")
        else:
            print(f"ok    {name}")
        sys.stdout.flush()
        clear(place)
    print(f"posix: {len(names)} checks, {wrong} of them wrong, {left_out} with a reason not as POSIX says")
    return wrong == 0


def self_test(directory, names):
    """The plain calls hold; each planted fault is seen by some check."""
    right = True
    for fault, instead in posixcalls.planted().items():
        calls = posixcalls.Faulty(instead)
        seen = None
        for number, name in enumerate(names):
            place = os.path.join(directory, f"planted-{number}")
            if tried(calls, place, name):
                seen = name
            clear(place)
            if seen:
                break
        right = right and bool(seen)
        print(f"{'ok   ' if seen else 'FAIL '} planted: {fault}: {'seen by ' + seen if seen else 'not seen'}")
    return right


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mounted", action="store_true")
    parser.add_argument("--mounted-fast", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("directory")
    options = parser.parse_args()
    os.umask(0o022)
    directory = os.path.abspath(options.directory)
    names = [name for name in posixcalls.CHECKS if re.search(options.only, name)]
    if options.self_test:
        return self_test(directory, names)
    return run(directory, options.mounted or options.mounted_fast, options.mounted_fast, names)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
