#!/usr/bin/env python3
"""A wire on which sizes, or other words, are wrong: takes connections on loopback and passes their octets on to a server.

    liar.py --to PORT [--size TRUE CLAIMED]... [--text TRUE CLAIMED]...

It prints its own port, then serves until it is ended. Where the server says `RFC822.SIZE TRUE`, the client is told
`RFC822.SIZE CLAIMED`, and any other text likewise. Both are as long, so that nothing else moves.
"""
import argparse
import asyncio

import loopback


class Liar:
    def __init__(self, port, sizes, texts):
        self.port = port
        self.lies = [tuple(b"RFC822.SIZE %d" % number for number in pair) for pair in sizes]
        self.lies += [tuple(text.encode() for text in pair) for pair in texts]
        if any(len(said) != len(told) for said, told in self.lies):
            raise SystemExit("what is said and what is told have different lengths")

    async def serve(self, reader, writer):
        upstream = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.gather(self.copy(reader, upstream[1], False), self.copy(upstream[0], writer, True))

    async def copy(self, reader, writer, is_answer):
        rest = b""
        try:
            while octets := await reader.read(1 << 16):
                if is_answer:
                    # Whole lines, so that no size is cut in two; literals end in one as well.
                    lines, newline, rest = (rest + octets).rpartition(b"\n")
                    octets = lines + newline
                    for said, told in self.lies:
                        octets = octets.replace(said, told)
                writer.write(octets)
                await writer.drain()
        except OSError:
            pass
        writer.write(rest)
        writer.close()


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=int, required=True)
    parser.add_argument("--size", type=int, nargs=2, action="append", default=[])
    parser.add_argument("--text", nargs=2, action="append", default=[])
    options = parser.parse_args()
    await loopback.serve(Liar(options.to, options.size, options.text).serve)


asyncio.run(main())
