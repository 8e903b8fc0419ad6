#!/usr/bin/env python3
"""Odd messages, and what `.views/parts` shows of them held against Python's own parser.

    views.py upload --port N --ca FILE FOLDER COUNT SEED   messages made of SEED, many of them malformed
    views.py add --port N --ca FILE FOLDER FILE...         these messages
    views.py compare MOUNT FOLDER                          every part, octet for octet; prints how many
    views.py gmime MOUNT FOLDER                            the same against GMime, by Debian's python3 with gir1.2-gmime-3.0
    views.py bomb KIND                                     a message on standard output

Not compared is what Python gives up on: base64 whose last digit stands alone, which it does not decode at all, and attached messages in an
encoding, which it takes for messages before it has decoded them.

GMime and Python differ, and the mount is with Python, in
- a multipart without parts, or with those of the one around (one boundary for both): GMime has no part, Python what stands there;
- a boundary with nothing behind it: GMime has no part there;
- two fields Content-Type: GMime goes by the last one; one that is none, in a digest: GMime goes by the digest's;
- a header that no empty line ends: GMime takes what follows for fields, or has no message at all;
- the line end in front of the boundary of an outer multipart, and at the end of what is not closed: GMime leaves its CR, or all of it;
- base64 that ends within a group, and quoted-printable with an escape that is none: GMime drops these octets.
A message with one of the first four is not compared, line ends at the end of a part are not, nor is a part of the last kind.
"""
import base64
import email
import email.errors
import imaplib
import os
import quopri
import random
import re
import ssl
import sys

NAMES = ("plan.pdf", "Größe.txt", "a.txt", "a.txt", "../up.sh", ".hidden", "x" * 300 + ".png", "", "花.jpg")
WORDS = "berth harbour pier regatta Friday staff tide --b --b0 -- From >From = =3D =C3=B6 a\tb".split(" ")


def octets(pick, count):
    return bytes(pick.choice(range(1, 256)) for _ in range(count)).replace(b"\r", b"r").replace(b"\n", b"n")


def text(pick, count):
    lines = []
    for _ in range(count):
        lines.append(" ".join(pick.choices(WORDS, k=pick.randrange(0, 12))) + pick.choice(("", "", " ", "\t")))
    return "\r\n".join(lines).encode()


def leaf(pick):
    kind = pick.choice(("text/plain", "text/html", "image/png", "application/pdf", "odd", "text/plain; charset=x-none"))
    header = [f"Content-Type: {kind}"] if pick.random() < 0.8 else []
    name = pick.choice(NAMES)
    form = pick.randrange(4)
    if form == 1:
        header.append(f'Content-Disposition: attachment;\r\n filename="{name}"')
    elif form == 2:
        encoded = "".join(f"%{octet:02X}" for octet in name.encode())
        half = len(encoded) // 6 * 3
        header.append(f"Content-Disposition: attachment; filename*0*=utf-8''{encoded[:half]};\r\n filename*1*={encoded[half:]}")
    elif form == 3 and header:
        word = base64.b64encode(name.encode()).decode()
        header[0] += f';\r\n name="=?utf-8?B?{word}?="'
    plain = pick.choice((octets(pick, pick.randrange(0, 400)), text(pick, pick.randrange(0, 12)), b""))
    encoding = pick.choice(("", "7bit", "8bit", "base64", "BASE64", "quoted-printable", "Quoted-Printable", "unknown"))
    if encoding:
        header.append(f"Content-Transfer-Encoding: {encoding}")
    if encoding.lower() == "base64":
        width = pick.choice((19, 57, 300))
        body = b"\r\n".join(base64.b64encode(plain[at:at + width]) for at in range(0, len(plain) - len(plain) % 3, width))
        if pick.random() < 0.2:
            body += pick.choice((b"\r\n", b"\r\n\r\n!!!!", b"=\r\n", b"\r\n----\r\n"))
    elif encoding.lower() == "quoted-printable":
        body = quopri.encodestring(plain).replace(b"\n", b"\r\n")
        if pick.random() < 0.3:
            body += pick.choice((b"=", b"=zz", b"=4", b"==3D", b"=\r\n", b"= \r\nx", b"a=\t\r\nb"))
    else:
        body = plain
    return header, body


