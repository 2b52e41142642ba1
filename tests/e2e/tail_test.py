"""Live tails of a real server: what is accepted is seen at once, by those who may, and nobody who watches can hold anything up."""
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support.json_schema import Schemas  # noqa: E402
from support.server import BINARY, Server, llm_span  # noqa: E402

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("VITRINE_") or key == "VITRINE_CHDB"}
READERS_MAX = 16


class Tail:
    """One reader of a tail: its events as (name, id, data), read by a thread."""

    def __init__(self, server, query="", headers=None):
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
        self.connection.request("GET", "/api/v1/tail" + query, headers=headers or {})
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.events, self.is_over, self.was_cut = [], False, False
        if self.status != 200:
            self.body = self.response.read()
            return
        assert self.response.readline() == b": open\n"
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        event = {}
        try:
            while line := self.response.readline():
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    event[name] = value
                elif "data" in event:
                    self.events.append((event["event"], int(event.get("id", 0)), json.loads(event["data"])))
                    event = {}
        except (OSError, http.client.HTTPException, ValueError):
            self.was_cut = True
        self.is_over = True

    def spans(self):
        return [data for name, _, data in self.events if name == "span"]

    def close(self):
        # A close alone would wait for the thread that reads.
        if self.connection.sock:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        if self.status == 200:
            self.thread.join(10)
        self.response.close()
        self.connection.close()


def call(number, trace="a" * 32, **more):
    return llm_span(trace, f"{number:016x}", time.time_ns(), **more)


def other(number):
    """A span that is no model call."""
    span = call(number)
    span.update(name="step", attributes=[])
    return span


