"""The read doors of a real server: spans sent as OTLP/JSON come back through every route of /api/v1."""
import base64
import gzip
import http.client
import json
import os
import re
import sys
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(__file__))
from support.json_schema import Schemas  # noqa: E402
from support.server import ROOT, Server  # noqa: E402

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFklEQVR4nGO8oaHBgA0wYRUdtBIAYy8BXX3dQEsAAAAASUVORK5CYII=")
AGENT = "a" * 32
FAILED = "b" * 32
START = (time.time_ns() // 10**9 - 60) * 10**9
BOARD = {"name": "shape", "panels": [{"chart": "table", "x": 0, "y": 0, "w": 6, "h": 4, "query": {"measures": ["count"], "group_by": ["model"]}}]}


def any_value(value):
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(item) for item in value]}}
    return {"stringValue": value}


def span(trace, number, name, parent=None, offset=0, length=5_000_000, status=None, events=(), **attributes):
    made = {"traceId": trace, "spanId": f"{number:016x}", "name": name, "kind": 1,
            "startTimeUnixNano": str(START + offset), "endTimeUnixNano": str(START + offset + length),
            "attributes": [{"key": key.replace("__", "."), "value": any_value(value)} for key, value in attributes.items()],
            "events": list(events)}
    if parent is not None:
        made["parentSpanId"] = f"{parent:016x}"
    if status:
        made["status"] = {"code": 2, "message": status}
    return made


def chat(trace, number, words, parent=None, **more):
    """A model call in the GenAI conventions, with content as attributes."""
    attributes = {
        "gen_ai__operation__name": "chat", "gen_ai__provider__name": "openai", "gen_ai__request__model": "gpt-4o-mini",
        "gen_ai__response__model": "gpt-4o-mini-2024-07-18", "gen_ai__response__id": f"resp-{trace[:4]}-{number}",
        "gen_ai__request__temperature": 0.25, "gen_ai__request__seed": 7, "gen_ai__request__max_tokens": 512,
        "gen_ai__usage__input_tokens": 1200, "gen_ai__usage__output_tokens": 34,
        "gen_ai__response__finish_reasons": ["stop"],
        "gen_ai__input__messages": json.dumps([
            {"role": "system", "parts": [{"type": "text", "content": "You are terse."}]},
            {"role": "user", "parts": [{"type": "text", "content": words},
                                       {"type": "blob", "modality": "image", "mime_type": "image/png",
                                        "content": base64.b64encode(PNG).decode()}]}]),
        "gen_ai__output__messages": json.dumps([
            {"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": f"Answer to {words}"}]}]),
        "gen_ai__tool__definitions": json.dumps([
            {"type": "function", "name": "lookup", "description": "Looks up.", "parameters": {"type": "object"}}]),
        "app__tenant": "harbor", "app__retries": 3}
    attributes.update(more)
    return span(trace, number, "chat gpt-4o-mini", parent, offset=1_000_000, **attributes)


