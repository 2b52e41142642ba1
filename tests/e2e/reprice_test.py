"""`vitrine reprice --dry-run` against a real server: a changed price shows what it would change, exactly, and changes nothing."""
import decimal
import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support.server import BINARY, Server, llm_span  # noqa: E402

NOW = time.time_ns()
HOUR = 3600 * 10**9
OVERRIDES = """
[[prices]]
provider = "vllm"
model = "ours-8b"
usd_per_million = { input = "%s", output = "0.40" }
"""


def calls(first, count, start, model, provider="openai", **attributes):
    return [llm_span(f"{number:032x}", f"{number:016x}", start + number * 1000, gen_ai__provider__name=provider,
                     gen_ai__request__model=model, gen_ai__response__model=model, gen_ai__response__id=f"r{number}",
                     **attributes) for number in range(first, first + count)]


class Reprice(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.overrides = pathlib.Path(cls.server.data) / "prices.toml"
        cls.server.overrides.write_text(OVERRIDES % "0.10")
        cls.server.arguments += ["--prices-overrides", str(cls.server.overrides)]
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        tokens = {"gen_ai__usage__input_tokens": 1_000_003, "gen_ai__usage__output_tokens": 7}
        spans = calls(1, 30, NOW - 3 * HOUR, "ours-8b", "vllm", **tokens)
        spans += calls(100, 20, NOW - HOUR, "ours-8b", "vllm", **tokens)
        spans += calls(200, 10, NOW - HOUR, "gpt-4o-mini")
        spans += calls(300, 5, NOW - HOUR, "never-heard-of-it", "vllm")
        # The same paid call, told by the nested spans of two instrumentations: one of them counts.
        twice = {"gen_ai__provider__name": "vllm", "gen_ai__request__model": "ours-8b", "gen_ai__response__model": "ours-8b",
                 "gen_ai__response__id": "twice", **tokens}
        spans.append(llm_span("f" * 32, "1" * 16, NOW - HOUR, **twice))
        inner = llm_span("f" * 32, "2" * 16, NOW - HOUR + 1000, "1" * 16, 10**6, **twice)
        other = {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "other"}, "spans": [inner]}]}]}
        assert cls.server.request("POST", "/v1/traces", json.dumps(other), {"content-type": "application/json"})[0] == 200
        assert cls.server.send_spans(spans) == 200
        assert cls.server.send_spans(calls(900, 1, NOW - HOUR, "ours-8b", "vllm", **tokens), project="other") == 200
        cls.server.wait_for(lambda: cls.server.sql("SELECT count(), sum(counted) FROM spans") == [[67, 66]], what="all calls")
        cls.server.wait_for(lambda: cls.server.sql("SELECT count() FROM calls", "other") == [[1]], what="the other project")

    def restart(self, price):
        """Puts another price for ours-8b in use; None takes it out of the table."""
        self.server.stop()
        self.server.overrides.write_text(OVERRIDES % price if price else "")
        self.server.start()

    def vitrine(self, *words, expected=0, project="default"):
        environment = {**os.environ, "VITRINE_URL": f"http://127.0.0.1:{self.server.port}", "VITRINE_PROJECT": project}
        done = subprocess.run([str(BINARY), *words], capture_output=True, text=True, env=environment, timeout=120)
        self.assertEqual(done.returncode, expected, done.stderr)
        return done

    def dry_run(self, *words, project="default"):
        return json.loads(self.vitrine("reprice", "--dry-run", "--json", *words, project=project).stdout)

    def stored_cost(self):
        return self.server.sql("SELECT sum(cost_usd), count(), countIf(cost_usd IS NULL) FROM calls")

    def test_1_without_a_change_nothing_would_change(self):
        report = self.dry_run()
        self.assertEqual((report["calls"], report["changed_calls"], report["changes"]), (66, 0, []))
        self.assertEqual((report["unpriced_calls_before"], report["unpriced_calls_after"]), (5, 5))
        self.assertEqual(report["old_cost_usd"], report["new_cost_usd"])
        self.assertEqual(decimal.Decimal(report["old_cost_usd"]), decimal.Decimal(self.stored_cost()[0][0]))
        self.assertEqual(report["difference_usd"], "0")

    def test_2_a_changed_price_is_summed_by_model(self):
        before = self.stored_cost()
        self.restart("0.30")
        report = self.dry_run()
        [change] = report["changes"]
        self.assertEqual((change["provider"], change["model"], change["calls"]), ("vllm", "ours-8b", 51))
        # 1,000,003 tokens at 0.10 and 0.30 dollars a million and 7 at 0.40, each part rounded to nine places by call.
        output = decimal.Decimal("0.0000028")
        self.assertEqual(decimal.Decimal(change["old_cost_usd"]), 51 * (decimal.Decimal("0.1000003") + output))
        self.assertEqual(decimal.Decimal(change["new_cost_usd"]), 51 * (decimal.Decimal("0.3000009") + output))
        self.assertEqual(decimal.Decimal(change["difference_usd"]), decimal.Decimal("10.2000306"))
        self.assertEqual(report["difference_usd"], change["difference_usd"])
        self.assertNotEqual(change["old_price_id"], change["new_price_id"])
        self.assertTrue(change["new_price_id"].startswith("override:vllm/ours-8b@"), change)
        self.assertEqual((report["calls"], report["changed_calls"], report["newly_priced_calls"]), (66, 51, 0))
        self.assertEqual(self.stored_cost(), before, "a dry run changes nothing")
        [row] = [json.loads(line) for line in self.vitrine("reprice", "--dry-run", "--jsonl").stdout.splitlines()]
        self.assertEqual(row, change)
        table = self.vitrine("reprice", "--dry-run").stdout
        for word in ("ours-8b", change["new_price_id"], "51", "$" + change["new_cost_usd"], "$" + report["difference_usd"]):
            self.assertIn(word, table)

    def test_3_only_the_time_and_the_project_asked_for(self):
        self.restart("0.30")
        self.assertEqual(self.dry_run("--from", "2h")["changed_calls"], 21)
        self.assertEqual(self.dry_run("--to", "2h")["changed_calls"], 30)
        self.assertEqual(self.dry_run("--from", "4h", "--to", "2h")["calls"], 30)
        self.assertEqual(self.dry_run("--from", "1m")["calls"], 0)
        report = self.dry_run(project="other")
        self.assertEqual((report["calls"], report["changed_calls"]), (1, 1))

    def test_4_a_price_that_is_gone_and_one_that_is_new(self):
        self.restart(None)
        status, _, body = self.server.request("PUT", "/api/v1/prices/overrides", json.dumps(
            {"provider": "vllm", "model": "never-heard-of-it", "rates": {"input": "1", "output": "2"}}))
        self.assertEqual(status, 200, body)
        report = self.dry_run()
        self.assertEqual((report["newly_unpriced_calls"], report["newly_priced_calls"], report["changed_calls"]), (51, 5, 56))
        self.assertEqual((report["unpriced_calls_before"], report["unpriced_calls_after"]), (5, 51))
        gone, new = sorted(report["changes"], key=lambda change: change["calls"], reverse=True)
        self.assertEqual((gone["new_price_id"], gone["new_cost_usd"], gone["unpriced_reason"]), (None, None, "unknown_model"))
        self.assertEqual((new["old_price_id"], new["old_cost_usd"]), (None, None))
        self.assertEqual(decimal.Decimal(new["new_cost_usd"]), 5 * decimal.Decimal("0.00002"))
        table = self.vitrine("reprice", "--dry-run").stdout
        self.assertIn("unpriced (unknown_model)", table)

    def test_5_the_real_run_is_refused_with_a_reason(self):
        self.assertIn("--dry-run", self.vitrine("reprice", expected=2).stderr)
        for body in ({}, {"dry_run": False}, {"dry_run": "true"}, {"dry_run": True, "form": "x"}, {"dry_run": True, "from": "x"},
                     {"dry_run": True, "from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, []):
            status, _, answer = self.server.request("POST", "/api/v1/reprice", json.dumps(body))
            self.assertEqual((status, json.loads(answer)["error"]["code"]), (400, "invalid_input"), body)


if __name__ == "__main__":
    unittest.main(verbosity=2)
