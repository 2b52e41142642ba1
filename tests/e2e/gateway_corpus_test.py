"""Recorded provider traffic through the gateway: not a byte changes on the way, and every call is recorded as it was."""
import asyncio
import collections
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support import expected_calls, gateway_config, provider_corpus, recorded_calls  # noqa: E402
from support.corpus_replay import Call, Replay  # noqa: E402
from support.server import Server  # noqa: E402

SEEDS = tuple(int(seed) for seed in os.environ.get("VITRINE_SEEDS", "1 2 3").split())
MATCH_SHARE_MIN = 0.995
SHOWN_MAX = 40
BRIDGE = pathlib.Path(__file__).parent / "support/http2_bridge.mjs"


def is_inline_agent(exchange):
    return re.fullmatch(r"POST /agents/[^/]+", f"{exchange.method} {exchange.target}") is not None


@unittest.skipUnless(provider_corpus.exists(), f"no recorded provider traffic at {provider_corpus.FOLDER}")
class GatewayCorpus(unittest.TestCase):
    """One server; each round is a project of its own, with other places where bytes are cut."""
    seeds = SEEDS
    over_http2 = False

    @classmethod
    def setUpClass(cls):
        exchanges = provider_corpus.read()
        cls.rounds = {f"round-{seed}": [Call(f"{seed}-{exchange.id}", exchange, f"round-{seed}") for exchange in exchanges]
                      for seed in cls.seeds}
        cls.server = Server()
        cls.addClassCleanup(cls.server.__exit__)
        cls.faults = asyncio.run(cls.replay({exchange.provider for exchange in exchanges}))
        cls.recorded = {project: cls.settled(project, len(calls)) for project, calls in cls.rounds.items()}

    @classmethod
    async def replay(cls, labels):
        async with Replay(cls.over_http2) as replay:
            port = cls.bridge(replay.port) if cls.over_http2 else replay.port
            upstreams = {label: (f"http://127.0.0.1:{port}", provider_corpus.kind_of(label)) for label in labels}
            more = 'http2 = "prior-knowledge"' if cls.over_http2 else ""
            cls.server.arguments.append(gateway_config.write(cls.server.data / "vitrine.toml", upstreams, more))
            cls.server.start()
            for seed, calls in zip(cls.seeds, cls.rounds.values()):
                await replay.run(calls, cls.server.port, seed)
        return replay.faults

    @classmethod
    def bridge(cls, port):
        """The port of HTTP/2 in front of `port`."""
        process = subprocess.Popen(["node", str(BRIDGE), str(port)], stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(process.stdout.close)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)
        return int(process.stdout.readline().split()[1])

    @classmethod
    def settled(cls, project, count):
        cls.server.wait_for(lambda: int(cls.server.sql(f"SELECT count() FROM spans WHERE {recorded_calls.OF_EXCHANGES}", project)[0][0]) >= count, 60, f"spans of {project}")
        return recorded_calls.read(cls.server, project)

    def all_calls(self):
        for project, calls in self.rounds.items():
            for call in calls:
                yield call, self.recorded[project][call.key]

    def test_not_a_byte_changes(self):
        calls = [call for calls in self.rounds.values() for call in calls]
        changed = [call for call in calls if call.faults]
        for call in changed[:SHOWN_MAX]:
            print(f"{call.key} {call.exchange.method} {call.exchange.url[:100]}: {call.faults}")
        print(f"{len(calls) - len(changed)} of {len(calls)} exchanges went through unchanged")
        self.assertEqual(self.faults, [])
        self.assertEqual(len(changed), 0)

    def test_every_call_is_recorded_as_expected(self):
        misses, fields, count = collections.defaultdict(list), collections.Counter(), 0
        for call, span in self.all_calls():
            if call.exchange.expectation is None:
                continue
            count += 1
            for field, expected, got in expected_calls.differences(call.exchange.expectation, span):
                fields[field] += 1
                misses[call.exchange.id].append((call.project, field, expected, got))
        missed = len({(project, key) for key, found in misses.items() for project, *_ in found})
        for key, found in sorted(misses.items())[:SHOWN_MAX]:
            exchange = next(call.exchange for calls in self.rounds.values() for call in calls if call.exchange.id == key)
            print(f"{key} {exchange.provider} {exchange.expectation['api']} {exchange.url[:80]}")
            for project, field, expected, got in found:
                print(f"    {project} {field}: expected {str(expected)[:120]!r}, recorded {str(got)[:120]!r}")
        print(f"{count - missed} of {count} calls match in full ({100 * (count - missed) / count:.2f} %); misses by field: {dict(fields)}")
        self.assertGreaterEqual(count - missed, MATCH_SHARE_MIN * count)

    def test_the_comparison_sees_each_field(self):
        call, span = next((call, span) for call, span in self.all_calls() if call.exchange.expectation and call.exchange.expectation["stream"]
                          and span["tool_calls"] and span["input_tokens"] and not expected_calls.differences(call.exchange.expectation, span))
        other = {"kind": "tool", "capture": "otlp", "status": "error", "error_text": "x", "http_status": 599, "request_model": "x",
                 "response_model": "x", "response_id": "x", "finish_reasons_raw": ["x"], "stream": False, "input_tokens": 1 << 40,
                 "output_tokens": 1 << 40, "cached_input_tokens": 1 << 40, "cache_write_tokens": 1 << 40, "reasoning_tokens": 1 << 40,
                 "tool_calls": ["x"], "output_messages": [[{"type": "text", "content": "x"}]]}
        for column, value in other.items():
            found = expected_calls.differences(call.exchange.expectation, span | {column: value})
            self.assertEqual(len(found), 1, (column, found))

    def test_other_traffic_is_recorded_and_no_call(self):
        counted = {row[0] for project in self.rounds for row in self.server.sql("SELECT span_id FROM calls", project)}
        for call, span in self.all_calls():
            # The expectations leave out agents that a request defines itself, which are calls.
            if call.exchange.expectation is None and not is_inline_agent(call.exchange):
                self.assertEqual((span["kind"], span["http_status"]), ("http", call.exchange.status), (call.key, call.exchange.url))
                self.assertNotIn(span["span_id"], counted, call.exchange.url)

    def test_each_exchange_has_one_span(self):
        for project, calls in self.rounds.items():
            self.assertEqual({call.key for call in calls}, set(self.recorded[project]))

    def test_what_agents_did_is_below_their_calls(self):
        for project in self.rounds:
            kinds = dict(self.server.sql(
                "SELECT s.kind, count() FROM spans AS s JOIN spans AS a ON a.trace_id = s.trace_id AND a.span_id = s.parent_span_id "
                "WHERE a.kind = 'agent' GROUP BY s.kind", project))
            self.assertLessEqual({"llm", "tool", "retrieval"}, set(kinds), project)


class GatewayCorpusOverHttp2(GatewayCorpus):
    """The same, once, with HTTP/2 between the gateway and its upstream."""
    seeds = SEEDS[:1]
    over_http2 = True


if __name__ == "__main__":
    unittest.main()
