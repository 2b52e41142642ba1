#!/usr/bin/env python3
"""Seeds for the fuzzers of the wire: golden requests (and the corpus, when it is there) as each fuzzer takes them.

usage: tools/fuzz_seeds.py OUT      writes OUT/otlp_json_fuzz/…, OUT/otlp_protobuf_fuzz/…, OUT/normalizer_fuzz/…, OUT/call_decoder_fuzz/…
"""
import base64
import gzip
import hashlib
import itertools
import json
import pathlib
import re
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared/corpus/otlp_payloads.jsonl.gz"
PROVIDERS = ROOT.parent / "shared/corpus/provider_traffic.jsonl.gz"
# A seed this large only slows every mutation down.
SEED_BYTES_MAX = 64 * 1024
# First byte of an input of normalizer_fuzz: which entrance it takes.
AS_CONTENT, AS_LOGS, AS_TRACES = b"\x01", b"\x02", b"\x03"

# How a path ends -> which target of call_decoder_fuzz takes the exchange (its first byte).
PROVIDER_TARGETS = (("/chat/completions", 0), ("/completions", 1), ("/responses", 2), ("/embeddings", 3), ("/transcriptions", 4),
                    ("/generations", 5), ("/rerank", 6), ("/ocr", 7), ("/v1/messages", 8), ("/complete", 9), (":generateContent", 10),
                    (":streamGenerateContent", 11), ("/interactions", 12), (":predict", 13), ("/converse", 14), ("/converse-stream", 15),
                    ("/invoke", 16), ("/invoke-with-response-stream", 17), ("/text", 18), ("/retrieveAndGenerate", 19),
                    ("/v1/chat", 21), ("/v2/chat", 22), ("/v2/embed", 23), ("/api/chat", 24), ("/text_stream", 26), ("/predictions", 27))
# Its second byte, by a part of the content type.
PROVIDER_FRAMINGS = (("event-stream", 1), ("ndjson", 2), ("eventstream", 3))
PROVIDER_SEEDS_MAX = 30  # For each target; more of one kind teach nothing.
PROVIDER_SEED_BYTES_MAX = 6 * 1024
FRAMES_OF_LINES = 5  # The framing that call_decoder_fuzz makes of lines.
FRAME_LINES_BYTES_MAX = 24 * 1024  # Agents that tell what they do are long; with their texts cut so many bytes hold most of them.
FRAME_TEXT_MAX = 80

# Message name -> JSON name -> (field number, type); the numbers are those of the OTLP specification.
KEY_VALUES = ("KeyValue", True)
MESSAGES = {
    "Traces": {"resourceSpans": (1, ("ResourceSpans", True))},
    "ResourceSpans": {"resource": (1, ("Resource", False)), "scopeSpans": (2, ("ScopeSpans", True)), "schemaUrl": (3, "text")},
    "ScopeSpans": {"scope": (1, ("Scope", False)), "spans": (2, ("Span", True)), "schemaUrl": (3, "text")},
    "Logs": {"resourceLogs": (1, ("ResourceLogs", True))},
    "ResourceLogs": {"resource": (1, ("Resource", False)), "scopeLogs": (2, ("ScopeLogs", True)), "schemaUrl": (3, "text")},
    "ScopeLogs": {"scope": (1, ("Scope", False)), "logRecords": (2, ("LogRecord", True)), "schemaUrl": (3, "text")},
    "Resource": {"attributes": (1, KEY_VALUES)},
    "Scope": {"name": (1, "text"), "version": (2, "text"), "attributes": (3, KEY_VALUES)},
    "Span": {"traceId": (1, "hex"), "spanId": (2, "hex"), "traceState": (3, "text"), "parentSpanId": (4, "hex"), "name": (5, "text"),
             "kind": (6, "varint"), "startTimeUnixNano": (7, "fixed64"), "endTimeUnixNano": (8, "fixed64"), "attributes": (9, KEY_VALUES),
             "events": (11, ("Event", True)), "links": (13, ("Link", True)), "status": (15, ("Status", False)), "flags": (16, "fixed32")},
    "Event": {"timeUnixNano": (1, "fixed64"), "name": (2, "text"), "attributes": (3, KEY_VALUES)},
    "Link": {"traceId": (1, "hex"), "spanId": (2, "hex"), "traceState": (3, "text"), "attributes": (4, KEY_VALUES), "flags": (6, "fixed32")},
    "Status": {"message": (2, "text"), "code": (3, "varint")},
    "LogRecord": {"timeUnixNano": (1, "fixed64"), "severityNumber": (2, "varint"), "severityText": (3, "text"), "body": (5, ("AnyValue", False)),
                  "attributes": (6, KEY_VALUES), "flags": (8, "fixed32"), "traceId": (9, "hex"), "spanId": (10, "hex"),
                  "observedTimeUnixNano": (11, "fixed64"), "eventName": (12, "text")},
    "KeyValue": {"key": (1, "text"), "value": (2, ("AnyValue", False))},
    "AnyValue": {"stringValue": (1, "text"), "boolValue": (2, "varint"), "intValue": (3, "varint"), "doubleValue": (4, "double"),
                 "arrayValue": (5, ("List", False)), "kvlistValue": (6, ("Pairs", False)), "bytesValue": (7, "text")},
    "List": {"values": (1, ("AnyValue", True))},
    "Pairs": {"values": (1, KEY_VALUES)},
}


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def field(number, kind, value):
    """One field; a value its type cannot take (the golden data has wrong ones on purpose) goes in as text."""
    try:
        if kind in ("varint", "fixed64", "fixed32"):
            value = int(value)
        if kind == "varint":
            return varint(number << 3) + varint(value)
        if kind == "fixed64":
            return varint(number << 3 | 1) + struct.pack("<Q", value)
        if kind == "fixed32":
            return varint(number << 3 | 5) + struct.pack("<I", value)
        if kind == "double":
            return varint(number << 3 | 1) + struct.pack("<d", float(value))
        body = bytes.fromhex(value) if kind == "hex" else str(value).encode(errors="surrogatepass")
    except (ValueError, TypeError, struct.error):
        body = str(value).encode(errors="surrogatepass")
    return varint(number << 3 | 2) + varint(len(body)) + body


