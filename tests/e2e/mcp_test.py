"""The Model Context Protocol on the wire: what the transport demands, and `vitrine mcp`, which carries it over stdin and stdout.
clients/mcp_sdk_test.py has the official client."""
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support.server import BINARY, Server, llm_span  # noqa: E402

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("VITRINE_") or key == "VITRINE_CHDB"}
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
TRACE, SPAN = "c1" * 16, "d1" * 8


def message(method, identity=1, **params):
    made = {"jsonrpc": "2.0", "method": method, "params": params}
    return made if identity is None else {**made, "id": identity}


def bridge(lines, url, *words):
    """What `vitrine mcp` prints for these lines, as values, and its exit code."""
    text = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([str(BINARY), "mcp", "--url", url, *words], input=text, capture_output=True, text=True, env=CLEAN, timeout=120)
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


class Transport(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        assert cls.server.send_spans([llm_span(TRACE, SPAN, 1_700_000_000_000_000_000)]) == 200
        cls.server.wait_for(lambda: cls.server.sql("SELECT 1 FROM spans"), what="the span")
        cls.url = f"http://{cls.server.host}:{cls.server.port}"

    def post(self, body, **headers):
        text = body if isinstance(body, str) else json.dumps(body)
        status, answered, raw = self.server.request("POST", "/mcp", text, {**JSON, **headers})
        return status, answered, json.loads(raw) if raw else None

    def test_versions_are_agreed_on(self):
        for asked, given in (("2025-11-25", "2025-11-25"), ("2025-06-18", "2025-06-18"), ("2024-11-05", "2024-11-05"), ("1999-01-01", "2025-11-25")):
            status, headers, body = self.post(message("initialize", protocolVersion=asked, capabilities={}, clientInfo={"name": "t", "version": "1"}))
            self.assertEqual((status, body["result"]["protocolVersion"]), (200, given))
            self.assertEqual(headers["content-type"], "application/json")
        self.assertEqual(self.post(message("ping"), **{"mcp-protocol-version": "2025-06-18"})[2]["result"], {})
        self.assertEqual(self.post(message("ping"), **{"mcp-protocol-version": "1999-01-01"})[0], 400)

    def test_what_needs_no_answer_is_taken(self):
        for body in (message("notifications/initialized", None), {"jsonrpc": "2.0", "id": 7, "result": {}}):
            status, _, answer = self.post(body)
            self.assertEqual((status, answer), (202, None))

    def test_there_are_no_streams_and_no_sessions(self):
        for method in ("GET", "DELETE"):
            status, headers, _ = self.server.request(method, "/mcp", headers={"accept": "text/event-stream"})
            self.assertEqual((status, headers["allow"]), (405, "POST"))

    def test_other_origins_are_refused(self):
        for origin, status in ((self.url, 200), ("http://localhost:6274", 200), ("https://evil.example", 403), ("null", 403),
                               ("http://127.0.0.1.evil.example", 403)):
            self.assertEqual(self.post(message("ping"), origin=origin)[0], status, origin)

    def test_malformed_requests(self):
        for status, code, body, headers in (
                (400, -32700, "{", {}),
                (400, -32600, [message("ping")], {}),
                (400, -32600, {"id": 1, "method": "ping"}, {}),
                (400, -32600, {"jsonrpc": "2.0", "id": None, "method": "ping"}, {}),
                (415, -32600, message("ping"), {"content-type": "text/plain"}),
                (406, -32600, message("ping"), {"accept": "text/html"}),
                (200, -32601, message("resources/list"), {}),
                (200, -32602, message("tools/call", name="drop_everything"), {}),
                (200, -32602, message("tools/list", cursor="x"), {}),
                (413, -32600, message("ping", padding="x" * 1_100_000), {})):
            got, _, answer = self.post(body, **headers)
            self.assertEqual((got, answer["error"]["code"]), (status, code), body if len(str(body)) < 200 else "long")

    def test_an_unknown_project_sees_nothing(self):
        call = message("tools/call", name="list_calls", arguments={})
        for project, count in (("default", 1), ("other", 0)):
            _, _, answer = self.post(call, **{"x-vitrine-project": project})
            self.assertEqual(len(answer["result"]["structuredContent"]["data"]["rows"]), count, project)

    def test_stdio_carries_messages(self):
        answers, code = bridge([message("initialize", "a", protocolVersion="2025-11-25"), message("notifications/initialized", None), "\n", "no json\n",
                                *[message("tools/call", n, name="get_trace", arguments={"trace_id": TRACE}) for n in range(20)]], self.url)
        self.assertEqual(code, 0)
        by_id = {answer["id"]: answer for answer in answers}
        self.assertEqual(set(by_id), {"a", None, *range(20)})
        self.assertEqual(by_id[None]["error"]["code"], -32700)
        for n in range(20):
            self.assertEqual(by_id[n]["result"]["structuredContent"]["data"]["spans"][0]["span_id"], SPAN)

    def test_stdio_says_when_no_server_is_there(self):
        answers, code = bridge([message("ping", 5)], "http://127.0.0.1:9")
        self.assertEqual((code, len(answers), answers[0]["id"], answers[0]["error"]["code"]), (0, 1, 5, -32603))
        self.assertIn("is the server running", answers[0]["error"]["message"])

    def test_what_is_cancelled_is_not_answered(self):
        slow = message("tools/call", 1, name="sql", arguments={"query": "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"})
        answers, code = bridge([slow, message("notifications/cancelled", None, requestId=1), message("ping", 2)], self.url)
        self.assertEqual(code, 0)
        self.assertIn(2, {answer["id"] for answer in answers})
        # Whether it was under way yet or not: nothing but a refusal of its own may come back.
        self.assertTrue(all("error" in a or a["result"].get("isError") for a in answers if a["id"] == 1), answers)


class Sessions(unittest.TestCase):
    """list_sessions tells what the page of sessions tells."""

    def test_sessions_are_listed_as_the_api_has_them(self):
        start = 1_700_000_000_000_000_000
        spans = [llm_span(f"{n:032x}", f"{n:016x}", start + n * 60_000_000_000, session__id="talk" if n < 4 else "other", user__id="ann",
                          **({"gen_ai__response__finish_reasons": ["length"]} if n == 2 else {})) for n in range(1, 6)]
        with Server() as server:
            self.assertEqual(server.send_spans(spans), 200)
            server.wait_for(lambda: len(server.sql("SELECT 1 FROM traces")) == 5, what="the traces")

            def call(**arguments):
                status, _, raw = server.request("POST", "/mcp", json.dumps(message("tools/call", name="list_sessions", arguments=arguments)), JSON)
                self.assertEqual(status, 200)
                return json.loads(raw)["result"]

            [tool] = [one for one in json.loads(server.request("POST", "/mcp", json.dumps(message("tools/list")), JSON)[2])["result"]["tools"] if one["name"] == "list_sessions"]
            self.assertEqual(tool["annotations"]["readOnlyHint"], True)
            self.assertEqual(set(tool["inputSchema"]["properties"]), {"filter", "from", "to", "limit", "cursor"})
            rows = call()["structuredContent"]["data"]["rows"]
            self.assertEqual([(row["session_id"], row["trace_count"]) for row in rows], [("other", 2), ("talk", 3)])
            told = json.loads(server.request("GET", "/api/v1/sessions")[2])["sessions"]
            for row, api in zip(rows, told):
                # What is unknown is left out, everything else is the API's.
                self.assertEqual(row, {key: value for key, value in api.items() if key in row})
                self.assertEqual([key for key, value in api.items() if key not in row and value not in (None, "", [])], [])
            self.assertEqual(rows[1]["first_bad_turn"], 2)
            # Pages follow each other, a filter is of traces, and a wrong one is an answer that says so.
            first = call(limit=1)["structuredContent"]["data"]
            self.assertEqual([row["session_id"] for row in first["rows"]], ["other"])
            second = call(limit=1, cursor=first["next_cursor"])["structuredContent"]["data"]
            self.assertEqual([row["session_id"] for row in second["rows"]], ["talk"])
            self.assertEqual([row["session_id"] for row in call(filter="finish_reason:length")["structuredContent"]["data"]["rows"]], ["talk"])
            self.assertEqual(call(to="2020-01-01T00:00:00Z")["structuredContent"]["data"]["rows"], [])
            refused = call(filter="colour:red")
            self.assertTrue(refused["isError"])
            self.assertIn("colour", json.dumps(refused["content"]))


class Keys(unittest.TestCase):
    def test_a_key_is_asked_for_and_names_the_project(self):
        with Server(arguments=["--api-key", "secret-key-of-this-test"]) as server:
            body = json.dumps(message("tools/list"))
            self.assertEqual(server.request("POST", "/mcp", body, JSON)[0], 401)
            status, _, raw = server.request("POST", "/mcp", body, {**JSON, "authorization": "Bearer secret-key-of-this-test"})
            self.assertEqual(status, 200)
            self.assertTrue(json.loads(raw)["result"]["tools"])
            url = f"http://{server.host}:{server.port}"
            answers, _ = bridge([message("ping", 1)], url)
            self.assertIn("VITRINE_API_KEY", answers[0]["error"]["message"])
            answers, _ = bridge([message("ping", 1)], url, "--key", "secret-key-of-this-test")
            self.assertEqual(answers, [{"jsonrpc": "2.0", "id": 1, "result": {}}])


if __name__ == "__main__":
    unittest.main()
