#!/usr/bin/env python3
"""Tests of the client checker itself, without clients and without a server: the checks must be able to fail.

Run: python3 -m unittest -v clients_test (in this folder)
"""

import gzip
import http.client
import json
import pathlib
import tempfile
import unittest
import unittest.mock
from decimal import Decimal

import capture
import check
import compare
import expectations
import gateway
import install
import launch
import otlp_dump
import sink

TESTS = install.SOURCES.parents[1]
GOLDEN = TESTS / "golden" / "clients"
USAGE = json.loads((TESTS / "support" / "fake_provider" / "usage.json").read_text())


CLIENTS = {client["name"]: client for client in launch.clients()}


def captured_rows(client: str) -> list[dict]:
    """Spans of a golden capture in the shape of rows, enough for the tree."""
    rows = []
    for request in json.loads((GOLDEN / client / "index.json").read_text())["requests"]:
        if not request["path"].endswith("/v1/traces"):
            continue
        for group in otlp_dump.load(GOLDEN / client / request["file"])["resourceSpans"]:
            for span in (span for scope in group["scopeSpans"] for span in scope["spans"]):
                rows.append(
                    {
                        "trace_id": span["traceId"],
                        "span_id": span["spanId"],
                        "parent_span_id": span.get("parentSpanId") or "",
                        "name": span["name"],
                        "start_time": int(span["startTimeUnixNano"]),
                    }
                )
    return rows


def _wanted_message(message: dict) -> tuple[str, str]:
    """Role and parts, as the view `messages` has them, of an expected message."""
    role = message["role"][0] if isinstance(message["role"], list) else message["role"]
    text = message.get("text", message.get("text_has", ""))
    parts = [{"type": "text", "content": text}] if text else []
    for call in message.get("tool_calls", []):
        parts.append({"type": "tool_call", "id": "c", "name": call["name"], "arguments": json.dumps(call["arguments"])})
    return role, json.dumps(parts)


class PerfectVitrine:
    """Answers exactly what is expected, unless told to get one thing wrong."""

    def __init__(self, client: str):
        self.spans: list[dict] = []
        self.messages: list[dict] = []
        self.tool_calls: list[dict] = []
        self.leaks = 0
        self.sums = {"calls": 0, "input_tokens": 0, "output_tokens": 0, "cost_usd": Decimal(0)}
        for root in expectations.load(CLIENTS[client]).roots:
            self._add(root, "")

    def _add(self, node: expectations.Node, parent: str) -> None:
        number = len(self.spans) + 1
        row = {column: None for column in ("kind", "ttft_ns", "cost_usd")}
        row |= {c: (v[0] if isinstance(v, list) and c != "tags" else v) for c, v in node.columns.items()}
        row |= {column: 1 for column in node.present}
        row.setdefault("status", "unset")
        row["call_id"] = node.call or node.path
        row |= {"trace_id": "t", "span_id": f"{number:016x}", "parent_span_id": parent, "name": node.name}
        row["start_time"] = f"2026-01-01T00:00:00.{number:09d}Z"
        self.spans.append(row)
        key = {"trace_id": "t", "span_id": row["span_id"]}
        for direction in ("input", "output"):
            for message in getattr(node, direction) or []:
                role, parts = _wanted_message(message)
                self.messages.append(key | {"direction": direction, "role": role, "parts": parts})
        self.tool_calls += [key | {"name": c["name"], "arguments": json.dumps(c["arguments"])} for c in node.tool_calls or []]
        if node.is_paid:
            self.sums["calls"] += 1
            for column in ("input_tokens", "output_tokens"):
                self.sums[column] += row.get(column) or 0
            self.sums["cost_usd"] += Decimal(row.get("cost_usd") or 0)
        for child in node.children:
            self._add(child, row["span_id"])

    def sql(self, query: str, **_: str) -> list[dict]:
        if query == check.MESSAGES_SQL:
            return self.messages
        if query == check.TOOL_CALLS_SQL:
            return self.tool_calls
        if query == check.SINCE_SQL:
            return [{"since": check.BEGINNING}]
        if query == check.LEAKS_SQL:
            return [{"spans": self.leaks}]
        return [self.sums] if query == check.SUMS_SQL else self.spans


def failures(vitrine: PerfectVitrine, client: str, output: str | None = None) -> list[str]:
    printed = "\n".join(expectations.load(CLIENTS[client]).printed)
    run = check.Run(vitrine, CLIENTS[client], "service")
    run.begin()
    run.end(printed if output is None else output)
    return [result.what for result in run.check() if not result.passed]


