"""The raw exchange of a call through the gateway, read back from a real server: what went over the wire, byte for byte, and nothing secret.

The provider is a small server in this process, which answers plainly, in gzip, as a stream, or with sound.
"""
import base64
import gzip
import http.server
import json
import os
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support.json_schema import Schemas  # noqa: E402
from support.server import BINARY, Server  # noqa: E402

SETTLE_SECONDS = 60
TRACE = "0af7651916cd43dd8448eb211c8031{:02x}"
LONG = 'A long text, "quoted" \u2014 with a line\nand another <one> & a / slash. '


def answer(content):
    return {"id": "chatcmpl-1", "model": "m-1", "choices": [{"index": 0, "message": {"role": "assistant", "content": content},
            "finish_reason": "stop"}], "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}}


def stream(words):
    events = [{"id": "c", "model": "m-1", "choices": [{"index": 0, "delta": {"content": word}}]} for word in words]
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"


class Provider(http.server.BaseHTTPRequestHandler):
    """Answers what the class was told to, and keeps what it saw."""
    protocol_version = "HTTP/1.1"
    body, headers_out, seen = b"", {}, []

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        Provider.seen.append((self.path, dict(self.headers), body))
        self.send_response(200)
        for name, value in Provider.headers_out.items():
            self.send_header(name, value)
        if "text/event-stream" in Provider.headers_out.get("content-type", ""):
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for at in range(0, len(Provider.body), 100):
                piece = Provider.body[at:at + 100]
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_header("content-length", str(len(Provider.body)))
            self.end_headers()
            self.wfile.write(Provider.body)

    def log_message(self, *_):
        pass


class GatewayExchange(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.provider = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
        threading.Thread(target=cls.provider.serve_forever, daemon=True).start()
        cls.server = Server()
        config = cls.server.data / "vitrine.toml"
        config.write_text(f'[gateway.upstreams.fake]\nurl = "http://127.0.0.1:{cls.provider.server_port}"\nkind = "openai"\n')
        cls.server.arguments = ["--config", str(config)]
        cls.server.data = cls.server.data / "data"
        cls.server.data.mkdir()
        cls.server.start()
        cls.traces = iter(range(1, 200))
        cls.schemas = Schemas(cls.server.get("/api/v1/openapi.json")[1])

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.provider.shutdown()

    def provide(self, body, **headers):
        Provider.body = body
        Provider.headers_out = {"content-type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}

    def call(self, body, path="/v1/chat/completions", trace=None, span=1, **headers):
        """Sends through the gateway; the trace id."""
        trace = trace or TRACE.format(next(self.traces))
        status, _, got = self.server.request(
            "POST", "/gateway/fake" + path, body,
            {"content-type": "application/json", "authorization": "Bearer my-own-odd-credential",
             "traceparent": f"00-{trace}-{span:016x}-01"} | headers)
        self.assertEqual(status, 200, got)
        self.assertEqual(got, Provider.body)
        return trace

    def exchange(self, trace, count=1):
        """The exchange of the newest of `count` calls of the trace."""
        def settled():
            rows = self.server.sql(f"SELECT span_id FROM exchanges WHERE trace_id = '{trace}' ORDER BY start_time DESC")
            return rows if len(rows) == count else None
        rows = self.server.wait_for(settled, SETTLE_SECONDS, f"{count} exchanges of {trace}")
        status, exchange = self.server.get(f"/api/v1/exchanges/{trace}/{rows[0][0]}")
        self.assertEqual(status, 200, exchange)
        described = {"$ref": "#/components/schemas/Exchange"}
        self.assertEqual(self.schemas.problems(exchange, described), [])
        return exchange

    def test_bodies_come_back_byte_for_byte(self):
        question = {"model": "m", "messages": [{"role": "system", "content": LONG * 3}, {"role": "user", "content": LONG}]}
        for encode in (lambda x: json.dumps(x), lambda x: json.dumps(x, ensure_ascii=False, indent=1),
                       lambda x: json.dumps(x, separators=(",", ":")).replace("/", "\\/")):
            with self.subTest(encode(question)[:40]):
                request, response = encode(question).encode(), encode(answer(LONG * 2)).encode()
                self.provide(response, x_request_id="req-1", set_cookie="a=secret-cookie-of-theirs")
                exchange = self.exchange(self.call(request, path="/v1/chat/completions?key=my-odd-query-key&x=1"))
                self.assertEqual(Provider.seen[-1][2], request)
                self.assertEqual(exchange["request"]["body"].encode(), request)
                self.assertEqual(exchange["response"]["body"].encode(), response)
                self.assertEqual(exchange["request"]["method"], "POST")
                self.assertTrue(exchange["request"]["url"].endswith("/v1/chat/completions?key=[scrubbed]&x=1"))
                self.assertEqual(exchange["response"]["status"], 200)
                self.assertIn(["x-request-id", "req-1"], exchange["response"]["headers"])
                self.assertIn(["content-type", "application/json"], exchange["request"]["headers"])
                self.assertNotIn("odd-", json.dumps(exchange))
                self.assertNotIn("secret-cookie", json.dumps(exchange))
                self.assertEqual(exchange["pieces"][-1]["end"], len(response))
                self.assertEqual(exchange["content_encoding"], {"request": None, "response": None})
        rows = self.server.sql("SELECT count() FROM exchanges WHERE position(request_skeleton, 'A long text') > 0")
        self.assertEqual(int(rows[0][0]), 0, "long texts are referred to")

    def test_gzip_and_streams(self):
        response = json.dumps(answer(LONG)).encode()
        self.provide(gzip.compress(response), content_encoding="gzip")
        request = json.dumps({"model": "m", "messages": [{"role": "user", "content": LONG}]}).encode()
        exchange = self.exchange(self.call(gzip.compress(request), **{"content-encoding": "gzip"}))
        self.assertEqual(exchange["request"]["body"].encode(), request)
        self.assertEqual(exchange["response"]["body"].encode(), response)
        self.assertEqual(exchange["content_encoding"], {"request": "gzip", "response": "gzip"})

        words = stream([f"word {n}, " for n in range(40)]).encode()
        self.provide(words, content_type="text/event-stream")
        exchange = self.exchange(self.call(request.replace(b'{"model"', b'{"stream":true,"model"')))
        self.assertEqual(exchange["response"]["body"].encode(), words)
        ends = [piece["end"] for piece in exchange["pieces"]]
        self.assertEqual(ends, sorted(ends))
        self.assertEqual(ends[-1], len(words))

    def test_bytes_and_what_is_left_out(self):
        sound = bytes(range(256)) * 4
        self.provide(sound, content_type="audio/mpeg")
        trace = self.call(b'{"model":"tts","input":"hi","voice":"x"}', path="/v1/audio/speech")
        exchange = self.exchange(trace)
        self.assertEqual(exchange["response"]["body_encoding"], "base64")
        self.assertEqual(base64.b64decode(exchange["response"]["body"]), sound)
        self.provide(json.dumps(answer("private")).encode())
        exchange = self.exchange(self.call(b'{"model":"m","messages":[{"role":"user","content":"private"}]}',
                                           **{"helicone-omit-request": "true", "helicone-omit-response": "true"}))
        self.assertIsNone(exchange["request"]["body"])
        self.assertEqual(exchange["request"]["left_out"], "omitted")
        self.assertNotIn("private", json.dumps(exchange))
        self.assertEqual(self.server.get("/api/v1/exchanges/" + "1" * 32 + "/" + "2" * 16)[0], 404)
        self.assertEqual(self.server.get("/api/v1/exchanges/x/y")[0], 400)

    def test_the_command_line_prints_a_transcript(self):
        self.provide(json.dumps(answer("short")).encode(), x_request_id="req-7")
        trace = self.call(b'{"model":"m","messages":[{"role":"user","content":"hi"}]}')
        self.exchange(trace)

        def run(*arguments):
            return subprocess.run([str(BINARY), "exchange", *arguments, "--url", f"http://127.0.0.1:{self.server.port}"],
                                  capture_output=True, text=True, timeout=30)
        span = self.server.sql(f"SELECT span_id FROM exchanges WHERE trace_id = '{trace}'")[0][0]
        people = run(trace, span)
        self.assertEqual(people.returncode, 0, people.stderr)
        self.assertIn("/v1/chat/completions\n> ", people.stdout)
        self.assertIn("\n< 200\n", people.stdout)
        self.assertIn("\n< x-request-id: req-7\n", people.stdout)
        self.assertIn('"content":"hi"', people.stdout)
        programs = run(trace, span, "--json")
        self.assertEqual(json.loads(programs.stdout)["response"]["status"], 200)
        self.assertEqual(run(trace, "0" * 15 + "1").returncode, 4)

    def test_secrets_are_scrubbed_in_bodies(self):
        key = "sk-proj-abcdefghijklmnop1234567890"
        self.provide(json.dumps(answer(f"your key\n{key}")).encode())
        request = json.dumps({"model": "m", "messages": [{"role": "user", "content": f"{LONG}my-own-odd-credential\n{key}"}]})
        exchange = self.exchange(self.call(request.encode()))
        text = json.dumps(exchange)
        self.assertNotIn("abcdefghijklmnop", text)
        self.assertNotIn("odd-credential", text)
        self.assertIn("[scrubbed]", exchange["request"]["body"])
        self.assertEqual(json.loads(exchange["request"]["body"])["model"], "m")

    def test_projects_are_apart(self):
        self.provide(json.dumps(answer("mine")).encode())
        trace = self.call(b'{"model":"m","messages":[]}', **{"x-vitrine-project": "other"})
        self.server.wait_for(lambda: self.server.sql(f"SELECT count() FROM exchanges WHERE trace_id = '{trace}'", "other")
                             in ([[1]], [["1"]]), SETTLE_SECONDS)
        self.assertIn(self.server.sql(f"SELECT count() FROM exchanges WHERE trace_id = '{trace}'"), ([[0]], [["0"]]))

    def test_a_chat_of_fifty_turns_grows_linearly(self):
        trace, messages, stored, bodies = TRACE.format(next(self.traces)), [], 0, 0
        for turn in range(50):
            text = "".join(f"turn {turn}, line {line}, {hash((turn, line)):x}\n" for line in range(40))
            messages.append({"role": "user", "content": text})
            self.provide(json.dumps(answer(f"{turn} " + LONG)).encode())
            request = json.dumps({"model": "m", "messages": messages}).encode()
            self.call(request, trace=trace, span=turn + 1)
            messages.append({"role": "assistant", "content": f"{turn} " + LONG})
            stored, bodies = stored + len(text), bodies + len(request)
        exchange = self.exchange(trace, 50)
        self.assertEqual(exchange["request"]["body"].encode(), request)
        sizes = self.server.sql("SELECT sum(length(request_skeleton) + 16 * length(content_hashes)), sum(request_size) "
                                f"FROM exchanges WHERE trace_id = '{trace}'")[0]
        skeletons, sent = int(sizes[0]), int(sizes[1])
        print(f"\n50 turns: {sent} bytes of requests, {stored} of new text, {skeletons} of skeletons and hashes")
        self.assertEqual(sent, bodies)
        self.assertGreater(sent, 20 * stored)
        self.assertLess(skeletons, sent / 10)


if __name__ == "__main__":
    unittest.main()