def encode(message, values):
    out = b""
    for name, (number, kind) in MESSAGES[message].items():
        value = values.get(name) if isinstance(values, dict) else None
        if value is None:
            continue
        if isinstance(kind, str):
            out += field(number, kind, value)
            continue
        for item in value if kind[1] and isinstance(value, list) else [value]:
            body = encode(kind[0], item)
            out += varint(number << 3 | 2) + varint(len(body)) + body
    return out


def any_value(value):
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    return {"arrayValue": {"values": [any_value(item) for item in value]}} if isinstance(value, list) else {"stringValue": json.dumps(value)}


def corpus_requests():
    if not CORPUS.exists():
        return
    for line in gzip.open(CORPUS, "rt"):
        payload = json.loads(line)["payload"]
        if "spans" not in payload:
            yield payload
            continue
        spans = []
        for number, span in enumerate(payload["spans"], 1):
            attributes = [{"key": key, "value": any_value(value)} for key, value in (span.get("attributes") or {}).items()]
            spans.append({"traceId": f"{1:032x}", "spanId": f"{number:016x}", "name": span.get("name") or "span",
                          "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000", "attributes": attributes})
        yield {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}


def texts_of(value):
    """Attribute strings that hold JSON: what the readers of content get."""
    if isinstance(value, dict):
        for item in value.values():
            yield from texts_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, str) and value[:1] in "[{" and len(value) > 2:
        yield value.encode()


def seeds():
    """(fuzzer, bytes)"""
    for path in sorted((ROOT / "tests/golden").glob("*/*/*.hex")):
        digits = "".join(line.split("#")[0] for line in path.read_text().splitlines())
        yield "otlp_protobuf_fuzz", bytes.fromhex(re.sub(r"\s", "", digits))
    requests = []
    for path in sorted((ROOT / "tests/golden").glob("**/*.json")):
        if path.name in ("traces.json", "logs.json", "input.json"):
            yield "otlp_json_fuzz", path.read_bytes()
            try:
                requests.append(json.loads(path.read_text()))
            except ValueError:
                continue
    requests += corpus_requests()
    for request in requests:
        if not isinstance(request, dict):
            continue
        is_logs = "resourceLogs" in request
        text = json.dumps(request, separators=(",", ":")).encode()
        yield "otlp_json_fuzz", text
        yield "normalizer_fuzz", (AS_LOGS if is_logs else AS_TRACES) + text
        yield "otlp_protobuf_fuzz", encode("Logs" if is_logs else "Traces", request)
        for content in texts_of(request):
            yield "normalizer_fuzz", AS_CONTENT + content


def body_of(exchange, side):
    if f"{side}_body_base64" not in exchange:
        return exchange.get(f"{side}_body", "").encode("utf-8", "surrogatepass")
    body = base64.b64decode(exchange[f"{side}_body_base64"])
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


