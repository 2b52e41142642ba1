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

ALPHANUMERIC = string.ascii_letters + string.digits
# In the middle of every key, so that one search finds them all.
MARK = "Q7ZV9X"
NEEDLE = re.compile(MARK.encode() + rb"[A-Za-z0-9]{4}")


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
    if MARK.encode() not in kept:
        return set()
    return set(NEEDLE.findall(kept))


# What people paste into prompts and models print.
PASTED = [("sk-proj-", 48), ("sk-ant-api03-", 64), ("AIza", 35), ("gsk_", 40), ("ghp_", 36), ("xai-", 48), ("hf_", 34), ("Bearer ", 40)]
ERROR_STATUSES = (400, 401, 403, 429, 500)


def caller_credentials(upstream, keys, where):
    """(headers, query, keys as plain text) of a caller; the keys look like nothing in particular."""
    if upstream == "anthropic":
        key = keys.make(where + ": x-api-key")
        return {"X-Api-Key": key}, "", [key]
    if upstream == "gemini":
        header, query = keys.make(where + ": x-goog-api-key"), keys.make(where + ": ?key=", size=40)
        return {"x-goog-api-key": header}, "?key=" + query, [header, query]
    if upstream == "azure":
        key, token = keys.make(where + ": api-key", size=32), keys.make(where + ": sig", alphabet=ALPHANUMERIC + "+/")
        return {"Api-Key": key}, "?api-version=1&sig=" + urllib.parse.quote(token, safe=""), [key, token]
    if upstream == "bedrock":
        token, signature = keys.make(where + ": x-amz-security-token", size=120), keys.make(where + ": signature", size=64)
        return {"X-Amz-Security-Token": token, "Authorization": "AWS4-HMAC-SHA256 Credential=" + keys.make(where + ": credential", "AKIA", 16, string.ascii_uppercase)
                + "/20250101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=" + signature}, "", [token]
    key, cookie, proxy = keys.make(where + ": authorization"), keys.make(where + ": cookie"), keys.make(where + ": proxy-authorization")
    return {"Authorization": "Bearer " + key, "Cookie": "session=" + cookie, "Proxy-Authorization": "Basic " + proxy,
            "Helicone-Auth": "Bearer " + keys.make(where + ": helicone-auth"), "X-Portkey-Api-Key": keys.make(where + ": x-portkey-api-key"),
            "X-Access-Token": keys.make(where + ": x-access-token")}, "", [key]


def _prompt(keys, where):
    return "These are my keys: " + " and ".join(f"{keys.make(where + ': prompt ' + prefix, prefix, size)}" for prefix, size in PASTED) + ". visible-canary"


def _answer(keys, where, echoed):
    return ("Do not show them: " + ", ".join(keys.make(where + ": answer " + prefix, prefix, size) for prefix, size in PASTED)
            + " (yours is " + " ".join(echoed) + ") visible-canary")


def request_of(upstream, text, is_stream):
    """(path, body)"""
    first_key = text.split(" and ")[0]
    tool = {"name": "run", "description": text, "parameters": {"type": "object", "properties": {"x": {"description": text}}}}
    if upstream == "anthropic":
        return "/v1/messages", {"model": "claude-sonnet-4-5", "max_tokens": 9, "stream": is_stream, "system": text, "metadata": {"user_id": first_key},
                                "messages": [{"role": "user", "content": [{"type": "text", "text": text}]},
                                             {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "run", "input": {"x": text}}]},
                                             {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": text}]}]}
    if upstream == "gemini":
        verb = ":streamGenerateContent" if is_stream else ":generateContent"
        return "/v1beta/models/gemini-2.5-flash" + verb, {"contents": [{"role": "user", "parts": [{"text": text}]}],
                                                          "systemInstruction": {"parts": [{"text": text}]}}
    if upstream == "bedrock":
        verb = "converse" if not is_stream else "converse-stream"
        return f"/model/anthropic.claude-3-haiku/{verb}", {"messages": [{"role": "user", "content": [{"text": text}]}], "system": [{"text": text}]}
    if upstream == "openai":
        return "/v1/responses", {"model": "gpt-5", "stream": is_stream, "instructions": text, "input": text, "user": first_key, "metadata": {"note": first_key},
                                 "tools": [{"type": "function"} | tool, {"type": "mcp", "server_label": "m", "server_url": "https://m.example", "headers": {
                                     "Authorization": first_key}}]}
    return "/openai/deployments/d/chat/completions", {"stream": is_stream, "tools": [{"type": "function", "function": tool}], "user": first_key, "messages": [
        {"role": "system", "content": text}, {"role": "user", "content": text},
        {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "run", "arguments": json.dumps({"x": text})}}]},
        {"role": "tool", "tool_call_id": "c", "content": text}]}


