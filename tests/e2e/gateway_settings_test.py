"""What the gateway does for an upstream when its configuration says so, with the real server: requests signed for AWS, the usage of streams asked
for and hidden, timeouts of each phase, the times of tokens for a share of the sessions, and what counts as a stall."""
import asyncio
import hashlib
import hmac
import json
import os
import random
import re
import sys
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(__file__))
from support import http_wire  # noqa: E402
from support.http_wire import Message  # noqa: E402
from support.server import Server  # noqa: E402

SEED = int(os.environ.get("VITRINE_SEED", str(random.randrange(1 << 30))))
SECRET, ACCESS, TOKEN = "secret-key-of-the-gateway/EXAMPLE", "AKIDOFTHEGATEWAY", "session-token-of-the-gateway"
STREAMS = 200
USAGE = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}


def signature(secret, region, service, request):
    """What AWS would make of the request as it arrived: written from the specification, not from the gateway."""
    def hashed(data):
        return hashlib.sha256(data).hexdigest()

    def mac(key, text):
        return hmac.new(key, text.encode(), hashlib.sha256).digest()
    method, target, _ = request.start.decode().split(" ")
    path, _, query = target.partition("?")
    fields = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})",
                          request.first(b"authorization").decode())
    scope, names = fields[2], fields[3].split(";")
    pairs = sorted((urllib.parse.quote(urllib.parse.unquote(name), "-_.~"), urllib.parse.quote(urllib.parse.unquote(value), "-_.~"))
                   for name, _, value in (pair.partition("=") for pair in query.split("&") if pair))
    lines = [method, "/".join(urllib.parse.quote(part, "-_.~") for part in path.split("/")), "&".join(f"{name}={value}" for name, value in pairs)]
    lines += [f"{name}:{','.join(' '.join(value.decode().split()) for value in request.all(name.encode()))}" for name in names]
    canonical = "\n".join([*lines, "", ";".join(names), hashed(request.body)])
    stamp = request.first(b"x-amz-date").decode()
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashed(canonical.encode())])
    key = f"AWS4{secret}".encode()
    for part in (stamp[:8], region, service, "aws4_request"):
        key = mac(key, part)
    return {"access": fields[1], "scope": scope, "names": names, "claimed": fields[4], "right": mac(key, text).hex()}


