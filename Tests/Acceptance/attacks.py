#!/usr/bin/env python3
"""Attacks on TLS, STARTTLS and the login, each by a server of its own; `mailmount check` must accept none.

    attacks.py --program FILE --work DIR [--only PATTERN]

Accepted is an attack after which the program says that it is logged in, or ends with 0, or does not end; or by which the server has
got the password without having shown a certificate that is valid for its name, or without having proved by SCRAM that it knows it.
First a server with a right certificate gets the password, by each way, so that what is looked for is seen. The last line counts.
"""
import argparse
import base64
import concurrent.futures
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import warnings

from attackcertificates import Authority

SECRET = b"wonderland"
FORMS = [SECRET] + [base64.b64encode(prefix + SECRET)[3 if prefix else 0:-4] for prefix in (b"", b"\0alice\0")]
CAPABILITY = "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN"


class Server:
    """One attack. `clear` are its answers before TLS, `inside` those after: text, or a function of the client's line.

    A text is sent when a line has come, the first one at once; {t} is the line's tag. STARTTLS begins where `clear` ends.
    """

    def __init__(self, context, clear=None, inside=()):
        self.context, self.clear, self.inside = context, clear, inside
        self.heard = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(connection,), daemon=True).start()

    def converse(self, connection):
        connection.settimeout(20)
        try:
            if self.clear is not None:
                self.play(connection, self.clear)
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
                self.play(connection, self.inside)
            while more := connection.recv(4096):
                self.heard += more
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

    def play(self, connection, answers):
        for number, answer in enumerate(answers):
            line = b""
            if number:
                while not line.endswith(b"\n"):
                    more = connection.recv(1)
                    if not more:
                        raise OSError("it ended")
                    line += more
                self.heard += line
            said = answer(line.decode("latin-1").strip()) if callable(answer) else answer
            tag = (line.split(b" ")[0] or b"*").decode("latin-1")
            connection.sendall(said.replace("{t}", tag).encode("latin-1"))

    def has_secret(self):
        return any(form in self.heard for form in FORMS)

    def close(self):
        self.listener.close()


def b64(text):
    return base64.b64encode(text.encode("latin-1")).decode()


def with_nonce(text):
    """A continuation with the client's nonce in place of {n}; the client's first message is in the line."""
    def answer(line):
        try:
            nonce = re.search(r"r=([^,]+)", base64.b64decode(line.split(" ")[-1]).decode("latin-1")).group(1)
        except (ValueError, AttributeError):
            nonce = "none"
        return "+ " + b64(text.replace("{n}", nonce)) + "\r\n"
    return answer


HELLO = "* OK hello\r\n"
KNOWN = "* CAPABILITY IMAP4rev1 SASL-IR {0}\r\n{{t}} OK done\r\n"


def greeting(mechanisms):
    return f"* OK [CAPABILITY IMAP4rev1 SASL-IR {mechanisms}] hello\r\n"


# Before TLS: what may come in place of its beginning.
GO = "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hello\r\n"
CLEAR = {
    "PREAUTH in place of a greeting": ["* PREAUTH in\r\n"],
    "PREAUTH with everything": ["* PREAUTH [CAPABILITY IMAP4rev1] in\r\n", "{t} OK in\r\n", "{t} OK in\r\n"],
    "STARTTLS is refused": [GO, "{t} NO not today\r\n", "{t} OK in\r\n"],
    "STARTTLS is not understood": [GO, "{t} BAD what\r\n", "{t} OK in\r\n"],
    "STARTTLS is not offered, and refused": ["* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n", "{t} BAD what\r\n", "{t} OK in\r\n"],
    "STARTTLS is not offered, everything else is OK": ["* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n", "{t} OK no TLS\r\n"],
    "BYE": [GO, "* BYE bye\r\n"],
    "another tag's OK": [GO, "X9 OK go\r\n", "{t} OK in\r\n"],
    "an untagged OK": [GO, "* OK go\r\n", "{t} OK in\r\n"],
    "a continuation": [GO, "+ go\r\n", "{t} OK in\r\n"],
    "the OK beside the greeting": [GO + "A1 OK go\r\n", "{t} OK go\r\n"],
    "the OK ahead of everything": ["A1 OK go\r\n" + GO, "{t} OK go\r\n"],
    "no TLS after OK": [GO, "{t} OK go\r\n", "* OK plain\r\n"],
    "capabilities injected behind OK": [GO, "{t} OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"],
    "an answer injected behind OK": [GO, "{t} OK go\r\nA2 OK in\r\n"],
    "a blank line injected behind OK": [GO, "{t} OK go\r\n\r\n"],
    "half a line injected behind OK": [GO, "{t} OK go\r\n* OK [CAPAB"],
    "one octet injected behind OK": [GO, "{t} OK go\r\n "],
    "PREAUTH injected behind OK": [GO, "{t} OK go\r\n* PREAUTH in\r\n"],
    "PREAUTH ahead of OK": [GO, "* PREAUTH in\r\n{t} OK go\r\n"],
    "a greeting that is none": ["SSH-2.0-OpenSSH_9.2\r\n"],
    "HTTP": ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
    "silence": [""],
    "silence after the greeting": [GO, ""],
}
# What follows an injection is real TLS with a right certificate: only the injection is wrong.
REAL_TLS = {name for name in CLEAR if "injected" in name or "OK beside" in name or "PREAUTH ahead" in name}
WELCOME = ["* OK in TLS\r\n", KNOWN.format("AUTH=PLAIN"), "{t} OK in\r\n", KNOWN.format("")]

