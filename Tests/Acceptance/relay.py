#!/usr/bin/env python3
"""A wire that can be slow: takes connections on loopback and passes their octets on to a server.

    relay.py --to PORT --rate OCTETS [--port PORT]    prints its own port, then serves until it is ended

From the server it lets through `--rate` octets a second over all connections; after SIGUSR1 all at
once, after SIGUSR2 slowly again. To the server everything goes at once.
"""
import argparse
import asyncio
import signal

import loopback

PIECE = 4096


class Relay:
    def __init__(self, port, rate):
        self.port = port
        self.rate = rate
        self.is_slow = True
        self.turn = asyncio.Lock()

    async def serve(self, reader, writer):
        try:
            upstream = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self.copy(reader, upstream[1], False), self.copy(upstream[0], writer, True))

    async def copy(self, reader, writer, is_limited):
        try:
            while octets := await reader.read(PIECE if is_limited and self.is_slow else 1 << 16):
                if is_limited and self.is_slow:
                    async with self.turn:
                        await asyncio.sleep(len(octets) / self.rate)
                writer.write(octets)
                await writer.drain()
        except OSError:
            pass
        writer.close()


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=int, required=True)
    parser.add_argument("--rate", type=int, required=True)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    relay = Relay(options.to, options.rate)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, setattr, relay, "is_slow", False)
    loop.add_signal_handler(signal.SIGUSR2, setattr, relay, "is_slow", True)
    await loopback.serve(relay.serve, port=options.port)


asyncio.run(main())
