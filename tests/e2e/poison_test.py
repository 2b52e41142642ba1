"""A row the engine refuses for ever, clocks wrong by years, requests over 100 days wide: the rest settles, and people can see what did not."""
import json
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support import engine  # noqa: E402
from support.server import BINARY, Server, llm_span  # noqa: E402

DAY_NS = 86_400 * 10**9
YEARS = {"1970": 1, "1999": 915_148_800 * 10**9, "2038": 2_145_916_800 * 10**9, "2200": 7_258_118_400 * 10**9, "2262": 2**63 - 10**10}


def trace_of(number):
    return f"{number:032x}"


class Poison(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server())

    def settled(self):
        self.server.wait_for(lambda: self.server.get("/api/v1/ingest")[1]["backlog_records"] == 0, 60, "everything settled")

    def totals(self):
        """Spans in spans, in traces and in rollups, and the rollups' input tokens (10 a span)."""
        return [int(float(value or 0)) for value in self.server.sql(
            "SELECT (SELECT count() FROM spans), (SELECT sum(span_count) FROM traces), sum(spans), sum(input_tokens) FROM rollups")[0]]

    def test_a_refused_row_is_kept_shown_and_in_nobodys_way(self):
        server, now = self.server, time.time_ns()
        engine.refuse_spans_named(server, "poison")
        spans = [llm_span(trace_of(1 + i % 7), f"{i + 1:016x}", now) for i in range(100)]
        spans[41]["name"] = "poison"
        self.assertEqual(server.send_spans(spans), 200)
        self.settled()
        self.assertEqual(self.totals(), [99, 99, 99, 990])
        self.assertEqual(server.get("/api/v1/ingest")[1]["quarantined"], 1)
        rows = server.get("/api/v1/doctor")[1]["quarantined"]
        self.assertEqual([row["table"] for row in rows], ["span_rows"])
        self.assertIn(f"{42:016x}", rows[0]["row"])
        self.assertIn("poison", rows[0]["reason"])
        told = subprocess.run([BINARY, "doctor", "--url", f"http://127.0.0.1:{server.port}"], capture_output=True, text=True, check=True)
        self.assertIn(f"{42:016x}", told.stdout)
        self.assertEqual(server.get("/api/v1/doctor", **{"x-vitrine-project": "other"})[1]["quarantined"], [])
        status, _, body = server.request("GET", "/metrics")
        self.assertIn("vitrine_settle_quarantined_total 1\n", body.decode())

        # Also after a restart, and when the sender repeats itself; later spans of the trace settle as ever.
        server.kill()
        server.start()
        self.assertEqual(server.send_spans(spans), 200)
        self.assertEqual(server.send_spans([llm_span(spans[41]["traceId"], f"{500:016x}", now)]), 200)
        self.settled()
        self.assertEqual(self.totals(), [100, 100, 100, 1000])
        self.assertEqual(server.get("/api/v1/ingest")[1]["quarantined"], 1)

    def test_clocks_wrong_by_years(self):
        server = self.server
        for number, start in enumerate(YEARS.values(), 1):
            self.assertEqual(server.send_spans([llm_span(trace_of(number), f"{number:016x}", start),
                                                llm_span(trace_of(number), f"{number + 100:016x}", time.time_ns())]), 200)
        self.settled()
        count = 2 * len(YEARS)
        self.assertEqual(self.totals(), [count, count, count, 10 * count])
        for number, (year, start) in enumerate(YEARS.items(), 1):
            row = server.sql(f"SELECT toString(toUnixTimestamp64Nano(start_time)), toString(start_time) FROM spans WHERE span_id = '{number:016x}'")[0]
            self.assertEqual(row[0], str(start))
            self.assertTrue(row[1].startswith(year), row)
            status, trace = server.get(f"/api/v1/traces/{trace_of(number)}")
            self.assertEqual(status, 200, (year, trace))
            self.assertEqual(len(trace["spans"]["rows"]), 2)
        # Wrong clocks do not open partitions of their own.
        days = engine.execute(server, "SELECT uniqExact(day), max(day) - min(day) FROM vitrine.span_rows")
        self.assertLessEqual(max(int(value) for value in days.split()), 9)

    def test_a_request_over_150_days(self):
        server, now = self.server, time.time_ns()
        spans = [llm_span(trace_of(1 + day % 3), f"{day + 1:016x}", now - day * DAY_NS) for day in range(150)]
        self.assertEqual(server.send_spans(spans), 200)
        self.settled()
        self.assertEqual(self.totals(), [150, 150, 150, 1500])
        self.assertEqual(json.loads(server.request("GET", "/api/v1/ingest")[2])["quarantined"], 0)


if __name__ == "__main__":
    unittest.main()
