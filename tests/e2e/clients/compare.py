"""Compares spans that Vitrine answered with expected ones: the tree, the columns, the conversation."""

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from expectations import Node

ZERO_ID = "0" * 16


@dataclass
class Result:
    """One check."""

    what: str
    passed: bool
    detail: str = ""

    def line(self, client: str) -> str:
        return f"{'ok  ' if self.passed else 'FAIL'} {client} {self.what}{': ' + self.detail if self.detail else ''}"


def _plain(value):
    """One form for what an SQL answer and an expectation may write differently: unset text, numbers as text."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float, Decimal)):
        return Decimal(str(value))
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, str):
        try:
            number = Decimal(value)
            return number if number.is_finite() else value
        except InvalidOperation:
            return {"true": True, "false": False}.get(value, value)
    return value


def same(expected, actual) -> bool:
    """Equal, where a list as the expectation of a scalar column means any of its values."""
    if isinstance(expected, list) and not isinstance(actual, list):
        return any(same(choice, actual) for choice in expected)
    left, right = _plain(expected), _plain(actual)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is not None and right is not None and Decimal(int(left)) == Decimal(int(right))
    return left == right


def parents_of(rows: list[dict]) -> dict[str, list[dict]]:
    """Rows by the span id of their parent; those whose parent did not arrive stand under the empty id."""
    known = {row["span_id"] for row in rows}
    below: dict[str, list[dict]] = {}
    for row in sorted(rows, key=lambda r: (r["start_time"], r["span_id"])):
        parent = row["parent_span_id"]
        below.setdefault(parent if parent in known and parent != ZERO_ID else "", []).append(row)
    return below


def match_tree(nodes: list[Node], rows: list[dict], below: dict[str, list[dict]], where: str = "roots"):
    """Pairs expected spans with rows by name, in order of start among equal names.

    Yields (node, row or None) for every expected span and (None, row) for every row nobody expected.
    """
    left = list(rows)
    for node in nodes:
        row = next((r for r in left if r["name"] == node.name), None)
        if row is None:
            for missing in node.walk():
                yield missing, None
            continue
        left.remove(row)
        yield node, row
        yield from match_tree(node.children, below.get(row["span_id"], []), below, node.path)
    for row in left:
        yield None, row
        yield from match_tree([], below.get(row["span_id"], []), below, row["name"])


def compare_columns(node: Node, row: dict):
    """A result for each column that the expectation speaks about."""
    if "status" not in node.columns:
        yield Result(f"{node.path} status", row["status"] != "error", f"is {row['status']}")
    for column, expected in node.columns.items():
        passed = same(expected, row[column])
        detail = f"{row[column]}" if passed else f"expected {expected!r}, got {row[column]!r}"
        yield Result(f"{node.path} {column}", passed, detail)
    for column in node.present:
        yield Result(f"{node.path} {column} present", _plain(row[column]) is not None, f"got {row[column]!r}")


def simple_message(role: str, parts) -> dict:
    """A message as role, text (tool results included) and tool calls."""
    parts = json.loads(parts or "[]") if isinstance(parts, str) else parts
    text = "".join(p.get("content") or "" for p in parts if p.get("type") in ("text", "refusal"))
    text += "".join(p.get("response") or "" for p in parts if p.get("type") == "tool_call_response")
    calls = [(p.get("name"), _arguments(p.get("arguments"))) for p in parts if p.get("type") == "tool_call"]
    return {"role": role, "text": text, "tool_calls": calls}


def _arguments(value):
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _message_agrees(expected: dict, actual: dict) -> bool:
    calls = [(call["name"], call["arguments"]) for call in expected.get("tool_calls", [])]
    if not same(expected["role"], actual["role"]) or calls != actual["tool_calls"]:
        return False
    if "text_has" in expected:
        return expected["text_has"] in actual["text"]
    return expected.get("text", "") == actual["text"]


def compare_messages(node: Node, direction: str, expected: list, actual: list[dict]) -> Result:
    """One result for a whole list: same length, same roles, texts and tool calls in the same order."""
    agrees = len(expected) == len(actual) and all(map(_message_agrees, expected, actual))
    detail = f"{len(actual)} messages" if agrees else f"expected {expected}, got {actual}"
    return Result(f"{node.path} {direction} messages", agrees, detail)


def compare_tool_calls(node: Node, rows: list[dict]) -> Result:
    """One result for the tool calls that a call asked for."""
    actual = [{"name": row["name"], "arguments": _arguments(row["arguments"])} for row in rows]
    expected = [{"name": call["name"], "arguments": call["arguments"]} for call in node.tool_calls]
    detail = f"{len(actual)} calls" if actual == expected else f"expected {expected}, got {actual}"
    return Result(f"{node.path} tool_calls", actual == expected, detail)


def compare_printed(expected: list[str], output: str):
    """A result for each line that the program itself should have printed."""
    lines = output.splitlines()
    for line in expected:
        yield Result(f"printed {line!r}", line in lines, "" if line in lines else f"got {output[-500:]!r}")


def compare_calls(pairs: list[tuple[Node, dict]]) -> Result:
    """One result: spans under one `call` have one call_id, all others that have any one of their own."""
    named: dict[str, set] = {}
    for node, row in (pair for pair in pairs if pair[1]["call_id"]):
        named.setdefault(node.call or node.path, set()).add(row["call_id"])
    ids = [call_id for found in named.values() for call_id in found]
    agrees = len(ids) == len(named) == len(set(ids))
    return Result("attempts of one call", agrees, f"{len(named)} calls" if agrees else f"got {named}")
