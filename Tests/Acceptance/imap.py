"""An IMAP client for the acceptance checks: imaplib with what it lacks.

Everything here addresses messages by UID and reads with BODY.PEEK, so its own traffic passes the
checks that are made of mailmount's. Each connection introduces itself with ID, by which `wire.py`
tells it from the program under test.
"""
import base64
import collections
import datetime
import imaplib
import re
import ssl

imaplib._MAXLINE = max(imaplib._MAXLINE, 64 << 20)
imaplib.Commands.setdefault("ID", ("NONAUTH", "AUTH", "SELECTED"))
imaplib.Commands.setdefault("MOVE", ("SELECTED",))

INTRODUCTION = "mailmount-acceptance"

Folder = collections.namedtuple("Folder", "name attributes separator")
Message = collections.namedtuple("Message", "uid flags date size")


def add_arguments(parser):
    """The options that say where the server is."""
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, required=False)
    parser.add_argument("--tls", action="store_true", help="TLS from the first byte")
    parser.add_argument("--ca", help="PEM file of the authority that signed the server's certificate")
    parser.add_argument("--user", default="alice")
    parser.add_argument("--password", default="wonderland")
    parser.add_argument("--password-file", metavar="FILE", help="read the password from its first line")


def connect(options):
    """A logged-in connection; the caller logs out."""
    password = options.password
    if options.password_file:
        with open(options.password_file, encoding="utf-8") as file:
            password = file.readline().rstrip("\n")
    if options.tls:
        context = ssl.create_default_context(cafile=options.ca)
        session = imaplib.IMAP4_SSL(options.host, options.port, ssl_context=context, timeout=120)
    else:
        session = imaplib.IMAP4(options.host, options.port, timeout=120)
    session.login(options.user, password)
    try:
        session.xatom("ID", f'("name" "{INTRODUCTION}")')
    except imaplib.IMAP4.error:
        pass  # not every server knows ID; then wire.py has nothing to read either
    return session


def expect(answer, what):
    """The data of an answer, or an error that says what was refused."""
    status, data = answer
    if status != "OK":
        raise RuntimeError(f"{what}: {status} {data!r}")
    return data


def encode_name(name):
    """Modified UTF-7 (RFC 3501, 5.1.3)."""
    out, run = [], []

    def flush():
        if run:
            packed = base64.b64encode("".join(run).encode("utf-16-be")).rstrip(b"=")
            out.append("&" + packed.decode().replace("/", ",") + "-")
            run.clear()

    for character in name:
        if " " <= character <= "~":
            flush()
            out.append("&-" if character == "&" else character)
        else:
            run.append(character)
    flush()
    return "".join(out)


def decode_name(name):
    """The reverse of `encode_name`."""

    def decode(match):
        packed = match.group(1)
        if not packed:
            return "&"
        padded = packed.replace(",", "/") + "=" * (-len(packed) % 4)
        return base64.b64decode(padded).decode("utf-16-be")

    return re.sub("&([^-]*)-", decode, name)


def quote(name):
    """A decoded mailbox name as a quoted string."""
    return '"' + encode_name(name).replace("\\", "\\\\").replace('"', '\\"') + '"'


def list_folders(session):
    """Every folder of the account, names decoded."""
    return folders_of(expect(session.list('""', '"*"'), "LIST"))


def subscribed_folders(session):
    """Every folder that is subscribed, names decoded."""
    return folders_of(expect(session.lsub('""', '"*"'), "LSUB"))


def folders_of(lines):
    """The folders of LIST or LSUB answers."""
    folders = []
    for line in lines:
        if line is None:
            continue
        literal = None
        if isinstance(line, tuple):
            line, literal = line
        head = re.match(rb'\(([^)]*)\) (?:"((?:\\.|[^"])*)"|NIL) ?', line)
        if not head:
            continue
        rest = literal if literal is not None else line[head.end():]
        if literal is None and rest.startswith(b'"'):
            rest = re.sub(rb"\\(.)", rb"\1", rest[1:-1])
        separator = re.sub(rb"\\(.)", rb"\1", head.group(2) or b"").decode()
        name = decode_name(rest.decode("ascii"))
        if name.upper() == "INBOX":
            name = "INBOX"
        folders.append(Folder(name, head.group(1).decode().lower().split(), separator))
    return folders


def uid_validity(session, folder):
    """Opens the folder read-only and returns its UIDVALIDITY."""
    expect(session.select(quote(folder), readonly=True), f"EXAMINE {folder}")
    return int(session.response("UIDVALIDITY")[1][0])


def parse_date(text):
    """INTERNALDATE as an aware datetime."""
    return datetime.datetime.strptime(text.strip(), "%d-%b-%Y %H:%M:%S %z")


def parse_attributes(text):
    """UID, FLAGS, INTERNALDATE and RFC822.SIZE of one FETCH answer, whatever their order."""
    text = text.decode("latin-1")
    uid = re.search(r"\bUID (\d+)", text)
    flags = re.search(r"\bFLAGS \(([^)]*)\)", text)
    date = re.search(r'\bINTERNALDATE "([^"]*)"', text)
    size = re.search(r"\bRFC822\.SIZE (\d+)", text)
    if not uid:
        return None
    return Message(
        int(uid.group(1)),
        frozenset(flags.group(1).split()) if flags else None,
        parse_date(date.group(1)) if date else None,
        int(size.group(1)) if size else None)


def fetch_metadata(session, uids="1:*"):
    """uid -> Message of the folder that is open."""
    found = {}
    for line in expect(session.uid("FETCH", uids, "(UID FLAGS INTERNALDATE RFC822.SIZE)"), "UID FETCH"):
        if isinstance(line, tuple):
            line = line[0]
        message = parse_attributes(line) if line else None
        if message and message.flags is not None and message.date is not None:
            found[message.uid] = message
    return found


def fetch_bodies(session, uids):
    """Yields (uid, bytes) for the UIDs given, in batches."""
    uids = list(uids)
    for start in range(0, len(uids), 100):
        batch = ",".join(str(uid) for uid in uids[start:start + 100])
        data = expect(session.uid("FETCH", batch, "(UID BODY.PEEK[])"), "UID FETCH bodies")
        for index, line in enumerate(data):
            if not isinstance(line, tuple):
                continue
            head = line[0]
            tail = data[index + 1] if index + 1 < len(data) and isinstance(data[index + 1], bytes) else b""
            message = parse_attributes(head) or parse_attributes(tail)
            if message:
                yield message.uid, line[1]