class Upstream:
    """Answers as `answer(request, writer)` says, and keeps what came."""

    def __init__(self, answer):
        self.answer, self.requests, self.port = answer, [], 0

    async def __aenter__(self):
        self.tasks = set()
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=http_wire.HEAD_BYTES_MAX)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def serve(self, reader, writer):
        task = asyncio.current_task()
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        try:
            while (request := await http_wire.read_request(reader)) is not None:
                self.requests.append(request)
                await self.answer(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            pass  # The test is over.
        finally:
            writer.close()


def answered(body, headers=(), status=b"200 OK"):
    return http_wire.framed(Message(b"HTTP/1.1 " + status, [(b"Content-Type", b"application/json"), *headers], body), random.Random(1))


async def post(server, path, body, headers=(), host=b"localhost"):
    reader, writer = await asyncio.open_connection(server.host, server.port, limit=http_wire.HEAD_BYTES_MAX)
    request = Message(f"POST {path} HTTP/1.1".encode(), [(b"Host", host), (b"Content-Type", b"application/json"), *headers], body)
    writer.write(http_wire.framed(request, random.Random(1)))
    try:
        return await asyncio.wait_for(http_wire.read_response(reader), 60)
    finally:
        writer.close()


class GatewaySettings(unittest.TestCase):
    def run_with(self, answer, config, calls):
        """Starts an upstream and a server whose file is `config`, with PORT in it; runs `calls(server, upstream)`."""
        server = Server()
        self.addCleanup(server.__exit__)

        async def run():
            async with Upstream(answer) as upstream:
                path = server.data / "vitrine.toml"
                path.write_text(config.replace("PORT", str(upstream.port)))
                server.arguments = [f"--config={path}"]
                server.start()
                await calls(server, upstream)
        asyncio.run(run())
        return server

    def spans(self, server, count, columns):
        server.wait_for(lambda: int(server.sql("SELECT count() FROM spans")[0][0]) >= count, 60, f"{count} spans")
        return server.sql(f"SELECT {columns} FROM spans ORDER BY start_time")

    def test_requests_for_bedrock_are_signed_anew(self):
        config = (f'[gateway.upstreams.aws]\nurl = "http://127.0.0.1:PORT"\nkind = "bedrock"\nregion = "eu-central-1"\naccess_key_id = "{ACCESS}"\n'
                  f'secret_access_key = "{SECRET}"\nsession_token = "{TOKEN}"\n')
        body = json.dumps({"messages": [{"role": "user", "content": [{"text": "h\u00e9"}]}]}, ensure_ascii=False).encode()
        targets = ["/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse", "/model/m/converse?b=2&a=1&a=%C3%A9%20x&empty=",
                   "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fx/invoke"]

        async def echo(request, writer):
            # As AWS does where a signature is wrong: it says what should have been signed.
            told = {"message": "SECRETS " + SECRET + " " + request.first(b"x-amz-security-token").decode()}
            writer.write(answered(json.dumps(told).encode()))

        async def calls(server, upstream):
            theirs = [(b"Authorization", b"AWS4-HMAC-SHA256 Credential=AKIDTHEIRS/20200101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=00"),
                      (b"X-Amz-Date", b"20200101T000000Z"), (b"X-Amz-Security-Token", b"token-of-theirs-that-is-long"), (b"x-amz-content-sha256", b"00"),
                      (b"amz-sdk-request", b"attempt=1; max=3"), (b"X-Amzn-Bedrock-Trace", b"ENABLED"), (b"x-amz-extra", b"a  b")]
            for target in targets:
                self.assertEqual((await post(server, "/gateway/aws" + target, body, theirs)).status, 200)
            refused = await post(server, "/gateway/aws" + targets[0], body, theirs, host=b"rebound.example")
            self.assertEqual((refused.status, b"rebound.example" in refused.body), (401, True), "a web page may have such a name")
            self.assertEqual([request.start.decode().split(" ")[1] for request in upstream.requests], targets)
            for request in upstream.requests:
                found = signature(SECRET, "eu-central-1", "bedrock", request)
                self.assertEqual(found["claimed"], found["right"], request.start)
                self.assertEqual(found["access"], ACCESS)
                self.assertEqual(found["scope"].split("/")[1:], ["eu-central-1", "bedrock", "aws4_request"])
                self.assertLessEqual({"host", "content-type", "x-amz-date", "x-amz-security-token", "x-amz-extra"}, set(found["names"]))
                self.assertEqual(request.all(b"x-amz-security-token"), [TOKEN.encode()])
                self.assertEqual(request.all(b"x-amz-content-sha256"), [])
                self.assertEqual(request.first(b"amz-sdk-request"), b"attempt=1; max=3")
                self.assertEqual(request.body, body)
                self.assertNotIn(b"THEIRS", repr(request.headers).encode().upper().replace(b"OF-THE-GATEWAY", b""))
                self.assertLess(abs(time.time() - time.mktime(time.strptime(request.first(b"x-amz-date").decode() + "+0000", "%Y%m%dT%H%M%SZ%z"))
                                    + time.timezone), 3600)
        server = self.run_with(echo, config, calls)
        row = self.spans(server, 3, "provider, request_model, trace_id, span_id")[0]
        self.assertEqual(row[:2], ["aws.bedrock", "anthropic.claude-3-haiku-20240307-v1:0"])
        exchange = json.dumps(server.get(f"/api/v1/exchanges/{row[2]}/{row[3]}")[1])
        for secret in (SECRET, TOKEN, "theirs-that-is-long"):
            self.assertNotIn(secret, exchange)

    @staticmethod
    def stream_of(number, asks):
        """(the provider's events, those that the client is to see)"""
        rng = random.Random(SEED * 1000 + number)
        seen = [b"data: " + json.dumps({"id": f"c-{number}", "model": "m", "choices": [{"index": 0, "delta": {"content": rng.choice(["a", " b\u00fc", "\"usage\""])}}],
                                        "usage": None}, ensure_ascii=rng.random() < 0.5).encode() + b"\n\n" for _ in range(rng.randint(1, 12))]
        seen.insert(0, b": a comment\n\n")
        usage = b"data: " + json.dumps({"id": f"c-{number}", "model": "m", "choices": [], "usage": USAGE}).encode() + b"\n\n"
        done = b"data: [DONE]\n\n"
        return b"".join([*seen, usage, done]), b"".join([*seen, *([usage] if asks else []), done])

    def test_usage_is_asked_for_and_hidden(self):
        config = '[gateway.upstreams.ai]\nurl = "http://127.0.0.1:PORT"\nkind = "openai"\ninclude_usage = true\n'
        rng = random.Random(SEED)

        async def answer(request, writer):
            number = int(re.search(rb"n=(\d+)", request.start)[1])
            question = json.loads(request.body)
            self.assertEqual(question["stream_options"]["include_usage"], True)
            body = self.stream_of(number, True)[0]
            framing = rng.choice(["chunked", "length"])
            await http_wire.send_in_pieces(writer, http_wire.framed(
                Message(b"HTTP/1.1 200 OK", [(b"Content-Type", b"text/event-stream")], body, framing), rng), rng)

        async def calls(server, upstream):
            for number in range(STREAMS):
                asks = number % 4 == 0
                question = {"model": "m", "stream": True, "messages": [], "n": number}
                if asks:
                    question["stream_options"] = {"include_usage": True}
                body = json.dumps(question, indent=number % 3 or None).encode()
                got = await post(server, f"/gateway/ai/v1/chat/completions?n={number}", body, [(b"Accept-Encoding", b"gzip")])
                self.assertEqual((got.status, got.body), (200, self.stream_of(number, asks)[1]), (SEED, number))
                sent = upstream.requests[-1]
                if asks:
                    self.assertEqual((sent.body, sent.first(b"accept-encoding")), (body, b"gzip"))
                else:
                    self.assertEqual(sent.body.replace(b'"stream_options":{"include_usage":true},', b"", 1), body)
                    self.assertEqual(sent.all(b"accept-encoding"), [b"identity"])
        server = self.run_with(answer, config, calls)
        rows = self.spans(server, STREAMS, "input_tokens, output_tokens, error_type")
        self.assertEqual({tuple(str(value) for value in row) for row in rows}, {("12", "3", "")})

    def test_each_phase_has_its_time(self):
        config = ('[gateway]\nfirst_byte_timeout = "300ms"\nidle_timeout = "400ms"\n[gateway.upstreams.ai]\nurl = "http://127.0.0.1:PORT"\n')

        async def answer(request, writer):
            if b"silent" not in request.start:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n6\r\ndata: \r\n")
            await asyncio.sleep(30)

        async def calls(server, upstream):
            silent = await post(server, "/gateway/ai/v1/chat/completions?silent", b'{"model":"m","stream":true}')
            self.assertEqual((silent.status, silent.first(b"x-vitrine-gateway-error")), (504, b"timeout_first_byte"))
            with self.assertRaises(asyncio.IncompleteReadError):
                await post(server, "/gateway/ai/v1/chat/completions?stalls", b'{"model":"m","stream":true}')
        server = self.run_with(answer, config, calls)
        ends = [row[0] for row in self.spans(server, 2, "attributes['vitrine.gateway.end']")]
        self.assertEqual(ends, ["timeout_first_byte", "timeout_idle"])

    def test_the_time_of_each_token_is_kept_for_a_share(self):
        config = ('[gateway]\ntimelines = "50%"\nstall_min = "20ms"\nstall_factor = 1\n[gateway.timeline_features]\nkept = "all"\ndropped = "none"\n'
                  '[gateway.upstreams.ai]\nurl = "http://127.0.0.1:PORT"\n')
        sessions = 24

        async def answer(request, writer):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for number, word in enumerate(["a", "b", "c", "d", "e"]):
                event = b"data: " + json.dumps({"model": "m", "choices": [{"index": 0, "delta": {"content": word}}]}).encode() + b"\n\n"
                writer.write(b"%x\r\n%s\r\n" % (len(event), event))
                await writer.drain()
                await asyncio.sleep(0.15 if number == 2 else 0.002)
            writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")

        async def calls(server, upstream):
            async def call(session, feature=None):
                headers = [(b"x-vitrine-session", session.encode())] + ([(b"x-vitrine-feature", feature.encode())] if feature else [])
                self.assertEqual((await post(server, "/gateway/ai/v1/chat/completions", b'{"model":"m","stream":true}', headers)).status, 200)
            for number in range(sessions):
                await asyncio.gather(call(f"s-{number}"), call(f"s-{number}"), call(f"s-{number}", "kept"), call(f"s-{number}", "dropped"))
        server = self.run_with(answer, config, calls)
        self.spans(server, 4 * sessions, "1")
        rows = server.sql("SELECT session_id, feature, attributes['vitrine.gateway.timeline'], (trace_id, span_id) IN "
                          "(SELECT trace_id, span_id FROM token_timeline), ttft_ns > 0, stall_count, longest_stall_ns > 20000000 FROM spans")
        by_session = {}
        for session, feature, mark, has_timeline, has_ttft, stalls, is_long in rows:
            kept = str(has_timeline) in ("1", "true")
            self.assertEqual(kept, mark != "not sampled", (session, feature))
            self.assertEqual(str(has_ttft) in ("1", "true"), True)
            self.assertGreaterEqual(int(stalls), 1, "the longest pause is 150 ms at least, and no shorter than the median")
            self.assertIn(str(is_long), ("1", "true"))
            if feature:
                self.assertEqual(kept, feature == "kept")
            else:
                by_session.setdefault(session, set()).add(kept)
        self.assertEqual({len(found) for found in by_session.values()}, {1}, "all calls of a session are treated alike")
        kept = sum(True in found for found in by_session.values())
        self.assertTrue(0 < kept < sessions, kept)


if __name__ == "__main__":
    unittest.main()
