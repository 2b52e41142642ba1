#!/usr/bin/env python3
"""Seeds for the fuzzers of the wire: golden requests (and the corpus, when it is there) as each fuzzer takes them.

usage: tools/fuzz_seeds.py OUT      writes OUT/otlp_json_fuzz/…, OUT/otlp_protobuf_fuzz/…, OUT/normalizer_fuzz/…
"""
import gzip
import hashlib
import json
import pathlib
import re
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared/corpus/otlp_payloads.jsonl.gz"
# A seed this large only slows every mutation down.
SEED_BYTES_MAX = 64 * 1024
# First byte of an input of normalizer_fuzz: which entrance it takes.
AS_CONTENT, AS_LOGS, AS_TRACES = b"\x01", b"\x02", b"\x03"

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


def main():
    out = pathlib.Path(sys.argv[1])
    for fuzzer, data in seeds():
        if data and len(data) <= SEED_BYTES_MAX:
            folder = out / fuzzer
            folder.mkdir(parents=True, exist_ok=True)
            (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


if __name__ == "__main__":
    main()