class Api(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        sent = [
            span(AGENT, 1, "agent run", length=2_000_000_000, gen_ai__operation__name="invoke_agent", user__id="ann",
                 session__id="s-1"),
            chat(AGENT, 2, "the quixotic parcel", parent=1),
            span(AGENT, 3, "lost child", parent=0x99),
            span(FAILED, 4, "broken", status="it broke", error__type="timeout",
                 events=[{"name": "exception", "timeUnixNano": str(START + 5), "attributes": [
                     {"key": "exception.message", "value": {"stringValue": "it broke"}}]}]),
            span(FAILED, 5, "search", parent=4, openinference__span__kind="RETRIEVER", input__value="parcel",
                 retrieval__documents__0__document__id="d1", retrieval__documents__0__document__content="A parcel.",
                 retrieval__documents__0__document__score=0.75),
            span(FAILED, 6, "embed", parent=4, gen_ai__operation__name="embeddings", gen_ai__provider__name="openai",
                 gen_ai__request__model="text-embedding-3-small", gen_ai__usage__input_tokens=12),
        ]
        sent[3]["links"] = [{"traceId": AGENT, "spanId": f"{1:016x}", "attributes": [{"key": "why", "value": {"stringValue": "retry"}}]}]
        many = [span(f"{i:032x}", i, f"bulk {i}", offset=-i * 1_000_000) for i in range(0x1000, 0x1000 + 250)]
        assert cls.server.send_spans(sent + many, service="desk") == 200
        assert cls.server.send_spans([span("c" * 32, 9, "elsewhere")], project="other") == 200
        cls.server.wait_for(lambda: cls.server.sql("SELECT count() FROM traces") == [[252]], what="all traces")
        cls.server.wait_for(lambda: cls.server.sql("SELECT count() FROM traces", "other") == [[1]], what="other project")
        cls.description = json.loads(cls.server.request("GET", "/api/v1/openapi.json")[2])
        cls.schemas = Schemas(cls.description)

    def ask(self, path, expected=200, project=None, **parameters):
        query = urllib.parse.urlencode(parameters)
        headers = {"x-vitrine-project": project} if project else {}
        status, answer_headers, body = self.server.request("GET", path + ("?" + query if query else ""), headers=headers)
        self.assertEqual(status, expected, body[:500])
        self.assertEqual({k.lower(): v for k, v in answer_headers.items()}["content-type"], "application/json")
        return json.loads(body)

    def sql(self, query, expected=200, params=None, **more):
        body = json.dumps({"query": query, "params": params or {}, **more})
        status, _, answer = self.server.request("POST", "/api/v1/sql", body, {"content-type": "application/json"})
        self.assertEqual(status, expected, answer[:500])
        return json.loads(answer)

    def refused(self, path, expected, **parameters):
        error = self.ask(path, expected, **parameters)["error"]
        self.assertTrue(error["code"] and error["message"] and error["request_id"], error)
        self.assertIn("hint", error)
        return error["message"]

    def test_pages_hold_every_trace_once(self):
        seen, cursor = [], {}
        while True:
            page = self.ask("/api/v1/traces", limit=60, **cursor)
            seen += [trace["trace_id"] for trace in page["traces"]]
            starts = [trace["start_time"] for trace in page["traces"]]
            self.assertEqual(starts, sorted(starts, reverse=True))
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        self.assertEqual(len(seen), 252)
        self.assertEqual(len(set(seen)), 252)

    def test_a_trace_in_the_list(self):
        [trace] = self.ask("/api/v1/traces", user="ann")["traces"]
        self.assertEqual(trace["trace_id"], AGENT)
        self.assertEqual((trace["name"], trace["span_count"], trace["call_count"], trace["status"]), ("agent run", 3, 1, "ok"))
        self.assertEqual((trace["input_tokens"], trace["output_tokens"]), (1200, 34))
        self.assertRegex(trace["cost_usd"], r"^0\.\d+$")
        self.assertEqual((trace["service"], trace["session_id"], trace["release"]), ("desk", "s-1", None))
        self.assertRegex(trace["start_time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")

    def test_filters(self):
        cases = [({"status": "error"}, {FAILED}), ({"kind": "llm"}, {AGENT}), ({"session": "s-1"}, {AGENT}),
                 ({"q": "quixotic"}, {AGENT}), ({"q": "QUIXOTIC parcel"}, {AGENT}), ({"q": "quixotic nothing"}, set()),
                 ({"service": "desk", "kind": "llm"}, {AGENT}), ({"user": "' OR 1=1 --"}, set())]
        for filters, expected in cases:
            found = {trace["trace_id"] for trace in self.ask("/api/v1/traces", **filters)["traces"]}
            self.assertEqual(found, expected, filters)
        model = self.ask("/api/v1/traces", user="ann")["traces"][0]["models"][0]
        self.assertEqual(len(self.ask("/api/v1/traces", model=model)["traces"]), 1)

    def test_calls(self):
        page = self.ask("/api/v1/calls")
        self.assertEqual([(call["trace_id"], call["span_id"], call["kind"]) for call in page["calls"]],
                         [(AGENT, f"{2:016x}", "llm"), (FAILED, f"{6:016x}", "embedding")])
        self.assertIsNone(page["next_cursor"])
        call = page["calls"][0]
        self.assertEqual((call["input_tokens"], call["output_tokens"], call["finish_reason"], call["operation"]), (1200, 34, "stop", "chat"))
        self.assertEqual((call["user_id"], call["session_id"], call["parent_span_id"]), ("ann", "s-1", f"{1:016x}"), "inherited from the root")
        self.assertRegex(call["cost_usd"], r"^0\.\d+$")
        self.assertEqual(call["output_preview"], "Answer to the quixotic parcel")
        first = self.ask("/api/v1/calls", limit=1)
        self.assertEqual([call["span_id"] for call in first["calls"]], [f"{2:016x}"])
        second = self.ask("/api/v1/calls", limit=1, cursor=first["next_cursor"])
        self.assertEqual(([call["span_id"] for call in second["calls"]], second["next_cursor"]), ([f"{6:016x}"], None))
        for filters, expected in [
                ({"kind": "embedding"}, [6]), ({"model": "gpt-4o-mini"}, [2]), ({"model": "gpt-4o-mini-2024-07-18"}, [2]), ({"provider": "openai"}, [2, 6]),
                ({"status": "ok"}, [2, 6]), ({"status": "error"}, []), ({"q": "quixotic"}, [2]), ({"q": "nowhere"}, []), ({"user": "ann"}, [2]),
                ({"capture": "otlp_http"}, [2, 6]), ({"capture": "gateway"}, []), ({"stream": "true"}, []), ({"error_type": "timeout"}, [])]:
            self.assertEqual([int(call["span_id"], 16) for call in self.ask("/api/v1/calls", **filters)["calls"]], expected, filters)
        self.assertEqual(self.ask("/api/v1/calls", project="other")["calls"], [])
        for filters, word in [({"kind": "tool"}, "kind"), ({"stream": "maybe"}, "stream"), ({"capture": "fax"}, "capture"), ({"error_type": "bad"}, "error_type"),
                              ({"cursor": self.ask("/api/v1/traces", limit=10)["next_cursor"]}, "cursor")]:
            self.assertIn(word, self.refused("/api/v1/calls", 400, **filters))
        path = f"/api/v1/calls/{AGENT}/{2:016x}/attempts"
        self.assertEqual(self.ask(path)["attempts"], [call], "without a call id it is alone")
        self.ask(path, 404, project="other")
        self.ask(f"/api/v1/calls/{AGENT}/{0xff:016x}/attempts", 404)
        self.ask(f"/api/v1/calls/xyz/{2:016x}/attempts", 400)

    def test_wrong_questions_say_what_is_wrong(self):
        for path, parameters, expected, word in [
                ("/api/v1/traces", {"limt": 5}, 400, "limt"), ("/api/v1/traces", {"limit": 0}, 400, "limit"),
                ("/api/v1/traces", {"limit": "x"}, 400, "limit"), ("/api/v1/traces", {"from": "yesterday"}, 400, "from"),
                ("/api/v1/traces", {"status": "fine"}, 400, "status"), ("/api/v1/traces", {"cursor": "abc"}, 400, "cursor"),
                ("/api/v1/traces", {"q": "!!"}, 400, "q"), ("/api/v1/traces", {"project": "a b"}, 400, "project"),
                ("/api/v1/traces/xyz", {}, 400, "trace id"), ("/api/v1/traces/" + "d" * 32, {}, 404, "d" * 32),
                ("/api/v1/spans/" + AGENT + "/00000000000000ff", {}, 404, "span"),
                ("/api/v1/attachments/" + "0" * 32, {}, 404, "attachment"), ("/api/v1/nothing", {}, 404, "nothing")]:
            self.assertIn(word, self.refused(path, expected, **parameters))

    def test_a_cursor_of_another_filter_is_refused(self):
        cursor = self.ask("/api/v1/traces", limit=10)["next_cursor"]
        self.assertIn("cursor", self.refused("/api/v1/traces", 400, cursor=cursor, kind="llm"))

    def test_projects_do_not_see_each_other(self):
        self.assertEqual(len(self.ask("/api/v1/traces", project="other")["traces"]), 1)
        self.ask("/api/v1/traces/" + AGENT, 404, project="other")
        self.ask(f"/api/v1/spans/{AGENT}/{2:016x}", 404, project="other")
        names = {item["name"]: item["trace_count"] for item in self.ask("/api/v1/projects")["projects"]}
        self.assertEqual(names, {"default": 252, "other": 1})

    def test_histogram_and_facets(self):
        histogram = self.ask("/api/v1/traces/histogram", buckets=20)
        self.assertEqual(sum(bucket["count"] for bucket in histogram["buckets"]), 252)
        self.assertEqual(sum(bucket["error_count"] for bucket in histogram["buckets"]), 1)
        self.assertLessEqual(len(histogram["buckets"]), 20)
        facets = self.ask("/api/v1/facets")["facets"]
        self.assertEqual({"service", "model", "environment", "release", "status", "user", "kind"}, set(facets))
        self.assertIn({"value": "error", "count": 1}, facets["status"])
        self.assertEqual(facets["user"], [{"value": "ann", "count": 1}])
        empty = self.ask("/api/v1/traces/histogram", user="nobody")
        self.assertEqual((empty["from"], empty["buckets"]), (None, []))

    def test_a_trace_with_its_spans(self):
        answer = self.ask("/api/v1/traces/" + AGENT)
        fields = answer["spans"]["fields"]
        rows = [dict(zip(fields, row)) for row in answer["spans"]["rows"]]
        self.assertEqual([len(row) for row in answer["spans"]["rows"]], [len(fields)] * 3)
        call = next(row for row in rows if row["span_id"] == f"{2:016x}")
        self.assertEqual((call["kind"], call["offset_ns"], call["duration_ns"], call["parent_span_id"]), ("llm", 1_000_000, 5_000_000, f"{1:016x}"))
        self.assertEqual((call["provider"], call["finish_reason"], call["counted"], call["input_tokens"]), ("openai", "stop", True, 1200))
        self.assertIsNone(call["ttft_ns"])
        self.assertEqual(answer["missing_parents"], [f"{0x99:016x}"])
        self.assertEqual(answer["trace"]["trace_id"], AGENT)

    def test_a_span_with_its_content(self):
        detail = self.ask(f"/api/v1/spans/{AGENT}/{2:016x}")
        self.assertEqual([message["role"] for message in detail["input_messages"]], ["system", "user"])
        self.assertEqual(detail["input_messages"][0]["parts"], [{"type": "text", "content": "You are terse."}])
        text, blob = detail["input_messages"][1]["parts"]
        self.assertEqual(text, {"type": "text", "content": "the quixotic parcel"})
        self.assertEqual((blob["type"], blob["mime_type"]), ("blob", "image/png"))
        self.assertTrue(all(message["is_new"] for message in detail["input_messages"]))
        [output] = detail["output_messages"]
        self.assertEqual((output["choice"], output["finish_reason"]), (0, "stop"))
        self.assertEqual(output["parts"], [{"type": "text", "content": "Answer to the quixotic parcel"}])
        [tool] = detail["tool_definitions"]
        self.assertEqual((tool["name"], tool["description"], tool["parameters"]), ("lookup", "Looks up.", {"type": "object"}))
        attributes = {item["key"]: (item["type"], item["value"]) for item in detail["attributes"]}
        self.assertEqual((attributes["app.tenant"], attributes["app.retries"]), (("s", "harbor"), ("i", 3)))
        self.assertEqual((detail["temperature"], detail["seed"], detail["max_tokens"]), (0.25, 7, 512))
        self.assertIsNone(detail["timeline"])
        price = detail["price"]
        self.assertEqual((price["provider"], price["price_id"]), ("openai", detail["price_id"]))
        self.assertRegex(price["rates"]["input"], r"^\d+(\.\d+)?$")
        status, headers, body = self.server.request("GET", "/api/v1/attachments/" + blob["attachment"])
        headers = {key.lower(): value for key, value in headers.items()}
        self.assertEqual((status, body, headers["content-type"]), (200, PNG, "image/png"))
        self.assertEqual((headers["x-content-type-options"], "sandbox" in headers["content-security-policy"]), ("nosniff", True))

    def test_reproduce(self):
        status, headers, body = self.server.request("GET", f"/api/v1/spans/{AGENT}/{2:016x}/reproduce")
        self.assertEqual(status, 200)
        self.assertIn("attachment; filename=", {k.lower(): v for k, v in headers.items()}["content-disposition"])
        made = json.loads(body)
        self.assertEqual((made["request"]["request_model"], made["request"]["temperature"], made["request"]["seed"]), ("gpt-4o-mini", 0.25, 7))
        self.assertEqual([message["role"] for message in made["request"]["messages"]], ["system", "user"])
        self.assertEqual(made["request"]["tools"][0]["name"], "lookup")
        self.assertEqual(made["response"]["response_id"], "resp-aaaa-2")
        self.assertEqual(base64.b64decode(made["attachments"][0]["base64"]), PNG)

    def test_sql(self):
        answer = self.sql("SELECT count() AS n, {word:String} AS w, sum(cost_usd) AS usd FROM calls", params={"word": "it's"})
        self.assertEqual([column["name"] for column in answer["columns"]], ["n", "w", "usd"])
        self.assertEqual(answer["rows"][0][:2], [2, "it's"])
        self.assertIsInstance(answer["rows"][0][2], str)
        self.assertGreaterEqual(answer["elapsed_ms"], 0)
        self.assertEqual(self.sql("SELECT groupUniqArray(project) FROM spans")["rows"], [[["default"]]])
        named = self.sql("SELECT {from:String}, {to:DateTime('UTC')} > {select:DateTime('UTC')} FROM calls LIMIT {limit:UInt8}",
                         params={"from": "here", "to": "2026-11-21 00:00:00", "select": "2026-11-20 00:00:00", "limit": 1})
        self.assertEqual(named["rows"], [["here", 1]], "names of parameters are no keywords")
        self.assertIn("spans", [row[0] for row in self.sql("SHOW TABLES")["rows"]])
        for query in ["DROP TABLE spans", "SELECT 1; SELECT 2", "SELECT * FROM system.tables", "SELECT * FROM file('/etc/passwd')",
                      "SELECT sleep(3)", "SELECT 1 INTO OUTFILE '/tmp/x'", "SELECT 1 SETTINGS readonly=0", "SELECT nothing FROM spans",
                      "SELECT * FROM span_rows", "INSERT INTO spans VALUES (1)", "", "SELECT 'open"]:
            self.assertTrue(self.sql(query, 400)["error"]["message"], query)
        self.assertEqual(self.sql("SELECT count() FROM numbers(1000000000000)", 413, timeout_s=0.3)["error"]["code"], "limit_exceeded")
        self.assertEqual(self.sql("SELECT number FROM numbers(100001)", 413)["error"]["code"], "limit_exceeded")
        status, _, body = self.server.request("POST", "/api/v1/sql", "not json")
        self.assertEqual(status, 400, body)

    def test_sql_ends_when_the_client_leaves(self):
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=30)
        connection.request("POST", "/api/v1/sql", json.dumps({"query": "SELECT count() FROM numbers(1000000000000)", "timeout_s": 60}))
        time.sleep(0.5)
        connection.close()
        # Both SQL workers must be free again at once: two statements, one after the other, and neither waits for the first.
        began = time.monotonic()
        for _ in range(2):
            self.sql("SELECT 1")
        self.assertLess(time.monotonic() - began, 10)

    def test_ingest_and_doctor(self):
        state = self.ask("/api/v1/ingest")
        self.assertGreaterEqual(state["spans_accepted"], 255)
        self.assertEqual((state["engine"]["state"], state["disk"]["state"], state["quarantined"]), ("ready", "ok", 0))
        self.assertTrue(state["by_door"] and state["first_span_at"] and state["last_span_at"])
        self.assertIs(state["needs_key"], False)
        doctor = self.ask("/api/v1/doctor")
        unmapped = {item["key"]: item for item in doctor["unmapped"]}
        self.assertEqual((unmapped["app.tenant"]["example"], unmapped["app.tenant"]["count"]), ("harbor", 1))

    def test_a_wrong_path_is_told_to_the_sender_and_shown(self):
        status, _, body = self.server.request("POST", "/v1/trace", "{}", {"content-type": "application/json"})
        self.assertEqual(status, 404)
        self.assertIn("/v1/traces", json.loads(body)["error"]["hint"])
        problems = self.ask("/api/v1/ingest")["recent_problems"]
        self.assertTrue(any("/v1/trace" in problem["message"] and problem["status"] == 404 for problem in problems), problems)

    def test_prices_and_overrides(self):
        found = self.ask("/api/v1/prices", q="gpt-4o-mini")
        self.assertTrue(found["prices"] and found["total"] >= len(found["prices"]))
        self.assertEqual(self.ask("/api/v1/prices", unpriced=1)["unpriced"], [])

        def change(method, body=None, query=""):
            return self.server.request(method, "/api/v1/prices/overrides" + query, body and json.dumps(body))
        status, _, body = change("PUT", {"provider": "vllm", "model": "mine", "rates": {"input": "2.50", "output": "10"}})
        self.assertEqual(status, 200, body)
        [made] = json.loads(body)["overrides"]
        self.assertEqual((made["provider"], made["model"], made["rates"]["input"]), ("vllm", "mine", "2.5"))
        status, _, body = change("PUT", {"provider": "vllm", "model": "mine", "rates": {"input": "3", "output": "10"}})
        [made] = json.loads(body)["overrides"]
        self.assertEqual(made["rates"]["input"], "3", "the same model's rate is replaced")
        for wrong in ({"model": "x", "rates": {"input": "1"}}, {"provider": "p", "model": "x", "rates": {"input": "much"}}, {"provider": "p"}, []):
            self.assertEqual(change("PUT", wrong)[0], 400, wrong)
        query = "?price_id=" + urllib.parse.quote(made["price_id"], safe="")
        self.assertEqual(json.loads(change("DELETE", None, query)[2])["overrides"], [])
        self.assertEqual(change("DELETE", None, query)[0], 404)

    def test_health_metrics_and_description(self):
        self.assertEqual(self.ask("/livez")["status"], "ok")
        self.assertTrue(all(part["ok"] for part in self.ask("/readyz")["parts"].values()))
        status, headers, body = self.server.request("GET", "/metrics")
        self.assertEqual(status, 200)
        lines = body.decode().splitlines()
        for line in lines:
            self.assertRegex(line, r'^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? [0-9.e+-]+)$')
        self.assertIn("vitrine_engine_up 1", lines)
        self.assertTrue(any(line.startswith("vitrine_ingest_items_accepted_total{door=") for line in lines))
        description = self.ask("/api/v1/openapi.json")
        self.assertEqual(description["openapi"], "3.1.0")

    def test_every_described_route_answers_in_its_shape(self):
        call = f"{2:016x}"
        examples = {"trace_id": AGENT, "other_id": FAILED, "span_id": call, "session_id": "s-1", "hash": self.picture()}
        bodies = {("/api/v1/sql", "post"): {"query": "SELECT 1 AS one, [2.5] AS list, NULL AS nothing"},
                  ("/api/v1/reprice", "post"): {"dry_run": True, "from": "2020-01-01T00:00:00Z"},
                  ("/api/v1/query", "post"): {"measures": ["count", "p95(duration)"], "group_by": ["model"], "interval": "1h"},
                  ("/api/v1/query/forecast", "post"): {"time_zone": "Europe/Berlin"},
                  ("/api/v1/query/what-if", "post"): {"provider": "openai", "model": "gpt-4o"},
                  ("/api/v1/difference", "post"): {"selection": "status:error"},
                  ("/api/v1/heatmap", "post"): {"measure": "duration"},
                  ("/api/v1/scores", "post"): {"name": "shape", "value": 1, "trace_id": AGENT},
                  ("/mcp", "post"): {"jsonrpc": "2.0", "id": 1, "method": "ping"},
                  ("/api/v1/prices/overrides", "put"): {"provider": "vllm", "model": "shape", "rates": {"input": "1", "output": "2"}},
                  ("/api/v1/views", "post"): {"name": "shape", "page": "/calls", "query": "filter=status:error"},
                  ("/api/v1/views/{id}", "put"): {"name": "another shape", "page": "/calls", "position": 0},
                  ("/api/v1/dashboards", "post"): BOARD, ("/api/v1/dashboards/{id}", "put"): BOARD | {"version": 1},
                  ("/api/v1/project", "put"): {"time_zone": "Europe/Berlin", "link_templates": [{"name": "APM", "url": "https://apm.test/{trace_id}"}]}}
        ids = {}
        for path, body in (("/api/v1/views", {"name": "made before", "page": "/"}), ("/api/v1/dashboards", BOARD)):
            ids[path + "/{id}"] = json.loads(self.server.request("POST", path, json.dumps(body))[2])["id"]
        asked = set()
        for path, methods in self.finite_routes():
            address = re.sub(r"\{(\w+)\}", lambda match: ids[path] if match[1] == "id" else examples[match[1]], path)
            for method in sorted(methods, reverse=True):  # put before get before delete
                body = bodies.get((path, method))
                if (path, method) == ("/api/v1/prices/overrides", "delete"):
                    [made] = [row for row in self.ask(path)["overrides"] if row["model"] == "shape"]
                    address += "?price_id=" + urllib.parse.quote(made["price_id"], safe="")
                status, headers, answer = self.server.request(method.upper(), address, body and json.dumps(body), {"content-type": "application/json"})
                # Only calls through the gateway have an exchange: gateway_exchange_test.py.
                expected = 404 if "exchanges" in path else 201 if "201" in methods[method]["responses"] else 200
                self.assertEqual(status, expected, f"{method} {address}: {answer[:300]}")
                self.check_answer(path, method, status, headers, answer)
                asked.add((method, path))
        # The shapes that depend on what is asked or stored.
        for path, query in (("/api/v1/prices", "?unpriced=1"), ("/api/v1/prices", "?q=gemini-2.5-pro"), ("/api/v1/traces/histogram", "?user=nobody"),
                            ("/api/v1/traces", "?limit=2"), ("/api/v1/traces", "?status=error")):
            self.check_answer(path, "get", *self.server.request("GET", path + query))
        for trace, number in ((AGENT, 1), (AGENT, 3), (FAILED, 4), (FAILED, 5), (FAILED, 6)):
            path = f"/api/v1/spans/{trace}/{number:016x}"
            self.check_answer("/api/v1/spans/{trace_id}/{span_id}", "get", *self.server.request("GET", path))
            self.check_answer("/api/v1/spans/{trace_id}/{span_id}/reproduce", "get", *self.server.request("GET", path + "/reproduce"))
        self.assertEqual(len(asked), sum(len(methods) for _, methods in self.finite_routes()))

    def test_errors_have_the_described_shape(self):
        for method, path, address, body, expected in [
                ("get", "/api/v1/traces", "?limit=0", None, 400), ("get", "/api/v1/traces/{trace_id}", "/api/v1/traces/" + "d" * 32, None, 404),
                ("get", "/api/v1/traces/{trace_id}", "/api/v1/traces/xyz", None, 400),
                ("get", "/api/v1/spans/{trace_id}/{span_id}", f"/api/v1/spans/{AGENT}/{0xff:016x}", None, 404),
                ("get", "/api/v1/attachments/{hash}", "/api/v1/attachments/" + "0" * 32, None, 404),
                ("post", "/api/v1/sql", "", {"query": "SELEC"}, 400), ("post", "/api/v1/sql", "", {"query": "SELECT 1", "quer": 1}, 400),
                ("post", "/api/v1/sql", "", {"query": "SELECT number FROM numbers(100001)"}, 413),
                ("post", "/api/v1/reprice", "", {"dry_run": False}, 400),
                ("put", "/api/v1/prices/overrides", "", {"provider": "p"}, 400),
                ("get", "/api/v1/dashboards/{id}", "/api/v1/dashboards/none", None, 404), ("post", "/api/v1/dashboards", "", {"name": "n"}, 400),
                ("post", "/api/v1/views", "", {"name": "n", "page": "//x"}, 400), ("put", "/api/v1/project", "", {"time_zone": "Mars/Base"}, 400),
                ("put", "/api/v1/project", "", {"version": 4711}, 409), ("delete", "/api/v1/views/{id}", "/api/v1/views/none", None, 404),
                ("delete", "/api/v1/prices/overrides", "?price_id=none", None, 404), ("delete", "/api/v1/prices/overrides", "", None, 400)]:
            address = address if address.startswith("/") else path + address
            status, headers, answer = self.server.request(method.upper(), address, body and json.dumps(body))
            self.assertEqual(status, expected, f"{method} {address}: {answer[:300]}")
            self.check_answer(path, method, status, headers, answer)

    def test_every_route_is_described(self):
        """The patterns that the server's sources register are those of the description."""
        registered = set()
        for source in sorted((ROOT / "src/api").rglob("*.cc")):
            text = source.read_text()
            registered |= {(method.lower(), path) for method, path in re.findall(r'(?:Ask|AskWithin)\(\s*"([A-Z]+)",\s*"([^"]+)"', text)}
            registered |= {("get", path) for path in re.findall(r'(?:AskStreamed|Follow|Tell|Export)\("([^"]+)"', text)}
            registered |= {("post", path) for path in re.findall(r'(?:AskSql|AskAgents)\("([^"]+)"', text)}
        registered.add(("post", "/api/v1/scores"))  # A door that writes: src/capture/scores.
        described = {(method, path) for path, methods in self.description["paths"].items() for method in methods}
        self.assertEqual(registered, described)

    def test_parameters_are_those_described(self):
        """Every described parameter is taken; a made-up one is refused."""
        examples = {"from": "2020-01-01T00:00:00Z", "to": "2030-01-01T00:00:00Z", "status": "ok", "kind": "llm", "project": "default",
                    "error_type": "timeout", "capture": "gateway", "stream": "true",
                    "trace_id": "1" * 32, "span_id": "1" * 16, "unpriced": "1", "cursor": None, "price_id": None,
                    "unit": "calls", "format": "csv", "filter": "status:ok", "time_zone": "Europe/Berlin"}
        for path, methods in self.finite_routes():
            if "get" not in methods or "{" in path or not path.startswith("/api/v1/") or path == "/api/v1/openapi.json":
                continue
            for parameter in methods["get"].get("parameters", []):
                parameter = self.schemas.resolve(parameter)
                value = examples.get(parameter["name"], "7")
                if parameter["in"] == "query" and value is not None:
                    query = urllib.parse.urlencode({parameter["name"]: value})
                    self.assertEqual(self.server.request("GET", f"{path}?{query}")[0], 200, f"{path}?{query}")
            self.assertEqual(self.server.request("GET", path + "?made_up=1")[0], 400, path)

    def finite_routes(self):
        """Routes whose answer has an end; live tails are in tail_test.py, virtual keys in gateway_keys_test.py."""
        for path, methods in self.description["paths"].items():
            if path.startswith("/api/v1/gateway/keys"):
                continue
            if "text/event-stream" not in methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {}):
                yield path, methods

    def picture(self):
        detail = self.ask(f"/api/v1/spans/{AGENT}/{2:016x}")
        return detail["input_messages"][1]["parts"][1]["attachment"]

    def check_answer(self, path, method, status, headers, body):
        """The answer is one that the description promises for this status."""
        described = self.description["paths"][path][method]["responses"]
        self.assertIn(str(status), described, f"{method} {path}: {status} is not described: {body[:300]}")
        contents = described[str(status)]["content"]
        kind = {key.lower(): value for key, value in headers.items()}["content-type"]
        media = kind if kind in contents else kind.split(";")[0] if kind.split(";")[0] in contents else "*/*"
        self.assertIn(media, contents, f"{method} {path}: {kind} is not described")
        if media == "application/json":
            self.assertEqual(self.schemas.problems(json.loads(body), contents[media]["schema"]), [], f"{method} {path}")

    def test_pages(self):
        status, headers, body = self.server.request("GET", "/", headers={"accept-encoding": "gzip"})
        headers = {key.lower(): value for key, value in headers.items()}
        self.assertEqual(status, 200)
        self.assertTrue(headers["content-type"].startswith("text/html"))
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.assertIn(b"Vitrine", body)
        self.assertIn("frame-ancestors 'none'", headers["content-security-policy"])
        self.assertEqual(headers["x-content-type-options"], "nosniff")
        self.assertEqual(self.server.request("GET", "/missing.js")[0], 404)
        scripts = re.findall(rb'src="(/assets/[^"]+)"', body)
        if not scripts:
            self.skipTest("this build has no pages")
        self.assertEqual(self.server.request("GET", "/traces/" + AGENT)[2], self.server.request("GET", "/")[2])
        status, headers, script = self.server.request("GET", scripts[0].decode())
        headers = {key.lower(): value for key, value in headers.items()}
        self.assertEqual((status, headers["cache-control"]), (200, "public, max-age=31536000, immutable"))
        self.assertNotIn("content-encoding", headers)
        self.assertEqual(self.server.request("GET", scripts[0].decode(), headers={"if-none-match": headers["etag"]})[0], 304)
        packed = self.server.request("GET", scripts[0].decode(), headers={"accept-encoding": "gzip, br"})
        self.assertEqual(gzip.decompress(packed[2]), script)

    def test_foreign_names_are_not_answered_without_a_key(self):
        for host, expected in (("evil.example", 400), ("localhost:1", 200), ("127.0.0.1", 200), ("[::1]:7", 200)):
            self.assertEqual(self.server.request("GET", "/api/v1/projects", headers={"host": host})[0], expected, host)
        with Server(arguments=["--http-hosts", "*.corp.example, vitrine.example"]) as server:
            for host, expected in (("vitrine.example", 200), ("a.corp.example:80", 200), ("corp.example", 400), ("evil.example", 400)):
                status, _, answer = server.request("GET", "/api/v1/projects", headers={"host": host})
                self.assertEqual(status, expected, host)
            self.assertIn("http.hosts", json.loads(answer)["error"]["message"])


class Keys(unittest.TestCase):
    def test_a_key_is_needed_and_says_the_project(self):
        with Server(arguments=["--api-key", "sesame", "--project", "mine"]) as server:
            basic = "Basic " + base64.b64encode(b"x:sesame").decode()
            for headers, expected in (({}, 401), ({"authorization": "Bearer wrong"}, 401), ({"authorization": "Bearer sesame"}, 200),
                                      ({"authorization": basic}, 200), ({"authorization": "Bearer sesame", "x-vitrine-project": "other"}, 200)):
                status, answer, _ = server.request("GET", "/api/v1/projects", headers=headers)
                self.assertEqual(status, expected, headers)
            self.assertIs(json.loads(server.request("GET", "/api/v1/ingest", headers={"x-vitrine-key": "sesame"})[2])["needs_key"], True)
            self.assertIn("www-authenticate", {key.lower() for key in server.request("GET", "/")[1]})
            self.assertEqual(server.request("GET", "/livez")[0], 200)
            self.assertEqual(server.request("GET", "/metrics")[0], 401)


if __name__ == "__main__":
    unittest.main(verbosity=2)