SALT = "s=W22ZaJ0SNY7soEsUEjb6gQ=="
FIRST = with_nonce("r={n}xyz," + SALT + ",i=4096")
SCRAM = greeting("AUTH=SCRAM-SHA-256 AUTH=PLAIN")
# Inside TLS with a right certificate; the password may not leave here either, for the server has to prove that it knows it.
PROOF = {
    "OK without any proof": [SCRAM, "{t} OK in\r\n"],
    "OK in place of the proof": [SCRAM, FIRST, "A1 OK in\r\n"],
    "a wrong proof": [SCRAM, FIRST, "+ " + b64("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") + "\r\n", "A1 OK in\r\n"],
    "an empty proof": [SCRAM, FIRST, "+ " + b64("v=") + "\r\n", "A1 OK in\r\n"],
    "an error, then OK": [SCRAM, FIRST, "+ " + b64("e=other-error") + "\r\n", "A1 OK in\r\n"],
    "another nonce": [SCRAM, with_nonce("r=other000000000000000000," + SALT + ",i=4096"), "A1 OK in\r\n"],
    "the client's nonce alone": [SCRAM, with_nonce("r={n}," + SALT + ",i=4096"), "A1 OK in\r\n"],
    "no salt": [SCRAM, with_nonce("r={n}x,s=,i=4096"), "A1 OK in\r\n"],
    "a salt that is none": [SCRAM, with_nonce("r={n}x,s=???,i=4096"), "A1 OK in\r\n"],
    "no iterations": [SCRAM, with_nonce("r={n}x," + SALT + ",i=0"), "A1 OK in\r\n"],
    "fewer than none": [SCRAM, with_nonce("r={n}x," + SALT + ",i=-1"), "A1 OK in\r\n"],
    "a billion iterations": [SCRAM, with_nonce("r={n}x," + SALT + ",i=1000000000"), "A1 OK in\r\n"],
    "more than a number holds": [SCRAM, with_nonce("r={n}x," + SALT + ",i=99999999999999999999"), "A1 OK in\r\n"],
    "an extension that must be known": [SCRAM, with_nonce("m=x,r={n}x," + SALT + ",i=4096"), "A1 OK in\r\n"],
    "nothing": [SCRAM, "+ \r\n", "A1 OK in\r\n", "A1 OK in\r\n"],
    "what is no base64": [SCRAM, "+ ===?\r\n", "A1 OK in\r\n"],
    "refused after the proof, PLAIN is left": [SCRAM, FIRST, "A1 NO wrong\r\n", "A2 OK in\r\n", "A3 OK in\r\n"],
}
PLAIN = greeting("AUTH=PLAIN")
# Inside TLS with a right certificate, where the password is sent: the answers say nothing that would be a login.
LOGIN = {
    "PREAUTH": ["* PREAUTH in\r\n", "{t} OK in\r\n"],
    "a refusal": [PLAIN, "{t} NO [AUTHENTICATIONFAILED] no\r\n"],
    "BAD": [PLAIN, "{t} BAD what\r\n"],
    "BYE": [PLAIN, "* BYE bye\r\n"],
    "another tag's OK": [PLAIN, "A7 OK in\r\n", "A7 OK in\r\n"],
    "an untagged OK": [PLAIN, "* OK in\r\n"],
    "a tagged PREAUTH": [PLAIN, "{t} PREAUTH in\r\n"],
    "the OK beside the greeting": [PLAIN + "A1 OK in\r\n"],
    "questions without end": [PLAIN] + ["+ AAAA\r\n"] * 50,
    "a third question by LOGIN": [greeting("LOGINDISABLED AUTH=LOGIN"), "+ VXNlcjo=\r\n", "+ UGFzczo=\r\n", "+ Zm9v\r\n"],
    "no way to log in": ["* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hello\r\n", "{t} OK in\r\n"],
    "only ways that are not known": ["* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=GSSAPI AUTH=NTLM] hello\r\n", "{t} OK in\r\n"],
    "only ANONYMOUS": ["* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=ANONYMOUS] hello\r\n", "{t} OK in\r\n"],
    "capabilities that say nothing": [HELLO, "{t} OK done\r\n"],
    "silence": [PLAIN, ""],
    "STARTTLS inside TLS": ["* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hello\r\n", "{t} OK go\r\n"],
}


