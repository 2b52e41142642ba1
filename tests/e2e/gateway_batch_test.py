"""Batches through the real gateway: each result is one counted call at the batch's price, however often it is fetched, in whatever pieces,
before and after a restart; and what is too large passes as it is, and is told."""
import asyncio
import collections
import gzip
import json
import os
import random
import sys
import time
import unittest
from decimal import Decimal

sys.path.insert(0, os.path.dirname(__file__))
from support import gateway_config, http_wire  # noqa: E402
from support.fake_upstream import FakeUpstream  # noqa: E402
from support.http_wire import Message  # noqa: E402
from support.server import Server  # noqa: E402

SEED = int(os.environ.get("VITRINE_SEED", str(random.randrange(1 << 30))))
LINES = 600
# When the provider answered the first line: yesterday.
CREATED = int(time.time()) - 100_000
# Above the gateway's limit of what is recorded of an answer.
LARGE_BYTES = 66 << 20
# Dollars of a million tokens of gpt-4o-mini, halved for a batch.
INPUT_RATE, OUTPUT_RATE = Decimal("0.075"), Decimal("0.3")


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(seconds))


def prompt(number):
    return f"What is {number} plus {number}? caf\u00e9 {number * 7919}"


def tokens(number):
    return 100 + number, 10 + number % 7


def result(number):
    asked, said = tokens(number)
    return {"id": f"batch_req_{number}", "custom_id": f"line-{number}", "response": {"status_code": 200, "request_id": f"req_{number}", "body": {
        "id": f"chatcmpl-{number}", "object": "chat.completion", "created": CREATED + number, "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": f"It is {2 * number}."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}}}, "error": None}


