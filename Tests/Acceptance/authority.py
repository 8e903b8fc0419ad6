#!/usr/bin/env python3
"""A scripted authorization server on loopback: codes, device codes, refresh tokens, and everything that goes wrong with them.

    authority.py --key FILE --rules FILE [--lifetime SECONDS] [--user NAME]

Prints its port. Access tokens are JSON web tokens signed with the key of the file (HS256). A refresh token is good once: using it again
ends the consent. /log tells what was asked, a line each.

The rules file is read at each request to the token endpoint, one rule a line:

    unavailable      answers 503
    garbage          answers 200 with a page
    endless          answers without an end
    silent           does not answer
    withdrawn        the consent has ended
    bad              gives tokens that nobody signed
    pending          nobody has typed the device code yet
    slow             asks to be asked less often, once
    denied           the user has said no
    early            its clock is three hours ahead
"""
import argparse
import asyncio
import base64
import email.utils
import hashlib
import hmac
import json
import os
import time
import urllib.parse


def encoded(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class Authority:
    def __init__(self, options):
        self.options = options
        with open(options.key, "rb") as file:
            self.key = base64.b64decode(file.read())
        self.codes = {}
        self.refresh = None
        self.used = set()
        self.log = []
        self.slowed = False
        self.ended = False

    def rules(self):
        with open(self.options.rules) as file:
            return set(file.read().split())

    def token(self, signed=True):
        now = int(time.time())
        parts = [{"alg": "HS256", "typ": "JWT"},
                 {"sub": self.options.user, "iat": now, "nbf": now - 5, "exp": now + self.options.lifetime,
                  "jti": os.urandom(8).hex()}]
        text = ".".join(encoded(json.dumps(part).encode()) for part in parts)
        key = self.key if signed else b"another"
        return text + "." + encoded(hmac.new(key, text.encode(), hashlib.sha256).digest())

    def grant(self, rules):
        self.refresh = os.urandom(24).hex()
        return 200, {"access_token": self.token("bad" not in rules), "token_type": "Bearer",
                     "expires_in": self.options.lifetime, "refresh_token": self.refresh}

    def answer(self, form):
        kind = form.get("grant_type", "").rsplit(":", 1)[-1]
        rules = self.rules()
        self.log.append(kind)
        if "unavailable" in rules:
            return 503, {}
        if kind == "authorization_code":
            challenge, redirect = self.codes.pop(form.get("code"), (None, None))
            proof = encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
            if challenge is None or challenge != proof or redirect != form.get("redirect_uri"):
                return 400, {"error": "invalid_grant", "error_description": "the proof is wrong"}
            self.ended = False
            return self.grant(rules)
        if kind == "device_code":
            for rule, error in (("pending", "authorization_pending"), ("denied", "access_denied")):
                if rule in rules:
                    return 400, {"error": error}
            if "slow" in rules and not self.slowed:
                self.slowed = True
                return 400, {"error": "slow_down"}
            self.ended = False
            return self.grant(rules)
        if kind == "refresh_token":
            token = form.get("refresh_token")
            if token in self.used:
                self.log.append("REUSED")
                self.ended = True
            if self.ended or "withdrawn" in rules or token != self.refresh:
                return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
            self.used.add(token)
            return self.grant(rules)
        return 400, {"error": "unsupported_grant_type"}

    async def serve(self, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line = head.split("\r\n")[0].split(" ")
            length = next((int(field.split(":")[1]) for field in head.split("\r\n")
                           if field.lower().startswith("content-length:")), 0)
            body = (await reader.readexactly(length)).decode()
            path, _, query = line[1].partition("?")
            await self.reply(writer, path, dict(urllib.parse.parse_qsl(query)), dict(urllib.parse.parse_qsl(body)))
        except (OSError, asyncio.IncompleteReadError):
            pass
        writer.close()

    async def reply(self, writer, path, query, form):
        base = f"http://127.0.0.1:{self.port}"
        status, answer, more = 404, {}, ""
        if path == "/.well-known/oauth-authorization-server":
            status, answer = 200, {"issuer": base, "authorization_endpoint": base + "/authorize",
                                   "token_endpoint": base + "/token", "device_authorization_endpoint": base + "/device"}
        elif path == "/authorize":
            code = os.urandom(8).hex()
            self.codes[code] = (query["code_challenge"], query["redirect_uri"])
            result = {"state": query["state"]} | ({"error": "access_denied"} if "denied" in self.rules() else {"code": code})
            more = f"Location: {query['redirect_uri']}?{urllib.parse.urlencode(result)}\r\n"
            status = 302
        elif path == "/device":
            status, answer = 200, {"device_code": "device", "user_code": "WDJB-MJHT", "verification_uri": base + "/type",
                                   "expires_in": 60, "interval": 1}
        elif path == "/log":
            writer.write(("HTTP/1.0 200 OK\r\n\r\n" + "".join(one + "\n" for one in self.log)).encode())
            return await writer.drain()
        elif path == "/token":
            rules = self.rules()
            if "silent" in rules:
                return await asyncio.sleep(60)
            if "garbage" in rules:
                writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Service</html>")
                return await writer.drain()
            if "endless" in rules:
                writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
                while True:
                    writer.write(b" " * 65536)
                    await writer.drain()
            status, answer = self.answer(form)
        if "early" in self.rules():
            more += f"Date: {email.utils.formatdate(time.time() + 10_800, usegmt=True)}\r\n"
        content = json.dumps(answer).encode()
        writer.write(f"HTTP/1.0 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n"
                     f"{more}\r\n".encode() + content)
        await writer.drain()


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--key", required=True)
    parser.add_argument("--rules", required=True)
    parser.add_argument("--lifetime", type=int, default=3600)
    parser.add_argument("--user", default="alice")
    authority = Authority(parser.parse_args())
    server = await asyncio.start_server(authority.serve, "127.0.0.1", 0)
    authority.port = server.sockets[0].getsockname()[1]
    print(authority.port, flush=True)
    await server.serve_forever()


asyncio.run(main())
