"""A wire between the program and a server on loopback that understands IMAP far enough to break at a chosen place.

Everything that goes through is cut into events: a line of the client (up to its CRLF or literal), a literal, a line of
the server. While the wire is armed they are counted; at the chosen one the fault happens, before it is passed on or after.
The wire can also hold the first command that fits a pattern until it is let go, be frozen, and be unplugged.
"""
import asyncio
import errno
import collections
import contextlib
import os
import re
import signal
import socket
import threading

UP, DOWN = "C", "S"
LITERAL = re.compile(rb"\{(\d+)\+?\}\r?\n$")
CHANGING = re.compile(
    rb"(?i)^\S+ (UID )?(STORE|APPEND|COPY|MOVE|EXPUNGE|CREATE|DELETE|RENAME|SUBSCRIBE|UNSUBSCRIBE|REPLACE|CLOSE)\b")
HINTS = re.compile(rb"(?i)\[(APPENDUID|COPYUID) [^]]*\] ")

Event = collections.namedtuple("Event", "connection direction content")
Fault = collections.namedtuple("Fault", "number kind")
# kill: SIGKILL to the program. cut: this connection; lose: all of them; the client is not told of either.
# torn: half of the event goes through, then the connection is cut.
KINDS = ("kill-before", "kill-after", "cut-before", "cut-after", "lose-before", "lose-after", "torn")


class Broken(Exception):
    """This connection goes no further."""


class Wire:
    """Serves on `self.port`; all methods may be called from any thread."""

    def __init__(self, to_port, without_hints=False):
        self.to_port = to_port
        self.without_hints = without_hints
        # Bound and never listening: the port stays ours while the wire is unplugged.
        self._place = socket.socket()
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._place.bind(("127.0.0.1", 0))
        self.port = self._place.getsockname()[1]
        self.events = []          # those since the wire was armed
        self.commands = []        # (connection, line) of every command of the client, since the beginning
        self.fired = threading.Event()
        self.held = threading.Event()
        self.victim = None        # says the pid that kill-* means
        self._lock = threading.Lock()
        self._armed = False
        self._fault = None
        self._pattern = None
        self._release = None
        self._count = 0
        self._open = {}
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server = None
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait()

    # --- what the test says ---------------------------------------------------------------------

    def arm(self, fault=None):
        """From here on events are counted; where a fault is given, it happens once at its number (from 1)."""
        with self._lock:
            self.events = []
            self._fault = fault
            self._armed = True
            self.fired.clear()

    def disarm(self):
        with self._lock:
            self._armed = False
            self._fault = None

    def withdraw(self):
        """Takes back the fault that has not struck. False where it has, or is about to: `fired` comes then."""
        with self._lock:
            waits = self._fault is not None
            self._fault = None
            return waits

    def hold(self, pattern):
        """The next command that fits waits (and all behind it on its connection) until `release`; `self.held` is set then."""
        self.held.clear()
        with self._lock:
            self._pattern = re.compile(pattern)

    def lose(self):
        """Every connection is lost, with a command that is held."""
        self._ask(self._lose_all)

    def release(self):
        self._ask(self._let_go)

    @contextlib.contextmanager
    def frozen(self):
        """Nothing goes through in either direction meanwhile."""
        self._ask(self._flowing.clear)
        try:
            yield
        finally:
            self._ask(self._flowing.set)

    def unplug(self):
        """Every connection is lost, and none can be made."""
        self._ask(self._unplug)

    def plug(self):
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def close(self):
        self._ask(self._unplug)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._place.close()

    def changes_since(self, mark):
        """The commands since then that change something on the server."""
        return [line for _, line in self.commands[mark:] if CHANGING.match(line)]

    # --- the loop -------------------------------------------------------------------------------

    def _run(self, started):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        started.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _ask(self, action):
        done = threading.Event()

        def run():
            action()
            done.set()
        self._loop.call_soon_threadsafe(run)
        done.wait(10)

    async def _listen(self):
        if self._server is None:
            place = socket.socket()
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # A child that is being started has what listened here until it runs its program.
            for attempt in range(500):
                try:
                    place.bind(("127.0.0.1", self.port))
                    break
                except OSError as error:
                    if error.errno != errno.EADDRINUSE or attempt == 499:
                        raise
                    await asyncio.sleep(0.01)
            self._server = await asyncio.start_server(self._serve, sock=place, limit=1 << 26)

    def _unplug(self):
        self._let_go()
        if self._server is not None:
            self._server.close()
            self._server = None
        self._lose_all()

    def _lose_all(self):
        for writers in list(self._open.values()):
            for writer in writers:
                writer.transport.abort()

    def _let_go(self):
        with self._lock:
            self._pattern = None
        if self._release is not None:
            self._release.set()
            self._release = None

    async def _serve(self, reader, writer):
        self._count += 1
        number = self._count
        try:
            upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", self.to_port, limit=1 << 26)
        except OSError:
            writer.transport.abort()
            return
        self._open[number] = (writer, upstream)
        try:
            await asyncio.gather(
                self._copy(number, UP, reader, upstream), self._copy(number, DOWN, upstream_reader, writer))
        except (Broken, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for one in self._open.pop(number, ()):
                one.transport.abort()

    async def _copy(self, number, direction, reader, writer):
        literal, begins = 0, True
        while True:
            if literal:
                content = await reader.readexactly(literal)
                literal = 0
            else:
                content = await reader.readline()
                if not content:
                    raise Broken
                await self._flowing.wait()
                if direction == UP and begins:
                    self.commands.append((number, content))
                    await self._wait_if_held(content)
                if direction == DOWN and self.without_hints:
                    content = HINTS.sub(b"", content)
                found = LITERAL.search(content)
                literal = int(found.group(1)) if found else 0
                begins = not found
            kind = self._count_event(Event(number, direction, content))
            if kind:
                await self._break(kind, writer, content)
            else:
                writer.write(content)
                await writer.drain()

    async def _wait_if_held(self, content):
        with self._lock:
            fits = self._pattern is not None and self._pattern.search(content)
            if fits:
                self._pattern = None
                self._release = asyncio.Event()
        if fits:
            release = self._release
            self.held.set()
            await release.wait()

    def _count_event(self, event):
        with self._lock:
            if not self._armed:
                return None
            self.events.append(event)
            if self._fault is None or self._fault.number != len(self.events):
                return None
            kind = self._fault.kind
            self._fault = None
            return kind

    async def _break(self, kind, writer, content):
        if kind.endswith("-after"):
            writer.write(content)
            await writer.drain()
        elif kind == "torn":
            writer.write(content[:len(content) // 2])
            await writer.drain()
        if kind.startswith("kill"):
            os.kill(self.victim(), signal.SIGKILL)
        self.fired.set()
        if kind.startswith("lose"):
            self._lose_all()
        raise Broken
