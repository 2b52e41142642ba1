"""An agent's run through the gateway, and the same run again without its provider: `vitrine replay-server` gives every answer as it was."""
import gzip
import http.client
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support import gateway_config  # noqa: E402
from support.http_wire import HOP_BY_HOP  # noqa: E402
from support.server import BINARY, Server  # noqa: E402

SETTLE_SECONDS = 60
SESSION = "run-17"
# Between two pieces of a streamed answer.
PAUSE_SECONDS = 0.03
FRAMING = {name.decode() for name in HOP_BY_HOP} | {"content-length", "content-encoding"}
STEPS = ("plan", "search", "packed", "busy", "broken", "secret", "same", "same", "embed")


class Provider(http.server.BaseHTTPRequestHandler):
    """Says something else each time it is asked, so that an answer belongs to one call alone."""
    protocol_version = "HTTP/1.1"
    asked = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        Provider.asked += 1
        step = json.loads(body)["step"]
        text = f"answer {Provider.asked} to {step}"
        answer = {"id": f"chatcmpl-{Provider.asked}", "model": "m-1", "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
        if step == "busy" and "x-stainless-retry-count" not in self.headers:
            self.answer(429, b'{"error":{"message":"slow down","type":"requests"}}', {"retry-after": "1"})
        elif step == "packed":
            self.answer(200, gzip.compress(json.dumps(answer).encode()), {"content-encoding": "gzip"})
        elif step in ("plan", "broken"):
            self.stream(text, step == "broken")
        else:
            self.answer(200, json.dumps(answer).encode(), {})

    def head(self, status, headers):
        self.send_response(status)
        for name, value in ({"x-request-id": f"req-{Provider.asked}", "x-ratelimit-remaining-requests": str(100 - Provider.asked)} | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def answer(self, status, body, headers):
        self.head(status, {"content-type": "application/json", "content-length": str(len(body))} | headers)
        self.wfile.write(body)

    def stream(self, text, is_broken):
        self.head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"})
        for word in text.split():
            event = f"data: {json.dumps({'id': 'c', 'model': 'm-1', 'choices': [{'index': 0, 'delta': {'content': word + ' '}}]})}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            self.wfile.flush()
            time.sleep(PAUSE_SECONDS)
        if is_broken:
            self.close_connection = True
        else:
            self.wfile.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")

    def log_message(self, *_):
        pass


def ask(host, port, base, step, history, key, retry=None):
    """(status, headers, body decoded, seconds) of one call; a body that breaks off is what came of it, with a mark."""
    question = {"step": step, "model": "m-1", "messages": [{"role": "user", "content": f"{step} {key if step == 'secret' else ''}"}, *history]}
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}", "x-vitrine-session": SESSION}
    if retry:
        headers["x-stainless-retry-count"] = retry
    path = "/v1/embeddings" if step == "embed" else "/v1/chat/completions"
    connection = http.client.HTTPConnection(host, port, timeout=30)
    began = time.monotonic()
    try:
        connection.request("POST", base + path, json.dumps(question), headers)
        response = connection.getresponse()
        try:
            body = response.read()
        except http.client.IncompleteRead as error:
            body = error.partial + b" BROKEN"
        if response.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        kept = [(name.lower(), value) for name, value in response.getheaders() if name.lower() not in FRAMING]
        return response.status, kept, body, time.monotonic() - began
    finally:
        connection.close()


def run_agent(host, port, base, key):
    """Every call's answer. What was said goes into the questions that follow."""
    answers, history = [], []
    for step in STEPS:
        answer = ask(host, port, base, step, history, key)
        answers.append(answer)
        if answer[0] == 429:
            answers.append(answer := ask(host, port, base, step, history, key, retry="1"))
        if step not in ("secret", "same"):
            history.append({"role": "assistant", "content": answer[2].decode()})
    return answers


class GatewayReplay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        provider = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
        threading.Thread(target=provider.serve_forever, daemon=True).start()
        cls.server = Server()
        cls.addClassCleanup(cls.server.__exit__)
        cls.server.arguments = [gateway_config.write(cls.server.data / "vitrine.toml", {"fake": (f"http://127.0.0.1:{provider.server_port}", "openai")})]
        cls.server.start()
        cls.recorded = run_agent(cls.server.host, cls.server.port, "/gateway/fake", "the-key-of-the-recording")
        # Of another session, and not of this run.
        cls.server.request("POST", "/gateway/fake/v1/chat/completions", '{"step":"other","messages":[]}', {"x-vitrine-session": "other"})
        provider.shutdown()
        provider.server_close()
        # Spans are the last of a batch to be there.
        for view in ("exchanges", "spans"):
            cls.server.wait_for(lambda view=view: int(cls.server.sql(f"SELECT count() FROM {view}")[0][0]) == len(cls.recorded) + 1, SETTLE_SECONDS)

    def replay(self, *arguments):
        """A replay server: (process, host, port)."""
        process = subprocess.Popen([BINARY, "replay-server", "--url", f"http://127.0.0.1:{self.server.port}", "--session", SESSION,
                                    "--listen", "127.0.0.1:0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        line = process.stdout.readline()
        self.assertRegex(line, r"^ready http://127\.0\.0\.1:\d+\n$", line or process.stderr)
        return process, "127.0.0.1", int(line.rsplit(":", 1)[1])

    def end(self, process):
        """(exit code, what it said)"""
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=10)
        return process.returncode, said

    def assert_same(self, answers):
        self.assertEqual(len(answers), len(self.recorded))
        for number, (got, wanted) in enumerate(zip(answers, self.recorded)):
            self.assertEqual(got[0], wanted[0], number)
            self.assertEqual(got[1], wanted[1], number)
            self.assertEqual(got[2], wanted[2], number)

    def test_the_run_comes_out_as_it_did(self):
        for arguments in ([], ["--by-hash"], ["--order"], ["--timing", "full"]):
            with self.subTest(arguments):
                process, host, port = self.replay(*arguments)
                # By a base URL of which only host and port have changed.
                self.assert_same(run_agent(host, port, "/gateway/fake", "the-key-of-the-recording"))
                code, said = self.end(process)
                self.assertEqual(code, 0, said)
                self.assertIn(f"{len(self.recorded)} of {len(self.recorded)} recorded calls answered, 0 requests found none", said)

    def test_another_key_that_is_echoed_makes_no_other_request(self):
        process, host, port = self.replay()
        self.assert_same(run_agent(host, port, "", "quite-another-key-and-a-longer-one"))
        self.assertEqual(self.end(process)[0], 0)

    def test_the_original_timing(self):
        process, host, port = self.replay("--timing", "original")
        answers = run_agent(host, port, "", "the-key-of-the-recording")
        self.assert_same(answers)
        self.assertEqual(self.end(process)[0], 0)
        words = len(self.recorded[0][2].split(b"\n\n")) - 2
        self.assertGreaterEqual(answers[0][3], PAUSE_SECONDS * (words - 1))

    def test_a_request_that_was_never_made(self):
        process, host, port = self.replay()
        status, headers, body, _ = ask(host, port, "", "unheard", [], "the-key-of-the-recording")
        self.assertEqual((status, dict(headers)["x-vitrine-replay"]), (404, "miss"))
        self.assertIn("differs at byte", json.loads(body)["error"]["message"])
        code, said = self.end(process)
        self.assertEqual(code, 5)
        self.assertIn("1 requests found none", said)

    def test_what_cannot_be_served_is_said(self):
        for arguments, code, word in ((["--session", "nobody"], 4, "no call"), (["--session", SESSION, "--listen", "0.0.0.0:0"], 2, "this machine"),
                                      ([], 2, "--session"), (["--session", SESSION, "--order", "--by-hash"], 2, "excludes"),
                                      (["--session", SESSION, "--timing", "slow"], 2, "slow")):
            made = subprocess.run([BINARY, "replay-server", "--url", f"http://127.0.0.1:{self.server.port}", *arguments], capture_output=True, text=True)
            self.assertEqual(made.returncode, code, (arguments, made.stderr))
            self.assertIn(word, made.stderr)


if __name__ == "__main__":
    unittest.main()
