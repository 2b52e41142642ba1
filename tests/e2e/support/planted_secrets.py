"""Calls that carry keys wherever a key has been seen: headers, query, prompts, answers, error messages, streamed and not, compressed
and not. Every key is made once; its middle found anywhere afterwards is a leak."""
import dataclasses
import gzip
import json
import random
import re
import string
import urllib.parse
import zlib

from support.provider_shapes import answer_of, error_of, request_of, stream_of

ALPHANUMERIC = string.ascii_letters + string.digits
# In the middle of every key, so that one search finds them all.
MARK = "Q7ZV9X"
NEEDLE = re.compile(MARK.encode() + rb"[A-Za-z0-9]{4}")
# What is no key and must be found, so that the search is known to work.
CANARY = "visible-canary"
# What people paste into prompts and models print.
PASTED = [("sk-proj-", 48), ("sk-ant-api03-", 64), ("AIza", 35), ("gsk_", 40), ("ghp_", 36), ("xai-", 48), ("hf_", 34), ("Bearer ", 40)]
ERROR_STATUSES = (400, 401, 403, 429, 500)
UPSTREAMS = ("openai", "anthropic", "gemini", "azure", "bedrock")


@dataclasses.dataclass
class PlantedCall:
    name: str
    upstream: str
    target: str
    headers: dict
    body: bytes
    status: int
    response_headers: dict
    response_pieces: list  # The second is sent when the client has the first.
    method: str = "POST"


class Keys:
    """Makes keys, and remembers where each was planted."""

    def __init__(self, seed):
        self._rng = random.Random(seed)
        self.planted = {}  # needle -> where

    def make(self, where, prefix="", size=48, alphabet=ALPHANUMERIC):
        number = "".join(self._rng.choices(string.digits + string.ascii_uppercase, k=4))
        before = (size - len(MARK) - 4) // 2
        self.planted[(MARK + number).encode()] = where
        tail = "".join(self._rng.choices(alphabet, k=before)) + MARK + number
        return prefix + tail + "".join(self._rng.choices(alphabet, k=size - len(tail)))


def found_in(kept):
    """The needles in some bytes."""
    return set(NEEDLE.findall(kept)) if MARK.encode() in kept else set()


def _credentials(upstream, keys, where):
    """(headers, query, keys as plain text) of a caller; these keys look like nothing in particular."""
    if upstream == "anthropic":
        key = keys.make(where + ": x-api-key")
        return {"X-Api-Key": key}, "", [key]
    if upstream == "gemini":
        header, query = keys.make(where + ": x-goog-api-key"), keys.make(where + ": ?key=", size=40)
        return {"x-goog-api-key": header}, "?key=" + query, [header, query]
    if upstream == "azure":
        key, token = keys.make(where + ": api-key", size=32), keys.make(where + ": sig", alphabet=ALPHANUMERIC + "+/")
        return {"Api-Key": key}, "?api-version=1&sig=" + urllib.parse.quote(token, safe=""), [key]
    if upstream == "bedrock":
        token, signature = keys.make(where + ": x-amz-security-token", size=120), keys.make(where + ": signature", size=64)
        access = keys.make(where + ": credential", "AKIA", 16, string.ascii_uppercase)
        return {"X-Amz-Security-Token": token, "Authorization": f"AWS4-HMAC-SHA256 Credential={access}/20250101/us-east-1/bedrock/aws4_request, "
                                                                f"SignedHeaders=host, Signature={signature}"}, "", [token]
    headers = {name: prefix + keys.make(f"{where}: {name}") for name, prefix in [
        ("Authorization", "Bearer "), ("Cookie", "session="), ("Proxy-Authorization", "Basic "), ("Helicone-Auth", "Bearer "),
        ("X-Portkey-Api-Key", ""), ("X-Access-Token", "")]}
    return headers, "", [headers["Authorization"].removeprefix("Bearer ")]


def _pasted(keys, where):
    return [keys.make(f"{where} {prefix.strip()}", prefix, size) for prefix, size in PASTED]


def _pieces(text, encoding, split_at):
    """The body in two, as the second is compressed behind a flush."""
    first, second = text[:split_at].encode(), text[split_at:].encode()
    if encoding != "gzip":
        return [first, second]
    deflate = zlib.compressobj(wbits=31)
    return [deflate.compress(first) + deflate.flush(zlib.Z_FULL_FLUSH), deflate.compress(second) + deflate.flush()]