class Tailing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)

    def tail(self, query="", **more):
        tail = Tail(self.server, query, **more)
        self.addCleanup(tail.close)
        return tail

    def wait_for(self, check, what):
        return self.server.wait_for(check, what=what)

    def metric(self, name):
        lines = self.server.request("GET", "/metrics")[2].decode().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name + " "))

    def test_a_call_is_seen_as_the_list_shows_it(self):
        project = {"x-vitrine-project": "same"}
        calls, everything = self.tail(headers=project), self.tail("?all=1", headers=project)
        headers = {key.lower(): value for key, value in calls.response.getheaders()}
        self.assertEqual((headers["content-type"], headers["cache-control"]), ("text/event-stream", "no-store"))
        sent = call(1, user__id="ann", gen_ai__response__finish_reasons=["stop"], gen_ai__response__id="r1",
                    gen_ai__input__messages=json.dumps([{"role": "user", "parts": [{"type": "text", "content": "two\nlines"}]}]))
        self.assertEqual(self.server.send_spans([other(2), sent], project="same"), 200)
        self.wait_for(lambda: len(calls.events) == 1 and len(everything.events) == 2, "the events")
        [(name, number, shown)] = calls.events
        self.assertEqual((name, number, shown["input_preview"], shown["user_id"]), ("span", 1, "two\nlines", "ann"))
        self.assertEqual([span["name"] for span in everything.spans()], ["step", "chat gpt-4o-mini"])
        self.assertEqual([number for _, number, _ in everything.events], [1, 2])
        description = json.loads(self.server.request("GET", "/api/v1/openapi.json")[2])
        for span in everything.spans():
            self.assertEqual(Schemas(description).problems(span, {"$ref": "#/components/schemas/Call"}), [])

        def listed():
            status, _, body = self.server.request("GET", "/api/v1/calls", headers=project)
            return json.loads(body)["calls"]
        self.assertEqual(self.wait_for(listed, "the list"), [shown])

    def test_filters_are_the_servers(self):
        tails = {query: self.tail("?project=filters&" + query) for query in
                 ("status=error", "model=gpt-4o-mini", "user=ann", "service=e2e", "stream=true", "kind=embedding", "kind=other&all=1", "provider=azure")}
        failed = call(3)
        failed["status"] = {"code": 2}
        embedding = call(4, gen_ai__operation__name="embeddings", gen_ai__request__model="e")
        self.server.send_spans([failed, embedding, call(5, user__id="ann"), other(6)], project="filters")
        expected = {"status=error": [3], "model=gpt-4o-mini": [3, 5], "user=ann": [5], "service=e2e": [3, 4, 5], "stream=true": [],
                    "kind=embedding": [4], "kind=other&all=1": [6], "provider=azure": []}
        seen = lambda: {query: [int(span["span_id"], 16) for span in tail.spans()] for query, tail in tails.items()}  # noqa: E731
        self.wait_for(lambda: seen() == expected, f"{expected}")
        for query in ("q=words", "from=2026-01-01T00:00:00Z", "cursor=1", "kind=tool", "kind=lmm&all=1", "all=maybe", "status=fine"):
            refused = Tail(self.server, "?" + query)
            self.assertEqual((refused.status, json.loads(refused.body)["error"]["code"]), (400, "invalid_input"), query)

    def test_projects_do_not_see_each_other(self):
        mine, yours, default = self.tail("?project=mine"), self.tail(headers={"x-vitrine-project": "yours"}), self.tail()
        self.assertEqual(self.server.send_spans([call(7)], project="mine"), 200)
        self.wait_for(lambda: len(mine.events) == 1, "the event")
        self.assertEqual(self.server.send_spans([call(8)], project="yours"), 200)
        self.wait_for(lambda: len(yours.events) == 1, "the other event")
        self.assertEqual((len(mine.events), len(yours.events), default.events), (1, 1, []))

    def test_a_key_of_a_project_watches_that_alone(self):
        with Server() as server:
            server.stop()
            (server.data / "keys.toml").write_text('[[keys]]\nkey = "for-shop"\nproject = "shop"\n[[keys]]\nkey = "for-desk"\nproject = "desk"\n')
            server.arguments = ["--config", str(server.data / "keys.toml")]
            server.start()
            tail = Tail(server, "?project=desk", headers={"authorization": "Bearer for-shop"})
            self.addCleanup(tail.close)
            body = {"resourceSpans": [{"scopeSpans": [{"spans": [call(8)]}]}]}
            for key in ("for-desk", "for-shop"):
                headers = {"content-type": "application/json", "authorization": "Bearer " + key}
                self.assertEqual(server.request("POST", "/v1/traces", json.dumps(body), headers)[0], 200)
            server.wait_for(lambda: tail.events, what="the event")
            time.sleep(0.3)
            self.assertEqual((tail.status, len(tail.events)), (200, 1), "of shop, whatever was asked for")
            self.assertEqual(Tail(server).status, 401)

    def test_readers_are_bounded_and_their_places_come_back(self):
        self.wait_for(lambda: self.metric("vitrine_tail_readers") == 0, "no reader is left")
        tails = [Tail(self.server) for _ in range(READERS_MAX)]
        try:
            self.assertEqual({tail.status for tail in tails}, {200})
            refused = Tail(self.server)
            error = json.loads(refused.body)["error"]
            self.assertEqual((refused.status, error["code"]), (503, "unavailable"))
            self.assertIn("live tails", error["message"])
            self.assertGreaterEqual(self.metric("vitrine_tail_readers_refused_total"), 1)
            # What is asked meanwhile is answered.
            self.assertEqual(self.server.get("/api/v1/traces?project=none")[0], 200)
            tails.pop().close()
            self.wait_for(lambda: self.metric("vitrine_tail_readers") == READERS_MAX - 1, "a place")
            tails.append(Tail(self.server))
            self.assertEqual(tails[-1].status, 200)
        finally:
            for tail in tails:
                tail.close()
        self.wait_for(lambda: self.metric("vitrine_tail_readers") == 0, "all places")

    def test_a_slow_reader_loses_and_is_told(self):
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect((self.server.host, self.server.port))
        slow.sendall(b"GET /api/v1/tail?all=1&project=slow HTTP/1.1\r\nhost: localhost\r\n\r\n")
        fast = self.tail("?all=1&project=slow")
        dropped = self.metric("vitrine_tail_events_dropped_total")
        sent = 0
        preview = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "x" * 250}]}])
        while self.metric("vitrine_tail_events_dropped_total") == dropped and sent < 30_000:
            spans = [call(sent + i, f"{sent + i:032x}", gen_ai__input__messages=preview) for i in range(1, 501)]
            self.assertEqual(self.server.send_spans(spans, project="slow"), 200, "nobody waits for who watches")
            sent += 500
            self.wait_for(lambda: sum(1 for name, *_ in fast.events if name == "span") == sent, "the fast one has all")
        self.assertGreater(self.metric("vitrine_tail_events_dropped_total"), dropped)
        slow.settimeout(30)
        text, told, seen = b"", 0, 0
        while told == 0 or told + seen < sent:
            piece = slow.recv(65536)
            self.assertTrue(piece, "the server ended it")
            text += piece
            seen = text.count(b"event: span\n")
            told = int(text.rsplit(b'{"dropped":', 1)[1].split(b"}")[0]) if b'{"dropped":' in text else 0
        self.assertEqual(told + seen, sent)
        slow.close()


