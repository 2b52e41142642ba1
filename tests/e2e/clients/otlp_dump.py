"""Prints captured OTLP bodies (protobuf or JSON) as one readable line a span or log record, nested as the trace is.

Usage: otlp_dump.py FILE...       A reading aid for people; no test depends on it.
"""

import base64
import json
import pathlib
import struct
import sys

# Field tables of opentelemetry-proto 1.x: number -> (JSON name, kind). A kind is a message's table name,
# or text, hex, bytes, fixed, double, varint; a star marks a repeated field.
TABLES = {
    "traces": {1: ("resourceSpans", "ResourceSpans*")},
    "logs": {1: ("resourceLogs", "ResourceLogs*")},
    "ResourceSpans": {1: ("resource", "Resource"), 2: ("scopeSpans", "ScopeSpans*")},
    "ResourceLogs": {1: ("resource", "Resource"), 2: ("scopeLogs", "ScopeLogs*")},
    "Resource": {1: ("attributes", "KeyValue*")},
    "ScopeSpans": {1: ("scope", "Scope"), 2: ("spans", "Span*")},
    "ScopeLogs": {1: ("scope", "Scope"), 2: ("logRecords", "LogRecord*")},
    "Scope": {1: ("name", "text"), 2: ("version", "text"), 3: ("attributes", "KeyValue*")},
    "KeyValue": {1: ("key", "text"), 2: ("value", "AnyValue")},
    "AnyValue": {
        1: ("stringValue", "text"), 2: ("boolValue", "bool"), 3: ("intValue", "varint"), 4: ("doubleValue", "double"),
        5: ("arrayValue", "List"), 6: ("kvlistValue", "KeyValueList"), 7: ("bytesValue", "bytes"),
    },
    "List": {1: ("values", "AnyValue*")},
    "KeyValueList": {1: ("values", "KeyValue*")},
    "Span": {
        1: ("traceId", "hex"), 2: ("spanId", "hex"), 4: ("parentSpanId", "hex"), 5: ("name", "text"), 6: ("kind", "varint"),
        7: ("startTimeUnixNano", "fixed"), 8: ("endTimeUnixNano", "fixed"), 9: ("attributes", "KeyValue*"),
        11: ("events", "Event*"), 15: ("status", "Status"),
    },
    "Event": {1: ("timeUnixNano", "fixed"), 2: ("name", "text"), 3: ("attributes", "KeyValue*")},
    "Status": {2: ("message", "text"), 3: ("code", "varint")},
    "LogRecord": {
        1: ("timeUnixNano", "fixed"), 2: ("severityNumber", "varint"), 5: ("body", "AnyValue"), 6: ("attributes", "KeyValue*"),
        9: ("traceId", "hex"), 10: ("spanId", "hex"), 12: ("eventName", "text"),
    },
}


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _fields(data: bytes):
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(data, at)
        elif wire == 2:
            size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            size = {1: 8, 5: 4}[wire]
            value, at = data[at : at + size], at + size
        yield number, value


def _scalar(kind: str, value):
    match kind:
        case "text":
            return value.decode("utf-8", "replace")
        case "hex":
            return value.hex()
        case "bytes":
            return base64.b64encode(value).decode()
        case "fixed":
            return int.from_bytes(value, "little")
        case "double":
            return struct.unpack("<d", value)[0]
        case "bool":
            return bool(value)
        case _:
            return value - (1 << 64) if value >= 1 << 63 else value


def decode(data: bytes, table: str) -> dict:
    """Decodes one message into the names of OTLP/JSON; fields not in the tables are left out."""
    message: dict = {}
    for number, value in _fields(data):
        if number not in TABLES[table]:
            continue
        name, kind = TABLES[table][number]
        plain = kind.rstrip("*")
        item = decode(value, plain) if plain in TABLES else _scalar(plain, value)
        if kind.endswith("*"):
            message.setdefault(name, []).append(item)
        else:
            message[name] = item
    return message


def value_of(any_value: dict):
    """The plain value of an AnyValue."""
    if "arrayValue" in any_value:
        return [value_of(v) for v in any_value["arrayValue"].get("values", [])]
    if "kvlistValue" in any_value:
        return attributes_of(any_value["kvlistValue"].get("values", []))
    return next(iter(any_value.values()), None)


def attributes_of(pairs: list[dict]) -> dict:
    return {pair["key"]: value_of(pair.get("value", {})) for pair in pairs}


def load(path: pathlib.Path) -> dict:
    """Reads a captured body; protobuf bodies are taken for logs where index.json says so."""
    data = path.read_bytes()
    if path.suffix == ".json":
        return json.loads(data)
    index = json.loads((path.parent / "index.json").read_text())
    posted_to = next(r["path"] for r in index["requests"] if r["file"] == path.name)
    return decode(data, "logs") if posted_to.endswith("/logs") else decode(data, "traces")


def _print_attributes(attributes: dict, indent: str) -> None:
    for key, value in attributes.items():
        text = value if isinstance(value, str) else json.dumps(value)
        print(f"{indent}{key} = {text}")


def _print_span(span: dict, children: dict, depth: int) -> None:
    indent = "  " * depth
    status = span.get("status", {})
    scope = span["scope"]
    print(f"{indent}* {span['name']}  [{scope.get('name')}@{scope.get('version', '')}] kind={span.get('kind')} status={status} {span['spanId']}")
    _print_attributes(attributes_of(span.get("attributes", [])), indent + "    ")
    for event in span.get("events", []):
        print(f"{indent}    event {event['name']}")
        _print_attributes(attributes_of(event.get("attributes", [])), indent + "      ")
    for child in sorted(children.get(span["spanId"], []), key=lambda s: int(s["startTimeUnixNano"])):
        _print_span(child, children, depth + 1)


def main(paths: list[str]) -> None:
    spans, resources = [], []
    for body in (load(pathlib.Path(p)) for p in paths):
        for group in body.get("resourceSpans", []):
            resources.append(attributes_of(group.get("resource", {}).get("attributes", [])))
            for scope in group.get("scopeSpans", []):
                spans += [span | {"scope": scope.get("scope", {})} for span in scope.get("spans", [])]
        for group in body.get("resourceLogs", []):
            for scope in group.get("scopeLogs", []):
                for record in scope.get("logRecords", []):
                    shown = {k: attributes_of(v) if k == "attributes" else v for k, v in record.items() if k != "body"}
                    print("log", json.dumps(shown | {"body": value_of(record.get("body", {}))}))
    for resource in {json.dumps(r, sort_keys=True) for r in resources}:
        print("resource", resource)
    known = {span["spanId"] for span in spans}
    children: dict = {}
    for span in spans:
        children.setdefault(span.get("parentSpanId") or "", []).append(span)
    roots = [s for s in spans if (s.get("parentSpanId") or "") not in known]
    for root in sorted(roots, key=lambda s: int(s["startTimeUnixNano"])):
        _print_span(root, children, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