def answer_of(upstream, text):
    if upstream == "anthropic":
        return {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "stop_reason": "end_turn",
                "content": [{"type": "thinking", "thinking": text, "signature": "s"}, {"type": "text", "text": text},
                            {"type": "tool_use", "id": "t", "name": "run", "input": {"x": text}}], "usage": {"input_tokens": 1, "output_tokens": 1}}
    if upstream == "gemini":
        return {"candidates": [{"content": {"parts": [{"text": text}, {"functionCall": {"name": "run", "args": {"x": text}}}]}, "finishReason": "STOP"}],
                "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}}
    if upstream == "bedrock":
        return {"output": {"message": {"role": "assistant", "content": [{"text": text}]}}, "stopReason": "end_turn", "usage": {"inputTokens": 1, "outputTokens": 1}}
    if upstream == "openai":
        return {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5", "instructions": text, "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": text}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]},
            {"type": "function_call", "call_id": "c", "name": "run", "arguments": json.dumps({"x": text})}], "usage": {"input_tokens": 1, "output_tokens": 1}}
    return {"id": "c1", "model": "gpt-4o", "choices": [{"index": 0, "finish_reason": "stop", "message": {
        "role": "assistant", "content": text, "reasoning_content": text, "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": "run", "arguments": json.dumps({"x": text})}}]}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}