def request(number):
    return {"custom_id": f"line-{number}", "method": "POST", "url": "/v1/chat/completions",
            "body": {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": prompt(number)}]}}


def lines(objects, ascii_only):
    return b"".join(json.dumps(entry, ensure_ascii=ascii_only).encode() + b"\n" for entry in objects)


def form(file):
    return (b'--edge\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--edge\r\nContent-Disposition: form-data; name="file"; '
            b'filename="in.jsonl"\r\nContent-Type: application/octet-stream\r\n\r\n' + file + b"\r\n--edge--\r\n")


class Batches(unittest.TestCase):
    def setUp(self):
        self.rng = random.Random(SEED)
        order = list(range(LINES))
        self.rng.shuffle(order)
        self.input = lines(map(request, range(LINES)), False)
        self.output = lines(map(result, order), True)
        self.errors = lines([{"custom_id": "bad", "response": {"status_code": 400, "request_id": "r", "body": {
            "error": {"message": "no such model", "type": "invalid_request_error"}}}, "error": None},
            {"custom_id": "late", "response": None, "error": {"code": "batch_expired", "message": "not run in time"}}], True)
        self.large = lines([result(0)], True) + b"x" * LARGE_BYTES
        self.job = {"id": "batch_7", "object": "batch", "endpoint": "/v1/chat/completions", "input_file_id": "file-in", "created_at": CREATED - 10_000,
                    "output_file_id": "file-out", "error_file_id": "file-bad", "completed_at": CREATED + 1_000, "status": "completed"}
        self.server = Server()
        self.addCleanup(self.server.__exit__)

    def answer(self, asked):
        method, target, _ = asked.start.decode().split(" ")
        bodies = {"/v1/files": b'{"id":"file-in","object":"file","purpose":"batch"}', "/v1/batches": json.dumps(self.job | {"output_file_id": None}).encode(),
                  "/v1/batches/batch_7": json.dumps(self.job).encode(), "/v1/files/file-out/content": self.output,
                  "/v1/files/file-bad/content": self.errors, "/v1/files/large/content": self.large,
                  "/v1/batches/large": json.dumps({"id": "large", "object": "batch", "output_file_id": "large"}).encode(),
                  "/v1/messages/batches/msgbatch_1/results": lines([{"custom_id": "m", "result": {"type": "succeeded", "message": {
                      "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001", "content": [{"type": "text", "text": "Yes."}],
                      "stop_reason": "end_turn", "usage": {"input_tokens": 1_000_000, "output_tokens": 1_000_000}}}}], True)}
        headers, body = [(b"Content-Type", b"application/octet-stream")], bodies[target]
        if asked.first(b"accept-encoding") == b"gzip":
            headers.append((b"Content-Encoding", b"gzip"))
            body = gzip.compress(body, mtime=0)
        return Message(b"HTTP/1.1 200 OK", headers, body, self.rng.choice(["chunked", "length"]))

    async def send(self, method, path, body=b"", headers=()):
        reader, writer = await asyncio.open_connection(self.server.host, self.server.port, limit=http_wire.HEAD_BYTES_MAX)
        head = [(b"Host", b"g"), (b"Authorization", b"Bearer sk-of-the-caller-123456"), *headers]
        message = Message(f"{method} /gateway/{path} HTTP/1.1".encode(), head, body, "length" if body else "none")
        try:
            await http_wire.send_in_pieces(writer, http_wire.framed(message, self.rng), self.rng)
            return await asyncio.wait_for(http_wire.read_response(reader, method.encode()), 60)
        finally:
            writer.close()

    def run_with(self, calls):
        async def run():
            async with FakeUpstream(self.answer, SEED) as upstream:
                url = f"http://127.0.0.1:{upstream.port}"
                self.server.arguments = [gateway_config.write(self.server.data / "vitrine.toml", {"ai": (url, "openai"), "claude": (url, "anthropic")})]
                self.server.start()
                await calls()
        asyncio.run(run())

    def batch_calls(self, count):
        def enough():
            found = self.server.sql("SELECT count() FROM spans WHERE mapContains(attributes, 'vitrine.batch.custom_id')")
            return int(found[0][0]) >= count
        self.server.wait_for(enough, 60, f"{count} calls of the batch")

    def test_each_line_is_one_call(self):
        async def calls():
            await self.send("POST", "ai/v1/files", form(self.input))
            await self.send("POST", "ai/v1/batches", b'{"input_file_id":"file-in"}', [(b"x-vitrine-feature", b"nightly")])
            await self.send("GET", "ai/v1/batches/batch_7")
            for _ in range(2):
                self.assertEqual((await self.send("GET", "ai/v1/files/file-out/content")).body, self.output)
            packed = await self.send("GET", "ai/v1/files/file-out/content", headers=[(b"Accept-Encoding", b"gzip")])
            self.assertEqual(gzip.decompress(packed.body), self.output)
            self.assertEqual((await self.send("GET", "ai/v1/files/file-bad/content")).body, self.errors)
            self.batch_calls(LINES + 2)
            # What is fetched once more by a server that never saw the batch takes nothing away.
            self.server.stop()
            self.server.start()
            self.assertEqual((await self.send("GET", "ai/v1/files/file-out/content")).body, self.output)
            self.server.wait_for(lambda: b"vitrine_gateway_batch_calls_total %d" % LINES in self.server.request("GET", "/metrics")[2], 60)
            self.server.wait_for(lambda: int(self.server.sql("SELECT count() FROM spans WHERE name LIKE 'GET %file-out%'")[0][0]) == 4, 60)
        self.run_with(calls)
        rows = self.server.sql(
            "SELECT attributes['vitrine.batch.custom_id'], input_tokens, output_tokens, cost_usd, input_preview, output_preview, feature, response_id, "
            "attributes['vitrine.batch.id'], request_model, toUnixTimestamp(start_time) FROM calls WHERE status = 'ok'")
        self.assertEqual(len(rows), LINES, f"seed {SEED}")
        by_name = {row[0]: row for row in rows}
        for number in range(LINES):
            asked, said = tokens(number)
            cost = (asked * INPUT_RATE + said * OUTPUT_RATE) / 1_000_000
            name, got_asked, got_said, got_cost, question, reply, *rest = by_name[f"line-{number}"]
            self.assertEqual((int(got_asked), int(got_said), Decimal(str(got_cost))), (asked, said, cost), name)
            self.assertEqual((question, reply), (prompt(number), f"It is {2 * number}."))
            self.assertEqual([str(value) for value in rest], ["nightly", f"chatcmpl-{number}", "batch_7", "gpt-4o-mini", str(CREATED + number)])
        failed = self.server.sql("SELECT attributes['vitrine.batch.custom_id'], error_type, status_message, cost_usd FROM spans "
                                 "WHERE status = 'error' ORDER BY 1")
        self.assertEqual(failed, [["bad", "invalid_request", "no such model", None], ["late", "timeout", "not run in time", None]])
        # Everything that adds up agrees.
        status, _, body = self.server.request("POST", "/api/v1/query", json.dumps({
            "unit": "calls", "filter": "feature:nightly", "from": moment(CREATED - 20_000), "to": moment(CREATED + 90_000), "measures": ["count", "sum(cost_usd)"]}),
            {"content-type": "application/json"})
        self.assertEqual(status, 200, body)
        asked, said = (sum(tokens(number)[side] for number in range(LINES)) for side in (0, 1))
        count, cost = (Decimal(str(value)) for value in json.loads(body)["totals"]["values"])
        self.assertEqual((count, cost), (LINES + 2, (asked * INPUT_RATE + said * OUTPUT_RATE) / 1_000_000))
        # How long the provider took for one of them is not known, and nowhere 0.
        self.assertEqual(self.server.sql("SELECT countIf(duration_ns IS NULL AND end_time IS NULL) = count() FROM calls"), [[True]])
        self.assertEqual(self.server.sql("SELECT countIf(duration_ns IS NULL AND end_time IS NULL) FROM traces")[0], [LINES + 2])
        for measure in ("avg(duration)", "p95(duration)", "max(duration)"):
            for filter_ in ("feature:nightly", "attr.vitrine.batch.custom_id:*"):  # From sums, and from rows.
                status, _, body = self.server.request("POST", "/api/v1/query", json.dumps({
                    "unit": "calls", "filter": filter_, "from": moment(CREATED - 20_000), "to": moment(CREATED + 90_000), "measures": [measure]}),
                    {"content-type": "application/json"})
                self.assertEqual((status, json.loads(body)["totals"]["values"]), (200, [None]), (measure, body))
        window = f"from={moment(CREATED - 20_000)}&to={moment(CREATED + 90_000)}"
        self.assertEqual({call["duration_ns"] for call in self.server.get(f"/api/v1/calls?{window}")[1]["calls"]}, {None})
        self.assertEqual(self.server.get(f"/api/v1/calls?{window}&filter=duration%3C1h")[1]["calls"], [])
        trace = self.server.sql("SELECT trace_id FROM calls LIMIT 1")[0][0]
        page = self.server.get(f"/api/v1/traces/{trace}")[1]
        self.assertEqual((page["trace"]["duration_ns"], page["trace"]["end_time"]), (None, None))
        self.assertIsNone(page["spans"]["rows"][0][page["spans"]["fields"].index("duration_ns")])
        counts = collections.Counter(row[0] for row in self.server.sql("SELECT attributes['vitrine.batch.custom_id'] FROM calls"))
        self.assertEqual(set(counts.values()), {1})
        # The downloads are there, without what the calls have.
        trace, span = self.server.sql("SELECT trace_id, span_id FROM spans WHERE name LIKE 'GET %file-out%' LIMIT 1")[0]
        self.assertEqual(self.server.get(f"/api/v1/exchanges/{trace}/{span}")[1]["response"]["left_out"], "omitted")

    def test_messages(self):
        async def calls():
            await self.send("GET", "claude/v1/messages/batches/msgbatch_1/results")
            self.batch_calls(1)
        self.run_with(calls)
        row = self.server.sql("SELECT provider, response_model, cost_usd, attributes['vitrine.batch.id'], attributes['vitrine.batch.results'] FROM calls")[0]
        # $1 and $5 a million, halved.
        self.assertEqual([row[0], row[1], Decimal(str(row[2])), row[3], row[4]],
                         ["anthropic", "claude-haiku-4-5-20251001", Decimal("3"), "msgbatch_1", ""])

    def test_what_is_too_large_passes_and_is_told(self):
        async def calls():
            await self.send("GET", "ai/v1/batches/large")
            self.assertEqual((await self.send("GET", "ai/v1/files/large/content")).body, self.large)
        self.run_with(calls)
        self.server.wait_for(lambda: b"vitrine_gateway_batch_lines_unread_total 1\n" in self.server.request("GET", "/metrics")[2], 60)
        told = self.server.get("/api/v1/ingest")[1]
        self.assertEqual((told["gateway"]["batch_calls"], told["gateway"]["batch_lines_unread"]), (0, 1))
        problems = [problem["message"] for problem in told["recent_problems"]]
        self.assertEqual([message for message in problems if "'large' of a batch went through unread" in message], problems)


if __name__ == "__main__":
    unittest.main()