def part(pick, depth):
    choice = pick.random()
    if depth >= 4 or choice < 0.55:
        return leaf(pick)
    if choice < 0.7:
        header, body = part(pick, depth + 1)
        return ["Content-Type: message/rfc822"], whole(pick, [f"Subject: inner {depth}"] + header, body)
    boundary = pick.choice(("b", "b0", f"b{depth}", f"=_{pick.randrange(1000)} x", "b" * 70))
    kind = pick.choice(("mixed", "alternative", "related", "digest", "x-odd", "signed"))
    lines = [pick.choice((b"", b"", b"preamble\r\n", b"--\r\n", b"--" + boundary.encode() + b"x\r\n"))]
    for _ in range(pick.randrange(0, 5)):
        lines.append(b"--" + boundary.encode() + pick.choice((b"", b"", b"", b" ", b"\t \t")) + pick.choice((b"\r\n", b"\n")))
        if pick.random() < 0.05:
            lines.append(lines[-1])
        if kind == "digest" and pick.random() < 0.7:
            header, body = part(pick, depth + 1)
            lines.append(b"\r\n" + whole(pick, ["Subject: digest"] + header, body))
        else:
            header, body = part(pick, depth + 1)
            if kind == "digest" and not any(line.startswith("Content-Type") for line in header):
                header.append("Content-Type: text/plain")
            lines.append(whole(pick, header, body))
        lines.append(b"\r\n")
    if len(lines) > 1 and pick.random() < 0.8:
        lines.append(b"--" + boundary.encode() + b"--" + pick.choice((b"", b"\r\n", b" \r\nepilogue\r\n")))
    quote = '"' if " " in boundary or pick.random() < 0.5 else ""
    header = [f"Content-Type: multipart/{kind}; boundary={quote}{boundary}{quote}"]
    if pick.random() < 0.1:
        header.append("Content-Transfer-Encoding: base64")
    return header, b"".join(lines)


def whole(pick, header, body):
    pick.shuffle(header)
    # Python takes a line that begins with "From " for the end of mbox's, and a following empty line away with it.
    keeps = pick.random() < 0.95 or not header or body.startswith(b"From ")
    separator = b"\r\n" if keeps else b""
    return "".join(line + "\r\n" for line in header).encode() + separator + body


