#!/usr/bin/env python3
"""Whether a mount shows what the server has: each folder, and in it each text as often. Names may be anybody's.

    agree.py MOUNT [where the server is] [--folder FOLDER]
    agree.py --self-test

Files that the server does not have (scratch, waiting, failed) are left out.
"""
import argparse
import collections
import os
import sys

import account
import imap

APART = ("failed", "pending", "local")


def shown(place, only=None):
    """folder -> how often each digest is in it, after what a listing and the files themselves say."""
    found = {}

    def refuse(error):
        raise error
    for directory, folders, names in os.walk(place, onerror=refuse):
        folders.sort()
        folder = os.path.relpath(directory, place)
        if directory == place or (only and folder != only and not folder.startswith(only + "/")):
            continue
        found[folder] = collections.Counter()
        for name in names:
            path = os.path.join(directory, name)
            try:
                state = os.getxattr(path, "user.mailmount.state").decode()
            except OSError:
                state = "local"
            if state not in APART:
                with open(path, "rb") as file:
                    found[folder][account.digest(file.read())] += 1
    return found


def there(session, only=None):
    """The same of the server, \\Deleted left out."""
    found = {}
    for folder in session.folders():
        if not only or folder == only or folder.startswith(only + "/"):
            found[folder] = collections.Counter(
                one.digest for one in session.messages(folder).values() if not one.deleted)
    return found


def differences(mount, server):
    for folder in sorted(set(mount) | set(server)):
        if folder not in mount or folder not in server:
            yield f"{folder} is {'not shown' if folder in server else 'not on the server'}"
            continue
        missing, surplus = server[folder] - mount[folder], mount[folder] - server[folder]
        if missing or surplus:
            yield f"{folder}: {sum(missing.values())} texts of the server are not shown, {sum(surplus.values())} shown are not there"


def self_test():
    one = {"INBOX": collections.Counter("aab"), "Work": collections.Counter()}
    cases = {
        "a folder too few": ({"INBOX": one["INBOX"]}, 1), "a folder too many": ({**one, "More": {}}, 1),
        "one is missing": ({**one, "INBOX": collections.Counter("ab")}, 1), "one is twice": ({**one, "INBOX": collections.Counter("aabb")}, 1),
        "another text": ({**one, "INBOX": collections.Counter("aac")}, 1),
    }
    right = not list(differences(one, one))
    for text, (other, wanted) in cases.items():
        seen = len(list(differences(other, one)))
        right = right and seen == wanted
        print(f"{'ok   ' if seen == wanted else 'FAIL '} planted: agree.py and {text}")
    return right


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    imap.add_arguments(parser)
    parser.add_argument("--folder")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("mount", nargs="?")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    session = account.Account(options.host, options.port, options.user, options.password, options.tls, options.ca)
    mount, server = shown(options.mount, options.folder), there(session, options.folder)
    session.close()
    wrong = list(differences(mount, server))
    for line in wrong:
        print(line)
    print(f"{len(server)} folders, {sum(sum(one.values()) for one in server.values())} messages")
    return not wrong and bool(server)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
