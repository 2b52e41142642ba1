"""Forwarding: what one server takes arrives at another one, the same, once it can, and without what was to stay."""
import json
import os
import pathlib
import re
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support import planted_secrets  # noqa: E402
from support.otlp_relay import OtlpRelay  # noqa: E402
from support.server import ROOT, Server, attribute, llm_span, refusal_of  # noqa: E402

NOW = time.time_ns()
KEY = "planted-forward-key-0123456789"
# What a second server decides for itself, or the words that a sender chose, which the conventions replace.
OWN_COLUMNS = {"dialect", "operation", "received_time", "version", "malformed",
               # An error without a name gets that of its class; whether it was a stream is a parameter.
               "error_text", "params",
               # Hashes are keyed by each server's own secret.
               "input_hashes", "output_hashes", "tool_definition_hashes"}
# What the conventions have no word for: otel_writer_test.cc has the reasons.
OTHERWISE = {"parts", "other-kinds", "exclusive-guard"}


def trace_id(number):
    return f"{number + 1:032x}"


def numbered_spans(begin, end, text=""):
    return [llm_span(trace_id(i), f"{i + 1:016x}", NOW + i * 1000, gen_ai__input__messages=json.dumps(
        [{"role": "user", "parts": [{"type": "text", "content": f"question {i} {text}"}]}])) for i in range(begin, end)]


