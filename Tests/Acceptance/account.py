"""What an independent client sees in an account, and does there. Names and contents, no UIDs: these may differ."""
import collections
import email
import hashlib
import types

import imap

# One message of a folder: its Message-ID, the digest of its bytes, its flags but \Recent, whether it is \Deleted.
Held = collections.namedtuple("Held", "message digest flags deleted")


def digest(content):
    return hashlib.sha256(content).hexdigest()[:16]


def with_crlf(content):
    """A text as it is sent: bare LF becomes CRLF, nothing else changes."""
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def message_id(content):
    head = content.split(b"\r\n\r\n", 1)[0]
    return (email.message_from_bytes(head).get("Message-ID") or "").strip()


def text(name, subject=None, body=b"text", lines=b"\r\n"):
    """A small message; its Message-ID is <NAME@example.com>."""
    head = (f"From: Noah <noah@example.com>\nTo: Alice <alice@example.com>\nSubject: {subject or name}\n"
            f"Date: Fri, 17 May 2024 12:00:00 +0000\nMessage-ID: <{name}@example.com>\n\n").encode()
    return head.replace(b"\n", lines) + body + lines


class Account:
    """One connection as a user; messages are named by their Message-ID."""

    def __init__(self, host, port, user, password, tls=False, ca=None):
        self.session = imap.connect(types.SimpleNamespace(
            host=host, port=port, user=user, password=password, password_file=None, tls=tls, ca=ca))

    def close(self):
        try:
            self.session.logout()
        except (OSError, imap.imaplib.IMAP4.error):
            pass

    # --- looking --------------------------------------------------------------------------------

    def folders(self):
        return sorted(one.name for one in imap.list_folders(self.session)
                      if not {"\\noselect", "\\nonexistent"} & set(one.attributes))

    def open(self, folder, readonly=True):
        imap.expect(self.session.select(imap.quote(folder), readonly=readonly), f"SELECT {folder}")

    def messages(self, folder):
        """uid -> Held."""
        self.open(folder)
        found = imap.fetch_metadata(self.session)
        held = {}
        for uid, content in imap.fetch_bodies(self.session, sorted(found)):
            flags = found[uid].flags - {"\\Recent"}
            held[uid] = Held(message_id(content), digest(content), frozenset(flags - {"\\Deleted"}), "\\Deleted" in flags)
        return held

    def snapshot(self, folders=None):
        """folder -> how often each Held is in it."""
        return {folder: collections.Counter(self.messages(folder).values()) for folder in folders or self.folders()}

    def uid(self, folder, name):
        """The UID of the only message of this name."""
        wanted = f"<{name}@example.com>"
        found = [uid for uid, held in self.messages(folder).items() if held.message == wanted]
        if len(found) != 1:
            raise RuntimeError(f"{name} is {len(found)} times in {folder}")
        return found[0]

    # --- doing ----------------------------------------------------------------------------------

    def create(self, folder):
        imap.expect(self.session.create(imap.quote(folder)), f"CREATE {folder}")
        imap.expect(self.session.subscribe(imap.quote(folder)), f"SUBSCRIBE {folder}")

    def delete_folder(self, folder):
        imap.expect(self.session.delete(imap.quote(folder)), f"DELETE {folder}")

    def rename_folder(self, folder, new):
        imap.expect(self.session.rename(imap.quote(folder), imap.quote(new)), f"RENAME {folder}")

    def deliver(self, folder, content, flags="()"):
        imap.expect(self.session.append(imap.quote(folder), flags, '"17-May-2024 12:00:00 +0000"', content),
                    f"APPEND {folder}")

    def move(self, folder, name, target):
        uid = str(self.uid(folder, name))
        self.open(folder, readonly=False)
        imap.expect(self.session.uid("MOVE", uid, imap.quote(target)), "MOVE")

    def expunge(self, folder, name):
        uid = str(self.uid(folder, name))
        self.open(folder, readonly=False)
        imap.expect(self.session.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"), "STORE")
        imap.expect(self.session.uid("EXPUNGE", uid), "UID EXPUNGE")

    def flag(self, folder, name, change, flags):
        uid = str(self.uid(folder, name))
        self.open(folder, readonly=False)
        imap.expect(self.session.uid("STORE", uid, f"{change}FLAGS.SILENT", f"({flags})"), "STORE")
