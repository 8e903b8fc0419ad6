#!/usr/bin/env python3
"""What another mail client does to the mailbox, one command a call.

    client.py deliver FOLDER FILE [--flags FLAGS]     APPEND; prints the UID
    client.py create FOLDER | delete FOLDER | rename FOLDER NEW
    client.py -- flag FOLDER UIDS +FLAGS|-FLAGS|FLAGS   e.g. '-\\Seen' (hence the --)
    client.py move FOLDER UIDS TARGET
    client.py expunge FOLDER UIDS                     \\Deleted and UID EXPUNGE of these
    client.py search FOLDER KEY...                    prints the UIDs
    client.py flags FOLDER                            prints `UID flags` of each message
    client.py show FOLDER UID                         prints its bytes
    client.py date FOLDER UID                         prints INTERNALDATE in seconds since 1970
    client.py held FOLDER ID | held-date FOLDER ID | held-flags FOLDER ID
                                                      show, date and flags (sorted, without \\Recent) of the message that is not
                                                      deleted and has this Message-ID
    client.py -- mark FOLDER ID +FLAGS                flags that message
    client.py folders | subscribed
"""
import argparse
import re
import sys

import imap


def deliver(session, folder, path, flags):
    with open(path, "rb") as file:
        content = file.read()
    data = imap.expect(session.append(imap.quote(folder), f"({flags})", None, content), "APPEND")
    assigned = re.search(rb"APPENDUID \d+ (\d+)", data[0])
    print(assigned.group(1).decode() if assigned else "")


def store(session, uids, change):
    sign = change[0] if change[:1] in ("+", "-") else ""
    imap.expect(session.uid("STORE", uids, f"{sign}FLAGS.SILENT", f"({change[len(sign):]})"), "UID STORE")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    imap.add_arguments(parser)
    parser.add_argument("--flags", default="")
    parser.add_argument("command")
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    command, rest = options.command, options.arguments
    session = imap.connect(options)
    try:
        if command == "deliver":
            deliver(session, rest[0], rest[1], options.flags)
        elif command == "create":
            imap.expect(session.create(imap.quote(rest[0])), "CREATE")
            imap.expect(session.subscribe(imap.quote(rest[0])), "SUBSCRIBE")
        elif command == "delete":
            imap.expect(session.delete(imap.quote(rest[0])), "DELETE")
        elif command == "rename":
            imap.expect(session.rename(imap.quote(rest[0]), imap.quote(rest[1])), "RENAME")
        elif command == "folders":
            for folder in sorted(imap.list_folders(session)):
                print(folder.name)
        elif command == "subscribed":
            for folder in sorted(imap.subscribed_folders(session)):
                print(folder.name)
        else:
            reading = command in ("search", "flags", "show", "date", "held", "held-date", "held-flags")
            imap.expect(session.select(imap.quote(rest[0]), readonly=reading), "SELECT")
            if command == "flag":
                store(session, rest[1], rest[2])
            elif command == "move":
                imap.expect(session.uid("MOVE", rest[1], imap.quote(rest[2])), "UID MOVE")
            elif command == "expunge":
                store(session, rest[1], "+\\Deleted")
                imap.expect(session.uid("EXPUNGE", rest[1]), "UID EXPUNGE")
            elif command == "search":
                found = imap.expect(session.uid("SEARCH", *rest[1:]), "UID SEARCH")
                print(found[0].decode() if found and found[0] else "")
            elif command.startswith("held") or command == "mark":
                # In one session: some servers number messages anew in each.
                uids = imap.expect(session.uid("SEARCH", "UNDELETED", "HEADER", "Message-ID", rest[1]), "UID SEARCH")
                uids = (uids[0] or b"").decode().split()
                if len(uids) != 1:
                    raise RuntimeError(f"{len(uids)} messages {rest[1]}")
                if command == "mark":
                    return store(session, uids[0], rest[2])
                message = imap.fetch_metadata(session, uids[0])[int(uids[0])]
                if command == "held-date":
                    print(int(message.date.timestamp()))
                elif command == "held-flags":
                    print(*sorted(message.flags - {"\\Recent"}))
                else:
                    for _, content in imap.fetch_bodies(session, [int(uids[0])]):
                        sys.stdout.buffer.write(content)
            elif command == "show":
                for _, content in imap.fetch_bodies(session, [int(rest[1])]):
                    sys.stdout.buffer.write(content)
            elif command == "date":
                for message in imap.fetch_metadata(session, rest[1]).values():
                    print(int(message.date.timestamp()))
            elif command == "flags":
                for uid, message in sorted(imap.fetch_metadata(session).items()):
                    print(uid, *sorted(message.flags - {"\\Recent"}))
            else:
                parser.error(f"no command {command}")
    finally:
        session.logout()


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError, imap.imaplib.IMAP4.error) as error:
        sys.exit(f"client.py: {error}")
