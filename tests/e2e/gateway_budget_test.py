"""What was used of limits and budgets with the real server: a restart goes on where it stopped, and so does a start after kill -9."""
import asyncio
import json
import os
import random
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support import gateway_config, http_wire  # noqa: E402
from support.fake_upstream import FakeUpstream  # noqa: E402
from support.http_wire import Message  # noqa: E402
from support.server import Server  # noqa: E402

WINDOW_S = 366 * 86400  # Longer than a test, whenever it runs: windows begin at multiples of their length.
ANSWER = {"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o-mini-2024-07-18",
          "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
          "usage": {"prompt_tokens": 1_000_000, "completion_tokens": 0, "total_tokens": 1_000_000}}  # $0.15.
LIMITS = f"""
[[gateway.limits]]
name = "of a user"
by = "user"
window = "{WINDOW_S // 86400}d"
requests = 20
[[gateway.limits]]
name = "of a feature"
by = "feature"
window = "{WINDOW_S // 86400}d"
dollars = 0.25
"""


class Budgets(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.__exit__)

    def run_with(self, calls):
        async def run():
            async with FakeUpstream(lambda _: Message(b"HTTP/1.1 200 OK", [(b"Content-Type", b"application/json")], json.dumps(ANSWER).encode())) as upstream:
                path = self.server.data / "vitrine.toml"
                self.server.arguments = [gateway_config.write(path, {"ai": (f"http://127.0.0.1:{upstream.port}", "openai")})]
                path.write_text(path.read_text() + LIMITS)
                self.server.start()
                await calls()
        asyncio.run(run())

    async def call(self, key="any", **context):
        """(status, error type) of a call for this user or feature."""
        reader, writer = await asyncio.open_connection(self.server.host, self.server.port, limit=http_wire.HEAD_BYTES_MAX)
        head = [(b"Host", b"g"), (b"Content-Type", b"application/json"), (b"Authorization", b"Bearer " + key.encode())]
        head += [(b"X-Vitrine-" + name.title().encode(), value.encode()) for name, value in context.items()]
        body = json.dumps({"model": "gpt-4o-mini", "max_tokens": 1, "messages": [{"role": "user", "content": "Hi"}]}).encode()
        writer.write(http_wire.framed(Message(b"POST /gateway/ai/v1/chat/completions HTTP/1.1", head, body), random.Random(1)))
        try:
            answer = await asyncio.wait_for(http_wire.read_response(reader), 60)
            return answer.status, json.loads(answer.body).get("error", {}).get("type")
        finally:
            writer.close()

    async def calls_until_refused(self, **who):
        for count in range(1000):
            status, problem = await self.call(**who)
            if status == 429:
                return count, problem
            self.assertEqual(status, 200)
        raise AssertionError("nothing was refused")

    def kept(self, scope, subject=""):
        """(requests, dollars) on disk."""
        database = sqlite3.connect(self.server.data / "catalog.sqlite", timeout=30)
        try:
            rows = database.execute("SELECT requests, cost_nano_usd / 1e9 FROM limit_use WHERE scope GLOB ? AND subject = ?", (scope, subject)).fetchall()
        finally:
            database.close()
        return rows[0] if rows else (0, 0.0)

    def create(self, limits):
        body = {"name": "team", "upstream": "ai", "provider_key": "prov-0123456789abcdef", "limits": limits}
        status, _, answer = self.server.request("POST", "/api/v1/gateway/keys", json.dumps(body), {"content-type": "application/json"})
        self.assertEqual(status, 201, answer)
        return json.loads(answer)["key"]

    def test_a_restart_forgets_nothing(self):
        async def calls():
            key = self.create([{"window_s": WINDOW_S, "requests": 3}])
            for _ in range(2):
                self.assertEqual((await self.call(key, user="ann", feature="search"))[0], 200)
            self.server.stop()
            self.assertEqual((self.kept("user", "ann")[0], self.kept("key/*")[0]), (2, 2), "an orderly end loses nothing")
            self.assertAlmostEqual(self.kept("feature", "search")[1], 0.3, msg="what the provider counted, not what was estimated")
            self.server.start()
            self.assertEqual(await self.calls_until_refused(key=key, user="ann"), (1, "rate_limit_error"))
            self.assertEqual(await self.calls_until_refused(feature="search"), (0, "insufficient_quota"))
            self.assertEqual(await self.calls_until_refused(user="ann"), (17, "rate_limit_error"))
            self.assertEqual((await self.call(user="bob"))[0], 200)
        self.run_with(calls)

    def test_kill_loses_nothing_that_was_written(self):
        async def calls():
            key = self.create([{"window_s": WINDOW_S, "dollars": "0.25"}])
            for _ in range(2):
                self.assertEqual((await self.call(key))[0], 200)
            self.server.wait_for(lambda: abs(self.kept("key/*")[1] - 0.3) < 1e-9, what="the use on disk")
            self.server.kill()
            self.server.start()
            self.assertEqual(await self.calls_until_refused(key=key), (0, "insufficient_quota"))
        self.run_with(calls)

    def test_kill_under_load(self):
        rng = random.Random(7)

        async def calls():
            on_disk, answered = 0, 0
            for _ in range(4):
                async def one():
                    nonlocal answered
                    try:
                        answered += (await self.call(user="ann"))[0] == 200
                    except (OSError, AssertionError, asyncio.IncompleteReadError, json.JSONDecodeError):
                        pass  # The server was killed meanwhile.
                running = [asyncio.create_task(one()) for _ in range(3)]
                await asyncio.sleep(rng.uniform(0, 1.2))
                self.server.kill()
                await asyncio.gather(*running)
                before, on_disk = on_disk, self.kept("user", "ann")[0]
                self.assertGreaterEqual(on_disk, before, "what was on disk stays")
                self.server.start()
            count, _ = await self.calls_until_refused(user="ann")
            self.assertEqual(count, 20 - on_disk, "the start goes on with what was on disk")
        self.run_with(calls)


if __name__ == "__main__":
    unittest.main(verbosity=2)
