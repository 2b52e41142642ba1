"""Recorded exchanges sent through a gateway: a client that sends each request, an upstream that gives each answer, and both look at
every byte that arrives. What differs is in `faults`."""
import asyncio
import dataclasses
import http
import random

from support import http_wire
from support.fake_upstream import FakeUpstream
from support.http_wire import Message

CONNECTIONS = 16
# A gateway that does not answer must not stop the test; nothing else depends on it.
STUCK_SECONDS = 60
MARK = b"x-exchange"  # Goes through to the upstream, unlike the tag.
DIFFERENCE_BYTES_MAX = 300


@dataclasses.dataclass
class Call:
    """One exchange of one round."""
    key: str
    exchange: object
    project: str
    sent: Message = None  # By the client, to the gateway.
    answered: Message = None  # By the upstream.
    arrivals: int = 0
    faults: list = dataclasses.field(default_factory=list)


def _spelled(name, rng):
    return rng.choice([str.lower, str.title, str.title])(name).encode()


def _headers(recorded, rng):
    return [(_spelled(name, rng), " ".join(value.split()).encode()) for name, value in recorded.items()
            if name not in ("content-length", "host") and name.encode() not in http_wire.HOP_BY_HOP]


def _one_hop_header(rng):
    """What ends at the next server; rarely there."""
    if rng.random() > 0.1:
        return []
    return [(b"Connection", b"keep-alive, X-One-Hop"), (b"X-One-Hop", b"1"), (b"Keep-Alive", b"timeout=5")]


def fake_credentials(provider, rng):
    """As the provider's clients send them."""
    key = "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", k=40))
    if provider == "anthropic":
        return {"x-api-key": "sk-ant-api03-" + key}
    if provider == "azure":
        return {"api-key": key}
    if provider in ("gemini", "vertex"):
        return {"x-goog-api-key": "AIza" + key[:35]}
    if provider.startswith(("bedrock", "sagemaker")):
        return {"authorization": f"AWS4-HMAC-SHA256 Credential=AKIA{key[:16].upper()}/20250101/us-east-1/bedrock/aws4_request, "
                                 f"SignedHeaders=host;x-amz-date, Signature={key.encode().hex()[:64]}",
                "x-amz-security-token": key * 4}
    return {"authorization": "Bearer sk-" + key}


def _request(call, rng):
    exchange = call.exchange
    headers = _headers(exchange.request_headers | fake_credentials(exchange.provider, rng), rng)
    key = call.key.encode()
    headers += [(b"x-vitrine-project", call.project.encode()), (b"X-Vitrine-Tag-exchange", key), (MARK, key)]
    rng.shuffle(headers)
    target = f"/gateway/{exchange.provider}{exchange.target}".encode()
    has_body = exchange.request_body or exchange.method != "GET"
    framing = rng.choice(["length", "length", "chunked"]) if has_body else "none"
    start = exchange.method.encode() + b" " + target + b" HTTP/1.1"
    return Message(start, [(b"Host", b"gateway.example")] + headers + _one_hop_header(rng), exchange.request_body, framing)


def _response(call, rng):
    exchange = call.exchange
    reason = http.HTTPStatus(exchange.status).phrase.encode() if rng.random() < 0.8 else b"As It Pleases"
    headers = _headers(exchange.response_headers, rng)
    if rng.random() < 0.2:  # Two of one name stay two.
        headers += [(b"Set-Cookie", b"a=1; Path=/"), (b"Set-Cookie", b"b=2; Path=/")]
    framing = "none" if exchange.status in (204, 304) else rng.choice(["length"] * 4 + ["chunked"] * 5 + ["close"])
    return Message(b"HTTP/1.1 %d %s" % (exchange.status, reason), headers + ([] if framing == "close" else _one_hop_header(rng)),
                   exchange.response_body, framing)


class Replay:
    """The upstream, and clients that send calls through the gateway, 16 at a time over as many kept connections.

    Over HTTP/2 (`support/http2_bridge.mjs` in front of the upstream) names have one case and answers no reason phrase, and the bridge puts
    fields of one name together."""

    def __init__(self, over_http2=False):
        self._over_http2 = over_http2
        self._calls = {}
        self._upstream = FakeUpstream(self._answer)
        self.faults = []  # Of no known call.

    async def __aenter__(self):
        await self._upstream.__aenter__()
        return self

    async def __aexit__(self, *_):
        await self._upstream.__aexit__()
        self.faults += self._upstream.faults

    @property
    def port(self):
        return self._upstream.port

    async def run(self, calls, port, seed):
        rng = random.Random(seed)
        for call in calls:
            call.sent, call.answered = _request(call, rng), _response(call, rng)
            self._calls[call.key.encode()] = call
        waiting = iter(calls)
        await asyncio.gather(*(self._client(waiting, port, random.Random(rng.random())) for _ in range(CONNECTIONS)))
        for call in calls:
            if call.arrivals != 1:
                call.faults.append(f"{call.arrivals} requests arrived")

    def _answer(self, request):
        call = self._calls.get(request.first(MARK))
        if call is None:
            self.faults.append(f"a request of no call: {request.start!r}")
            return None
        call.arrivals += 1
        sent = call.sent
        start = sent.start.replace(f"/gateway/{call.exchange.provider}".encode(), b"", 1)
        own = {name.lower() for name, _ in sent.headers if name.lower().startswith(b"x-vitrine-")}
        self._compare(call, "request line", start, request.start)
        self._compare(call, "request headers", self._carried(sent.end_to_end(own | {b"host"})), self._carried(request.end_to_end({b"host"})))
        self._compare(call, "request body", sent.body, request.body)
        return call.answered

    async def _client(self, calls, port, rng):
        reader = writer = None
        for call in calls:
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=http_wire.HEAD_BYTES_MAX)
                await http_wire.send_in_pieces(writer, http_wire.framed(call.sent, rng), rng)
                got = await asyncio.wait_for(http_wire.read_response(reader, call.exchange.method.encode()), STUCK_SECONDS)
            except (http_wire.Malformed, asyncio.IncompleteReadError, asyncio.TimeoutError, ValueError, OSError) as error:
                call.faults.append(f"no whole answer: {error!r}")
                writer = None
                continue
            if self._over_http2:
                self._compare(call, "status", [call.answered.status], [got.status])
            else:
                self._compare(call, "status line", call.answered.start, got.start)
            self._compare(call, "response headers", self._carried(call.answered.end_to_end()), self._carried(got.end_to_end()))
            self._compare(call, "response body", call.answered.body, got.body)
            if got.framing == "close" or b"close" in got.first(b"connection"):
                writer.close()
                writer = None
        if writer is not None:
            writer.close()

    def _carried(self, headers):
        return sorted((name.lower(), value) for name, value in headers) if self._over_http2 else headers

    @staticmethod
    def _compare(call, what, expected, got):
        if expected == got:
            return
        if isinstance(expected, list):
            lost, added = [h for h in expected if h not in got], [h for h in got if h not in expected]
            call.faults.append(f"{what}: lost {lost}, added {added}"[:DIFFERENCE_BYTES_MAX])
            return
        at = next((i for i, (a, b) in enumerate(zip(expected, got)) if a != b), min(len(expected), len(got)))
        call.faults.append(f"{what}: {len(expected)} bytes became {len(got)}, first difference at {at}: "
                           f"{expected[at:at + 40]!r} {got[at:at + 40]!r}"[:DIFFERENCE_BYTES_MAX])
