"""What befalls a program of changes from outside: another client, the line, the end of the mount."""
import account
import imap
import wireline

FLAG = "\\Answered"


# --- another client -----------------------------------------------------------------------------

def found(play):
    """(folder, uid, number) of a message on the server that is not deleted."""
    session = play.session
    folders = [one for one in session.folders() if one not in ("Bulk", "Trash")]
    play.rng.shuffle(folders)
    for folder in folders:
        try:
            there = session.messages(folder)
        except (RuntimeError, account.imap.imaplib.IMAP4.error):
            # The mount has deleted it since it was listed.
            play.renew_session()
            return None
        held = [(uid, play.ledger.numbers.get(one.digest)) for uid, one in sorted(there.items()) if not one.deleted]
        held = [(uid, number) for uid, number in held if number]
        if held:
            return (folder, *play.rng.choice(held))
    return None


def known(play, folder, number):
    """The copy that it is; None where the ledger cannot tell, or where it is gone here and not yet there."""
    copies = play.ledger.of(number)
    here = [one for one in copies if one.folder == folder]
    settled = all(one.owner is None and one.folder for one in copies)
    if any(one.number == number and one.owner is not None for one in play.ledger.deleted):
        # The server may have still what was removed here, or put elsewhere before that.
        if settled and not here:
            return None
    elif len(copies) == 1:
        return copies[0]
    elif len(here) == 1 and settled:
        return here[0]
    for copy in copies:
        play.ledger.doubtful(copy)
    return None


def rival_delivers(play):
    play.letters += 1
    name = f"r{play.letters}"
    folder = play.rng.choice(["INBOX", "Work", "Archive", "Drafts"])
    content = account.text(name, body=f"mark {name}".encode())
    play.say(f"rival: delivers {name} to {folder}")
    # Dovecot ends a session whose open folder was removed, at the next command that is not SELECT.
    play.session.open(folder)
    play.session.deliver(folder, content)
    play.ledger.made(content, folder, None, frozenset())


def rival_expunges(play):
    what = found(play)
    if not what:
        return
    folder, uid, number = what
    play.say(f"rival: expunges {number} in {folder}")
    session = play.session
    session.open(folder, readonly=False)
    imap.expect(session.session.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)"), "STORE")
    imap.expect(session.session.uid("EXPUNGE", str(uid)), "UID EXPUNGE")
    play.ledger.named.add(number)
    copy = known(play, folder, number)
    if copy:
        # What waits to be copied from it may be there yet.
        play.ledger.gone(copy)
    # What was deleted here and can be brought back may be what went.
    for deleted in play.ledger.deleted:
        if deleted.number == number:
            deleted.certain = False


def rival_moves(play):
    what = found(play)
    if not what:
        return
    folder, uid, number = what
    goal = play.rng.choice([one for one in ("INBOX", "Work", "Archive", "Sent") if one != folder])
    play.say(f"rival: moves {number} from {folder} to {goal}")
    session = play.session
    session.open(folder, readonly=False)
    imap.expect(session.session.uid("MOVE", str(uid), goal), "MOVE")
    play.ledger.named.add(number)
    if not play.ledger.of(number):
        play.ledger.surplus[number] += 1
        return
    copy = known(play, folder, number)
    if any(one.number == number for one in play.ledger.deleted):
        play.ledger.surplus[number] += 1
    if not copy:
        return
    if copy.owner is None and copy.folder == folder:
        copy.folder, copy.name = goal, None
    else:
        play.ledger.loose(copy)


def rival_flags(play):
    what = found(play)
    if not what:
        return
    folder, uid, number = what
    play.say(f"rival: flags {number} in {folder}")
    session = play.session
    session.open(folder, readonly=False)
    imap.expect(session.session.uid("STORE", str(uid), "+FLAGS.SILENT", f"({FLAG})"), "STORE")
    for copy in play.ledger.of(number):
        copy.is_unheard = True
        if len(play.ledger.of(number)) > 1 or copy.owner is not None:
            copy.flags = None
        elif copy.flags is not None:
            copy.flags = copy.flags | {FLAG}
    for deleted in play.ledger.deleted:
        if deleted.number == number:
            deleted.flags = None


def rival_renames_folder(play):
    there = play.session.folders()
    mine = [one for one in there if one.split("/")[-1] in ("F0", "F1", "F2", "F3")]
    goals = [one for one in ("F0", "F1", "F2", "F3") if one not in there]
    if not mine or not goals:
        return
    folder, goal = play.rng.choice(mine), play.rng.choice(goals)
    if folder == goal or goal.startswith(folder + "/"):
        return
    play.say(f"rival: renames folder {folder} to {goal}")
    play.session.rename_folder(folder, goal)
    play.ledger.folder_in_doubt(folder, goal)


RIVAL = [(rival_delivers, 3), (rival_expunges, 2), (rival_moves, 3), (rival_flags, 2)]
RIVAL_FOLDERS = [(rival_renames_folder, 2)]


# --- the line and the mount ---------------------------------------------------------------------

def toggle(play):
    mount = play.mount
    if mount.is_plugged:
        play.say("offline")
        mount.unplug()
    else:
        play.say("online")
        mount.plug()


def fault(play):
    kind = play.rng.choice([one for one in wireline.KINDS if not one.startswith("kill")])
    number = play.rng.randrange(1, 30)
    play.say(f"{kind} at event {number} of the line")
    play.mount.wire.arm(wireline.Fault(number, kind))


def lose(play):
    play.say("all connections are lost")
    play.mount.wire.lose()


def kill(play):
    play.say("kill -9, and mount again")
    play.kill()


def kill_soon(play):
    play.pending_kill = play.rng.choice([0.0005, 0.001, 0.003, 0.01, 0.03, 0.1])
    play.say(f"kill -9 in {play.pending_kill} s")


def remount(play):
    play.say("unmount, and mount again")
    play.remount()


def switch(play):
    play.switch()


LINE = [(toggle, 3), (lose, 1)]
CUTS = [(fault, 4), (lose, 1)]
KILLS = [(kill, 2), (kill_soon, 2)]
MOUNTS = [(remount, 1)]
TWO = [(switch, 5)]
