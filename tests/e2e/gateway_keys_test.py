"""Virtual keys with the real server: made by the API and by the command, they bring the provider's key to the provider and to nobody else, end
when they are revoked, survive a restart, and lie sealed on disk."""
import asyncio
import json
import os
import random
import re
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support import everything_kept, gateway_config, http_wire  # noqa: E402
from support.fake_upstream import FakeUpstream  # noqa: E402
from support.http_wire import Message  # noqa: E402
from support.json_schema import Schemas  # noqa: E402
from support.server import BINARY, Server  # noqa: E402

MARK = "Q7ZV9XREALKEY"
PROVIDER_KEY = f"prov-{MARK}-0123456789abcdef"
API_KEY, OTHER_API_KEY = "api-key-of-the-first-0123456789", "api-key-of-the-second-0123456789"
MASTER_KEY = "0f" * 32
ANSWER = {"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o-mini-2024-07-18",
          "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
          "usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}}


class VirtualKeys(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.__exit__)
        self.seen, self.told, self.issued = [], [], []

    def answer(self, request):
        """As providers do where a key is wrong, it says the key back, in the body and a header."""
        self.seen.append(request.first(b"authorization").decode())
        is_right = self.seen[-1] == "Bearer " + PROVIDER_KEY
        body = ANSWER if is_right else {"error": {"message": f"Incorrect API key provided: {self.seen[-1]}"}}
        return Message(b"HTTP/1.1 200 OK" if is_right else b"HTTP/1.1 401 X", [(b"Content-Type", b"application/json"), (b"X-Echo", self.seen[-1].encode())],
                       json.dumps(body).encode())

    async def call(self, key, body=None):
        reader, writer = await asyncio.open_connection(self.server.host, self.server.port, limit=http_wire.HEAD_BYTES_MAX)
        body = json.dumps(body or {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}).encode()
        head = [(b"Host", b"g"), (b"Content-Type", b"application/json"), (b"Authorization", b"Bearer " + key.encode())]
        writer.write(http_wire.framed(Message(b"POST /gateway/ai/v1/chat/completions HTTP/1.1", head, body), random.Random(1)))
        try:
            return await asyncio.wait_for(http_wire.read_response(reader), 60)
        finally:
            writer.close()

    def api(self, method, path="", body=None, key=""):
        headers = {"content-type": "application/json"} | ({"authorization": "Bearer " + key} if key else {})
        status, _, answer = self.server.request(method, "/api/v1/gateway/keys" + path, json.dumps(body) if body is not None else None, headers)
        self.told.append(answer)
        answer = json.loads(answer)
        self.check_shape(method, path, status, answer)
        if "key" in answer:
            self.issued.append(answer["key"])
        return status, answer

    def check_shape(self, method, path, status, answer):
        """The answer is one that the description promises for this status."""
        description = json.loads(self.server.request("GET", "/api/v1/openapi.json", headers={"authorization": "Bearer " + API_KEY})[2])
        pattern = re.sub(r"^/[^/]+", "/{id}", path)
        described = description["paths"]["/api/v1/gateway/keys" + pattern][method.lower()]["responses"][str(status)]
        self.assertEqual(Schemas(description).problems(answer, described["content"]["application/json"]["schema"]), [], (method, path))

    def create(self, name="team-a", key="", **more):
        status, answer = self.api("POST", body={"name": name, "upstream": "ai", "provider_key": PROVIDER_KEY} | more, key=key)
        self.assertEqual(status, 201, answer)
        return answer

    def run_with(self, calls, before=""):
        async def run():
            async with FakeUpstream(self.answer) as upstream:
                path = self.server.data / "vitrine.toml"
                self.server.arguments = [gateway_config.write(path, {"ai": (f"http://127.0.0.1:{upstream.port}", "openai")})]
                path.write_text(before + path.read_text())
                self.server.start()
                await calls()
        asyncio.run(run())

    def test_a_key_lives_and_ends(self):
        async def calls():
            issued = self.create(models=["gpt-4o-mini"])
            key, about = issued["key"], issued["about"]
            self.assertRegex(key, r"^vk_[A-Za-z0-9_-]{43}$")
            self.assertEqual((about["name"], about["upstream"], about["key_end"], about["models"]), ("team-a", "ai", key[-4:], ["gpt-4o-mini"]))
            self.assertEqual((await self.call(key)).status, 200)
            self.assertEqual(self.seen, ["Bearer " + PROVIDER_KEY])
            self.assertEqual((await self.call(key, {"model": "gpt-4o", "messages": []})).status, 403)
            # A restart keeps it.
            self.server.stop()
            self.server.start()
            self.assertEqual(self.api("GET")[1], {"keys": [about], "fault": None})
            self.assertEqual((await self.call(key)).status, 200)
            # Another in its place.
            status, rotated = self.api("POST", f"/{about['id']}/rotate")
            self.assertEqual((status, rotated["about"]["id"]), (200, about["id"]))
            refused = await self.call(key)
            self.assertEqual(refused.status, 401)
            self.assertIn("it was revoked or rotated", json.loads(refused.body)["error"]["message"])
            self.assertEqual((await self.call(rotated["key"])).status, 200)
            # And its end.
            self.assertEqual(self.api("DELETE", "/" + about["id"]), (200, {"removed": about["id"]}))
            self.assertEqual((await self.call(rotated["key"])).status, 401)
            self.assertEqual(self.api("DELETE", "/" + about["id"])[0], 404)
            self.assertEqual(self.api("GET")[1]["keys"], [])
            self.assertEqual(len(self.seen), 3, "what is refused goes to no provider")
        self.run_with(calls)

    def test_nothing_tells_the_keys(self):
        async def calls():
            issued = self.create()
            self.create("wrong", provider_key=PROVIDER_KEY + "-wrong")
            for key in list(self.issued):
                await self.call(key, {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": f"my key is {key}. visible-canary"}]})
            for body in ({"name": "x", "upstream": "nobody", "provider_key": PROVIDER_KEY}, {"name": "team-a", "upstream": "ai", "provider_key": PROVIDER_KEY},
                         {"name": "x", "upstream": "azure", "provider_key": PROVIDER_KEY}, {"name": "x", "upstream": "ai", "provider_key": PROVIDER_KEY + "\n"},
                         {"name": "x", "upstream": "ai", "provider_key": PROVIDER_KEY, "other": PROVIDER_KEY}, [PROVIDER_KEY]):
                self.assertIn(self.api("POST", body=body)[0], (400, 409), body)
            self.api("POST", f"/{issued['about']['id']}/rotate", {"provider_key": PROVIDER_KEY})
            self.api("GET")
            self.server.wait_for(lambda: int(self.server.sql("SELECT count() FROM spans")[0][0]) >= 2, 60)
        self.run_with(calls)
        kept = [(str(number), answer) for number, answer in enumerate(self.told)]
        exchanges = self.server.sql("SELECT trace_id, span_id FROM spans")
        kept += [("exchange", self.server.request("GET", f"/api/v1/exchanges/{trace}/{span}")[2]) for trace, span in exchanges]
        kept += list(everything_kept.tables(self.server)) + list(everything_kept.answers(self.server))
        self.server.stop()
        files = list(everything_kept.files(self.server))
        self.assertLessEqual({"catalog.sqlite", "master.key", "server.stderr"}, {name for name, _ in files})
        middles = [key[10:30].encode() for key in self.issued]
        for name, found in kept + files:
            self.assertNotIn(MARK.encode(), found, name)
        for name, found in kept[len(self.told):] + files:
            for middle in middles:
                self.assertNotIn(middle, found, name)
        self.assertTrue(any(b"visible-canary" in found for _, found in kept), "the search finds what is there")
        self.assertTrue(any(b"team-a" in found for name, found in files if name == "catalog.sqlite"))
        for name in ("catalog.sqlite", "master.key"):
            self.assertEqual(stat.S_IMODE((self.server.data / name).stat().st_mode), 0o600, name)

    def test_the_master_key_may_be_given(self):
        self.server.environment["VITRINE_MASTER_KEY"] = MASTER_KEY

        async def calls():
            key = self.create()["key"]
            self.assertEqual((await self.call(key)).status, 200)
            self.assertFalse((self.server.data / "master.key").exists())
            self.server.stop()
            # Another one: said at the start, to callers and in the list; nothing is lost.
            self.server.environment["VITRINE_MASTER_KEY"] = "e1" * 32
            self.server.start()
            self.assertIn("not the one that the virtual keys were sealed with", (self.server.data / "server.stderr").read_text())
            refused = await self.call(key)
            self.assertEqual(refused.status, 503)
            self.assertIn("environment VITRINE_MASTER_KEY", json.loads(refused.body)["error"]["message"])
            self.assertIn("sealed with", self.api("GET")[1]["fault"])
            status, answer = self.api("POST", body={"name": "b", "upstream": "ai", "provider_key": PROVIDER_KEY})
            self.assertEqual(status, 409, answer)
            self.server.stop()
            self.server.environment["VITRINE_MASTER_KEY"] = MASTER_KEY
            self.server.start()
            self.assertEqual((await self.call(key)).status, 200)
            self.server.stop()
        self.run_with(calls)
        # One that is none is refused, without a word of it.
        self.server.environment["VITRINE_MASTER_KEY"] = "no-master-key-at-all"
        with self.assertRaises(AssertionError):
            self.server.start()
        said = (self.server.data / "server.stderr").read_text()
        self.assertIn("openssl rand -hex 32", said)
        self.assertNotIn("no-master-key-at-all", said)
        self.server.environment["VITRINE_MASTER_KEY"] = MASTER_KEY
        self.server.start()

    def test_a_key_is_its_projects(self):
        keys = f'[[keys]]\nkey = "{API_KEY}"\nproject = "one"\n[[keys]]\nkey = "{OTHER_API_KEY}"\nproject = "two"\n'

        async def calls():
            self.assertEqual(self.api("GET")[0], 401)
            self.assertEqual(self.api("POST", body={})[0], 401)
            issued = self.create(key=API_KEY)
            self.assertEqual(self.api("GET", key=issued["key"])[0], 401, "a virtual key opens nothing else")
            self.assertEqual(self.api("GET", key=OTHER_API_KEY)[1]["keys"], [])
            self.assertEqual(self.api("DELETE", "/" + issued["about"]["id"], key=OTHER_API_KEY)[0], 404)
            # It needs no API key beside it, and its calls are its project's.
            self.assertEqual((await self.call(issued["key"])).status, 200)
            self.assertEqual((await self.call(issued["key"][:-1] + ("A" if issued["key"][-1] != "A" else "B"))).status, 401)

            def recorded():
                query = json.dumps({"query": "SELECT attributes['vitrine.gateway.key'] FROM calls"})
                status, _, body = self.server.request("POST", "/api/v1/sql", query, {"content-type": "application/json", "authorization": "Bearer " + API_KEY})
                return status == 200 and json.loads(body)["rows"] == [["team-a"]]
            self.server.wait_for(recorded, 60)
        self.run_with(calls, keys)

    def test_limits_of_a_key(self):
        async def calls():
            key = self.create(limits=[{"window_s": 86400 * 366, "requests": 2}, {"window_s": 60, "tokens": 10 ** 9}])["key"]
            self.assertEqual([(await self.call(key)).status for _ in range(3)], [200, 200, 429])
            expired = self.create("old", expires_at="2020-01-01T00:00:00Z")["key"]
            refused = await self.call(expired)
            self.assertEqual(refused.status, 401)
            self.assertIn("expired at 2020-01-01", json.loads(refused.body)["error"]["message"])
        self.run_with(calls)

    def test_by_the_command(self):
        def vitrine(*arguments, stdin=None):
            done = subprocess.run([BINARY, "keys", *arguments, "--url", f"http://{self.server.host}:{self.server.port}"], input=stdin, text=True,
                                  capture_output=True, timeout=60)
            return done.returncode, done.stdout, done.stderr

        async def calls():
            code, out, said = await asyncio.to_thread(vitrine, "create", "team-a", "--upstream", "ai", "--provider-key", "-", "--model", "gpt-4o-mini",
                                                      "--requests", "5", "--per", "hour", stdin=PROVIDER_KEY + "\n")
            self.assertEqual(code, 0, said)
            self.assertRegex(out, r"^vk_[A-Za-z0-9_-]{43}\n$")
            self.assertIn("shown once", said)
            self.assertEqual((await self.call(out.strip())).status, 200)
            code, listed, said = await asyncio.to_thread(vitrine, "list")
            self.assertEqual(code, 0, said)
            self.assertRegex(listed, r"team-a +ai +…" + re.escape(out.strip()[-4:]))
            identity = self.api("GET")[1]["keys"][0]["id"]
            self.assertEqual(self.api("GET")[1]["keys"][0]["limits"], [{"window_s": 3600, "requests": 5, "tokens": None, "dollars": None}])
            code, rotated, said = await asyncio.to_thread(vitrine, "rotate", identity)
            self.assertEqual(code, 0, said)
            self.assertEqual((await self.call(rotated.strip())).status, 200)
            code, _, said = await asyncio.to_thread(vitrine, "revoke", identity)
            self.assertEqual(code, 0, said)
            self.assertEqual((await self.call(rotated.strip())).status, 401)
            self.assertEqual((await asyncio.to_thread(vitrine, "revoke", identity))[0], 4)
        self.run_with(calls)


if __name__ == "__main__":
    unittest.main()