class Ending(unittest.TestCase):
    def test_a_stop_ends_tails_at_once(self):
        with Server() as server:
            tails = [Tail(server) for _ in range(READERS_MAX)]
            deaf = socket.create_connection((server.host, server.port))
            deaf.sendall(b"GET /api/v1/tail HTTP/1.1\r\nhost: localhost\r\n\r\n")
            server.stop()
            for tail in tails:
                tail.thread.join(5)
                self.assertEqual((tail.is_over, tail.was_cut), (True, False), "ended, not cut")
            deaf.close()

    def test_a_stop_does_not_wait_for_who_does_not_read(self):
        with Server() as server:
            slow = socket.socket()
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect((server.host, server.port))
            slow.sendall(b"GET /api/v1/tail?all=1 HTTP/1.1\r\nhost: localhost\r\n\r\n")
            for batch in range(12):
                server.send_spans([call(batch * 500 + i, f"{batch * 500 + i:032x}") for i in range(1, 501)])
            server.stop()
            slow.close()


class Command(unittest.TestCase):
    """`vitrine tail`."""

    def follow(self, server, *words):
        environment = {**CLEAN, "VITRINE_URL": f"http://127.0.0.1:{server.port}"}
        process = subprocess.Popen([str(BINARY), "tail", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        self.addCleanup(lambda: (process.kill(), process.communicate()) if process.poll() is None else None)
        return process

    def readers(self, server, **headers):
        lines = server.request("GET", "/metrics", headers=headers)[2].decode().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("vitrine_tail_readers "))

    def test_lines_for_people_and_for_programs(self):
        with Server() as server:
            people, programs = self.follow(server, "--limit", "2"), self.follow(server, "--jsonl", "--limit", "1", "--status", "error")
            server.wait_for(lambda: self.readers(server) == 2, what="both readers")
            failed = call(2)
            failed["status"] = {"code": 2, "message": "it \x1b[31m broke"}
            server.send_spans([call(1, gen_ai__response__model="gpt-4o-mini-2024-07-18"), failed], service="desk")
            out, err = people.communicate(timeout=30)
            self.assertEqual((people.returncode, err), (0, ""))
            first, second = out.splitlines()
            self.assertRegex(first, r"^\d\d:\d\d:\d\d\.\d{3}  ok +desk +gpt-4o-mini-2024-07-18 +1\.00 s  10→5 tok  \$0\.\d+$")
            self.assertRegex(second, r"^\d\d:\d\d:\d\d\.\d{3}  other|error +desk +gpt-4o-mini .*it  \[31m broke$")
            self.assertNotIn("\x1b", out)
            out, err = programs.communicate(timeout=30)
            self.assertEqual((programs.returncode, err), (0, ""))
            self.assertEqual(json.loads(out)["span_id"], f"{2:016x}")

    def test_it_comes_back_with_the_server(self):
        with Server() as server:
            tail = self.follow(server, "--json", "--limit", "2")
            server.wait_for(lambda: self.readers(server) == 1, what="the reader")
            server.send_spans([call(1)])
            self.assertEqual(json.loads(tail.stdout.readline())["span_id"], f"{1:016x}")
            server.stop()
            self.assertIn("the server ended the tail", tail.stderr.readline())
            server.start()
            self.assertIn("connected again", tail.stderr.readline())
            server.send_spans([call(2)])
            out, _ = tail.communicate(timeout=30)
            self.assertEqual((tail.returncode, json.loads(out)["span_id"]), (0, f"{2:016x}"))

    def test_exit_codes(self):
        with Server(arguments=["--api-key", "sesame"]) as server:
            refused = self.follow(server)
            self.assertIn("--key", refused.communicate(timeout=30)[1])
            self.assertEqual(refused.returncode, 3)
            tail = self.follow(server, "--key", "sesame")
            server.wait_for(lambda: self.readers(server, authorization="Bearer sesame") == 1, what="the reader")
            tail.send_signal(signal.SIGTERM)
            tail.communicate(timeout=30)
            self.assertEqual(tail.returncode, -signal.SIGTERM)
            server.wait_for(lambda: self.readers(server, authorization="Bearer sesame") == 0, what="its place")


if __name__ == "__main__":
    unittest.main(verbosity=2)
