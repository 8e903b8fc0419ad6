#!/usr/bin/env python3
"""A server that will not do some things: takes connections on loopback and passes their octets on to another server, but
answers chosen commands itself.

    refuser.py --to PORT --rules FILE      prints its own port, then serves until it is ended; without TLS

Each line of FILE is a pattern of a command without its tag, a tab and the answer: `UID MOVE<tab>NO [LIMIT] later`. The first that
fits counts. FILE is read for every command, and may be missing. Commands with literals are passed on.
"""
import argparse
import asyncio
import re

import loopback

LITERAL = re.compile(rb"\{(\d+)\+?\}\r?\n$")


class Refuser:
    def __init__(self, port, rules):
        self.port = port
        self.rules = rules

    def answer(self, command):
        try:
            with open(self.rules, "rb") as file:
                rules = [line.rstrip(b"\n").split(b"\t", 1) for line in file]
        except FileNotFoundError:
            return None
        return next((answer for pattern, answer in rules if re.match(pattern, command, re.IGNORECASE)), None)

    async def serve(self, reader, writer):
        try:
            upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 26)
        except OSError:
            writer.transport.abort()
            return
        down = asyncio.ensure_future(self.down(upstream_reader, writer))
        try:
            await self.up(reader, upstream, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        down.cancel()
        upstream.close()
        writer.close()

    async def up(self, reader, upstream, writer):
        literal, begins = 0, True
        while True:
            if literal:
                upstream.write(await reader.readexactly(literal))
                literal = 0
                continue
            line = await reader.readline()
            if not line:
                return
            found = LITERAL.search(line)
            tag, _, command = line.partition(b" ")
            answer = self.answer(command) if begins and not found else None
            if answer is None:
                upstream.write(line)
                await upstream.drain()
            else:
                writer.write(tag + b" " + answer + b"\r\n")
            literal = int(found.group(1)) if found else 0
            begins = not found

    async def down(self, reader, writer):
        try:
            while octets := await reader.read(1 << 16):
                writer.write(octets)
                await writer.drain()
        except OSError:
            pass
        writer.close()


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=int, required=True)
    parser.add_argument("--rules", required=True)
    options = parser.parse_args()
    await loopback.serve(Refuser(options.to, options.rules).serve, limit=1 << 26)


asyncio.run(main())
