"""Synthetic mail as real mailboxes hold it, odd mail included.

`message(seed, number)` depends on its two arguments alone. About one message in twelve has
something that a careful client must survive: raw 8-bit headers, no Message-ID, no Date, no blank
line, a bare CR, one endless line, an empty body, a copy of an earlier message.
"""
import base64
import collections
import datetime
import math
import quopri
import random

Sample = collections.namedtuple("Sample", "content flags date")

# language: charset of its body, words of prose
LANGUAGES = {
    "en": ("us-ascii", "the harbour office sends its weekly list of boats and berths to every member who asked "
           "for it please read before Friday and answer with a short note about your own plans"),
    "de": ("iso-8859-1", "die nächste Übung findet am Samstag im großen Saal statt bitte bringt Stühle Tücher und "
           "gute Laune mit für Kaffee und Brötchen ist gesorgt schöne Grüße"),
    "fr": ("iso-8859-15", "la bibliothèque rouvrira après les congés d'été le catalogue a été complété où vous "
           "trouverez œuvres récentes revues et mémoires prêtés à chaque élève"),
    "es": ("windows-1252", "mañana llegará el camión con los árboles del jardín según el año pasado también "
           "habrá música café y canción «de otoño» para niños"),
    "pl": ("iso-8859-2", "ogród społeczny ogłasza zbiórkę narzędzi każda łopata grabie i taczka się przyda "
           "święto plonów odbędzie się już wkrótce"),
    "el": ("iso-8859-7", "η εκδρομή στο βουνό αναβάλλεται λόγω καιρού νέα ημερομηνία θα ανακοινωθεί σύντομα "
           "ευχαριστούμε για την υπομονή"),
    "ru": ("koi8-r", "кружок любителей астрономии приглашает всех на ночные наблюдения возьмите тёплую одежду "
           "фонарь и хорошее настроение"),
    "uk": ("windows-1251", "їжак прийшов уночі до ґанку й з'їв усі яблука що ми лишили для сусідів"),
    "tr": ("iso-8859-9", "öğretmenler günü için şiir yarışması düzenliyoruz başvurular çarşamba akşamına kadar"),
    "he": ("utf-8", "מועדון השחמט נפגש ביום שלישי בשעה שבע נא להביא לוח"),
    "ar": ("windows-1256", "ورشة الخط العربي تبدأ يوم الأحد في المكتبة العامة والدعوة للجميع"),
    "hi": ("utf-8", "बगीचे में नए पौधे लगाने के लिए रविवार सुबह सब लोग आएँ"),
    "th": ("utf-8", "ตลาด นัด ชุมชน เปิด ทุก วัน เสาร์ เชิญ ชวน เพื่อน บ้าน มา"),
    "ja": ("iso-2022-jp", "来週の 町内会 では 防災訓練 を 行います 参加できる方は 返信 してください よろしく お願いします"),
    "zh": ("gb18030", "社区 图书馆 本周六 上午 举办 读书会 欢迎 大家 带上 喜欢的 书 一起 来 交流"),
    "tw": ("big5", "下週 的 登山 活動 因 天候 不佳 延期 新 的 日期 將 另行 通知"),
    "ko": ("euc-kr", "다음 주 토요일 마을 도서관 에서 작은 음악회 를 엽니다 많은 참여 바랍니다"),
    "xx": ("utf-8", "fête 🎈 naïve e\u0301tude 👩\u200d🔬 ½ price “quoted” — dash\u00a0glued Ⅳ ﬁnal 🇮🇸 zero\u200bwidth"),
}
PROSE = {name: (charset, text.split()) for name, (charset, text) in LANGUAGES.items()}
USUAL = ["en"] * 14 + [name for name in LANGUAGES]
PEOPLE = [
    "Mina Okafor", "Per Åkesson", "Élodie Brun", "Jörg Süß", "Агата Лунина", "佐藤 花", "李晓雨", "박서준", "نور الحداد",
    "Wójcik, Żaneta", "Δάφνη Ρήγα", "\"The Harbour Office\"", "Sam O'Hara", "noah", "יעל בר", "Quill & Sons Ltd.",
    "Ömer Ünal"]
HOSTS = ["example.org", "example.com", "mail.example.net", "lists.example.org"]
STRUCTURES = (
    ["plain"] * 24 + ["eightbit"] * 8 + ["quoted"] * 14 + ["base64"] * 6 + ["alternative"] * 26 + ["attachment"] * 8
    + ["related"] * 3 + ["calendar"] * 2 + ["forward"] * 3 + ["list"] * 4 + ["flowed"] * 2)
ODDITIES = [
    "raw header", "no message-id", "no date", "strange date", "no subject", "no from", "bare cr", "from line", "dots",
    "long line", "empty body", "no blank line", "no last newline", "long header", "folded subject", "copy",
    "bad charset"]
KEYWORDS = ["$Forwarded", "$Junk", "$NotJunk", "$Label1", "receipts", "To-Do"]