class ExpectationTest(unittest.TestCase):
    def test_trees_are_those_of_the_captures(self):
        for client in launch.clients():
            if "gateway" in client:
                continue  # Only what clients report themselves is captured.
            with self.subTest(client["name"]):
                rows = captured_rows(client["name"])
                below = compare.parents_of(rows)
                pairs = list(compare.match_tree(expectations.load(client).roots, below.get("", []), below))
                self.assertEqual([node.path for node, row in pairs if row is None], [], "expected, not captured")
                self.assertEqual([row["name"] for node, row in pairs if node is None], [], "captured, not expected")
                self.assertEqual(len(pairs), len(rows))

    def test_steps_have_the_numbers_of_the_fake_provider(self):
        steps = json.loads((expectations.DIRECTORY / "steps.json").read_text())
        kinds = {"plain": "text", "stream": "text", "responses": "text", "ask": "tool_call", "answer": "tool_answer"}
        cached_outside = {"anthropic", "bedrock"}
        for name, step in steps.items():
            api, _, what = name.partition(".")
            if what not in kinds:
                continue
            usage, extra = USAGE[api]["kinds"][kinds[what]], USAGE["stream_extra"]
            streamed = what == "stream"
            cached = usage["cache_read"] if api in cached_outside else usage.get("cached", 0)
            total = usage["input"] + (usage["cache_read"] + usage["cache_write"] if api in cached_outside else 0)
            output = usage["output"] + usage.get("thoughts", 0)
            with self.subTest(name):
                self.assertEqual(step["expect"]["input_tokens"], total + extra["input"] * streamed)
                self.assertEqual(step["expect"]["output_tokens"], output + extra["output"] * streamed)
                self.assertEqual(step["expect"]["cached_input_tokens"] or 0, cached)

    def test_every_gateway_client_has_upstreams_of_its_own(self):
        names = [name for client in launch.clients() for name in gateway.upstreams(client)]
        self.assertEqual(len(names), len(set(names)))
        for name in names:
            self.assertRegex(name, "^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$")  # The server takes letters, digits and '-'.

    def test_cost(self):
        row = {"request_model": "gpt-4o-mini", "input_tokens": 42, "cached_input_tokens": 32, "output_tokens": 17}
        self.assertEqual(expectations.cost_of(row), Decimal("0.0000141"))
        self.assertIsNone(expectations.cost_of(row | {"request_model": "unheard-of"}))
        self.assertIsNone(expectations.cost_of(row | {"input_tokens": None}))


class CheckTest(unittest.TestCase):
    def test_what_is_expected_passes(self):
        for client in launch.clients():
            with self.subTest(client["name"]):
                self.assertEqual(failures(PerfectVitrine(client["name"]), client["name"]), [])

    def test_every_wrong_column_fails(self):
        client = "node-ai-sdk-7"
        for column, wrong in [("input_tokens", 43), ("cost_usd", "0.1"), ("counted", False), ("finish_reason", "length")]:
            vitrine = PerfectVitrine(client)
            row = next(row for row in vitrine.spans if row["name"] == "chat gpt-4o-mini")
            row[column] = wrong
            with self.subTest(column):
                self.assertEqual(len(failures(vitrine, client)), 1)

    def test_unknown_is_not_zero(self):
        vitrine = PerfectVitrine("node-openai-openinference")
        row = next(row for row in vitrine.spans if row["usage_source"] == "missing")
        row["input_tokens"] = 0
        self.assertEqual(len(failures(vitrine, "node-openai-openinference")), 1)

    def test_wrong_parent_lost_and_extra_spans_fail(self):
        client = "node-openai-traceloop"
        moved = PerfectVitrine(client)
        moved.spans[2]["parent_span_id"] = moved.spans[0]["span_id"]
        self.assertTrue(failures(moved, client))
        lost = PerfectVitrine(client)
        lost.spans.pop()
        self.assertTrue(failures(lost, client))
        doubled = PerfectVitrine(client)
        doubled.spans.append(doubled.spans[-1] | {"span_id": "f" * 16})
        self.assertTrue(failures(doubled, client))

    def test_wrong_conversation_fails(self):
        client = "python-openai-otel"
        lost = PerfectVitrine(client)
        lost.messages.pop(0)
        self.assertEqual(len(failures(lost, client)), 1)
        swapped = PerfectVitrine(client)
        swapped.messages[0]["role"] = "assistant"
        self.assertEqual(len(failures(swapped, client)), 1)
        uncalled = PerfectVitrine(client)
        uncalled.tool_calls.clear()
        self.assertEqual(len(failures(uncalled, client)), 1)

    def test_wrong_sums_fail(self):
        client = "python-anthropic-openinference"
        for column in ("calls", "input_tokens", "output_tokens", "cost_usd"):
            vitrine = PerfectVitrine(client)
            vitrine.sums[column] *= 2
            with self.subTest(column):
                self.assertEqual(failures(vitrine, client), [f"counted sum of {column}"])

    def test_wrong_answers_and_leaks_fail(self):
        client = "gateway-node-ollama"
        vitrine = PerfectVitrine(client)
        self.assertEqual(len(failures(vitrine, client, output="plain: Good bye.")), 5)
        vitrine.leaks = 1
        self.assertEqual(failures(vitrine, client), ["no credential is kept"])

    def test_retries_that_are_not_linked_fail(self):
        for call_id in ("another", PerfectVitrine("gateway-node-openai").spans[0]["call_id"]):
            vitrine = PerfectVitrine("gateway-node-openai")
            vitrine.spans[-1]["call_id"] = call_id
            with self.subTest(call_id):
                self.assertEqual(failures(vitrine, "gateway-node-openai"), ["attempts of one call"])

    def test_values_as_sql_writes_them(self):
        for expected, actual in [(42, "42"), (Decimal("0.0000141"), "0.000014100"), (True, 1), (None, ""), (["a", None], None)]:
            self.assertTrue(compare.same(expected, actual), (expected, actual))
        for expected, actual in [(0, None), (None, 0), (True, None), (False, None), ("stop", "length"), (["a"], ["b"])]:
            self.assertFalse(compare.same(expected, actual), (expected, actual))


class SinkTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.directory = pathlib.Path(self._folder.name) / "capture"
        self.sink = sink.Sink(self.directory)

    def _post(self, path: str, body, headers: dict, chunked: bool = False):
        connection = http.client.HTTPConnection("127.0.0.1", self.sink.server_address[1], timeout=10)
        self.addCleanup(connection.close)
        connection.request("POST", path, body=body, headers=headers, encode_chunked=chunked)
        response = connection.getresponse()
        return response.status, response.getheader("content-type"), response.read()

    def test_keeps_bodies_inflated(self):
        protobuf = {"content-type": "application/x-protobuf"}
        self.assertEqual(self._post("/v1/traces", b"\x0a\x00", protobuf), (200, "application/x-protobuf", b""))
        packed = gzip.compress(b'{"resourceLogs":[]}')
        headers = {"content-type": "application/json", "content-encoding": "gzip", "transfer-encoding": "chunked"}
        answer = self._post("/v1/logs", iter([packed[:7], packed[7:]]), headers, chunked=True)
        self.assertEqual(answer, (200, "application/json", b"{}"))
        self.assertEqual(self._post("/v1/traces", b"not gzip", protobuf | {"content-encoding": "gzip"})[0], 400)
        self.sink.close()
        self.assertEqual((self.directory / "001.pb").read_bytes(), b"\x0a\x00")
        self.assertEqual((self.directory / "002.json").read_bytes(), b'{"resourceLogs":[]}')
        index = json.loads((self.directory / "index.json").read_text())
        self.assertEqual([r["path"] for r in index["requests"]], ["/v1/traces", "/v1/logs"])

    def test_bodies_that_show_this_machine_are_refused(self):
        (self.directory / "001.pb").write_bytes(b"\x0a\x05hello")
        capture._check_neutral(self.directory)
        (self.directory / "002.pb").write_bytes(f"\n at {install.SOURCES}/main.mjs:1".encode())
        with self.assertRaises(capture.CaptureError):
            capture._check_neutral(self.directory)
        self.sink.close()


class InstallTest(unittest.TestCase):
    def setUp(self):
        patches = [unittest.mock.patch.object(install, "PAUSE_SECONDS", 0), unittest.mock.patch("builtins.print")]
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)

    def test_a_failed_download_is_tried_once_more(self):
        outcomes = [install.InstallError("registry answered 503"), None]
        command = unittest.mock.Mock(side_effect=outcomes)
        install._attempt("node/x", command)
        self.assertEqual(command.call_count, 2)

    def test_a_second_failure_is_reported(self):
        command = unittest.mock.Mock(side_effect=install.InstallError("no such version"))
        with self.assertRaisesRegex(install.InstallError, "no such version"):
            install._attempt("node/x", command)
        self.assertEqual(command.call_count, 2)


if __name__ == "__main__":
    unittest.main()
