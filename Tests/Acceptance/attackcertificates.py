"""Certificates that must not be believed, made with openssl(1), and one that may."""
import os
import subprocess

EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
GOOD = "subjectAltName=DNS:localhost"


def der(octets):
    return "subjectAltName=DER:" + ":".join(f"{one:02x}" for one in octets)


def one_name(tag, value):
    return bytes([0x30, len(value) + 2, tag, len(value)]) + value


# name -> (extensions, what else openssl is told)
SIGNED = {
    "of another host": ("subjectAltName=DNS:elsewhere.example", []),
    "without a name but in its subject": ("basicConstraints=CA:FALSE", []),
    "of *": ("subjectAltName=DNS:*", []),
    "of *.localhost": ("subjectAltName=DNS:*.localhost", []),
    "of l*": ("subjectAltName=DNS:l*", []),
    "of *t": ("subjectAltName=DNS:*t", []),
    "of localhost.example": ("subjectAltName=DNS:localhost.example", []),
    "of mail.localhost": ("subjectAltName=DNS:mail.localhost", []),
    "of a name with NUL": (der(one_name(0x82, b"localhost\0.example")), []),
    "of a name with NUL at its end": (der(one_name(0x82, b"localhost\0")), []),
    "of a name with a blank": (der(one_name(0x82, b"localhost ")), []),
    "of an address only": ("subjectAltName=IP:127.0.0.1", []),
    "of a mail address": ("subjectAltName=email:alice@localhost", []),
    "of a URI": ("subjectAltName=URI:imaps://localhost", []),
    "of no name at all": (der(b"\x30\x00"), []),
    "for clients": (f"{GOOD}\nextendedKeyUsage=clientAuth", []),
    "for signing code": (f"{GOOD}\nextendedKeyUsage=codeSigning", []),
    "for signing certificates": (f"{GOOD}\nkeyUsage=critical,keyCertSign", []),
    "with a critical extension that nobody knows": (f"{GOOD}\n1.2.3.4.5=critical,DER:05:00", []),
    "signed with SHA-1": (GOOD, ["-sha1"]),
    "of a DNS name that is the address": ("subjectAltName=DNS:127.0.0.1", []),
}


class Authority:
    """Makes them in a directory; each is a PEM with its key and chain."""

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory, mode=0o700)
        for name in ("ca", "other"):
            self.run("req", "-x509", *EC, "-nodes", "-days", "30", "-subj", f"/CN=authority {name}", "-keyout", f"{name}.key",
                     "-out", f"{name}.crt", "-addext", "basicConstraints=critical,CA:TRUE")

    def run(self, *words):
        said = subprocess.run(["openssl", *words], cwd=self.directory, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if said.returncode:
            raise RuntimeError(f"openssl {words[0]}: {said.stderr[-500:]}")

    def read(self, name):
        with open(os.path.join(self.directory, name), encoding="ascii") as file:
            return file.read()

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def signed(self, name, extensions=GOOD, more=(), by="ca", key=(), subject="/CN=localhost", chain=(), dates=None):
        """The path of a certificate with its key, signed by an authority."""
        file = name.replace(" ", "-").replace("*", "any")
        self.run("req", *(key or EC), "-nodes", "-subj", subject, "-keyout", f"{file}.key", "-out", f"{file}.csr")
        self.write(f"{file}.ext", extensions + "\n")
        if dates:
            self.write(f"{file}.conf", f"[ca]\ndefault_ca=own\n[own]\nnew_certs_dir=.\ndatabase={file}.index\nrand_serial=yes\n"
                       f"default_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n")
            self.write(f"{file}.index", "")
            self.run("ca", "-batch", "-notext", "-config", f"{file}.conf", "-in", f"{file}.csr", "-out", f"{file}.crt", "-cert", f"{by}.crt",
                     "-keyfile", f"{by}.key", "-extfile", f"{file}.ext", "-startdate", dates[0], "-enddate", dates[1])
        else:
            self.run("x509", "-req", "-in", f"{file}.csr", "-CA", f"{by}.crt", "-CAkey", f"{by}.key", "-CAcreateserial", "-days", "30",
                     "-extfile", f"{file}.ext", "-out", f"{file}.crt", *more)
        return self.write(f"{file}.pem", self.read(f"{file}.crt") + "".join(self.read(one) for one in chain) + self.read(f"{file}.key"))

    def good(self):
        return self.signed("good")

    def bad(self):
        """name -> path."""
        found = {name: self.signed(name, extensions, more) for name, (extensions, more) in SIGNED.items()}
        found["that has expired"] = self.signed("expired", dates=("20200101000000Z", "20210101000000Z"))
        found["that is not valid yet"] = self.signed("early", dates=("20480101000000Z", "20491231000000Z"))
        found["of an unknown authority"] = self.signed("unknown", by="other", chain=["other.crt"])
        found["with a key of 1,024 bits"] = self.signed("weak", key=["-newkey", "rsa:1024"])
        self.run("req", "-x509", *EC, "-nodes", "-days", "30", "-subj", "/CN=localhost", "-keyout", "self.key", "-out", "self.crt",
                 "-addext", GOOD)
        found["signed by itself"] = self.write("self.pem", self.read("self.crt") + self.read("self.key"))
        # What signs is no authority, or none for this name.
        self.signed("leaf", f"{GOOD}\nbasicConstraints=critical,CA:FALSE", subject="/CN=leaf")
        found["signed by a server's"] = self.signed("byleaf", by="leaf", chain=["leaf.crt"])
        self.signed("bound", "basicConstraints=critical,CA:TRUE\nnameConstraints=critical,permitted;DNS:example.org", subject="/CN=bound")
        found["of an authority for other names"] = self.signed("bybound", by="bound", chain=["bound.crt"])
        self.signed("short", "basicConstraints=critical,CA:TRUE,pathlen:0", subject="/CN=short")
        self.signed("below", "basicConstraints=critical,CA:TRUE", by="short", subject="/CN=below")
        found["of an authority below one that allows none"] = self.signed("bybelow", by="below", chain=["below.crt", "short.crt"])
        found["whose chain is left out"] = self.signed("alone", by="bound")
        return found