def prose(rng, words, size):
    """Paragraphs of about `size` characters, lines under 76."""
    lines, line, total = [], "", 0
    while total < size:
        word = rng.choice(words)
        if len(line) + len(word) > 72:
            lines.append(line)
            total += len(line) + 2
            line = ""
            if rng.random() < 0.12:
                lines.append("")
        line = f"{line} {word}" if line else word
    return "\r\n".join(lines + [line, ""])


def encoded_word(rng, text, charset):
    """A header's text: as it is where it is ASCII, else encoded words (RFC 2047), folded."""
    if text.isascii():
        return text
    if rng.random() < 0.5:
        charset = "utf-8"
    words, piece = [], ""

    def finish(piece):
        raw = piece.encode(charset, "replace")
        if charset.startswith("iso-8859") and rng.random() < 0.6:
            q = "".join(chr(b) if chr(b).isalnum() and b < 128 else "_" if b == 32 else f"={b:02X}" for b in raw)
            return f"=?{charset}?Q?{q}?="
        return f"=?{charset.upper()}?B?{base64.b64encode(raw).decode()}?="

    for character in text:
        if len((piece + character).encode(charset, "replace")) > 20:
            words.append(finish(piece))
            piece = ""
        piece += character
    return "\r\n ".join(words + [finish(piece)])


