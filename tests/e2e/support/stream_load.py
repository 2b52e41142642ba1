"""Many streamed calls through a gateway, of which either side breaks some off at random places.

What happens to stream number N follows from the seed and N alone, so that client and upstream, which meet only through the gateway, know it both.
"""
import asyncio
import collections
import dataclasses
import json
import random
import re

from support import http_wire

NUMBER = re.compile(rb"[?&]n=(\d+) ")
WORDS = ["the", " answer", " to", " it", " all", " is", " a", " long", " list", " of", " words", " that", " nobody", " reads", " \u2014", "\n"]
# Nothing in here waits on purpose, so this is a gateway that hangs.
STUCK_SECONDS = 60
READ_BYTES = 64 * 1024

WHOLE, CLIENT_LEAVES, CLIENT_LEAVES_EARLY, UPSTREAM_CUTS, UPSTREAM_HANGS_UP = "whole", "client leaves", "client leaves early", "upstream cuts", "upstream hangs up"


@dataclasses.dataclass
class Stream:
    """One call as it is meant to go."""
    request: bytes  # its body
    pieces: list    # of the answer's body, each a chunk
    fate: str
    cut_at: int     # bytes of the answer's body, where the fate is to end within it
    resets: bool    # whoever leaves does so with a reset instead of an end

    @property
    def body(self):
        return b"".join(self.pieces)