def message(pick, number):
    header, body = part(pick, 0)
    made = whole(pick, ["MIME-Version: 1.0"] + header, body)
    if pick.random() < 0.1:
        made = made[:pick.randrange(len(made) // 2, len(made))]
    return f"Subject: odd {number}\r\nMessage-ID: <odd{number}@example.org>\r\n".encode() + made


def bomb(kind):
    if kind == "deep":
        for level in range(5000):
            print(f"Content-Type: multipart/mixed; boundary=b{level}x\n\n--b{level}x")
        print("\nBottom.")
    elif kind == "wide":
        print("Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n" * 100_000 + "--b--")
    elif kind == "hyphens":
        for level in range(100):
            print(f"Content-Type: multipart/mixed; boundary=b{level}x\n\n--b{level}x")
        print("\n" + "--b\n" * 2_000_000)
    elif kind == "html":
        print("Content-Type: text/html\n\n" + "<div><p>The end &amp; <a href='https://example.org/'>more</a>\n" * 900_000)
    elif kind == "base64":
        print("Content-Type: application/octet-stream; name=big.bin\nContent-Transfer-Encoding: base64\n")
        print((base64.b64encode(bytes(57)).decode() + "\n") * 300_000)
    else:
        sys.exit(f"views.py: no bomb {kind}")


# --- the mount against Python's parser ------------------------------------------------------------

def inside(one):
    """The parts in a directory: of an attached message, those of that message."""
    if not one.is_multipart():
        return [one]
    if one.get_content_maintype() == "message":
        inner = one.get_payload(0)
        return inner.get_payload() if inner.is_multipart() and inner.get_content_maintype() == "multipart" else [inner]
    return one.get_payload()


def is_undecidable(one):
    encoding = str(one.get("Content-Transfer-Encoding", "")).strip().lower()
    if one.get_content_maintype() == "message":
        return encoding in ("base64", "quoted-printable")
    if encoding != "base64" or one.is_multipart():
        return False
    digits = re.sub(r"[^A-Za-z0-9+/]", "", one.get_payload().split("=")[0])
    return len(digits) % 4 == 1


def problems(parts, directory):
    names = os.listdir(directory)
    if len(names) != len(parts):
        yield f"{directory}: {len(names)} entries of {len(parts)} parts"
        return
    for one, name in zip(parts, names):
        path = os.path.join(directory, name)
        raw = os.fsencode(name)
        if name.startswith(".") or len(raw) > 200 or any(octet < 32 or octet == 127 for octet in raw):
            yield f"{path}: an unsafe name"
        if is_undecidable(one):
            continue
        lacks = one.get_content_maintype() == "multipart" and not one.is_multipart()
        if lacks and os.path.isdir(path) and not os.listdir(path):
            # Its first boundary was the closing one: Python shows what stands before it.
            continue
        if one.is_multipart() != os.path.isdir(path):
            yield f"{path}: a {'file' if one.is_multipart() else 'directory'}"
        elif one.is_multipart():
            yield from problems(inside(one), path)
        else:
            with open(path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                content = file.read()
            wanted = one.get_payload(decode=True) or b""
            problems.parts += 1
            if size != len(content):
                yield f"{path}: {size} octets announced, {len(content)} read"
            # To Python the line end before a boundary is part of a multipart that has no parts.
            if content != wanted and not (lacks and content + b"\r\n" == wanted):
                yield f"{path}: {content[:60]!r} where {wanted[:60]!r} is right"


def compare(mount, folder):
    problems.parts = 0
    bad = messages = 0
    for name in sorted(os.listdir(os.path.join(mount, folder))):
        with open(os.path.join(mount, folder, name), "rb") as file:
            parsed = email.message_from_bytes(file.read())
        messages += 1
        if is_undecidable(parsed):
            continue
        for problem in problems(inside(parsed), os.path.join(mount, ".views/parts", folder, name)):
            print(problem)
            bad += 1
    print(f"{messages} messages, {problems.parts} parts, {bad} differ")
    return 1 if bad or not problems.parts else 0


# --- the mount against GMime ----------------------------------------------------------------------

def is_odd_to_gmime(one, around=()):
    if any(isinstance(defect, email.errors.MissingHeaderBodySeparatorDefect) for defect in one.defects):
        return True
    if len(one.get_all("Content-Type", [])) > 1:
        return True
    if one.get_content_maintype() == "multipart":
        if not one.is_multipart() or one.get_boundary() in around:
            return True
        parts = one.get_payload()
        if not parts[-1].keys() and not parts[-1].get_payload():
            return True
        if one.get_content_subtype() == "digest" and any("/" not in part.get("Content-Type", "/") for part in parts):
            return True
        around += (one.get_boundary(),)
    elif one.get_content_maintype() == "message" and is_undecidable(one):
        return True
    return one.is_multipart() and any(is_odd_to_gmime(part, around) for part in one.get_payload())


def is_loose(encoding, octets):
    """Whether GMime drops some of these encoded octets."""
    if encoding == "base64":
        return len(re.sub(rb"[^A-Za-z0-9+/]", b"", octets.split(b"=")[0])) % 4 != 0 or b"=" in octets.rstrip(b"=\r\n")
    return encoding == "quoted-printable" and re.search(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n)", octets) is not None


def gmime(mount, folder):
    import gi
    gi.require_version("GMime", "3.0")
    from gi.repository import GMime
    GMime.init()

    def inside(one):
        if isinstance(one, GMime.Multipart):
            return [one.get_part(index) for index in range(one.get_count())]
        if isinstance(one, GMime.MessagePart):
            inner = one.get_message() and one.get_message().get_mime_part()
            return [] if inner is None else inside(inner) if isinstance(inner, GMime.Multipart) else [inner]
        return [one]

    def octets(one, decoded):
        content = one.get_content()
        if content is None:
            return b""
        stream = GMime.StreamMem.new()
        if decoded:
            content.write_to_stream(stream)
        else:
            content.get_stream().reset()
            stream = GMime.StreamMem.new()
            content.get_stream().write_to_stream(stream)
        return bytes(stream.get_byte_array())

    def differences(parts, directory):
        names = os.listdir(directory)
        if len(names) != len(parts):
            yield f"{directory}: {len(names)} entries of {len(parts)} parts"
            return
        for one, name in zip(parts, names):
            path = os.path.join(directory, name)
            holds = isinstance(one, (GMime.Multipart, GMime.MessagePart))
            if holds != os.path.isdir(path):
                yield f"{path}: a {'file' if holds else 'directory'}"
            elif holds:
                yield from differences(inside(one), path)
            else:
                encoding = (one.get_header("Content-Transfer-Encoding") or "").strip().lower()
                if is_loose(encoding, octets(one, False)):
                    continue
                with open(path, "rb") as file:
                    content = file.read()
                gmime.parts += 1
                if content.rstrip(b"\r\n") != octets(one, True).rstrip(b"\r\n"):
                    yield f"{path}: {content[:60]!r} where GMime has {octets(one, True)[:60]!r}"

    gmime.parts = bad = messages = left_out = 0
    for name in sorted(os.listdir(os.path.join(mount, folder))):
        with open(os.path.join(mount, folder, name), "rb") as file:
            content = file.read()
        messages += 1
        if is_odd_to_gmime(email.message_from_bytes(content)):
            left_out += 1
            continue
        parsed = GMime.Parser.new_with_stream(GMime.StreamMem.new_with_buffer(content)).construct_message(None)
        for problem in differences(inside(parsed.get_mime_part()), os.path.join(mount, ".views/parts", folder, name)):
            print(problem)
            bad += 1
    print(f"{messages} messages, {left_out} left out, {gmime.parts} parts, {bad} differ")
    return 1 if bad or left_out * 2 > messages or not gmime.parts else 0


def upload(port, ca, folder, messages):
    with imaplib.IMAP4_SSL("localhost", port, ssl_context=ssl.create_default_context(cafile=ca)) as server:
        server.login("alice", "wonderland")
        server.create(folder)
        for one in messages:
            status, answer = server.append(folder, None, None, one)
            if status != "OK":
                sys.exit(f"views.py: {answer}")


def main(arguments):
    command = arguments[0]
    if command == "compare":
        return compare(*arguments[1:])
    if command == "gmime":
        return gmime(*arguments[1:])
    if command == "bomb":
        return bomb(arguments[1])
    port, ca, folder = int(arguments[2]), arguments[4], arguments[5]
    if command == "upload":
        pick = random.Random(arguments[7])
        upload(port, ca, folder, [message(pick, number) for number in range(int(arguments[6]))])
    else:
        messages = []
        for path in arguments[6:]:
            with open(path, "rb") as file:
                messages.append(file.read().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        upload(port, ca, folder, messages)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