def _call(upstream, is_stream, encoding, status, keys, rng):
    where = f"{upstream} {'stream' if is_stream else 'body'} {encoding or 'plain'} {status}"
    headers, query, plain = _credentials(upstream, keys, where)
    prompt = _pasted(keys, where + ": prompt")
    path, request = request_of(upstream, f"These are my keys: {' and '.join(prompt)}. {CANARY}", prompt[0], is_stream)
    body = json.dumps(request).encode()
    headers |= {"Content-Type": "application/json"} | ({"Content-Encoding": encoding} if encoding else {})
    if status >= 400:
        wrong = keys.make(where + ": error", "sk-proj-")
        text = json.dumps(error_of(upstream, f"Incorrect API key provided: {wrong}, {' '.join(plain)}. {CANARY}"))
    else:
        words = f"Do not show {', '.join(_pasted(keys, where + ': answer'))}, nor {' '.join(plain)}. {CANARY}"
        text = stream_of(upstream, words, rng) if is_stream else json.dumps(answer_of(upstream, words))
    at = text.find(plain[0])  # The cut lies inside the caller's key.
    split_at = at + len(plain[0]) // 2 if at >= 0 else len(text) // 2
    answered = {"Content-Type": "text/event-stream" if is_stream and status < 400 else "application/json",
                "Set-Cookie": "sid=" + keys.make(where + ": set-cookie"), "X-Echo": plain[0],
                "Location": "https://x.example/?key=" + keys.make(where + ": location")} | ({"Content-Encoding": encoding} if encoding else {})
    return PlantedCall(where, upstream, path + query, headers, gzip.compress(body) if encoding else body, status, answered,
                       _pieces(text, encoding, split_at))


def _chat(name, headers=None, target="/v1/chat/completions", request=None, status=200, answer=None, answer_type="application/json",
          method="POST"):
    request = {"model": "gpt-4o", "messages": [{"role": "user", "content": CANARY}]} | (request or {})
    text = answer if isinstance(answer, str) else json.dumps(answer or answer_of("chat", CANARY))
    return PlantedCall(name, "chat", target, {"Content-Type": "application/json"} | (headers or {}),
                       json.dumps(request).encode() if method == "POST" else b"", status, {"Content-Type": answer_type},
                       _pieces(text, "", len(text) // 2), method)


# Headers that are no credentials, with a key all the same.
NOTE_HEADERS = ("x-vitrine-tag-note", "x-vitrine-property-note", "x-vitrine-user", "x-vitrine-session", "x-vitrine-feature",
                "x-vitrine-trace-name", "x-vitrine-request-id", "x-vitrine-flags", "x-vitrine-prompt", "helicone-property-note",
                "helicone-user-id", "x-request-id", "user-agent", "tracestate")
TRACE_PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def _odd_calls(keys, rng):
    """Keys at places where they are by mistake, and echoes in another spelling."""
    slashed = keys.make("echo with escaped slashes", size=50, alphabet=ALPHANUMERIC + "//")
    yield _chat("escaped", {"Authorization": "Bearer " + slashed}, status=401,
                answer=json.dumps(error_of("chat", "wrong key " + slashed)).replace("/", "\\/"))
    streamed = keys.make("echo over many deltas")
    yield _chat("deltas", {"Authorization": "Bearer " + streamed}, request={"stream": True}, answer_type="text/event-stream",
                answer=stream_of("chat", "your key is " + streamed, rng))
    for name in NOTE_HEADERS:
        yield _chat(name, {name: keys.make("header " + name, "sk-proj-"), "traceparent": TRACE_PARENT})
    yield _chat("baggage", {"baggage": "user.id=" + keys.make("baggage", "sk-proj-")})
    yield _chat("path", target="/v1/files/" + keys.make("path", "sk-proj-"), method="GET")
    yield _chat("query", target=f"/v1/files?access_token={keys.make('?access_token=')}&note={keys.make('?note=', 'sk-proj-')}", method="GET")
    yield _chat("model", request={"model": keys.make("model", "sk-proj-")})
    yield _chat("response id", answer=answer_of("chat", CANARY) | {"id": keys.make("response id", "sk-proj-")})
    yield _chat("keys of the body", request={"api_key": keys.make("api_key in the body"), "extra_headers": {
        "Authorization": "Bearer " + keys.make("extra_headers in the body"), "x-api-key": keys.make("x-api-key in the body")}})
    yield _chat("metadata", request={"metadata": {"api_key": keys.make("metadata.api_key"), "note": keys.make("metadata.note", "sk-proj-")}})
    yield _chat("text error", status=401, answer_type="text/plain", answer="Incorrect key " + keys.make("text error", "sk-proj-"))
    yield _chat("page error", status=502, answer_type="text/html", answer=f"<p>{keys.make('page error', 'sk-proj-')}</p>")


def calls(seed):
    """(calls, needles with where they were planted)"""
    keys, rng = Keys(seed), random.Random(seed)
    planted = list(_odd_calls(keys, rng))
    for upstream in UPSTREAMS:
        for encoding in ("", "gzip"):
            # Bedrock's streams have frames of their own around the same JSON.
            for is_stream in (False, True) if upstream != "bedrock" else (False,):
                planted += [_call(upstream, is_stream, encoding, status, keys, rng) for status in (200,) + ERROR_STATUSES]
    return planted, keys.planted