def stream(seed, number, broken_share):
    rng = random.Random(seed * 1_000_003 + number)
    question = {"model": "gpt-4o-mini", "stream": True, "messages": [{"role": "user", "content": "".join(rng.choices(WORDS, k=rng.randint(1, 200)))}]}
    events = [{"id": f"chatcmpl-{number}", "model": "gpt-4o-mini", "choices": [{"index": 0, "delta": {"content": word}}]}
              for word in rng.choices(WORDS, k=rng.randint(1, 40))]
    events.append({"id": f"chatcmpl-{number}", "model": "gpt-4o-mini", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    body = b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in events) + b"data: [DONE]\n\n"
    fate = rng.choice([CLIENT_LEAVES, CLIENT_LEAVES, CLIENT_LEAVES_EARLY, UPSTREAM_CUTS, UPSTREAM_CUTS, UPSTREAM_HANGS_UP]) \
        if rng.random() < broken_share else WHOLE
    return Stream(json.dumps(question).encode(), http_wire.cut(body, rng), fate, rng.randrange(len(body)), rng.random() < 0.5)


def leave(writer, resets):
    """Ends a connection now."""
    if resets:
        writer.transport.abort()
    else:
        writer.close()


class Unchunker:
    """Takes chunk framing off what came so far of a body."""

    def __init__(self):
        self._rest = b""
        self.body, self.is_whole = bytearray(), False

    def feed(self, data):
        self._rest += data
        while not self.is_whole:
            end = self._rest.find(b"\r\n")
            if end < 0:
                return
            size = int(self._rest[:end], 16)
            if len(self._rest) < end + 2 + size + 2:
                return
            if self._rest[end + 2 + size:end + 4 + size] != b"\r\n":
                raise http_wire.Malformed("a chunk without its end")
            self.body += self._rest[end + 2:end + 2 + size]
            self._rest = self._rest[end + 4 + size:]
            self.is_whole = size == 0
        if self._rest:
            raise http_wire.Malformed("bytes behind the end")


class StreamLoad:
    """Runs streams `first` to `first + count` and judges each. `faults` says what went otherwise than it was meant to."""

    def __init__(self, seed, broken_share, clients=32):
        self.seed, self.broken_share, self.clients = seed, broken_share, clients
        self.faults, self.fates = [], collections.Counter()
        self.sent = 0
        self.arrived = collections.Counter()
        self.port = 0
        self._served = {}  # task -> writer

    async def __aenter__(self):
        self._upstream = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=http_wire.HEAD_BYTES_MAX)
        self.port = self._upstream.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._upstream.close()
        for writer in self._served.values():
            writer.close()
        await asyncio.gather(*self._served)
        await self._upstream.wait_closed()

    def of(self, number):
        return stream(self.seed, number, self.broken_share)

    async def run(self, host, port, first, count):
        numbers = iter(range(first, first + count))
        await asyncio.gather(*(self._client(host, port, numbers) for _ in range(self.clients)))

    # The provider.

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._served[task] = writer
        try:
            while (request := await http_wire.read_request(reader)) is not None:
                number = int(NUMBER.search(request.start)[1])
                meant = self.of(number)
                self.arrived[number] += 1
                if request.body != meant.request:
                    self.faults.append(f"stream {number}: the request arrived as {request.body[:200]!r}")
                if not await self._answer(writer, meant):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # The gateway leaves when its client did.
        except (http_wire.Malformed, asyncio.LimitOverrunError, ValueError, TypeError) as error:
            self.faults.append(f"upstream: {error!r}")
        finally:
            self._served.pop(task, None)
            writer.close()

    async def _answer(self, writer, meant):
        """False where the connection ended with it."""
        if meant.fate == UPSTREAM_HANGS_UP:
            leave(writer, meant.resets)
            return False
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        sent = 0
        for piece in meant.pieces:
            if writer.transport.is_closing():
                return False  # The gateway left, because its client did.
            if meant.fate == UPSTREAM_CUTS and sent + len(piece) > meant.cut_at:
                leave(writer, meant.resets)
                return False
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            sent += len(piece)
            await asyncio.sleep(0)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    # The clients.

    async def _client(self, host, port, numbers):
        connection = None
        for number in numbers:
            meant = self.of(number)
            try:
                if connection is None:
                    connection = await asyncio.open_connection(host, port)
                connection = await asyncio.wait_for(self._call(connection, number, meant), STUCK_SECONDS)
            except (OSError, http_wire.Malformed, asyncio.IncompleteReadError, asyncio.TimeoutError, ValueError) as error:
                self.faults.append(f"stream {number} ({meant.fate}): {error!r}")
                connection = None
            self.fates[meant.fate] += 1
        if connection:
            connection[1].close()

    async def _call(self, connection, number, meant):
        """The connection again, where it can be used again."""
        reader, writer = connection
        writer.write(b"POST /gateway/fake/v1/chat/completions?n=%d HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                     % (number, len(meant.request), meant.request))
        self.sent += 1
        if meant.fate == CLIENT_LEAVES_EARLY:
            # The request's bytes are with the kernel; a reset would take them back.
            await writer.drain()
            writer.close()
            return None
        head = await http_wire.read_head(reader)
        if meant.fate == UPSTREAM_HANGS_UP:
            return await self._refused(connection, number, head)
        if head is None or head.status != 200:
            raise http_wire.Malformed(f"answered with {head}")
        return await self._read(connection, number, meant)

    async def _refused(self, connection, number, head):
        """Where nothing of an answer came the gateway says so."""
        if head is None or head.status != 502 or head.first(b"x-vitrine-gateway-error") != b"upstream_cut":
            self.faults.append(f"stream {number}: the upstream hung up, and the client got {head}")
        if head:
            await http_wire.read_body(connection[0], head)
        connection[1].close()

    async def _read(self, connection, number, meant):
        reader, writer = connection
        got = Unchunker()
        while not got.is_whole:
            if meant.fate == CLIENT_LEAVES and len(got.body) >= meant.cut_at:
                break
            data = await reader.read(READ_BYTES)
            if not data:
                break
            got.feed(data)
        wanted = meant.body
        if bytes(got.body) != wanted[:len(got.body)]:
            self.faults.append(f"stream {number}: other bytes than were sent")
        if meant.fate == WHOLE:
            if not got.is_whole or len(got.body) != len(wanted):
                self.faults.append(f"stream {number}: only {len(got.body)} of {len(wanted)} bytes came")
            return connection
        if meant.fate == UPSTREAM_CUTS and got.is_whole:
            self.faults.append(f"stream {number}: a broken answer came as a whole one")
        leave(writer, meant.resets and meant.fate == CLIENT_LEAVES)
        return None
