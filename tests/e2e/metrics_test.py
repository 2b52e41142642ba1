"""Metrics, differences, heatmaps, forecasts and scores against a real server: numbers equal SQL over the public views."""
import datetime
import decimal
import json
import math
import os
import random
import sys
import time
import unittest
import zoneinfo

sys.path.insert(0, os.path.dirname(__file__))
from support.server import Server, llm_span  # noqa: E402

SECOND = 10**9
HOUR = 3600 * SECOND
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


def midnight(day):
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=BERLIN).timestamp()) * SECOND


def last_change():
    """The last day on which clocks changed, some days ago: it has 23 or 25 hours."""
    day = datetime.datetime.now(BERLIN).date() - datetime.timedelta(days=4)
    while midnight(day + datetime.timedelta(days=1)) - midnight(day) == 24 * HOUR:
        day -= datetime.timedelta(days=1)
    return day


DAYS = [last_change() + datetime.timedelta(days=offset) for offset in (-1, 0, 1, 2, 3)]
FROM, TO = midnight(DAYS[0]), midnight(DAYS[-1])
MODELS = ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "nobody-knows-it"]
CALLS = 3000


def text(ns):
    return datetime.datetime.fromtimestamp(ns // SECOND, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


REFUSAL = json.dumps([{"role": "assistant", "parts": [{"type": "refusal", "content": "I cannot"}], "finish_reason": "stop"}])


def spans():
    rng = random.Random(17)
    for number in range(CALLS):
        model = MODELS[min(int(rng.expovariate(1)), 3)]
        slow = model == "gpt-4o" and number % 5 == 0
        attributes = {"gen_ai__request__model": model, "gen_ai__provider__name": "anthropic" if "claude" in model else "openai",
                      "gen_ai__usage__input_tokens": rng.randrange(10, 30_000), "gen_ai__usage__output_tokens": rng.randrange(1, 900),
                      "user__id": f"u-{rng.randrange(40)}", "shard": "seven" if slow else rng.choice(["one", "two"]),
                      "gen_ai__prompt__name": f"p{number % 3}", "langfuse__observation__prompt__version": number % 2 + 1}
        if number % 50 == 0:
            attributes["gen_ai__output__messages"] = REFUSAL
        duration = int(rng.lognormvariate(0, 1) * SECOND) + (20 * SECOND if slow else 0)
        yield llm_span(f"{number // 3 + 1:032x}", f"{number + 1:016x}", rng.randrange(FROM, TO), duration_ns=duration, **attributes)
    # The same call told twice: one of them counts, and only it.
    twice = {"gen_ai__request__model": "gpt-4o", "gen_ai__provider__name": "openai", "gen_ai__response__id": "twice",
             "gen_ai__usage__input_tokens": 100, "gen_ai__usage__output_tokens": 100}
    yield llm_span("f" * 32, "1" * 16, FROM + HOUR, **twice)
    yield llm_span("f" * 32, "2" * 16, FROM + HOUR + 1000, "1" * 16, 10**6, **twice)


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        everything = list(spans())
        outer, inner = everything[-2:]
        for begin in range(0, CALLS, 500):
            assert cls.server.send_spans(everything[begin:begin + 500]) == 200
        assert cls.server.send_spans([outer]) == 200
        assert cls.server.send_spans([inner], scope="another") == 200
        cls.server.wait_for(lambda: cls.server.sql("SELECT count(), sum(counted) FROM spans") == [[CALLS + 2, CALLS + 1]], what="all spans")

    def ask(self, path="query", status=200, project="default", **body):
        if path == "query":
            body = {"from": text(FROM), "to": text(TO), **body}
        got, _, answer = self.server.request("POST", f"/api/v1/{path}", json.dumps(body),
                                             {"content-type": "application/json", "x-vitrine-project": project})
        self.assertEqual(got, status, answer)
        return json.loads(answer)

    def test_totals_equal_sql_from_rollups_and_from_rows(self):
        measures = ["count", "error_count", "sum(cost_usd)", "sum(input_tokens)", "sum(output_tokens)", "avg(input_tokens)", "unpriced_count",
                    "avg(duration)", "sum(cost_usd)/count"]
        [expected] = self.server.sql("SELECT count(), countIf(status = 'error'), sum(cost_usd), sum(input_tokens), sum(output_tokens), "
                                     "avg(input_tokens), countIf(isNull(cost_usd)), avg(duration_ns) FROM calls")
        for exact, source in ((False, "rollup"), (True, "rows")):
            answer = self.ask(measures=measures, exact=exact)
            self.assertEqual({measure["source"] for measure in answer["measures"]}, {source})
            values = answer["totals"]["values"]
            self.assertEqual(values[:2] + values[3:5], expected[:2] + expected[3:5])
            self.assertEqual(decimal.Decimal(values[2]), decimal.Decimal(expected[2]))
            self.assertAlmostEqual(values[5], expected[5], places=6)
            self.assertEqual(values[6], expected[6])
            self.assertEqual(answer["unpriced_calls"], expected[6])
            self.assertGreater(expected[6], 0)
            self.assertTrue(math.isclose(values[7], expected[7], rel_tol=1e-9))
            self.assertAlmostEqual(float(values[8]), float(expected[2]) / expected[0], places=9)

    def test_what_sums_do_not_hold_comes_from_rows(self):
        measures = ["count", "sum(cost_usd)", "traces", "sum(cost_usd)/users", "p90(input_tokens)", "refusal_rate", "retry_rate", "p50(ttft)"]
        sources = ["rollup", "rollup", "rows", "both", "rows", "rollup", "rollup", "rollup"]
        asked = [{}, {"group_by": ["model"]}, {"group_by": ["model"], "top": 2, "order": "traces"}, {"group_by": ["prompt", "prompt_version"], "top": 3},
                 {"group_by": ["user"], "top": 5}, {"group_by": ["model"], "order": "sum(cost_usd)/traces", "interval": "1d"},
                 {"interval": "1h", "compare": "previous"}, {"group_by": ["model"], "compare": {"filter": "prompt:p1"}, "filter": "prompt:p2"}]
        for more in asked:
            parts, rows = (self.ask(measures=measures, exact=exact, **more) for exact in (False, True))
            self.assertEqual({measure["source"] for measure in rows["measures"]}, {"rows"})
            found = [measure["source"] for measure in parts["measures"]]
            self.assertEqual(found[:7], sources[:7], more)
            # Users have no histograms.
            self.assertEqual(found[7], "rows" if more.get("group_by") == ["user"] else sources[7], more)
            for answer in (parts, rows):
                for part in ("measures", "elapsed_ms"):
                    del answer[part]
            self.assertEqual(parts, rows, more)
        rate, count = self.ask(measures=["refusal_rate", "count"])["totals"]["values"]
        self.assertEqual(self.server.sql("SELECT countIf(refusal) FROM calls"), [[CALLS // 50]])
        self.assertEqual(round(rate * count), CALLS // 50)

    def test_counts_alone_are_not_worth_a_second_statement(self):
        answer = self.ask(measures=["count", "p90(input_tokens)"])
        self.assertEqual([measure["source"] for measure in answer["measures"]], ["rows", "rows"])

    def test_percentiles_are_exact_from_rows_and_within_their_bound_from_rollups(self):
        measures = ["p50(duration)", "p95(duration)", "p99(duration)"]
        expected = {model: row for model, *row in self.server.sql(
            "SELECT request_model, quantileExact(0.5)(duration_ns), quantileExact(0.95)(duration_ns), quantileExact(0.99)(duration_ns) "
            "FROM calls GROUP BY request_model")}
        exact = self.ask(measures=measures, group_by=["model"], exact=True)
        self.assertEqual({group["key"][0]: group["values"] for group in exact["groups"]}, expected)
        rollup = self.ask(measures=measures, group_by=["model"])
        for measure in rollup["measures"]:
            self.assertEqual((measure["source"], measure["error"]), ("rollup", 0.01))
        for group in rollup["groups"]:
            for value, right in zip(group["values"], expected[group["key"][0]]):
                self.assertTrue(math.isclose(value, right, rel_tol=0.01), (group["key"], value, right))

    def test_percentiles_of_a_time_that_ends_within_a_minute(self):
        busy = [llm_span("b" * 32, f"{number + 1:016x}", FROM + 30 * SECOND + number * SECOND // 2, duration_ns=(number + 1) * SECOND) for number in range(100)]
        self.assertEqual(self.server.send_spans(busy, project="busy"), 200)
        self.server.wait_for(lambda: self.server.sql("SELECT count() FROM spans", "busy") == [[100]], what="spans")
        # Of three minutes parts of the first and of the last; then of one, a part that ends on it.
        for begin, end in ((35, 72), (31, 60), (30, 59)):
            asked = {"from": text(FROM + begin * SECOND), "to": text(FROM + end * SECOND), "measures": ["p50(duration)", "p95(duration)", "count", "max(duration)"]}
            sums, rows = (self.ask(project="busy", exact=exact, **asked) for exact in (False, True))
            self.assertEqual([measure["source"] for measure in sums["measures"]], ["rollup", "rollup", "rollup", "rows"])
            self.assertEqual(sums["totals"]["values"][2:], [2 * (end - begin), (2 * (end - 30)) * SECOND])
            for value, right in zip(sums["totals"]["values"], rows["totals"]["values"]):
                self.assertTrue(math.isclose(value, right, rel_tol=0.01), (begin, end, value, right))

    def test_sums_of_hours_and_of_users_are_those_of_rows_wherever_a_range_ends(self):
        rng = random.Random(5)
        users = {"measures": ["count", "error_count", "sum(cost_usd)", "sum(input_tokens)", "avg(output_tokens)"], "group_by": ["user"], "top": 7}
        models = {"measures": ["count", "sum(cost_usd)", "sum(duration)"], "group_by": ["model", "error_type"]}
        filtered = {"unit": "spans", "measures": ["count", "refusal_rate", "avg(total_tokens)"], "group_by": ["prompt"], "filter": "model:gpt-4o* -status:error prompt_version:1"}
        minute = 60 * SECOND
        ranges = [(FROM, TO), (FROM + 7 * minute, TO - 13 * minute), (FROM + HOUR + minute, FROM + HOUR + 20 * minute), (FROM + 30 * minute, FROM + 90 * minute)]
        ranges += [sorted(rng.randrange(FROM // minute, TO // minute) * minute for _ in range(2)) for _ in range(4)]
        # Within minutes, and within one.
        ranges += [(FROM + 17 * SECOND, TO - 23 * SECOND), (FROM + HOUR - SECOND, FROM + 3 * HOUR + SECOND), (FROM + minute + 5 * SECOND, FROM + 2 * minute - 9 * SECOND)]
        ranges += [sorted(rng.randrange(FROM // SECOND, TO // SECOND) * SECOND for _ in range(2)) for _ in range(4)]
        for question in (users, models, filtered):
            for begin, end in ranges:
                for more in ({}, {"interval": "1h"}, {"interval": "1d", "time_zone": "Asia/Kolkata"}, {"interval": "7m"}):
                    if more and end - begin > 40 * HOUR and more["interval"] == "7m":
                        continue  # More buckets than an answer may have.
                    asked = {"from": text(begin), "to": text(end), **question, **more}
                    sums, rows = (self.ask(**asked, exact=exact) for exact in (False, True))
                    self.assertEqual([{measure["source"] for measure in answer["measures"]} for answer in (sums, rows)], [{"rollup"}, {"rows"}])
                    for answer in (sums, rows):
                        for part in ("measures", "elapsed_ms"):
                            del answer[part]
                    self.assertEqual(sums, rows, asked)
        self.assertEqual({group["key"][0] for group in self.ask(**users)["groups"] if not group["is_other"]} - {f"u-{number}" for number in range(40)}, set())

    def test_a_group_whose_spans_all_changed_is_gone(self):
        for user, version in (("before", "1"), ("after", "2")):
            span = llm_span("e" * 32, "3" * 16, FROM + HOUR, user__id=user, gen_ai__request__model=f"model-{user}", gen_ai__prompt__name=user)
            self.assertEqual(self.server.send_spans([span], project="changed"), 200)
            self.server.wait_for(lambda user=user: self.server.sql("SELECT user_id FROM spans", "changed") == [[user]], what=version)
        for dimension in ("user", "model", "prompt"):
            for more in ({}, {"interval": "1d"}, {"compare": "previous"}):
                sums, rows = (self.ask(project="changed", measures=["count"], group_by=[dimension], exact=exact, **more) for exact in (False, True))
                self.assertEqual((sums["measures"][0]["source"], sums["group_count"], sums["groups"]), ("rollup", 1, rows["groups"]), more)

    def test_tools_with_usage_have_tokens_in_sums_as_in_rows(self):
        tools = [llm_span("c" * 32, f"{number:016x}", FROM + HOUR, gen_ai__operation__name="execute_tool", gen_ai__tool__name=f"t{number % 2}") for number in range(1, 6)]
        self.assertEqual(self.server.send_spans(tools + [llm_span("c" * 32, "a" * 16, FROM + HOUR)], project="tools"), 200)
        self.server.wait_for(lambda: self.server.sql("SELECT count() FROM spans WHERE kind = 'tool'", "tools") == [[5]], what="tools")
        for filter_text in ("", "kind:tool"):
            asked = {"unit": "spans", "filter": filter_text, "measures": ["sum(total_tokens)", "avg(total_tokens)", "token_rate", "tool_success_rate", "tool_count", "llm_count"]}
            sums, rows = (self.ask(project="tools", exact=exact, **asked) for exact in (False, True))
            self.assertEqual({measure["source"] for measure in sums["measures"]}, {"rollup"})
            self.assertEqual(sums["totals"], rows["totals"], filter_text)

    def test_of_nothing_sums_are_zero_and_the_rest_is_unknown(self):
        for exact in (False, True):
            for more in ({}, {"interval": "1d"}, {"group_by": ["model"]}):
                answer = self.ask(project="nothing", exact=exact, measures=["count", "sum(duration)", "avg(duration)", "sum(cost_usd)", "histogram(score.none)"], **more)
                self.assertEqual((answer["totals"]["values"], answer["groups"]), ([0, 0, None, "0", []], []), more)
        self.assertEqual(self.ask(measures=["histogram(score.none)"])["totals"]["values"], [[]])
        self.assertIn("calls have no guardrails", self.ask(measures=["count"], order="guardrail_count", status=400)["error"]["message"])

    def test_the_running_hour_is_read_from_its_sum_or_from_its_spans(self):
        now = time.time_ns()
        calls = [llm_span("d" * 32, f"{number + 1:016x}", now - number * 7 * 60 * SECOND, user__id=f"u-{number % 3}") for number in range(30)]
        calls.append(llm_span("d" * 32, "f" * 16, now + 5 * 60 * SECOND, user__id="ahead"))
        # Of a clock that is years behind: no sum has it at its hour.
        long_ago = (now // HOUR - 24 * 800) * HOUR + 10 * 60 * SECOND
        calls.append(llm_span("a" * 32, "e" * 16, long_ago, user__id="behind"))
        self.assertEqual(self.server.send_spans(calls, project="running"), 200)
        self.server.wait_for(lambda: self.server.sql("SELECT count() FROM spans", "running") == [[len(calls)]], what="spans")
        minute = 60 * SECOND
        for back in (61, 95, 119, 130, 175, 185):
            asked = {"from": text(now - back * minute), "to": text(now + minute), "measures": ["count", "sum(cost_usd)", "avg(input_tokens)"], "group_by": ["user"]}
            sums, rows = (self.ask(project="running", exact=exact, **asked) for exact in (False, True))
            self.assertEqual([sums["groups"], sums["totals"], sums["group_count"]], [rows["groups"], rows["totals"], rows["group_count"]], back)
            self.assertEqual(sums["measures"][0]["source"], "rollup")
        after = self.ask(project="running", **{"from": text(long_ago + 10 * 60 * SECOND), "to": text(long_ago + 3 * HOUR)}, measures=["count"], group_by=["user"])
        self.assertEqual([after["totals"]["values"], after["groups"]], [[0], []])

    def test_other_is_computed_and_not_averaged(self):
        for exact in (False, True):
            answer = self.ask(measures=["count", "p95(duration)"], group_by=["model"], top=1, exact=exact)
            first, other = answer["groups"]
            self.assertEqual((first["is_other"], other["is_other"], answer["group_count"]), (False, True, 4))
            [[count, p95]] = self.server.sql(
                f"SELECT count(), quantileExact(0.95)(duration_ns) FROM calls WHERE request_model != '{first['key'][0]}'")
            self.assertEqual(other["values"][0], count)
            self.assertTrue(math.isclose(other["values"][1], p95, rel_tol=0 if exact else 0.01))
            self.assertEqual(first["values"][0] + other["values"][0], answer["totals"]["values"][0])

    def test_days_are_those_of_the_time_zone(self):
        expected = {}
        for [start] in self.server.sql("SELECT toUnixTimestamp(start_time) FROM calls"):
            day = datetime.datetime.fromtimestamp(start, BERLIN).date()
            expected[day] = expected.get(day, 0) + 1
        for exact in (False, True):
            answer = self.ask(measures=["count", "rate"], interval="1d", time_zone="Europe/Berlin", exact=exact)
            self.assertEqual(answer["buckets"], [f"{text(midnight(day))[:-1]}.000000000Z" for day in DAYS[:-1]])
            counts, rates = answer["totals"]["series"]
            self.assertEqual(counts, [expected[day] for day in DAYS[:-1]])
            seconds = (midnight(DAYS[2]) - midnight(DAYS[1])) / SECOND
            self.assertNotEqual(seconds, 24 * 3600)
            self.assertAlmostEqual(rates[1], counts[1] / seconds, places=9)
        months = self.ask(measures=["count"], interval="month", time_zone="Europe/Berlin")
        firsts = sorted({day.replace(day=1) for day in DAYS[:-1]})
        self.assertEqual(months["buckets"], [f"{text(midnight(day))[:-1]}.000000000Z" for day in firsts])
        self.assertEqual(months["totals"]["series"], [[sum(count for day, count in expected.items() if day.replace(day=1) == first)
                                                       for first in firsts]])

    def test_the_period_before_has_the_same_days(self):
        middle = midnight(DAYS[2])  # Two days before it, one of 23 or 25 hours, and two after it.
        answer = self.ask(**{"from": text(middle)}, measures=["count"], compare="previous", time_zone="Europe/Berlin", interval="1d")
        self.assertEqual(answer["compare_range"]["from"], f"{text(FROM)[:-1]}.000000000Z")
        self.assertEqual(answer["totals"]["values"][0] + answer["totals"]["compare"][0], CALLS + 1)
        self.assertEqual(sum(answer["totals"]["compare_series"][0]), answer["totals"]["compare"][0])

    def test_filters_mean_the_same_in_rollups_and_rows(self):
        for filter_text in ("model:gpt-4o*", "-model:gpt-4o", "(provider:anthropic or model:nobody*) status:ok", "kind:llm"):
            counts = [self.ask(measures=["count", "sum(cost_usd)"], filter=filter_text, exact=exact) for exact in (False, True)]
            self.assertEqual([answer["measures"][0]["source"] for answer in counts], ["rollup", "rows"], filter_text)
            self.assertEqual(counts[0]["totals"], counts[1]["totals"], filter_text)
            self.assertGreater(counts[0]["totals"]["values"][0], 0, filter_text)
        rows = self.ask(measures=["count"], filter="duration>20s user:u-7")
        [[expected]] = self.server.sql("SELECT count() FROM calls WHERE duration_ns > 20000000000 AND user_id = 'u-7'")
        self.assertEqual((rows["measures"][0]["source"], rows["totals"]["values"]), ("rows", [expected]))
        compared = self.ask(measures=["count"], filter="model:gpt-4o", compare={"filter": "model:gpt-4o-mini"})
        self.assertEqual([compared["totals"]["values"], compared["totals"]["compare"]],
                         [self.ask(measures=["count"], filter=f"model:{model}")["totals"]["values"] for model in MODELS[:2]])

    def test_errors_say_what_to_do(self):
        wrong = self.ask(measures=["counts"], status=400)["error"]
        self.assertIn("there is no measure 'counts'", wrong["message"])
        wrong = self.ask(measures=["count"], filter="modle:gpt-4o", status=400)["error"]
        self.assertEqual((wrong["from"], wrong["code"]), (0, "invalid_input"))
        self.assertIn("time zone", self.ask(measures=["count"], interval="1d", time_zone="Mars", status=400)["error"]["message"])

    def test_what_is_different_finds_the_planted_reason(self):
        body = {"from": text(FROM), "to": text(TO), "selection": "duration>20s"}
        answer = self.ask("difference", **body)
        [[selected]] = self.server.sql("SELECT count() FROM calls WHERE duration_ns > 20000000000")
        self.assertEqual((answer["selected_count"], answer["other_count"]), (selected, CALLS + 1 - selected))
        found = {(entry["dimension"], entry["value"]): entry for entry in answer["dimensions"]}
        self.assertEqual(answer["dimensions"][0]["dimension"], "attr.shard", answer["dimensions"][:3])
        entry = found["model", "gpt-4o"]
        [[of_model]] = self.server.sql("SELECT count() FROM calls WHERE duration_ns > 20000000000 AND request_model = 'gpt-4o'")
        self.assertEqual(entry["selected_count"], of_model)
        self.assertAlmostEqual(entry["selected_share"], of_model / selected, places=12)
        self.assertNotIn("user", {dimension for dimension, _ in found}, "users differ by chance only")

    def test_a_heatmap_holds_every_call_once(self):
        answer = self.ask("heatmap", **{"from": text(FROM), "to": text(TO), "measure": "duration", "columns": 24, "rows": 10})
        self.assertEqual((len(answer["buckets"]), len(answer["bounds"]), len(answer["counts"])), (24, 11, 24))
        self.assertEqual(sum(map(sum, answer["counts"])), CALLS + 1)
        low, high = answer["bounds"][4:6]
        [[expected]] = self.server.sql(f"SELECT count() FROM calls WHERE duration_ns >= {low} AND duration_ns < {high}")
        self.assertEqual(sum(column[4] for column in answer["counts"]), expected)
        self.assertEqual(answer["bounds"], sorted(answer["bounds"]))

    def test_traffic_priced_on_another_model(self):
        body = {"from": text(FROM), "to": text(TO), "provider": "openai", "model": "gpt-4o-mini"}
        answer = self.ask("query/what-if", **body)
        self.assertEqual((answer["calls"], answer["what_if_unpriced_calls"]), (CALLS + 1, 0))
        [[paid]] = self.server.sql("SELECT sum(cost_usd) FROM calls")
        self.assertEqual(decimal.Decimal(answer["cost_usd"]), decimal.Decimal(paid))
        same = self.ask("query/what-if", **body, filter="model:gpt-4o-mini")
        self.assertEqual(same["difference_usd"], "0")
        self.assertIsNone(self.ask("query/what-if", **{**body, "model": "never-heard-of"})["what_if_cost_usd"])

    def test_the_months_end(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        noons = [today - datetime.timedelta(days=back, hours=-12) for back in range(1, 10)]
        one_a_day = [llm_span(f"{number + 1:032x}", f"{number + 1:016x}", int(noon.timestamp()) * SECOND) for number, noon in enumerate(noons)]
        self.assertEqual(self.server.send_spans(one_a_day, project="daily"), 200)
        self.server.wait_for(lambda: self.server.sql("SELECT count() FROM calls", "daily") == [[9]], what="a call a day")
        status, _, body = self.server.request("POST", "/api/v1/query/forecast", json.dumps({"measure": "count"}),
                                              {"x-vitrine-project": "daily"})
        self.assertEqual(status, 200, body)
        answer = json.loads(body)
        actual = sum(noon.month == now.month for noon in noons)
        end = (today.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
        self.assertEqual((answer["actual"], answer["days_used"]), (actual, 9))
        self.assertAlmostEqual(answer["forecast"], actual + (end - now) / datetime.timedelta(days=1), places=2)
        self.assertEqual((answer["low"], answer["high"]), (answer["forecast"],) * 2, "every day was like the others")
        self.assertIn("mean day", answer["method"])
        status, _, body = self.server.request("POST", "/api/v1/query/forecast", "{}", {"x-vitrine-project": "nobody"})
        self.assertIsNone(json.loads(body)["forecast"])


class Scores(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.start = time.time_ns() - 600 * SECOND

    def send(self, *scores, status=200):
        body = json.dumps({"scores": scores} if len(scores) != 1 else scores[0])
        got, _, answer = self.server.request("POST", "/api/v1/scores", body, {"content-type": "application/json"})
        self.assertEqual(got, status, answer)
        return json.loads(answer)

    def stored(self):
        return self.server.sql("SELECT name, value, label, trace_id, span_id, session_id, response_id FROM scores ORDER BY name, value")

    def test_a_score_comes_before_its_trace_and_survives_kill_9(self):
        trace, span = "a" * 32, "b" * 16
        answer = self.send({"name": "faithfulness", "value": 0.5, "trace_id": trace}, {"name": "helpful", "value": True, "trace_id": trace,
                           "span_id": span}, {"name": "tone", "label": "kind", "response_id": "r-1"})
        self.assertEqual((answer["accepted"], len(set(answer["score_ids"]))), (3, 3))
        self.server.kill()
        self.server.start()
        self.assertEqual(self.server.send_spans([llm_span(trace, span, self.start, gen_ai__request__model="gpt-4o", gen_ai__response__id="r-1")]), 200)
        self.server.wait_for(lambda: self.server.sql("SELECT count() FROM calls") == [[1]] and len(self.stored()) == 3, what="call and scores")
        self.assertEqual(self.stored(), [["faithfulness", 0.5, "", trace, "", "", ""], ["helpful", 1.0, "true", trace, span, "", ""],
                                         ["tone", None, "kind", "", "", "", "r-1"]])
        body = json.dumps({"measures": ["count", "avg(score.faithfulness)", "avg(score.helpful)"], "group_by": ["score.tone"]})
        status, _, answer = self.server.request("POST", "/api/v1/query", body)
        self.assertEqual(status, 200, answer)
        self.assertEqual([(group["key"], group["values"]) for group in json.loads(answer)["groups"]], [(["kind"], [1, 0.5, 1])])

    def test_the_same_id_takes_the_place_of_the_score(self):
        first = self.send({"name": "csat", "value": 1, "session_id": "s", "score_id": "mine", "time": "2026-10-01T00:00:00Z"})
        self.server.wait_for(lambda: len(self.stored()) == 1, what="the first")
        second = self.send({"name": "csat", "value": 5, "session_id": "s", "score_id": "mine", "time": "2026-11-01T00:00:00Z"})
        self.assertEqual(first["score_ids"], second["score_ids"])
        self.server.wait_for(lambda: self.stored() == [["csat", 5.0, "", "", "", "s", ""]], what="the second in its place")

    def test_scores_are_listed_newest_first_in_pages(self):
        self.send(*[{"name": f"n{index % 2}", "value": index, "session_id": "s", "time": f"2026-11-01T00:00:{index:02}Z"} for index in range(10)])
        self.server.wait_for(lambda: len(self.stored()) == 10, what="ten scores")
        values, cursor = [], ""
        while True:
            status, _, answer = self.server.request("GET", f"/api/v1/scores?session_id=s&name=n1&limit=2&cursor={cursor}")
            self.assertEqual(status, 200, answer)
            page = json.loads(answer)
            values += [score["value"] for score in page["scores"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
        self.assertEqual(values, [9, 7, 5, 3, 1])
        self.assertEqual(page["scores"][0]["session_id"], "s")
        self.assertIsNone(page["scores"][0]["trace_id"])

    def test_secrets_are_scrubbed_and_errors_are_clear(self):
        self.send({"name": "note", "label": "seen", "session_id": "s", "comment": "my key is sk-proj-" + "a1B2" * 12})
        self.server.wait_for(lambda: len(self.stored()) == 1, what="the score")
        self.assertNotIn("a1B2a1B2", self.server.sql("SELECT comment FROM scores")[0][0])
        error = self.send({"name": "x", "value": "good", "session_id": "s"}, status=400)["error"]
        self.assertIn("a category is a label", error["message"])


if __name__ == "__main__":
    unittest.main()