def stream_of(upstream, text, rng):
    """Server-sent events whose deltas cut every key."""
    deltas, rest = [], text
    while rest:
        size = rng.randint(3, 11)
        deltas, rest = deltas + [rest[:size]], rest[size:]
    if upstream == "anthropic":
        events = [{"type": "message_start", "message": {"id": "msg_1", "model": "claude-sonnet-4-5", "usage": {"input_tokens": 1, "output_tokens": 1}}},
                  {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}]
        events += [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": delta}} for delta in deltas]
        events += [{"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "t", "name": "run", "input": {}}}]
        events += [{"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": delta}} for delta in deltas]
        events += [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}, {"type": "message_stop"}]
        return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    if upstream == "gemini":
        events = [{"candidates": [{"content": {"parts": [{"text": delta}]}}]} for delta in deltas] + [{"candidates": [{"finishReason": "STOP"}]}]
        return "".join(f"data: {json.dumps(event)}\r\n\r\n" for event in events)
    if upstream == "openai":
        events = [{"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": delta} for delta in deltas]
        events += [{"type": "response.completed", "response": answer_of("openai", text)}]
        return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    events = [{"id": "c1", "model": "gpt-4o", "choices": [{"index": 0, "delta": {"content": delta}}]} for delta in deltas]
    events += [{"id": "c1", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "run", "arguments": delta}}]}}]}
               for delta in deltas]
    events += [{"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"


def error_of(upstream, keys, where, echoed):
    message = f"Incorrect API key provided: {keys.make(where + ': error', 'sk-proj-')}, {' '.join(echoed)}. visible-canary"
    if upstream == "bedrock":
        return {"message": message}
    return {"type": "error", "error": {"type": "invalid_request_error", "code": "invalid_api_key", "message": message, "status": "UNAUTHENTICATED"}}


def _pieces(body, encoding, split_at):
    """The body in two, as the second is compressed behind a flush; the cut lies inside a key."""
    first, second = body[:split_at], body[split_at:]
    if encoding == "gzip":
        deflate = zlib.compressobj(wbits=31)
        return [deflate.compress(first) + deflate.flush(zlib.Z_FULL_FLUSH), deflate.compress(second) + deflate.flush()]
    return [first, second]


def _call(upstream, is_stream, encoding, status, keys, rng):
    where = f"{upstream} {'stream' if is_stream else 'body'} {encoding or 'plain'} {status}"
    headers, query, plain = caller_credentials(upstream, keys, where)
    path, request = request_of(upstream, _prompt(keys, where), is_stream)
    body = json.dumps(request).encode()
    headers |= {"Content-Type": "application/json"}
    if encoding == "gzip":
        headers["Content-Encoding"], body = "gzip", gzip.compress(body)
    echoed = plain[0]
    if status >= 400:
        text = json.dumps(error_of(upstream, keys, where, plain))
    elif is_stream:
        text = stream_of(upstream, _answer(keys, where, []), rng)
    else:
        text = json.dumps(answer_of(upstream, _answer(keys, where, plain)))
    at = text.find(echoed)
    split_at = at + len(echoed) // 2 if at >= 0 else len(text) // 2
    answered = {"Content-Type": "text/event-stream" if is_stream and status < 400 else "application/json",
                "Set-Cookie": "sid=" + keys.make(where + ": set-cookie"), "X-Echo": echoed,
                "Location": "https://x.example/?key=" + keys.make(where + ": location")} | ({"Content-Encoding": encoding} if encoding else {})
    if query and is_stream and upstream == "gemini":
        query += "&alt=sse"
    return PlantedCall(where, upstream, path + query, headers, body, status, answered, _pieces(text.encode(), encoding, split_at))


def _chat(where, headers=None, target="/v1/chat/completions", request=None, status=200, answer=None, content_type="application/json", method="POST"):
    request = {"model": "gpt-4o", "messages": [{"role": "user", "content": "visible-canary"}]} | (request or {})
    body = answer if isinstance(answer, str) else json.dumps(answer or answer_of("chat", "visible-canary"))
    return PlantedCall(where, "chat", target, {"Content-Type": "application/json"} | (headers or {}), json.dumps(request).encode() if method == "POST" else b"",
                       status, {"Content-Type": content_type}, _pieces(body.encode(), "", len(body) // 2), method)


def _odd_calls(keys, rng):
    """Keys at places where they are by mistake, and echoes in another spelling."""
    slashed = keys.make("echo with escaped slashes", size=50, alphabet=ALPHANUMERIC + "//")
    yield _chat("escaped", {"Authorization": "Bearer " + slashed}, status=401,
                answer=json.dumps({"error": {"message": "wrong key " + slashed}}).replace("/", "\\/"))
    streamed = keys.make("echo over many deltas")
    yield _chat("deltas", {"Authorization": "Bearer " + streamed}, request={"stream": True}, answer=stream_of("chat", "your key is " + streamed, rng),
                content_type="text/event-stream")
    for name in ("x-vitrine-tag-note", "x-vitrine-property-note", "x-vitrine-user", "x-vitrine-session", "x-vitrine-feature", "x-vitrine-trace-name",
                 "x-vitrine-request-id", "x-vitrine-flags", "x-vitrine-prompt", "helicone-property-note", "helicone-user-id", "x-request-id", "user-agent",
                 "tracestate"):
        value = keys.make("header " + name, "sk-proj-")
        yield _chat("header " + name, {name: value, "traceparent": "00-%032x-%016x-01" % (rng.getrandbits(127) + 1, rng.getrandbits(63) + 1)}
                    if name == "tracestate" else {name: value})
    yield _chat("baggage", {"baggage": "user.id=" + keys.make("baggage", "sk-proj-")})
    yield _chat("path", target="/v1/files/" + keys.make("path", "sk-proj-"), method="GET")
    yield _chat("other parameter", target="/v1/files?access_token=" + keys.make("?access_token=") + "&note=" + keys.make("?note=", "sk-proj-"), method="GET")
    yield _chat("model", request={"model": keys.make("model", "sk-proj-")})
    yield _chat("response id", answer=answer_of("chat", "visible-canary") | {"id": keys.make("response id", "sk-proj-")})
    yield _chat("api_key in the body", request={"api_key": keys.make("api_key in the body"), "extra_headers": {
        "Authorization": "Bearer " + keys.make("extra_headers in the body"), "x-api-key": keys.make("x-api-key in the body")}})
    yield _chat("metadata", request={"metadata": {"api_key": keys.make("metadata.api_key"), "note": keys.make("metadata.note", "sk-proj-")}})
    yield _chat("text error", status=401, content_type="text/plain", answer="Incorrect key " + keys.make("text error", "sk-proj-"))
    yield _chat("page error", status=502, content_type="text/html", answer="<html>" + keys.make("page error", "sk-proj-") + "</html>")


def calls(seed):
    """(calls, needles with where they were planted)"""
    keys, rng, planted = Keys(seed), random.Random(seed), []
    planted += _odd_calls(keys, rng)
    for upstream in ("openai", "anthropic", "gemini", "azure", "bedrock"):
        for encoding in ("", "gzip"):
            for is_stream in (False, True):
                if is_stream and upstream == "bedrock":
                    continue  # Frames of its own; what they hold is the same.
                planted.append(_call(upstream, is_stream, encoding, 200, keys, rng))
                planted += [_call(upstream, is_stream, encoding, status, keys, rng) for status in ERROR_STATUSES]
    return planted, keys.planted
