"""The OTLP/HTTP door as senders see it: encodings, refusals, partial success, logs joined to spans, and every recorded payload."""
import gzip
import http.client
import json
import os
import pathlib
import sys
import time
import unittest
import zlib

sys.path.insert(0, os.path.dirname(__file__))
from support.server import ROOT, Server, attribute, llm_span  # noqa: E402

CORPUS = ROOT.parent / "shared/corpus/otlp_payloads.jsonl.gz"
TRACE = "0af7651916cd43dd8448eb211c80319c"


def export(spans):
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"scope": {"name": "door"}, "spans": spans}]}]}).encode()


class OtlpDoor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def post(self, path, body, **headers):
        named = {"content-type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self.server.request("POST", path, body, named)

    def wait_rows(self, query, count, project="default"):
        return self.server.wait_for(lambda: len(rows := self.server.sql(query, project)) >= count and rows, 20, query)

    def test_everything_taken_is_an_empty_answer(self):
        status, headers, body = self.post("/v1/traces", export([llm_span(TRACE, "00000000000000a1", time.time_ns())]))
        self.assertEqual((status, body), (200, b"{}"))
        self.assertTrue(headers["content-type"].startswith("application/json"))
        status, headers, body = self.post("/v1/traces", b"", content_type="application/x-protobuf")
        self.assertEqual((status, body), (200, b""))

    def test_a_history_is_said_to_be_one(self):
        long_ago = time.time_ns() - 40 * 86_400 * 10**9
        body = export([llm_span(TRACE, "00000000000000c1", long_ago)])
        self.assertEqual(self.post("/v1/traces", body, x_vitrine_capture="import")[0], 200)
        self.assertEqual(self.wait_rows("SELECT capture FROM spans WHERE span_id = '00000000000000c1'", 1), [["import"]])
        years = export([llm_span(TRACE, f"{n:016x}", time.time_ns() - n * 86_400 * 10**9) for n in range(1, 100)])
        status, _, answer = self.post("/v1/traces", years, x_vitrine_capture="import")
        self.assertEqual(status, 413)
        self.assertIn("in the order of time", answer.decode())
        status, _, answer = self.post("/v1/traces", body, x_vitrine_capture="gateway")
        self.assertEqual(status, 400)
        self.assertIn("x-vitrine-capture", answer.decode())

    def test_compressed_and_chunked_bodies_are_read(self):
        bodies = {"gzip": gzip.compress(export([llm_span(TRACE, "00000000000000b1", time.time_ns())])),
                  "deflate": zlib.compress(export([llm_span(TRACE, "00000000000000b2", time.time_ns())]))}
        for encoding, body in bodies.items():
            self.assertEqual(self.post("/v1/traces", body, content_encoding=encoding)[0], 200, encoding)
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=10)
        body = export([llm_span(TRACE, "00000000000000b3", time.time_ns())])
        connection.request("POST", "/v1/traces", iter([body[:100], body[100:]]),
                           {"content-type": "application/json; charset=utf-8"}, encode_chunked=True)
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()
        self.wait_rows("SELECT span_id FROM spans WHERE span_id LIKE '00000000000000b%'", 3)

    def test_the_ledger_says_what_was_taken_and_what_was_not(self):
        project = {"x_vitrine_project": "ledger"}
        good, now = "00000000000000d1", time.time_ns()
        nameless = dict(llm_span(TRACE, "00000000000000d2", now), traceId="00")
        text = {"timeUnixNano": str(now), "body": {"stringValue": "no event of a model call"}}
        logs = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [text, text]}]}]}).encode()
        score = {"trace_id": TRACE, "name": "rating", "value": 1}
        for path, body, headers, expected in [
                ("/v1/traces", export([llm_span(TRACE, good, now), nameless]), {}, 200),
                ("/v1/traces", export([llm_span(TRACE, good, now)]), {"x_vitrine_capture": "import"}, 200),
                ("/v1/traces", b"{", {}, 400), ("/v1/traces", b"[", {}, 400),
                ("/v1/traces", b"{}", {"content_type": "text/plain"}, 415),
                ("/v1/logs", logs, {}, 200),
                ("/api/v1/scores", json.dumps(score).encode(), {}, 200),
                ("/api/v1/scores", b'{"name": ""}', {}, 400)]:
            self.assertEqual(self.post(path, body, **headers, **project)[0], expected, (path, body))
        query = ("SELECT door, reason, sum(accepted), sum(rejected), sum(dropped), sum(quarantined) FROM ingest_ledger "
                 "GROUP BY door, reason ORDER BY door, reason")
        expected = [["import", "", 1, 0, 0, 0], ["otlp_http", "", 1, 0, 0, 0], ["otlp_http", "invalid_input", 0, 2, 0, 0],
                    ["otlp_http", "invalid_item", 0, 1, 0, 0], ["otlp_http", "no_genai_event", 0, 0, 2, 0],
                    ["otlp_http", "unsupported", 0, 1, 0, 0], ["scores", "", 1, 0, 0, 0], ["scores", "invalid_input", 0, 1, 0, 0]]
        rows = []

        def is_whole():
            rows[:] = [[*row[:2], *map(int, row[2:])] for row in self.server.sql(query, "ledger")]
            return sum(map(sum, (row[2:] for row in rows))) >= sum(map(sum, (row[2:] for row in expected)))
        self.server.wait_for(is_whole, 30, f"{query}: {rows}")
        self.assertEqual(rows, expected)

    def test_a_request_that_is_refused_whole_is_counted_at_its_door(self):
        def rejected():
            doors = self.server.get("/api/v1/ingest")[1]["by_door"]
            return sum(door["rejected"] for door in doors if door["door"] == "otlp_http /otlp/v1/traces")
        before = rejected()
        self.assertEqual(self.post("/otlp/v1/traces", b"{")[0], 400)
        self.assertEqual(rejected(), before + 1)

    def test_refusals_say_what_to_do(self):
        bomb = gzip.compress(b"0" * (80 << 20))
        cases = [("/v1/traces", b"{", {}, 400), ("/v1/traces", b"\xff\xff", {"content_type": "application/x-protobuf"}, 400),
                 ("/v1/traces", b"{}", {"content_type": "text/plain"}, 415),
                 ("/v1/traces", b"{}", {"content_encoding": "br"}, 415),
                 ("/v1/traces", b"not gzip", {"content_encoding": "gzip"}, 400),
                 ("/v1/traces", bomb, {"content_encoding": "gzip"}, 413)]
        for path, body, headers, expected in cases:
            status, _, answer = self.post(path, body, **headers)
            self.assertEqual(status, expected, (body[:20], headers, answer[:200]))
            self.assertTrue(answer, "a refusal has a body")

    def test_a_span_without_ids_is_refused_and_the_others_are_kept(self):
        good = llm_span(TRACE, "00000000000000c1", time.time_ns())
        bad = llm_span("", "00000000000000c2", time.time_ns())
        status, _, body = self.post("/v1/traces", export([good, bad]))
        self.assertEqual(status, 200)
        self.assertEqual(int(json.loads(body)["partialSuccess"]["rejectedSpans"]), 1)
        self.wait_rows("SELECT 1 FROM spans WHERE span_id = '00000000000000c1'", 1)

    def test_logs_sent_to_the_traces_path_are_told_so(self):
        record = {"timeUnixNano": str(time.time_ns()), "body": {"stringValue": "x"}}
        body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()
        status, _, answer = self.post("/v1/traces", body)
        self.assertEqual(status, 400, answer)

    def test_metrics_are_answered_with_a_warning(self):
        status, _, body = self.post("/v1/metrics", b'{"resourceMetrics":[]}')
        self.assertEqual(status, 200)
        self.assertIn("metrics", json.loads(body)["partialSuccess"]["errorMessage"])

    def test_browsers_may_send(self):
        status, headers, _ = self.server.request("OPTIONS", "/v1/traces", headers={
            "origin": "https://app.example", "access-control-request-method": "POST",
            "access-control-request-headers": "content-type"})
        self.assertIn(status, (200, 204))
        self.assertIn("access-control-allow-origin", {k.lower() for k in headers})

    def test_log_events_join_their_span_whichever_comes_first(self):
        now = time.time_ns()
        for number, logs_first in enumerate((True, False)):
            span_id = f"00000000000000d{number}"
            trace_id = f"{number + 1:032x}"
            span = llm_span(trace_id, span_id, now, gen_ai__response__id="r" + span_id)
            records = [self.log(trace_id, span_id, now, "gen_ai.user.message", {"content": f"question {number}"}),
                       self.log(trace_id, span_id, now + 5, "gen_ai.choice",
                                {"index": 0, "finish_reason": "stop", "message": {"content": f"answer {number}"}})]
            logs = json.dumps({"resourceLogs": [{"scopeLogs": [{"scope": {"name": "l"}, "logRecords": records}]}]}).encode()
            requests = [("/v1/logs", logs), ("/v1/traces", export([span]))]
            for path, body in requests if logs_first else reversed(requests):
                self.assertEqual(self.post(path, body)[0], 200)
                time.sleep(0.6)
            rows = self.wait_rows("SELECT m.text FROM call_messages AS c JOIN messages AS m ON m.hash = c.hash "
                                  f"WHERE c.span_id = '{span_id}' ORDER BY c.direction, c.position", 2)
            self.assertEqual([row[0] for row in rows], [f"question {number}", f"answer {number}"])
            self.assertEqual(len(self.server.sql(f"SELECT 1 FROM spans WHERE span_id = '{span_id}'")), 1)

    @staticmethod
    def log(trace_id, span_id, time_ns, name, body):
        def value(v):
            if isinstance(v, dict):
                return {"kvlistValue": {"values": [{"key": k, "value": value(x)} for k, x in v.items()]}}
            return {"intValue": str(v)} if isinstance(v, int) else {"stringValue": v}
        return {"timeUnixNano": str(time_ns), "severityNumber": 9, "traceId": trace_id, "spanId": span_id,
                "attributes": [attribute("event.name", name), attribute("gen_ai.system", "openai")], "body": value(body)}

    def test_secrets_do_not_reach_the_disk(self):
        secret = "sk-proj-" + "A1b2C3d4" * 6
        span = llm_span(TRACE, "00000000000000e1", time.time_ns(),
                        gen_ai__input__messages=json.dumps([{"role": "user", "parts": [{"type": "text", "content": "key " + secret}]}]),
                        http__request__header__authorization="Bearer " + secret)
        self.assertEqual(self.post("/v1/traces", export([span]))[0], 200)
        self.wait_rows("SELECT 1 FROM spans WHERE span_id = '00000000000000e1'", 1)
        for path in (self.server.data / "log").rglob("*"):
            if path.is_file():
                self.assertNotIn(secret.encode(), path.read_bytes(), path)
        rows = self.server.sql("SELECT count() FROM messages WHERE text LIKE '%A1b2C3d4%'")
        self.assertEqual(int(rows[0][0]), 0)

    def test_clocks_wrong_by_years_settle(self):
        year = 365 * 86400 * 10**9
        spans = [llm_span(f"{i + 1:032x}", f"{0xf000 + i:016x}", time.time_ns() + (i - 100) * 3 * year // 100,
                          session__id="clocks") for i in range(200)]
        self.assertEqual(self.post("/v1/traces", export(spans), x_vitrine_project="clocks")[0], 200)
        self.wait_rows("SELECT span_id FROM spans", 200, "clocks")

    @unittest.skipUnless(CORPUS.exists(), "no recorded telemetry beside this checkout")
    def test_every_recorded_payload_lands(self):
        expected = 0
        for line in gzip.open(CORPUS, "rt"):
            entry = json.loads(line)
            payload = entry.get("payload_otlp") or entry["payload"]
            if "resourceSpans" not in payload:
                continue
            status, _, body = self.post("/v1/traces", json.dumps(payload).encode(), x_vitrine_project="corpus")
            self.assertEqual(status, 200, (entry["id"], body[:200]))
            rejected = int(json.loads(body).get("partialSuccess", {}).get("rejectedSpans", 0))
            self.assertEqual(rejected, 0, (entry["id"], body[:200]))
            expected += 1
        self.assertGreater(expected, 90)
        ids = set()
        for line in gzip.open(CORPUS, "rt"):
            entry = json.loads(line)
            payload = entry.get("payload_otlp") or entry["payload"]
            for resource in payload.get("resourceSpans", []):
                for scope in resource.get("scopeSpans", []):
                    ids.update((s["traceId"], s["spanId"]) for s in scope["spans"])
        self.server.wait_for(lambda: int(self.server.sql("SELECT count() FROM spans", "corpus")[0][0]) >= len(ids) * 0.9, 30)


if __name__ == "__main__":
    unittest.main()