def encoded(text, charset, encoding):
    """A body and its MIME fields."""
    raw = text.encode(charset, "replace")
    head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n"
    if encoding == "base64":
        raw = wrapped(raw)
    elif encoding == "quoted-printable":
        raw = quopri.encodestring(raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return head.encode(), raw


def wrapped(raw):
    packed = base64.b64encode(raw)
    return b"".join(packed[i:i + 76] + b"\r\n" for i in range(0, len(packed), 76))


def multipart(kind, boundary, parts):
    """`parts` are (fields, body) pairs."""
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n'.encode()
    mark = b"--" + boundary.encode()
    body = b"This is a message in MIME format.\r\n"
    for fields, content in parts:
        body += mark + b"\r\n" + fields + b"\r\n" + content + b"\r\n"
    return head, body + mark + b"--\r\n"


def lognormal(rng, median, sigma, most):
    return min(most, int(median * math.exp(rng.gauss(0, sigma))))


def body_of(rng, structure, charset, words, seed, number):
    size = lognormal(rng, 3600, 1.0, 400_000)
    text = prose(rng, words, size)
    boundary = f"=_{rng.getrandbits(64):016x}"
    direct = charset if charset in ("us-ascii", "iso-2022-jp") else "utf-8"
    plain = encoded(text, charset, "quoted-printable")
    if structure == "plain":
        return encoded(text, direct, "7bit" if direct != "utf-8" else "8bit")
    if structure == "eightbit":
        return encoded(text, charset, "8bit")
    if structure == "quoted":
        return plain
    if structure == "base64":
        return encoded(text, charset, "base64")
    if structure == "flowed":
        head, body = encoded(text.replace("\r\n", " \r\n"), direct, "8bit")
        return head.replace(b"text/plain;", b"text/plain; format=flowed; delsp=no;"), body
    if structure == "list":
        foot = "-- \r\nharbour mailing list\r\nhttps://lists.example.org/harbour\r\n"
        return encoded(text + foot, direct, "8bit")
    if structure == "alternative":
        paragraphs = "".join(f"<p>{line}</p>\r\n" for line in text.split("\r\n") if line)
        markup = f"<html><body>{paragraphs}</body></html>"
        head, body = encoded(markup, "utf-8", "quoted-printable")
        return multipart("alternative", boundary, [plain, (head.replace(b"text/plain", b"text/html"), body)])
    if structure in ("attachment", "related"):
        data = rng.randbytes(lognormal(rng, 24_000, 1.2, 3_000_000))
        kind = "image/png" if structure == "related" else rng.choice(["application/pdf", "text/csv", "application/zip"])
        name = encoded_word(rng, rng.choice(words) + "." + kind[-3:], charset)
        head = f'Content-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
        head += "Content-ID: <p1@example.org>\r\n" if structure == "related" else (
            f"Content-Disposition: attachment;\r\n filename*=utf-8''beilage%20{number}.{kind[-3:]}\r\n")
        outer = "related" if structure == "related" else "mixed"
        return multipart(outer, boundary, [plain, (head.encode(), wrapped(data))])
    if structure == "calendar":
        event = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:"
                 f"{number}@example.org\r\nDTSTART:20240{1 + number % 9}12T090000Z\r\nSUMMARY:{' '.join(words[:3])}\r\n"
                 "END:VEVENT\r\nEND:VCALENDAR\r\n").encode()
        return multipart("alternative", boundary, [
            plain, (b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n", event)])
    inner = message(seed, number + 7_000_003, allow_nesting=False).content  # forward
    return multipart("mixed", boundary, [plain, (b"Content-Type: message/rfc822\r\n", inner)])


def received_date(rng):
    """INTERNALDATE: mostly of the last years, some far away, in several zones."""
    zone = datetime.timezone(datetime.timedelta(minutes=rng.choice([0, 0, 60, 120, -300, 330, 540, 765, -570])))
    if rng.random() < 0.03:
        date = rng.choice([(1970, 1, 2), (1985, 4, 1), (1999, 12, 31), (2000, 2, 29), (2004, 2, 29), (2024, 3, 31)])
        return datetime.datetime(*date, rng.randrange(24), rng.randrange(60), rng.randrange(60), tzinfo=zone)
    moment = datetime.datetime(2008, 1, 1, tzinfo=datetime.timezone.utc)
    return (moment + datetime.timedelta(seconds=rng.randrange(16 * 365 * 86400))).astimezone(zone)


def flags_of(rng, deleted):
    flags = [flag for flag, share in (
        ("\\Seen", 0.6), ("\\Answered", 0.15), ("\\Flagged", 0.08), ("\\Draft", 0.01), ("\\Deleted", deleted))
        if rng.random() < share]
    if rng.random() < 0.12:
        flags.append(rng.choice(KEYWORDS))
    return flags


def message(seed, number, deleted=0.0, allow_nesting=True):
    """Message `number` of the mailbox `seed`; a share of `deleted` carries \\Deleted."""
    rng = random.Random(f"{seed}/{number}")
    odd = rng.choice(ODDITIES) if rng.random() < 1 / 12 else None
    if odd == "copy" and number > 10 and allow_nesting:
        copied = message(seed, number - rng.randint(1, 9), deleted, allow_nesting)
        return Sample(copied.content, flags_of(rng, deleted), copied.date)
    language = rng.choice(USUAL)
    charset, words = PROSE[language]
    structure = rng.choice(STRUCTURES)
    if structure == "forward" and not allow_nesting:
        structure = "plain"
    date = received_date(rng)
    head, body = body_of(rng, structure, charset, words, seed, number)
    subject = " ".join(rng.choice(words) for _ in range(rng.randint(1, 9)))
    if rng.random() < 0.3:
        subject = rng.choice(["Re: ", "Fwd: ", "AW: ", "[harbour] ", "Re: Re: ", "../../", "$(date) `x` "]) + subject
    person = rng.choice(PEOPLE)
    name = encoded_word(rng, person, charset) if not person.isascii() else (
        person if person.startswith('"') else f'"{person}"')
    address = f"p{rng.randrange(40)}@{rng.choice(HOSTS)}"
    written = date.strftime("%a, %d %b %Y %H:%M:%S %z")
    if odd == "strange date":
        written = rng.choice(["Thu, 1 Jan 70 00:00:00 GMT", "yesterday", "2024-13-45", "Mon, 31 Feb 2022 25:61:61 +9999"])

    sender = f"a.example.net [192.0.2.{number % 250}]"
    fields = [
        ("Received", f"from a.example.net ({sender})\r\n\tby mx.example.org; {written}"),
        ("From", f"{name} <{address}>"),
        ("To", "Alice <alice@example.org>"),
        ("Subject", encoded_word(rng, subject, charset)),
        ("Date", written),
        ("Message-ID", f"<{rng.getrandbits(80):020x}.{number}@{rng.choice(HOSTS)}>"),
        ("MIME-Version", "1.0")]
    if structure == "list":
        fields += [("List-Id", "Harbour talk <harbour.lists.example.org>"), ("Precedence", "list")]
    if subject.startswith("Re"):
        fields.append(("In-Reply-To", f"<{number - 1}@{HOSTS[0]}>"))
    gone = {"no message-id": "Message-ID", "no date": "Date", "no subject": "Subject", "no from": "From"}.get(odd)
    fields = [field for field in fields if field[0] != gone]
    if odd == "long header":
        fields.append(("References", "\r\n ".join(f"<{n}.{number}@example.org>" for n in range(400))))
    if odd == "folded subject":
        fields = [(key, text.replace(" ", "\r\n\t ", 3) if key == "Subject" else text) for key, text in fields]
    raw = b"".join(f"{key}: {text}\r\n".encode() for key, text in fields)
    if odd == "raw header":
        raw += b"Subject: " + subject.encode(charset, "replace") + b"\r\nX-Bytes: \xff\xfe\x80 caf\xe9\r\n"
    if odd == "bad charset":
        head = head.replace(b"charset=", b"charset=x-unheard-of-")
    if odd == "bare cr":
        body = b"one\rtwo\r\rthree\r\n" + body
    if odd == "from line":
        body = b"From mina Thu Jan  1 00:00:00 2024\r\n>From there\r\nFrom \r\n" + body
    if odd == "dots":
        body = b".\r\n..\r\n.. x\r\n)\r\nA001 OK done\r\n* BYE\r\n{5}\r\n" + body
    if odd == "long line":
        body = b"x" * rng.randint(20_000, 90_000) + b"\r\n" + body
    if odd == "empty body":
        body = b""
    if odd == "no blank line":
        return Sample(raw + head, flags_of(rng, deleted), date)
    if odd == "no last newline":
        body = body.rstrip(b"\r\n") + b" the end"
    return Sample(raw + head + b"\r\n" + body, flags_of(rng, deleted), date)
