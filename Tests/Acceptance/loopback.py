"""A wire between a client and a server on loopback: what its programs share."""
import asyncio


async def serve(connection, limit=1 << 16, port=0):
    """Prints its own port, then hands each connection's streams to `connection` until the program is ended.

    limit: octets of the longest line. port: 0 for any.
    """
    server = await asyncio.start_server(connection, "127.0.0.1", port, limit=limit)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