class Forward(unittest.TestCase):
    def setUp(self):
        self.target = Server()
        self.target.__enter__()
        self.addCleanup(self.target.__exit__)
        self.relay = OtlpRelay(self.target)
        self.addCleanup(self.relay.down)

    def source(self, settings="", environment=None, name="west"):
        folder = tempfile.TemporaryDirectory(prefix="vitrine-forward-")
        self.addCleanup(folder.cleanup)
        config = pathlib.Path(folder.name) / "vitrine.toml"
        config.write_text(f'[forward.{name}]\nurl = "http://127.0.0.1:{self.relay.port}/v1/traces"\nwait = "50ms"\n{settings}')
        server = Server(arguments=[f"--config={config}"], environment=environment)
        server.__enter__()
        self.addCleanup(server.__exit__)
        return server

    def status(self, source):
        status, answer = source.get("/api/v1/ingest")
        self.assertEqual(status, 200)
        return answer["forward"][0]

    def wait_until_sent(self, source, count):
        source.wait_for(lambda: self.status(source)["spans_sent"] == count, seconds=60, what=f"{count} spans sent")

    def arrived(self):
        return [row[0] for row in self.target.sql("SELECT trace_id FROM spans ORDER BY start_time")]

    def wait_until_arrived(self, count):
        self.target.wait_for(lambda: len(self.arrived()) >= count, seconds=60, what=f"{count} spans arrived")

    def rows(self, server):
        status, _, body = server.request("POST", "/api/v1/sql", json.dumps({"query": "SELECT * FROM spans"}), {"content-type": "application/json"})
        self.assertEqual(status, 200, body[:300])
        answer = json.loads(body)
        names = [column["name"] for column in answer["columns"]]
        rows = [{name: value for name, value in zip(names, row) if name not in OWN_COLUMNS} for row in answer["rows"]]
        for row in rows:  # Documents have hashes, too.
            row["retrieval"] = re.sub(r"\b[0-9a-f]{32}\b", "HASH", json.dumps(row["retrieval"]))
        return {(row["trace_id"], row["span_id"]): row for row in rows}

    def test_spans_arrive_equal(self):
        source = self.source('headers = { "x-vitrine-project" = "default", authorization = "env:FORWARD_KEY" }\n', {"FORWARD_KEY": f"Bearer {KEY}"})
        sent = 0
        for number, path in enumerate(sorted((ROOT / "tests/golden/dialects").glob("*/*/input.json"))):
            # Cases share ids; here each has traces of its own.
            body = re.sub(r'("traceId"\s*:\s*")[0-9a-f]{8}', rf"\g<1>{number + 1:08x}", path.read_text())
            if "resourceSpans" in body and path.parent.name not in OTHERWISE:
                status, _, answer = source.request("POST", "/v1/traces", body.encode(), {"content-type": "application/json"})
                self.assertEqual(status, 200, answer[:300])
                sent += 1
        self.assertGreater(sent, 20)
        source.wait_for(lambda: self.status(source)["queued_records"] == 0, seconds=60, what="an empty queue")
        count = source.wait_for(lambda: source.sql("SELECT count() FROM spans")[0][0], what="spans")
        source.wait_for(lambda: source.get("/api/v1/ingest")[1]["backlog_records"] == 0, what="settling")
        count = source.sql("SELECT count() FROM spans")[0][0]
        self.wait_until_arrived(int(count))
        ours, theirs = self.rows(source), self.rows(self.target)
        for row in theirs.values():  # Which server handed it on.
            self.assertRegex(row["resource"].pop("vitrine.forwarded_by"), "^[0-9a-f]{32}$")
            row["resource_types"] = row["resource_types"].removesuffix("s")
        self.assertEqual(sorted(ours), sorted(theirs))
        differences = [(key, name, ours[key][name], theirs[key][name]) for key in ours for name in ours[key] if ours[key][name] != theirs[key][name]]
        self.assertEqual([], differences[:5], f"{len(differences)} differences: {sorted({name for _, name, _, _ in differences})}")
        self.assertEqual(self.relay.headers[0]["authorization"], f"Bearer {KEY}")
        status, _, metrics = source.request("GET", "/metrics")
        self.assertIn(f'vitrine_forward_spans_sent_total{{target="west"}} {self.status(source)["spans_sent"]}', metrics.decode())

    def test_servers_that_forward_to_each_other(self):
        first = self.source()
        # The second one, which is the target, forwards back to the first.
        config = self.target.data / "vitrine.toml"
        config.write_text(f'[forward.back]\nurl = "http://127.0.0.1:{first.port}/v1/traces"\nwait = "50ms"\n')
        self.target.stop()
        self.target.arguments = [f"--config={config}"]
        self.target.start()
        self.assertEqual(first.send_spans(numbered_spans(0, 5)), 200)
        self.target.wait_for(lambda: self.status(self.target)["spans_refused"] == 5, seconds=60, what="the end of the ring")
        self.assertIn("came from this server", self.status(self.target)["last_error"])
        self.assertEqual(self.target.send_spans(numbered_spans(5, 8)), 200)
        first.wait_for(lambda: self.status(first)["spans_refused"] == 3, seconds=60, what="the end of the other ring")
        self.assertIn("came from this server", self.status(first)["last_error"])
        for server, forward in ((first, self.status(first)), (self.target, self.status(self.target))):
            server.wait_for(lambda at=server: at.get("/api/v1/ingest")[1]["backlog_records"] == 0, what="settling")
            self.assertEqual([row[0] for row in server.sql("SELECT trace_id FROM spans ORDER BY start_time")], [trace_id(i) for i in range(8)])
            self.assertEqual((forward["queued_records"], forward["spans_dropped"]), (0, 0))
            problems = server.get("/api/v1/ingest")[1]["recent_problems"]
            self.assertTrue(any("servers forward to each other" in problem["message"] for problem in problems), problems)
        # What was handed on by many servers goes no further.
        ids = ",".join(f"{number:032x}" for number in range(8))
        resource = {"attributes": [attribute("vitrine.forwarded_by", ids)]}
        body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": numbered_spans(8, 9)}]}]}
        self.assertEqual(first.request("POST", "/v1/traces", json.dumps(body), {"content-type": "application/json"})[0], 200)
        first.wait_for(lambda: self.status(first)["spans_refused"] == 4, seconds=60, what="a span that is not sent")
        self.assertIn("8 servers already", self.status(first)["last_error"])

    def test_a_target_that_was_down_gets_everything(self):
        source = self.source()
        self.relay.down()
        for begin in range(0, 200, 20):
            self.assertEqual(source.send_spans(numbered_spans(begin, begin + 20)), 200)
        source.wait_for(lambda: self.status(source)["requests_retried"] > 0, what="a retry")
        self.assertIsNotNone(self.status(source)["last_error"])
        # What is settled is not gone from the queue.
        source.wait_for(lambda: source.get("/api/v1/ingest")[1]["backlog_records"] == 0, what="settling")
        self.relay.up()
        self.wait_until_sent(source, 200)
        self.wait_until_arrived(200)
        self.assertEqual(self.arrived(), [trace_id(i) for i in range(200)])
        self.assertIsNone(self.status(source)["last_error"])

    def test_nothing_is_lost_by_kill_9(self):
        source = self.source()
        for round_number in range(4):
            if round_number == 2:
                self.relay.down()
            for begin in range(round_number * 100, round_number * 100 + 100, 10):
                self.assertEqual(source.send_spans(numbered_spans(begin, begin + 10)), 200)
            source.kill()
            source.start()
        self.relay.up()
        self.wait_until_arrived(400)
        self.assertEqual(self.arrived(), [trace_id(i) for i in range(400)])
        source.wait_for(lambda: self.status(source)["queued_records"] == 0, what="an empty queue")
        self.assertEqual(self.status(source)["spans_dropped"], 0)

    def test_it_comes_again_when_asked_to(self):
        source = self.source()
        self.relay.answers = [(429, {"retry-after": "1"}), (503, {})]
        began = time.monotonic()
        self.assertEqual(source.send_spans(numbered_spans(0, 5)), 200)
        self.wait_until_sent(source, 5)
        self.assertGreaterEqual(time.monotonic() - began, 1)  # It cannot be earlier than it was told.
        self.assertEqual(len(self.relay.bodies), 3)
        self.assertEqual(self.status(source)["requests_retried"], 2)
        self.assertEqual(self.status(source)["requests"], 1)
        self.wait_until_arrived(5)

    def test_the_oldest_fall_out_of_a_full_queue_and_are_counted(self):
        source = self.source('queue_max = "2MiB"\n')
        self.relay.down()
        total = 1500
        for begin in range(0, total, 10):
            self.assertEqual(source.send_spans(numbered_spans(begin, begin + 10, "x" * 4000)), 200)
        source.wait_for(lambda: self.status(source)["queued_bytes"] <= 2 << 20, what="a queue within its bound")
        self.relay.up()
        source.wait_for(lambda: self.status(source)["queued_records"] == 0, seconds=90, what="an empty queue")
        status = self.status(source)
        self.assertGreater(status["spans_dropped"], total // 3)
        self.assertEqual(status["spans_sent"] + status["spans_dropped"], total)
        self.wait_until_arrived(status["spans_sent"])
        self.assertEqual(self.arrived(), [trace_id(i) for i in range(status["spans_dropped"], total)])

    def test_planted_secrets_and_unwanted_content_stay(self):
        source = self.source('content = "none"\nfilter = "-name:private*"\n', name="without")
        keys = planted_secrets.Keys(11)
        secrets = [keys.make(prefix, prefix, size) for prefix, size in planted_secrets.PASTED]
        spans = numbered_spans(0, 2, "said in confidence")
        spans[0]["attributes"] += [attribute(f"app.note.{i}", f"use {secret} for it") for i, secret in enumerate(secrets)]
        spans[1]["name"] = "private matter"
        self.assertEqual(source.send_spans(spans), 200)
        self.wait_until_sent(source, 1)
        self.assertEqual(self.status(source)["spans_filtered"], 1)
        said = b"".join(self.relay.bodies)
        self.assertIn(b"app.note.0", said)
        self.assertEqual(planted_secrets.found_in(said), set())
        self.assertNotIn(b"said in confidence", said)
        self.assertNotIn(b"private matter", said)

    def test_metrics_arrive_and_only_grow(self):
        source = self.source(f'metrics_url = "http://127.0.0.1:{self.relay.port}/v1/metrics"\ninterval = "1s"\n')
        self.assertEqual(source.send_spans(numbered_spans(0, 3)), 200)
        status, _, body = source.request("POST", "/api/v1/scores", json.dumps({"name": "faithfulness", "value": 0.5, "trace_id": trace_id(0)}),
                                         {"content-type": "application/json"})
        self.assertEqual(status, 200, body[:300])
        source.wait_for(lambda: self.status(source)["metrics_sent"] >= 2, seconds=60, what="two requests with metrics")
        last = [body for path, body in zip(self.relay.paths, self.relay.bodies) if path == "/v1/metrics"][-1]
        for word in (b"gen_ai.client.operation.duration", b"gen_ai.client.token.usage", b"gpt-4o-mini", b"vitrine.calls.cost", b"vitrine.score.value", b"faithfulness"):
            self.assertIn(word, last)
        status = self.status(source)
        self.assertEqual((status["metrics_failed"], status["metrics_error"]), (0, None))
        self.wait_until_sent(source, 3)

    def test_settings_are_refused_by_name(self):
        self.assertIn("[forward.a]: needs url", refusal_of("[forward.a]\n"))
        self.assertIn("environment variable NOT_THERE", refusal_of('[forward.a]\nurl = "http://x/v1/traces"\nheaders = { key = "env:NOT_THERE" }\n'))
        self.assertIn("[forward.a]: ", refusal_of('[forward.a]\nurl = "http://x/v1/traces"\nfilter = "score.good>1"\n'))
        self.assertIn("half of log.size_max", refusal_of('[forward.a]\nurl = "http://x/v1/traces"\nqueue_max = "5GiB"\n'))
        self.assertIn("content is one of all, none", refusal_of('[forward.a]\nurl = "http://x/v1/traces"\ncontent = "some"\n'))


if __name__ == "__main__":
    unittest.main()
