"""The filter language of a real server: lists, histogram, facets, tail, what is wrong with a filter, completions, and the command line."""
import json
import os
import subprocess
import sys
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(__file__))
from support.json_schema import Schemas  # noqa: E402
from support.server import BINARY, Server  # noqa: E402

GOOD, BAD, LOOP = "a" * 32, "b" * 32, "c" * 32
START = (time.time_ns() // 10**9 - 60) * 10**9


def span(trace, number, name, parent=None, length_ms=5, status=None, **attributes):
    def value(v):
        if isinstance(v, int):
            return {"intValue": str(v)}
        return {"doubleValue": v} if isinstance(v, float) else {"stringValue": v}

    made = {"traceId": trace, "spanId": f"{number:016x}", "name": name, "kind": 1, "startTimeUnixNano": str(START + number * 1000),
            "endTimeUnixNano": str(START + number * 1000 + length_ms * 10**6),
            "attributes": [{"key": key.replace("__", "."), "value": value(v)} for key, v in attributes.items()]}
    if parent is not None:
        made["parentSpanId"] = f"{parent:016x}"
    if status:
        made["status"] = {"code": 2, "message": status}
    return made


def agent(trace, number, parent=None, **more):
    return span(trace, number, "plan", parent, 7000, gen_ai__operation__name="invoke_agent", gen_ai__agent__name="planner", **more)


def tool(trace, number, parent, name, **more):
    return span(trace, number, f"run {name}", parent, gen_ai__operation__name="execute_tool", gen_ai__tool__name=name, **more)


def chat(trace, number, parent, words, answer, **more):
    def message(role, text, **rest):
        return [{"role": role, "parts": [{"type": "text", "content": text}], **rest}]

    return span(trace, number, "chat", parent, 40, gen_ai__operation__name="chat", gen_ai__provider__name="openai", gen_ai__request__model="gpt-4o",
                gen_ai__usage__input_tokens=1200, gen_ai__usage__output_tokens=30,
                gen_ai__input__messages=json.dumps(message("system", "Know the parcel rules.") + message("user", words)),
                gen_ai__output__messages=json.dumps(message("assistant", answer, finish_reason="stop")), **more)


class Filters(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        sent = [
            agent(GOOD, 1, user__id="u-17", app__tier="gold"), tool(GOOD, 2, 1, "search"),
            chat(GOOD, 3, 1, "what is the refund policy", "Thirty days."),
            agent(BAD, 11), tool(BAD, 12, 11, "search", status="no index"), chat(BAD, 13, 11, "policy on a refund please", "Never.", app__tier="gold"),
            span(LOOP, 21, "root"), tool(LOOP, 22, 21, "search", status="no index"), agent(LOOP, 23, 21), tool(LOOP, 24, 23, "fetch")]
        assert cls.server.send_spans(sent, service="desk") == 200
        cls.server.wait_for(lambda: cls.server.sql("SELECT sum(span_count) FROM traces") == [[10]], what="all spans")
        cls.schemas = Schemas(json.loads(cls.server.request("GET", "/api/v1/openapi.json")[2]))

    def ask(self, path, expected=200, **parameters):
        status, _, body = self.server.request("GET", path + "?" + urllib.parse.urlencode(parameters))
        self.assertEqual(status, expected, body[:500])
        return json.loads(body)

    def check(self, answer, name):
        self.assertEqual(self.schemas.problems(answer, {"$ref": f"#/components/schemas/{name}"}), [])

    def traces(self, text, **more):
        return {trace["trace_id"][0] for trace in self.ask("/api/v1/traces", filter=text, **more)["traces"]}

    def spans(self, path, name, text, **more):
        return [int(row["span_id"], 16) for row in self.ask(path, filter=text, **more)[name]]

    def test_traces(self):
        for text, expected in [
                ("", "abc"), ("kind:llm", "ab"), ("-kind:llm", "c"), ("status:error", "bc"), ("-status:error", "a"), ("user:u-17", "a"), ("user:u-*", "a"),
                ("-has:user", "bc"), ("model:gpt-4o*", "ab"), ("tool:search", "abc"), ("tool:fetch", "c"), ("-tool:fetch", "ab"), ("tool:(fetch or nothing)", "c"),
                ("tool:search status:error", "bc"), ("tool{status:error}", "bc"), ("{tool:fetch status:error}", ""), ("agent > tool{status:error}", "b"),
                ("-(agent > tool{status:error})", "ac"), ("agent > tool", "abc"), ("tool > agent", ""), ("span.count>3", "c"), ("tool.count:2", "c"),
                ("llm.count:0", "c"), ("duration>5s", "abc"), ("{duration<10ms kind:tool}", "abc"), ("cost_usd>$5", ""), ("has:cost", "ab"),
                ("input_tokens:1.2k", "ab"), ("attr.app.tier:gold", "ab"), ("{kind:llm attr.app.tier:gold}", "b"), ("refund", "ab"), ("\"refund policy\"", "a"),
                ("parcel", "ab"), ("thirty in:output", "a"), ("refund in:output", ""), ("-refund", "c"), ("refund -status:error", "a"),
                ("tool:fetch or user:u-17", "ac"), ("agent:planner (user:u-17 or -kind:llm)", "ac"), ("time<2020-01-01", ""), ("has:score", "")]:
            self.assertEqual(self.traces(text), set(expected), text)
        self.assertEqual(self.traces("kind:llm", status="error"), {"b"}, "joined with the other parameters")

    def test_calls_and_spans(self):
        for text, expected in [("", [13, 3]), ("model:gpt-4o", [13, 3]), ("refund", [13, 3]), ("\"refund policy\"", [3]), ("{tool:search status:error}", [13]),
                               ("agent > llm", [13, 3]), ("tool > llm", []), ("user:u-17", [3]), ("cached_input_tokens>0", []), ("tool.count>0 -user:*", [13])]:
            self.assertEqual(self.spans("/api/v1/calls", "calls", text), expected, text)
        for text, expected in [("kind:tool", [24, 22, 12, 2]), ("agent > tool", [24, 12, 2]), ("agent > tool{status:error}", [12]), ("-has:parent", [21, 11, 1]),
                               ("name:\"run \"*", [24, 22, 12, 2]), ("{tool:fetch}", [24, 23, 22, 21])]:
            self.assertEqual(self.spans("/api/v1/spans", "spans", text), expected, text)
        first = self.ask("/api/v1/spans", filter="kind:tool", limit=3)
        second = self.ask("/api/v1/spans", filter="kind:tool", limit=3, cursor=first["next_cursor"])
        self.assertEqual([row["tool_name"] for row in first["spans"] + second["spans"]], ["fetch", "search", "search", "search"])
        self.assertIn("another filter", self.ask("/api/v1/spans", 400, filter="kind:agent", cursor=first["next_cursor"])["error"]["message"])
        self.check(first, "SpanPage")

    def test_histogram_and_facets(self):
        self.assertEqual(sum(bucket["count"] for bucket in self.ask("/api/v1/traces/histogram", filter="agent > tool{status:error}")["buckets"]), 1)
        facets = self.ask("/api/v1/facets", filter="tool:fetch or refund")["facets"]
        self.assertEqual(facets["status"], [{"value": "error", "count": 2}, {"value": "ok", "count": 1}])

    def test_a_wrong_filter_says_where(self):
        for path in ("/api/v1/traces", "/api/v1/traces/histogram", "/api/v1/facets", "/api/v1/calls", "/api/v1/spans", "/api/v1/tail"):
            error = self.ask(path, 400, filter="kind:llm modle:x")
            self.check(error, "Error")
            error = error["error"]
            self.assertEqual((error["code"], error["from"], error["to"], error["suggestion"]), ("invalid_input", 9, 14, "model"), path)
        error = self.ask("/api/v1/tail", 400, filter="kind:llm refund")["error"]
        self.assertEqual((error["from"], error["to"]), (9, 15))
        self.assertIn("live tail", error["message"])

    def test_reading_and_completing(self):
        def read(text, **more):
            answer = self.ask("/api/v1/filter", text=text, **more)
            self.check(answer, "FilterReading")
            return answer

        answer = read("KIND=llm -env:prod (a or b)")
        self.assertEqual(answer["canonical"], "kind:llm -environment:prod (a or b)")
        self.assertEqual([(t["text"], t["field"], t["operator"], t["value"], t["negated"]) for t in answer["terms"]],
                         [("KIND=llm", "kind", ":", "llm", False), ("-env:prod", "environment", ":", "prod", True), ("(a or b)", None, None, None, False)])
        self.assertEqual((answer["error"], answer["completions"]), (None, []))
        answer = read("status:eror")
        self.assertEqual((answer["canonical"], answer["error"]["from"], answer["error"]["to"], answer["error"]["suggestion"]), (None, 7, 11, "error"))

        def completed(text, **more):
            at = text.index("|")
            text = text.replace("|", "")
            answer = read(text, at=at, **more)
            return [text[:c["from"]] + c["text"] + text[c["to"]:] for c in answer["completions"]]

        self.assertIn("kind:llm model:", completed("kind:llm mod|"))
        self.assertIn("kind:llm", completed("kind:l|"))
        self.assertEqual(completed("kind:|", unit="calls"), ["kind:llm", "kind:embedding", "kind:rerank"])
        self.assertEqual(completed("-model:gp|"), ["-model:gpt-4o"])
        self.assertEqual(completed("tool:(fetch or s|"), ["tool:(fetch or search"])
        self.assertIn("user:u-17 x", completed("user:| x"))
        self.assertIn("attr.app.tier:", completed("attr.|"))
        self.assertEqual(completed("attr.app.tier:|"), ["attr.app.tier:gold"])
        self.assertIn("has:tool_call", completed("has:tool|"))
        self.assertEqual(completed("in:h|"), ["in:history"])
        self.assertTrue(completed("|"), "at the very beginning")
        self.assertEqual(self.ask("/api/v1/filter", 400, text="", unit="houses")["error"]["code"], "invalid_input")


    def test_values_of_every_field_are_completed(self):
        for unit in ("traces", "calls", "spans"):
            fields = self.ask("/api/v1/filter", text="", unit=unit, at=0)["completions"]
            self.assertGreater(len(fields), 20)
            for field in fields:
                text = field["text"]
                self.ask("/api/v1/filter", text=text, unit=unit, at=len(text))
    def test_command_line(self):
        def run(*words):
            return subprocess.run([str(BINARY), *words, "--url", f"http://{self.server.host}:{self.server.port}"], capture_output=True, text=True, timeout=60)

        done = run("traces", "agent > tool{status:error}", "--jsonl")
        self.assertEqual([json.loads(line)["trace_id"] for line in done.stdout.splitlines()], [BAD])
        done = run("calls", "refund", "--jsonl")
        self.assertEqual(len(done.stdout.splitlines()), 2, done.stderr)
        done = run("traces", "kind:llm modle:gpt")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(done.stderr, "vitrine: filter: there is no field 'modle' (at byte 9) (did you mean model?)\n  kind:llm modle:gpt\n           ^\n")


if __name__ == "__main__":
    unittest.main()
