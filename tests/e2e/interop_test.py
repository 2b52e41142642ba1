"""Jaeger's and Tempo's questions, in the forms in which Grafana's data sources and Jaeger's own page send them, and /metrics for Prometheus."""
import json
import os
import re
import sys
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(__file__))
from support.server import Server, attribute, llm_span  # noqa: E402

SECOND = 1_000_000_000
NOW = time.time_ns()
START = NOW - 600 * SECOND
SHOP, DESK = "a0" * 16, "b0" * 16
ROOT, CALL, DESK_SPAN = "a1" * 8, "a2" * 8, "b1" * 8


def span(trace, identity, name, start, duration, parent="", **more):
    made = {"traceId": trace, "spanId": identity, "name": name, "kind": 2, "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + duration), **more}
    return {**made, "parentSpanId": parent} if parent else made


def send(server):
    root = span(SHOP, ROOT, "GET /answer", START, 3 * SECOND, status={"code": 2, "message": "boom"},
                attributes=[attribute("http.route", "/answer"), attribute("http.count", 7), attribute("cached", True)],
                events=[{"timeUnixNano": str(START + SECOND), "name": "retry", "attributes": [attribute("n", 1)]}])
    call = llm_span(SHOP, CALL, START + SECOND, parent=ROOT, duration_ns=2 * SECOND, gen_ai__response__model="gpt-4o-mini-2024-07-18")
    assert server.send_spans([root], service="web") == 200
    assert server.send_spans([call], service="answers") == 200
    assert server.send_spans([span(DESK, DESK_SPAN, "ask", START + 60 * SECOND, 5_000_000, attributes=[attribute("http.route", "/ask"), attribute("app step", "first")])], service="desk") == 200
    server.wait_for(lambda: server.sql("SELECT sum(span_count) FROM traces") == [[3]], what="the traces")


class Interop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        send(cls.server)

    def ask(self, path, status=200, **headers):
        got, answered, body = self.server.request("GET", path, headers=headers)
        self.assertEqual(got, status, f"{path}: {body[:500]}")
        return json.loads(body) if answered.get("content-type", "").startswith("application/json") else body

    # Jaeger

    def test_jaeger_lists_services_and_operations(self):
        answer = self.ask("/jaeger/api/services")
        self.assertEqual((answer["data"], answer["total"], answer["errors"]), (["answers", "desk", "web"], 3, None))
        self.assertEqual(self.ask("/jaeger/api/services/web/operations")["data"], ["GET /answer"])
        self.assertEqual(self.ask("/jaeger/api/operations?service=desk&spanKind=server")["data"], [{"name": "ask", "spanKind": ""}])
        self.assertEqual(self.ask("/jaeger/api/services/nobody/operations")["data"], [])

    def jaeger_ids(self, query):
        return [trace["traceID"] for trace in self.ask("/jaeger/api/traces?" + query)["data"]]

    def test_jaeger_searches(self):
        times = f"start={(NOW - 3600 * SECOND) // 1000}&end={NOW // 1000}"
        for query, found in (
                # Grafana: tags from logfmt as an object of texts; empty fields are not sent.
                (f"limit=20&operation=GET+%2Fanswer&service=web&{times}", [SHOP]),
                ("service=web&tags=" + urllib.parse.quote('{"http.route":"/answer","error":"true"}'), [SHOP]),
                ("service=web&tags=" + urllib.parse.quote('{"error":"false"}'), []),
                ("service=answers&tags=" + urllib.parse.quote('{"gen_ai.request.model":"gpt-4o-mini"}'), [SHOP]),
                ("service=web&tags=" + urllib.parse.quote('{"http.count":"7","cached":"true"}'), [SHOP]),
                ("service=web&minDuration=2s", [SHOP]), ("service=web&minDuration=3.1s", []), ("service=desk&maxDuration=10ms", [DESK]),
                # Grafana before its data source had a backend: everything is sent, times are "custom".
                (f"service=web&operation=GET%20%2Fanswer&tags={urllib.parse.quote(json.dumps({'http.route': '/answer'}))}&minDuration=&maxDuration=&limit=&lookback=custom&{times}", [SHOP]),
                (f"end={NOW // 1000}&limit=20&maxDuration=4s&minDuration=2s&service=web&start={(NOW - 3600 * SECOND) // 1000}&tags=" + urllib.parse.quote_plus('{"http.route":"/answer"}'), [SHOP]),
                (f"limit=20&service=web&start={(NOW - 3600 * SECOND) // 1000}&end={(START - SECOND) // 1000}", []),
                # Jaeger's page.
                (f"{times}&limit=20&lookback=1h&maxDuration&minDuration&service=desk", [DESK]),
                ("service=desk&lookback=2d&limit=5", [DESK]), ("service=desk&lookback=1m", []),
                (f"service=desk&start=0&end={(START - SECOND) // 1000}", []),
                (f"traceID={SHOP}", [SHOP])):
            self.assertEqual(self.jaeger_ids(query), found, query)
        # A version of Grafana's data source that replaces the address's whole path.
        self.assertEqual(len(self.ask("/api/traces?service=web")["data"]), 1)

    def test_jaeger_tells_a_trace(self):
        answer = self.ask(f"/jaeger/api/traces/{SHOP}?start=1&end=2")
        [trace] = answer["data"]
        spans = {one["spanID"]: one for one in trace["spans"]}
        self.assertEqual(set(spans), {ROOT, CALL})
        root, call = spans[ROOT], spans[CALL]
        self.assertEqual((root["operationName"], root["startTime"], root["duration"]), ("GET /answer", START // 1000, 3_000_000))
        self.assertEqual(call["references"], [{"refType": "CHILD_OF", "traceID": SHOP, "spanID": ROOT}])
        self.assertEqual(trace["processes"][root["processID"]]["serviceName"], "web")
        self.assertEqual(trace["processes"][call["processID"]]["serviceName"], "answers")
        tags = {tag["key"]: (tag["type"], tag["value"]) for tag in root["tags"]}
        self.assertEqual((tags["http.route"], tags["http.count"], tags["cached"], tags["error"]),
                         (("string", "/answer"), ("int64", 7), ("bool", True), ("bool", True)))
        self.assertEqual(tags["otel.status_description"], ("string", "boom"))
        tags = {tag["key"]: tag["value"] for tag in call["tags"]}
        self.assertEqual((tags["gen_ai.request.model"], tags["gen_ai.response.model"], tags["gen_ai.usage.input_tokens"], tags["span.kind"]),
                         ("gpt-4o-mini", "gpt-4o-mini-2024-07-18", 10, "client"))
        [log] = root["logs"]
        self.assertEqual((log["timestamp"], log["fields"][0]["value"], log["fields"][1]), ((START + SECOND) // 1000, "retry", {"key": "n", "type": "int64", "value": 1}))

    def test_jaeger_tells_who_calls_whom(self):
        answer = self.ask(f"/jaeger/api/dependencies?endTs={NOW // 1_000_000}&lookback=3600000")
        self.assertEqual(answer["data"], [{"parent": "web", "child": "answers", "callCount": 1}])

    def test_jaeger_takes_what_a_data_source_adds(self):
        # "Use time range in query" sends milliseconds with an id; the trace is the one of the id whenever it was.
        [trace] = self.ask(f"/jaeger/api/traces/{SHOP}?end={NOW // 1_000_000}&start={(NOW - SECOND) // 1_000_000}")["data"]
        self.assertEqual((trace["traceID"], len(trace["spans"])), (SHOP, 2))
        # Members that its frames are made of are there in every span, lists never null.
        for one in trace["spans"]:
            self.assertTrue({"traceID", "spanID", "processID", "operationName", "startTime", "duration", "logs", "references", "tags"} <= set(one))
            self.assertEqual([name for name in ("logs", "references", "tags") if not isinstance(one[name], list)], [])
        for process in trace["processes"].values():
            self.assertIsInstance(process["tags"], list)
        # A service's name is encoded into the path, slashes too.
        self.assertEqual(self.ask("/jaeger/api/services/" + urllib.parse.quote("team/web", safe="") + "/operations")["data"], [])
        # The form of the dependency graph: milliseconds, and what is found has no errors.
        answer = self.ask(f"/jaeger/api/dependencies?endTs={NOW // 1_000_000}&lookback={3600_000}")
        self.assertEqual((answer["errors"], [{type(edge[name]) for name in ("parent", "child")} for edge in answer["data"]]), (None, [{str}]))

    def test_jaeger_refuses_in_its_own_words(self):
        for path, status in (("/jaeger/api/traces", 400), ("/jaeger/api/traces?service=web&minDuration=soon", 400), ("/jaeger/api/traces?service=web&tags=x", 400),
                             ("/jaeger/api/traces?service=web&limit=100000", 400), ("/jaeger/api/traces/" + "0" * 31 + "1", 404), ("/jaeger/api/traces/zz", 400)):
            answer = self.ask(path, status)
            self.assertEqual((answer["data"], answer["errors"][0]["code"]), (None, status))
            self.assertTrue(answer["errors"][0]["msg"])

    # Tempo

    def found(self, **parameters):
        return [trace["traceID"] for trace in self.ask("/tempo/api/search?" + urllib.parse.urlencode(parameters))["traces"]]

    def test_tempo_is_there(self):
        self.assertEqual(self.ask("/tempo/api/echo"), b"echo")
        self.assertRegex(self.ask("/tempo/api/status/buildinfo")["version"], r"^2\.\d+\.\d+$")

    def test_tempo_searches_in_traceql(self):
        for query, expected in (
                ('{resource.service.name="web" && duration>1s && status=error}', [SHOP]), ("{}", [DESK, SHOP]), ("{ true }", [DESK, SHOP]),
                ('{resource.service.name=~"we.*"}', [SHOP]), ('{resource.service.name!="web"}', [DESK, SHOP]), ("{name=\"ask\"}", [DESK]),
                ('{span.http.route="/ask"}', [DESK]), ('{.http.route=~"/a.*"}', [DESK, SHOP]), ('{resource.http.route="/ask"}', []),
                ("{span.http.count>=7}", [SHOP]), ("{span.http.count>7}", []), ("{span.cached=true}", [SHOP]), ("{span.http.count!=nil}", [SHOP]),
                ('{.gen_ai.request.model="gpt-4o-mini" && kind=client}', [SHOP]), ("{span.gen_ai.usage.input_tokens>5}", [SHOP]),
                ('{rootServiceName="desk"}', [DESK]), ('{trace:rootName="GET /answer" && name=~"chat.*"}', [SHOP]), ("{traceDuration>1s}", [SHOP]),
                ('{(name="ask" || name="GET /answer") && !(status=error)}', [DESK]), ('{status=error && name="ask"}', [])):
            self.assertEqual(self.found(q=query, limit=20, spss=3, start=START // SECOND - 60, end=NOW // SECOND), expected, query)
        self.assertEqual(self.found(q="{}", limit=1), [DESK])
        # As the search builder writes it: several values are one expression, keywords stand bare, filters of a dashboard are texts or numbers.
        for query, expected in (('{resource.service.name=~"web|desk" && name=~"ask|GET /answer"}', [DESK, SHOP]), ('{resource.service.name!~"web|answers"}', [DESK]), ("{status=error && kind=server}", []),
                                ('{resource.service.name="web" && duration>100ms && duration<10s}', [SHOP]), ('{span.http.count=7 && resource.service.name="web"}', [SHOP]), ('{(name="ask" || status=error)}', [DESK, SHOP])):
            self.assertEqual(self.found(q=query, limit=20, spss=3), expected, query)
        self.assertEqual(self.found(q="{}", start=1, end=2), [])

    def test_tempo_searches_with_tags(self):
        self.assertEqual(self.found(tags='service.name=web http.route="/answer"', minDuration="1s", maxDuration="1m"), [SHOP])
        self.assertEqual(self.found(tags="service.name=web", minDuration="1m"), [])

    def test_tempo_tells_what_was_found(self):
        [trace] = self.ask("/tempo/api/search?" + urllib.parse.urlencode({"q": '{resource.service.name="answers"}'}))["traces"]
        self.assertEqual((trace["traceID"], trace["rootServiceName"], trace["rootTraceName"], trace["startTimeUnixNano"], trace["durationMs"]),
                         (SHOP, "web", "GET /answer", str(START), 3000))
        self.assertEqual(trace["spanSets"], [trace["spanSet"]])
        self.assertEqual((trace["spanSet"]["matched"], trace["spanSet"]["spans"][0]["spanID"], trace["spanSet"]["spans"][0]["durationNanos"]), (1, CALL, str(2 * SECOND)))

    def test_tempo_tells_a_trace(self):
        for path, wrap in (("/tempo/api/traces/", lambda a: a["batches"]), ("/tempo/api/v2/traces/", lambda a: a["trace"]["resourceSpans"])):
            batches = wrap(self.ask(path + SHOP + "?start=1&end=2"))
            services = [a["value"]["stringValue"] for batch in batches for a in batch["resource"]["attributes"] if a["key"] == "service.name"]
            self.assertEqual(sorted(services), ["answers", "web"])
            spans = {one["spanId"]: one for batch in batches for scope in batch["scopeSpans"] for one in scope["spans"]}
            self.assertEqual((set(spans), spans[CALL]["parentSpanId"], spans[ROOT]["status"]["code"]), ({ROOT, CALL}, ROOT, 2))
            self.assertEqual([event["name"] for event in spans[ROOT]["events"]], ["retry"])
        status, headers, raw = self.server.request("GET", "/tempo/api/traces/" + SHOP, headers={"accept": "application/protobuf"})
        self.assertEqual((status, headers["content-type"]), (200, "application/protobuf"))
        # It is an OTLP request, so a server takes it.
        status, _, _ = self.server.request("POST", "/v1/traces", raw, {"content-type": "application/x-protobuf", "x-vitrine-project": "copy"})
        self.assertEqual(status, 200)
        self.server.wait_for(lambda: len(self.server.sql("SELECT 1 FROM spans", "copy")) == 2, what="the copy")
        columns = "name, service, kind, request_model, response_model, input_tokens, status, status_message, duration_ns, attributes['http.route']"
        self.assertEqual(*(sorted(self.server.sql(f"SELECT {columns} FROM spans WHERE trace_id = '{SHOP}'", project), key=str) for project in ("default", "copy")))
        _, _, wrapped = self.server.request("GET", "/tempo/api/v2/traces/" + SHOP, headers={"accept": "application/protobuf"})
        self.assertEqual(wrapped[:1], b"\x0a")
        self.assertTrue(wrapped.endswith(raw))

    def test_tempo_lists_tags(self):
        scopes = {scope["name"]: scope["tags"] for scope in self.ask(f"/tempo/api/v2/search/tags?limit=5000&start={START // SECOND - 60}&end={NOW // SECOND}")["scopes"]}
        self.assertIn("http.route", scopes["span"])
        self.assertIn("gen_ai.request.model", scopes["span"])
        self.assertIn("service.name", scopes["resource"])
        self.assertIn("status", scopes["intrinsic"])
        self.assertEqual([scope["name"] for scope in self.ask("/tempo/api/v2/search/tags?scope=resource")["scopes"]], ["resource"])
        for scope in ("all", "none"):
            self.assertEqual({one["name"] for one in self.ask(f"/tempo/api/v2/search/tags?limit=5000&scope={scope}")["scopes"]}, set(scopes))
        self.assertIn("http.route", self.ask("/tempo/api/search/tags")["tagNames"])
        for tag, values in (("resource.service.name", ["answers", "desk", "web"]), ("span.http.route", ["/answer", "/ask"]), ("rootServiceName", ["desk", "web"])):
            answer = self.ask(f"/tempo/api/v2/search/tag/{tag}/values?q=%7B%7D&limit=5000")["tagValues"]
            self.assertEqual(answer, [{"type": "string", "value": value} for value in values], tag)
        # The editor encodes a tag twice; a proxy may or may not have taken one layer off. What is chosen already comes as q.
        for tag in ("span.app%2520step", "span.app%20step"):
            answer = self.ask(f"/tempo/api/v2/search/tag/{tag}/values?limit=5000&q=" + urllib.parse.quote('{resource.service.name="desk"}') + f"&start={START // SECOND - 60}&end={NOW // SECOND}")
            self.assertEqual(answer["tagValues"], [{"type": "string", "value": "first"}], tag)
        self.assertIn({"type": "keyword", "value": "error"}, self.ask("/tempo/api/v2/search/tag/status/values")["tagValues"])
        self.assertEqual(self.ask("/tempo/api/search/tag/service.name/values")["tagValues"], ["answers", "desk", "web"])

    def test_tempo_refuses_with_a_line(self):
        for path, status, words in (("/tempo/api/search?q=%7B", 400, b"at byte"), ("/tempo/api/search?q=" + urllib.parse.quote("{} | rate()"), 400, b"one pair of braces"),
                                    ("/tempo/api/search?q=" + urllib.parse.quote('{name=~"("}'), 400, b"regular expression"),
                                    ("/tempo/api/traces/" + "0" * 31 + "1", 404, b"not found"), ("/tempo/api/search?start=x", 400, b"seconds")):
            self.assertIn(words, self.ask(path, status), path)

    def test_another_project_sees_nothing(self):
        self.assertEqual(self.ask("/jaeger/api/services", **{"x-vitrine-project": "other"})["data"], [])
        self.assertEqual(self.ask("/tempo/api/search?q=%7B%7D&project=other")["traces"], [])
        self.ask("/tempo/api/traces/" + SHOP, 404, **{"x-vitrine-project": "other"})

    # Prometheus

    def test_metrics_tell_of_model_calls(self):
        text = self.ask("/metrics").decode()
        labels = r'\{project="default",gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o-mini"'
        self.assertRegex(text, rf'gen_ai_client_operation_duration_seconds_bucket{labels},le="1.28"\}} 0\n')
        self.assertRegex(text, rf'gen_ai_client_operation_duration_seconds_bucket{labels},le="2.56"\}} 1\n')
        self.assertRegex(text, rf'gen_ai_client_operation_duration_seconds_sum{labels}\}} 2\n')
        self.assertRegex(text, rf'gen_ai_client_token_usage_sum{labels},gen_ai_token_type="input"\}} 10\n')
        for name in set(re.findall(r"^([a-z_]+)_bucket\{", text, re.MULTILINE)):
            self.assertIn(f"# TYPE {name} histogram\n", text)


class Keys(unittest.TestCase):
    def test_a_key_tells_of_its_own_project_only(self):
        with Server() as server:
            (server.data / "keys.toml").write_text('[[keys]]\nkey = "for-shop"\nproject = "shop"\n[[keys]]\nkey = "for-desk"\nproject = "desk"\n')
            server.stop()
            server.arguments = ["--config", str(server.data / "keys.toml")]
            server.start()
            body = {"resourceSpans": [{"scopeSpans": [{"spans": [llm_span("c" * 32, "c" * 16, START)]}]}]}
            headers = {"content-type": "application/json", "authorization": "Bearer for-shop"}
            self.assertEqual(server.request("POST", "/v1/traces", json.dumps(body), headers)[0], 200)
            def told(key):
                text = server.request("GET", "/metrics", headers={"authorization": f"Bearer {key}"})[2].decode()
                return text.count("gen_ai_client_operation_duration_seconds_count{")
            server.wait_for(lambda: told("for-shop") == 1, what="the call in the metrics")
            self.assertEqual(told("for-desk"), 0)
            self.assertEqual(server.request("GET", "/jaeger/api/services")[0], 401)


if __name__ == "__main__":
    unittest.main()
