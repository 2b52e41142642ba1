"""The gateway against those who mean it no good: requests that can be read in two ways, and keys that must not be kept."""
import asyncio
import collections
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support import everything_kept, gateway_config, http_wire, mutated_heads, planted_secrets  # noqa: E402
from support.fake_upstream import FakeUpstream  # noqa: E402
from support.http_wire import Message  # noqa: E402
from support.server import Server  # noqa: E402

SEED = int(os.environ.get("VITRINE_SEED", "1"))
MUTATED_COUNT = 1000
CLIENTS = 16
# How long a client waits for an answer to a request that may never be whole. Whoever gives up has seen no answer, which is no failure.
PATIENCE_SECONDS = 3
# A gateway that does not answer must not stop the test; nothing else depends on it.
STUCK_SECONDS = 60


class MutatedHeads(unittest.TestCase):
    def test_a_request_is_refused_or_arrives_once(self):
        self.arrived, self.strays, self.statuses = collections.defaultdict(list), [], {}
        self.upstream = FakeUpstream(self.answer)
        self.server = Server()
        self.addCleanup(self.server.__exit__)
        asyncio.run(self.send_all())
        self.assertEqual((self.upstream.faults, self.strays), ([], []), f"seed {SEED}")
        outcomes = collections.Counter()
        for number, status in self.statuses.items():
            count = len(self.arrived[number])
            outcomes[status, count] += 1
            is_refused = status is not None and 400 <= status < 600 and count == 0
            is_unanswered = status is None and count <= 1
            self.assertTrue(is_refused or is_unanswered or (status == 200 and count == 1),
                            f"seed {SEED}, case {number}: {status} and {count} arrivals of {self.sent(number)!r}")
            for request in self.arrived[number]:
                self.assertTrue(request.body in self.sent(number) or request.body == mutated_heads.CHUNKED_BODY, (number, request))
        print("(status, arrivals): requests", dict(sorted(outcomes.items(), key=str)))
        self.assertEqual(sum(outcomes.values()), MUTATED_COUNT)
        self.assertGreater(outcomes[200, 1], MUTATED_COUNT // 10)
        self.assertGreater(outcomes[400, 0], MUTATED_COUNT // 10)
        self.assertEqual(self.server.request("GET", "/api/v1/ingest")[0], 200)

    @staticmethod
    def sent(number):
        return mutated_heads.mutated(number, random.Random(SEED * MUTATED_COUNT + number))

    def answer(self, request):
        texts = [request.start] + [value for _, value in request.headers]
        marks = collections.Counter(int(number) for text in texts for number in mutated_heads.MARK.findall(text))
        if not marks or mutated_heads.SMUGGLED_PATH in request.start:
            self.strays.append(request)
        else:  # One of them may be damaged.
            self.arrived[marks.most_common(1)[0][0]].append(request)
        return Message(b"HTTP/1.1 200 OK", [(b"x-upstream", b"1")], b"seen")

    async def send_all(self):
        async with self.upstream:
            upstreams = {"fake": (f"http://127.0.0.1:{self.upstream.port}", "")}
            self.server.arguments.append(gateway_config.write(self.server.data / "vitrine.toml", upstreams))
            self.server.start()
            numbers = iter(range(MUTATED_COUNT))
            await asyncio.gather(*(self.client(numbers) for _ in range(CLIENTS)))

    async def client(self, numbers):
        for number in numbers:
            reader, writer = await asyncio.open_connection(self.server.host, self.server.port, limit=http_wire.HEAD_BYTES_MAX)
            self.statuses[number] = None
            try:
                writer.write(self.sent(number))
                self.statuses[number] = (await asyncio.wait_for(http_wire.read_response(reader), PATIENCE_SECONDS)).status
            except (asyncio.TimeoutError, http_wire.Malformed, asyncio.IncompleteReadError, OSError):
                pass
            writer.close()


class PlantedSecrets(unittest.TestCase):
    def test_no_key_is_kept(self):
        calls, needles = planted_secrets.calls(SEED)
        server = Server()
        self.addCleanup(server.__exit__)
        asyncio.run(self.send_all(server, calls))
        server.wait_for(lambda: int(server.sql("SELECT count() FROM spans")[0][0]) >= len(calls), 60)
        leaks, canaries = collections.defaultdict(set), collections.Counter()
        for kind in (everything_kept.files, everything_kept.tables, everything_kept.answers):
            self.search(kind.__name__, kind(server), leaks, canaries)
        server.stop()
        self.search("files at rest", everything_kept.files(server), leaks, canaries)
        for needle, places in sorted(leaks.items(), key=lambda leak: needles[leak[0]]):
            print(f"{needles[needle]}: {needle.decode()} in {len(places)} places, as {sorted(places)[:3]}")
        print(f"{len(calls)} calls, {len(needles)} keys, {len(leaks)} leaks; visible text found in {dict(canaries)}")
        self.assertEqual(len(leaks), 0)
        # The search finds what is there.
        self.assertLessEqual({"files", "tables", "answers"}, set(canaries))

    @staticmethod
    def search(kind, places, leaks, canaries):
        for place, kept in places:
            canaries[kind] += planted_secrets.CANARY.encode() in kept
            for needle in planted_secrets.found_in(kept):
                leaks[needle].add(place)

    async def send_all(self, server, calls):
        """One after the other: the second part of an answer is sent when the client has the first, so that they are read apart."""
        self.call, self.has_first = None, asyncio.Event()
        upstream = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=http_wire.HEAD_BYTES_MAX)
        url = f"http://127.0.0.1:{upstream.sockets[0].getsockname()[1]}"
        upstreams = {name: (url, name if name != "chat" else "openai") for name in {call.upstream for call in calls}}
        server.arguments.append(gateway_config.write(server.data / "vitrine.toml", upstreams))
        server.start()
        for self.call in calls:
            self.has_first.clear()
            await asyncio.wait_for(self.exchange(server), STUCK_SECONDS)
        upstream.close()

    async def serve(self, reader, writer):
        await http_wire.read_request(reader)
        call = self.call
        lines = [f"HTTP/1.1 {call.status} X", "Transfer-Encoding: chunked", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in call.response_headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        for piece in call.response_pieces:
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
            await self.has_first.wait()
        writer.write(b"0\r\n\r\n")
        writer.close()

    async def exchange(self, server):
        call = self.call
        reader, writer = await asyncio.open_connection(server.host, server.port, limit=http_wire.HEAD_BYTES_MAX)
        headers = [(b"Host", b"gateway.example")] + [(name.encode(), value.encode()) for name, value in call.headers.items()]
        start = f"{call.method} /gateway/{call.upstream}{call.target} HTTP/1.1".encode()
        writer.write(http_wire.framed(Message(start, headers, call.body), random.Random(SEED)))
        head = await http_wire.read_head(reader)
        self.assertEqual(head.status, call.status, (call.name, head))
        got = b""
        while len(got) < sum(map(len, call.response_pieces)):
            size = int((await reader.readuntil(b"\r\n")), 16)
            self.assertGreater(size, 0, call.name)
            got += await reader.readexactly(size)
            await reader.readexactly(2)
            if len(got) >= len(call.response_pieces[0]):
                self.has_first.set()
        self.assertEqual(got, b"".join(call.response_pieces), call.name)
        await reader.readuntil(b"0\r\n\r\n")
        writer.close()


if __name__ == "__main__":
    unittest.main()