def context_of(certificate=None, change=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if certificate:
        context.load_cert_chain(certificate)
    if change:
        change(context)
    return context


def older(version):
    def change(context):
        context.minimum_version = context.maximum_version = version
    return change


def ciphers(text):
    def change(context):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(text + ":@SECLEVEL=0")
    return change


class Trial:
    def __init__(self, options, authority):
        self.options, self.authority = options, authority
        self.good = context_of(authority.good())
        self.ca = os.path.join(authority.directory, "ca.crt")

    def attack(self, server, scheme, host="localhost", ca=None):
        """What `check` made of it: status (None: it did not end), what it says, its error."""
        command = [self.options.program, "check", f"{scheme}://alice@{host}:{server.port}", "--ca-file", ca or self.ca, "--timeout", "3"]
        try:
            said = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                                  env=dict(os.environ, MAILMOUNT_PASSWORD=SECRET.decode()), check=False)
            return said.returncode, said.stdout.decode(errors="replace"), said.stderr.decode(errors="replace").strip()
        except subprocess.TimeoutExpired:
            return None, "", "it did not end within a minute"

    def list(self):
        """(name, scheme, host, server, whether the password may leave)."""
        bad = {f"a certificate {name}": context_of(path) for name, path in self.authority.bad().items()
               if "DNS name that is the address" not in name}
        path = os.path.join(self.authority.directory, "good.pem")
        bad["TLS 1.0"] = context_of(path, older(ssl.TLSVersion.TLSv1))
        bad["TLS 1.1"] = context_of(path, older(ssl.TLSVersion.TLSv1_1))
        bad["ciphers without a certificate"] = context_of(None, ciphers("ADH"))
        bad["ciphers that hide nothing"] = context_of(path, ciphers("NULL"))
        go = [GO, "{t} OK go\r\n"]
        for name, context in bad.items():
            yield name, "imaps", "localhost", Server(context, None, WELCOME), False
            yield name + ", by STARTTLS", "imap", "localhost", Server(context, go, [HELLO] + WELCOME[1:]), False
        address = context_of(os.path.join(self.authority.directory, "of-a-DNS-name-that-is-the-address.pem"))
        yield "an address, a certificate of a name", "imaps", "127.0.0.1", Server(self.good, None, WELCOME), False
        yield "an address, a certificate with it as a name", "imaps", "127.0.0.1", Server(address, None, WELCOME), False
        for name, clear in CLEAR.items():
            context = self.good if name in REAL_TLS else None
            yield f"before TLS: {name}", "imap", "localhost", Server(context, clear, WELCOME), False
        for name, inside in PROOF.items():
            yield f"SCRAM: {name}", "imaps", "localhost", Server(self.good, None, inside), False
        for name, inside in LOGIN.items():
            yield f"login: {name}", "imaps", "localhost", Server(self.good, None, inside), True
        for name in ("PREAUTH", "an untagged OK", "another tag's OK"):
            inside = [lambda _: ""] + LOGIN[name][1:]
            yield f"login after STARTTLS: {name}", "imap", "localhost", Server(self.good, go, [""] + WELCOME[1:2] + inside[1:]), True

    def control(self):
        """A server that is right gets the password: what is looked for is seen. What went wrong."""
        wrong = []
        for scheme, clear in (("imaps", None), ("imap", [GO, "{t} OK go\r\n"])):
            server = Server(self.good, clear, [HELLO if clear is None else "", *WELCOME[1:2], "{t} NO no\r\n"])
            status, _, error = self.attack(server, scheme)
            server.close()
            if not server.has_secret() or status == 0:
                wrong.append(f"{scheme} with a right certificate: status {status}, {error[-200:]}")
        # A program that trusts too much is seen.
        trusting = Server(context_of(os.path.join(self.authority.directory, "unknown.pem")), None, WELCOME)
        self.attack(trusting, "imaps", ca=os.path.join(self.authority.directory, "other.crt"))
        trusting.close()
        if not trusting.has_secret():
            wrong.append("a program that trusts another authority is not seen")
        return wrong

    def judge(self, one):
        name, scheme, host, server, may_leave = one
        status, said, error = self.attack(server, scheme, host)
        server.close()
        if status in (0, None) or "logged in" in said:
            return name, f"status {status}: {said.strip()[-200:]}", error
        if not may_leave and server.has_secret():
            return name, "the server got the password", error
        if SECRET.decode() in said + error:
            return name, "the password is said", error
        return name, None, error


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    # Of versions of TLS that nobody should speak.
    warnings.simplefilter("ignore", DeprecationWarning)
    trial = Trial(options, Authority(os.path.join(options.work, "authority")))
    attacks = [one for one in trial.list() if re.search(options.only, one[0])]
    wrong = trial.control()
    print(f"{'FAIL ' if wrong else 'ok   '} planted: a server that is right, and one that is trusted wrongly, get the password {wrong or ''}")
    accepted = len(wrong)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for name, said, error in pool.map(trial.judge, attacks):
            accepted += said is not None
            # Why it was refused is for a person to read.
            print(f"{'FAIL ' if said else 'ok   '} {name}: {said or error[-150:].replace(chr(10), ' ')}", flush=True)
    print(f"attacks: {len(attacks)} tried, {accepted} of them accepted")
    return accepted == 0 and bool(attacks)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