def with_texts_cut(value):
    if isinstance(value, dict):
        return {key: with_texts_cut(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_texts_cut(item) for item in value]
    if not isinstance(value, str) or len(value) <= FRAME_TEXT_MAX:
        return value
    try:  # A text may hold JSON that is read.
        return json.dumps(with_texts_cut(json.loads(value)), separators=(",", ":"))
    except ValueError:
        return value[:FRAME_TEXT_MAX]


def lines_of_frames(body):
    """Binary event stream -> a line "TYPE PAYLOAD" for each frame, as call_decoder_fuzz takes them."""
    lines, at = [], 0
    while at + 16 <= len(body):
        total, header_bytes = struct.unpack(">II", body[at:at + 8])
        headers, place = {}, at + 12
        while place < at + 12 + header_bytes:
            name_end = place + 1 + body[place]
            size = int.from_bytes(body[name_end + 1:name_end + 3], "big")  # After the type: 7, a string.
            headers[body[place + 1:name_end]] = body[name_end + 3:name_end + 3 + size]
            place = name_end + 3 + size
        payload = body[at + 12 + header_bytes:at + total - 4]
        kind = headers.get(b":event-type") or b"!" + headers.get(b":exception-type", b"")
        if kind == b"chunk" and set(value := json.loads(payload)) <= {"bytes", "p"}:
            kind, payload = b"bytes", base64.b64decode(value["bytes"])
        elif kind == b"trace":
            payload = json.dumps(with_texts_cut(json.loads(payload)), separators=(",", ":")).encode()
        lines.append(kind + b" " + payload.replace(b"\n", b" "))
        at += total
    return b"\n".join(lines)


def provider_seeds():
    """(fuzzer, bytes): recorded answers and requests of model providers, and the framings below them."""
    taken = {}
    if not PROVIDERS.exists():
        return
    for line in gzip.open(PROVIDERS, "rt"):
        exchange = json.loads(line)
        path = exchange["url"].split("?")[0]
        target = next((number for end, number in PROVIDER_TARGETS if path.endswith(end)), None)
        content_type = exchange["response_headers"].get("content-type") or ""
        framing = next((number for part, number in PROVIDER_FRAMINGS if part in content_type), 0)
        if target is None:
            continue
        if framing == 3 and taken.get((target, FRAMES_OF_LINES), 0) < PROVIDER_SEEDS_MAX:
            if len(lines := lines_of_frames(body_of(exchange, "response"))) <= FRAME_LINES_BYTES_MAX:
                taken[(target, FRAMES_OF_LINES)] = taken.get((target, FRAMES_OF_LINES), 0) + 1
                yield "call_decoder_fuzz", bytes((target, FRAMES_OF_LINES, 1, 7)) + lines
        if taken.get((target, framing), 0) >= PROVIDER_SEEDS_MAX:
            continue
        for body in (body_of(exchange, "response"), body_of(exchange, "request")):
            if not body or len(body) > PROVIDER_SEED_BYTES_MAX:
                continue
            taken[(target, framing)] = taken.get((target, framing), 0) + 1
            yield "call_decoder_fuzz", bytes((target, framing, 1, 7)) + body
            yield {1: "sse_parser_fuzz", 3: "event_stream_parser_fuzz"}.get(framing, "json_splitter_fuzz"), b"\x05" + body


def limit_seeds():
    """(fuzzer, bytes): names as long as they are kept, with a character across the limit, and indexes no counter holds."""
    name, index = "n" * 4095 + "\u00fc", 2**63 - 1
    chat = {"id": name, "model": name, "choices": [{"index": index, "delta": {"tool_calls": [
        {"index": index, "id": name, "function": {"name": name, "arguments": "{}"}}, {"id": "b", "function": {"name": "g"}}]}}]}
    responses = {"type": "response.output_text.delta", "output_index": index, "content_index": index, "delta": "a"}
    messages = {"type": "content_block_start", "index": index, "content_block": {"type": "thinking", "thinking": "a", "signature": name}}
    for target, event in ((0, chat), (2, responses), (8, messages)):
        body = ("data: " + json.dumps(event, ensure_ascii=False) + "\n\n").encode()
        yield "call_decoder_fuzz", bytes((target, 1, 1, 7)) + body


def main():
    out = pathlib.Path(sys.argv[1])
    for fuzzer, data in itertools.chain(seeds(), provider_seeds(), limit_seeds()):
        if data and len(data) <= SEED_BYTES_MAX:
            folder = out / fuzzer
            folder.mkdir(parents=True, exist_ok=True)
            (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


if __name__ == "__main__":
    main()
