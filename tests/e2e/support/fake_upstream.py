"""A model provider on loopback that says what a test tells it, byte for byte."""
import asyncio
import random

from support import http_wire


class FakeUpstream:
    """`answer(request)` is called for each whole request and returns the Message to send, or None to hang up. What does not even
    parse as HTTP is in `faults`."""

    def __init__(self, answer, seed=0):
        self._answer = answer
        self._rng = random.Random(seed)
        self._server = None
        self._connections = {}  # task -> writer
        self.faults = []
        self.requests_cut = 0
        self.port = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=http_wire.HEAD_BYTES_MAX)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for writer in self._connections.values():
            writer.close()
        await asyncio.gather(*self._connections)
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._connections[task] = writer
        try:
            while (request := await http_wire.read_request(reader)) is not None:
                response = self._answer(request)
                if response is None:
                    return
                await http_wire.send_in_pieces(writer, http_wire.framed(response, self._rng), self._rng)
                if response.framing == "close":
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            self.requests_cut += 1  # The gateway leaves when its client did.
        except (http_wire.Malformed, asyncio.LimitOverrunError, ValueError) as error:
            self.faults.append(repr(error))
        finally:
            self._connections.pop(task, None)
            writer.close()
