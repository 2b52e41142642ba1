"""Days and printed times of the command line: those of the project's time zone, also where its clocks change."""
import csv
import io
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support.server import BINARY, Server, llm_span  # noqa: E402

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("VITRINE_") or key == "VITRINE_CHDB"}
HOUR = 3600 * 10**9
MIDNIGHT = 1774738800 * 10**9  # Of 2026-03-29 in Berlin, 2026-03-28T23:00:00Z; that day has 23 hours there.
STARTS = [MIDNIGHT - HOUR // 2, MIDNIGHT + HOUR // 2, MIDNIGHT + 45 * HOUR // 2, MIDNIGHT + 47 * HOUR // 2]
TRACES = [f"{number:x}" * 32 for number in range(1, 5)]


class Zone(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        cls.url = f"http://127.0.0.1:{cls.server.port}"
        status, _, answer = cls.server.request("PUT", "/api/v1/project", json.dumps({"time_zone": "Europe/Berlin"}), {"content-type": "application/json"})
        assert status == 200, answer
        assert cls.server.send_spans([llm_span(trace, "1" * 16, start) for trace, start in zip(TRACES, STARTS)]) == 200
        cls.server.wait_for(lambda: cls.server.sql("SELECT count() FROM traces") == [[4]], what="all traces")

    def run_command(self, *words, code=0, **variables):
        done = subprocess.run([str(BINARY), *words, "--url", self.url], capture_output=True, text=True, env={**CLEAN, **variables}, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def listed(self, *words, **variables):
        """(head, [(trace, start)]) of a table, oldest first."""
        lines = self.run_command("traces", *words, **variables).stdout.splitlines()
        head = lines[0][lines[0].index("start (") :].split(")")[0] + ")"
        return head, sorted(tuple(line.split()[:2]) for line in lines[1:])

    def test_a_day_is_the_projects(self):
        day = ("--from", "2026-03-29", "--to", "2026-03-30")
        self.assertEqual(self.listed(*day), ("start (Europe/Berlin)", [(TRACES[1], "2026-03-29T00:30:00"), (TRACES[2], "2026-03-29T23:30:00")]))
        self.assertEqual(self.listed(*day, "--utc"), ("start (UTC)", [(TRACES[2], "2026-03-29T21:30:00"), (TRACES[3], "2026-03-29T22:30:00")]))
        tokyo = ("start (Asia/Tokyo)", [(TRACES[0], "2026-03-29T07:30:00"), (TRACES[1], "2026-03-29T08:30:00")])
        self.assertEqual(self.listed(*day, "--zone", "Asia/Tokyo"), tokyo)
        self.assertEqual(self.listed(*day, VITRINE_ZONE="Asia/Tokyo"), tokyo)
        self.assertEqual(self.listed(*day, "--utc", VITRINE_ZONE="Asia/Tokyo")[0], "start (UTC)")
        self.assertEqual(len(self.listed("--from", "2026-03", "--to", "2026-04")[1]), 4)
        # What a table shows can be typed again.
        self.assertEqual(len(self.listed("--from", "2026-03-29T23:30:00")[1]), 2)
        self.assertIn("no such traces", self.run_command("traces", "--from", "yesterday", "--user", "nobody").stderr)

    def test_programs_get_what_the_api_says(self):
        for words in (("traces", "--from", "2026-03-29", "--to", "2026-03-30"), ("calls", "--from", "2026-03-29", "--to", "2026-03-30")):
            rows = [json.loads(line) for line in self.run_command(*words, "--jsonl").stdout.splitlines()]
            self.assertEqual([row["start_time"] for row in rows], ["2026-03-29T21:30:00.000000000Z", "2026-03-28T23:30:00.000000000Z"])
        rows = self.run_command("export", "traces", "--from", "2026-03-29", "--to", "2026-03-30").stdout.splitlines()
        self.assertEqual(sorted(json.loads(row)["trace_id"] for row in rows), TRACES[1:3])
        report = json.loads(self.run_command("reprice", "--dry-run", "--from", "2026-03-29", "--to", "2026-03-30", "--json").stdout)
        self.assertEqual(report["calls"], 2)

    def test_days_of_a_query(self):
        range_of_days = ("--from", "2026-03-28", "--to", "2026-03-31")
        lines = self.run_command("query", "--group-by", "day", *range_of_days).stdout.splitlines()
        self.assertRegex(lines[0], r"^time \(Europe/Berlin\) +count$")
        self.assertEqual([line.split() for line in lines[1:]], [["2026-03-28", "1"], ["2026-03-29", "2"], ["2026-03-30", "1"], ["(all)", "4"]])
        self.assertEqual(self.run_command("query", "--interval", "1d", *range_of_days).stdout.splitlines(), lines)
        both = self.run_command("query", "--group-by", "day", "--group-by", "model", *range_of_days).stdout.splitlines()
        self.assertRegex(both[0], r"^time \(Europe/Berlin\) +model +count$")
        self.assertIn(["2026-03-29", "gpt-4o-mini", "2"], [line.split() for line in both])
        hours = self.run_command("query", "--group-by", "hour", "--from", "2026-03-29", "--to", "2026-03-30").stdout.splitlines()
        self.assertEqual(len(hours), 1 + 23 + 1, "a day of 23 hours")
        self.assertEqual([line.split()[0][11:] for line in hours[1:4]], ["00:00:00", "01:00:00", "03:00:00"])
        months = self.run_command("query", "--group-by", "month", "--from", "2026-03", "--to", "2026-05").stdout.splitlines()
        self.assertEqual([line.split() for line in months[1:]], [["2026-03-01", "4"], ["2026-04-01", "0"], ["(all)", "4"]])
        utc = self.run_command("query", "--group-by", "day", *range_of_days, "--utc").stdout.splitlines()
        self.assertEqual([line.split()[1] for line in utc[1:4]], ["2", "2", "0"])
        sheet = list(csv.DictReader(io.StringIO(self.run_command("query", "--group-by", "day", *range_of_days, "--csv").stdout)))
        self.assertEqual([row["time"] for row in sheet], ["2026-03-27T23:00:00.000000000Z", "2026-03-28T23:00:00.000000000Z", "2026-03-29T22:00:00.000000000Z"])

    def test_tail_shows_the_projects_clock(self):
        # The filter keeps out what other tests send.
        with subprocess.Popen([str(BINARY), "tail", "user:tailed", "--limit", "1", "--url", self.url], stdout=subprocess.PIPE, text=True, env=CLEAN) as tail:
            self.addCleanup(tail.kill)

            def printed():
                # Again and again: what was accepted before the tail began is not shown. The same span is one row.
                self.server.send_spans([llm_span("9" * 32, "1" * 16, MIDNIGHT - 4000 * HOUR + HOUR // 2, user__id="tailed")])
                return tail.poll() is not None
            self.server.wait_for(printed, what="a line")
            self.assertTrue(tail.stdout.read().startswith("09:30:00.000"), "summer time")

    def test_a_zone_that_this_machine_does_not_know(self):
        done = self.run_command("traces", "--from", "2026-03-29", "--to", "2026-03-30", TZDIR="/nonexistent")
        self.assertIn("start (UTC)", done.stdout)
        self.assertIn("knows no time zone 'Europe/Berlin'", done.stderr)
        self.assertIn("--zone", self.run_command("traces", "--zone", "Europe/Nowhere", code=2).stderr)

    def test_days_of_the_histogram(self):
        def starts(**parameters):
            query = "&".join(f"{name}={value}" for name, value in parameters.items())
            status, answer = self.server.get("/api/v1/traces/histogram?from=2026-03-27T23:00:00Z&to=2026-03-30T22:00:00Z&" + query)
            self.assertEqual(status, 200, answer)
            return [(bucket["start_time"][:13], bucket["count"]) for bucket in answer["buckets"]]
        self.assertEqual(starts(buckets=5, time_zone="Europe/Berlin"), [("2026-03-27T23", 1), ("2026-03-28T23", 2), ("2026-03-29T22", 1)])
        self.assertEqual(starts(buckets=5, time_zone="UTC"), [("2026-03-27T00", 0), ("2026-03-28T00", 2), ("2026-03-29T00", 2), ("2026-03-30T00", 0)])
        self.assertEqual(len(starts(buckets=5)), 5)
        self.assertEqual(self.server.get("/api/v1/traces/histogram?time_zone=Europe/Nowhere")[0], 400)


if __name__ == "__main__":
    unittest.main(verbosity=2)
