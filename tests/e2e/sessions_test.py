"""Sessions, the cache lens and comparisons: numbers equal SQL over the public views, and the pages show them (ui/e2e/threads.test.mjs)."""
import decimal
import os
import subprocess
import sys
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(__file__))
from support.server import BINARY, ROOT, Server  # noqa: E402

TRACES = 120
SEED = 11
PROJECT = "demo"


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Sessions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.url = f"http://{cls.server.host}:{cls.server.port}"
        subprocess.run([str(BINARY), "demo", "--url", cls.url, "--project", PROJECT, "--traces", str(TRACES), "--seed", str(SEED)],
                       check=True, stdout=subprocess.DEVNULL, timeout=120)
        cls.server.wait_for(lambda: cls.server.sql("SELECT count() FROM traces", PROJECT)[0][0] == TRACES, what="all traces")

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def get(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        status, answer = self.server.get(path + (f"?{query}" if query else ""), **{"x-vitrine-project": PROJECT})
        self.assertEqual(status, 200, answer)
        return answer

    def sessions(self, limit, **parameters):
        rows, cursor = [], None
        while True:
            page = self.get("/api/v1/sessions", limit=limit, **parameters, **({"cursor": cursor} if cursor else {}))
            self.assertLessEqual(len(page["sessions"]), limit)
            rows += page["sessions"]
            cursor = page["next_cursor"]
            if not cursor:
                return rows

    def test_sums_of_every_session_equal_the_view(self):
        shown = {row["session_id"]: row for row in self.sessions(limit=17)}
        rows = self.server.sql("SELECT session_id, trace_count, call_count, error_count, unpriced_count, input_tokens, output_tokens, "
                               "toString(cost_usd), arraySort(models) FROM sessions", PROJECT)
        self.assertEqual(len(rows), len(shown))
        self.assertGreater(len(rows), 20)
        for session_id, traces, calls, errors, unpriced, tokens_in, tokens_out, cost, models in rows:
            row = shown[session_id]
            self.assertEqual((row["trace_count"], row["call_count"], row["error_count"], row["unpriced_count"]), (traces, calls, errors, unpriced))
            self.assertEqual((row["input_tokens"], row["output_tokens"]), (tokens_in, tokens_out))
            self.assertEqual(row["cost_usd"] and decimal.Decimal(row["cost_usd"]), cost and decimal.Decimal(cost))
            self.assertEqual(row["models"], models)

    def test_pages_are_the_same_list_whatever_their_size(self):
        ids = [[row["session_id"] for row in self.sessions(limit=limit)] for limit in (1, 7, 500)]
        self.assertEqual(ids[0], ids[1])
        self.assertEqual(ids[0], ids[2])
        self.assertEqual(len(ids[0]), len(set(ids[0])))
        order = self.server.sql("SELECT session_id FROM traces WHERE session_id != '' GROUP BY session_id ORDER BY max(start_time) DESC", PROJECT)
        self.assertEqual(ids[0], [row[0] for row in order])

    def test_the_order_is_of_the_turns_that_match_and_rows_say_so(self):
        for filter, where in (("", "1"), ("status:error", "status = 'error'"), ("-status:error", "status != 'error'")):
            rows = self.sessions(limit=7, **({"filter": filter} if filter else {}))
            asked = self.server.sql(f"SELECT session_id, max(start_time) AS at FROM traces WHERE session_id != '' AND {where} GROUP BY session_id ORDER BY at DESC", PROJECT)
            self.assertEqual([row["session_id"] for row in rows], [row[0] for row in asked], filter)
            times = [row["last_match_time"] for row in rows]
            self.assertEqual(times, sorted(times, reverse=True), filter)
            self.assertTrue(all(row["last_match_time"] <= row["last_turn_time"] for row in rows), filter)

    def test_a_filter_finds_sessions_by_any_of_their_traces(self):
        for field, column in (("user", "user_id"), ("release", "release"), ("status", "status")):
            value = self.server.sql(f"SELECT any({column}) FROM traces WHERE {column} != ''", PROJECT)[0][0]
            found = {row["session_id"] for row in self.sessions(limit=500, **{field: value})}
            asked = self.server.sql(f"SELECT DISTINCT session_id FROM traces WHERE session_id != '' AND {column} = {quoted(value)}", PROJECT)
            self.assertEqual(found, {row[0] for row in asked})
            written = {row["session_id"] for row in self.sessions(limit=500, filter=f'{field}:"{value}"')}
            self.assertEqual(written, found, field)
        status, answer = self.server.get("/api/v1/sessions?filter=nonsense%3A1", **{"x-vitrine-project": PROJECT})
        self.assertEqual(status, 400, answer)
        self.assertEqual((answer["error"]["from"], answer["error"]["code"]), (0, "invalid_input"))
        status, answer = self.server.get("/api/v1/sessions?nonsense=1", **{"x-vitrine-project": PROJECT})
        self.assertEqual(status, 400, answer)

    def test_turns_are_the_traces_and_their_answers_are_stored_messages(self):
        session = max(self.sessions(limit=500), key=lambda row: row["trace_count"])
        name = urllib.parse.quote(session["session_id"], safe="")
        turns, cursor = [], None
        while True:
            page = self.get(f"/api/v1/sessions/{name}", limit=2, **({"cursor": cursor} if cursor else {}))
            turns += page["turns"]
            cursor = page["next_cursor"]
            if not cursor:
                break
        rows = self.server.sql("SELECT trace_id, call_count, toString(cost_usd), duration_ns FROM traces WHERE session_id = "
                               f"{quoted(session['session_id'])} ORDER BY start_time, trace_id", PROJECT)
        self.assertGreater(len(rows), 2)
        self.assertEqual([turn["trace_id"] for turn in turns], [row[0] for row in rows])
        for turn, (_, calls, cost, duration) in zip(turns, rows):
            self.assertEqual((turn["call_count"], turn["duration_ns"]), (calls, duration))
            self.assertEqual(turn["cost_usd"] and decimal.Decimal(turn["cost_usd"]), cost and decimal.Decimal(cost))
            if turn["span_id"]:
                hashes = self.server.sql(f"SELECT output_hashes FROM spans WHERE span_id = {quoted(turn['span_id'])}", PROJECT)[0][0]
                self.assertEqual([message["hash"] for message in turn["output"]], hashes)
        first_bad = next((index for index, turn in enumerate(turns, 1) if turn["is_bad"]), None)
        self.assertEqual(session["first_bad_turn"], first_bad)

    def test_the_first_bad_turn_is_the_first_that_says_why(self):
        bad = [row for row in self.sessions(limit=500) if row["first_bad_turn"]]
        self.assertGreater(len(bad), 0, "demo traffic has answers that stopped at their limit")
        for row in bad:
            turns = self.get(f"/api/v1/sessions/{urllib.parse.quote(row['session_id'], safe='')}")["turns"]
            self.assertEqual(next(index for index, turn in enumerate(turns, 1) if turn["why_bad"]), row["first_bad_turn"])

    def test_an_unknown_session_is_not_found(self):
        for path in ("/api/v1/sessions/nobody", "/api/v1/sessions/nobody/cache"):
            status, answer = self.server.get(path, **{"x-vitrine-project": PROJECT})
            self.assertEqual((status, answer["error"]["code"]), (404, "not_found"))

    def test_the_cache_lens_reports_what_the_provider_reported(self):
        judged = 0
        for row in self.sessions(limit=500)[:40]:
            lens = self.get(f"/api/v1/sessions/{urllib.parse.quote(row['session_id'], safe='')}/cache")
            calls = self.server.sql("SELECT span_id, input_tokens, cached_input_tokens FROM calls WHERE kind = 'llm' AND status != 'error' AND session_id = "
                                    f"{quoted(row['session_id'])} ORDER BY start_time, trace_id, span_id", PROJECT)
            self.assertEqual([[call["span_id"], call["input_tokens"], call["cached_tokens"]] for call in lens["calls"]], calls)
            for call in lens["calls"]:
                if call["lost_tokens"] is not None:
                    judged += 1
                    self.assertGreaterEqual(call["expected_tokens"], 0)
                    self.assertTrue(call["lost_tokens"] in (0, call["expected_tokens"] - call["cached_tokens"]))
                tokens = [item["tokens"] for item in call["items"]]
                if tokens and None not in tokens:
                    self.assertEqual(sum(tokens), call["input_tokens"])
            self.assertEqual(lens["totals"]["judged_calls"], sum(call["lost_tokens"] is not None for call in lens["calls"]))
        self.assertGreater(judged, 0)

    def test_a_trace_compared_with_itself_is_the_same(self):
        trace = self.get("/api/v1/traces", limit=1, status="error")["traces"][0]["trace_id"]
        diff = self.get(f"/api/v1/traces/{trace}/diff/{trace}")
        steps = self.server.sql("SELECT count() FROM spans WHERE trace_id = " + quoted(trace) +
                                " AND kind IN ('llm', 'embedding', 'rerank', 'retrieval', 'tool', 'agent', 'guardrail', 'evaluator')", PROJECT)
        self.assertEqual(len(diff["steps"]), steps[0][0])
        self.assertIsNone(diff["first_divergence"])
        self.assertEqual({step["same"] for step in diff["steps"]}, {"same"})

    def test_similar_traces_begin_with_the_same_message(self):
        for trace in self.get("/api/v1/traces", limit=10)["traces"]:
            similar = self.get(f"/api/v1/traces/{trace['trace_id']}/similar", limit=50)["traces"]
            # The first call's last message, of every trace of the project.
            first = ("SELECT trace_id FROM (SELECT trace_id, argMin(input_hashes, (start_time, span_id)) AS hashes FROM spans WHERE kind = 'llm' "
                     "AND notEmpty(input_hashes) GROUP BY trace_id) WHERE hashes[-1] = (SELECT argMin(input_hashes, (start_time, span_id))[-1] "
                     f"FROM spans WHERE kind = 'llm' AND notEmpty(input_hashes) AND trace_id = {quoted(trace['trace_id'])}) AND trace_id != {quoted(trace['trace_id'])}")
            expected = {row[0] for row in self.server.sql(first, PROJECT)}
            if len(expected) <= 50:
                self.assertLessEqual(expected, {row["trace_id"] for row in similar})
            status = [row["status"] for row in similar]
            self.assertEqual(status, sorted(status, key=lambda value: value == "error"))

    def test_pages(self):
        self.assertTrue((ROOT / "ui/node_modules/playwright-core").is_dir(), "tools/bootstrap test brings the packages of ui/")
        browser = subprocess.run(["node", "--test", "--test-reporter=spec", "e2e/threads.test.mjs"], cwd=ROOT / "ui", env=os.environ | {"VITRINE_URL": self.url},
                                 capture_output=True, text=True, timeout=900)
        print(browser.stdout, file=sys.stderr)
        self.assertEqual(browser.returncode, 0, browser.stderr)
        self.assertIn("ℹ skipped 0", browser.stdout)


if __name__ == "__main__":
    unittest.main()
