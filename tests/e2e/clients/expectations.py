"""Reads what is true about each client's run: expectations/<client>.json, built on expectations/steps.json.

A client's file holds the traces it should have made, as trees of spans. A span may `use` a step of the shared
conversation (the fake provider's numbers live there) and say what is different: because the library does not report it
(`unset`), or because it reports something else (`expect`). A file may stand on another (`base`) for what holds for all
spans.
"""

import json
from dataclasses import dataclass, field
from decimal import Decimal

import install

DIRECTORY = install.SOURCES / "expectations"
PER_MILLION = Decimal(1_000_000)


@dataclass
class Node:
    """One expected span and its children."""

    name: str
    path: str
    columns: dict = field(default_factory=dict)
    present: list[str] = field(default_factory=list)
    input: list | None = None
    output: list | None = None
    tool_calls: list | None = None
    children: list["Node"] = field(default_factory=list)
    paid: bool | None = None
    call: str | None = None

    def walk(self):
        """This node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def is_error(self) -> bool:
        return self.columns.get("status") == "error"

    @property
    def is_paid(self) -> bool:
        """Stands for a paid call, whose usage must be counted once. Said outright where either of two spans may count."""
        return self.paid if self.paid is not None else self.columns.get("counted") is True and not self.is_error


def _load(name: str):
    return json.loads((DIRECTORY / f"{name}.json").read_text())


_PRICES = {model: {k: Decimal(v) for k, v in rates.items()} for model, rates in _load("prices").items()}


def _first(value):
    """A list in an expectation means any of its values; the first is the one to compute with."""
    return value[0] if isinstance(value, list) else value


def cost_of(columns: dict) -> Decimal | None:
    """What the tokens of a row cost by the known price of its model; null where a price or a count is not known."""
    rates = _PRICES.get(_first(columns.get("response_model")) or _first(columns.get("request_model")))
    if rates is None or columns.get("input_tokens") is None:
        return None
    cached = columns.get("cached_input_tokens") or 0
    written = columns.get("cache_write_tokens") or 0
    plain = columns["input_tokens"] - cached - written
    total = plain * rates["input"] + cached * rates.get("cache_read", rates["input"])
    total += written * rates.get("cache_write", rates["input"])
    total += (columns.get("output_tokens") or 0) * rates.get("output", Decimal(0))
    return total / PER_MILLION


def buckets_of(columns: dict) -> dict[str, int]:
    """The tokens of a row in buckets that do not overlap, under the names the price table has for their rates."""
    count = {name: columns.get(name) or 0 for name in (
        "input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens")}
    buckets = {
        "input": count["input_tokens"] - count["cached_input_tokens"] - count["cache_write_tokens"],
        "cache_read": count["cached_input_tokens"],
        "cache_write_5m": count["cache_write_tokens"],
        "output": count["output_tokens"] - count["reasoning_tokens"],
        "reasoning": count["reasoning_tokens"],
    }
    return {name: tokens for name, tokens in buckets.items() if tokens > 0}


def _node(raw: dict, steps: dict, common: dict, path: str) -> Node:
    step = steps[raw["use"]] if "use" in raw else {}
    columns = dict(common["everywhere"]) | step.get("expect", {})
    for column in raw.get("unset", []):
        columns[column] = None
    columns |= raw.get("expect", {})
    path = f"{path}/{raw['name']}"
    node = Node(
        name=raw["name"],
        path=path,
        columns=columns,
        present=common["present"] + raw.get("present", []),
        input=raw.get("input", step.get("input")),
        output=raw.get("output", step.get("output")),
        tool_calls=raw.get("tool_calls", step.get("tool_calls")),
        paid=raw.get("paid"),
        call=raw.get("call"),
    )
    if node.is_paid and "cost_usd" not in columns:
        columns["cost_usd"] = cost_of(columns)
    if node.is_paid:
        columns.setdefault("usage_details", buckets_of(columns))
    node.children = [_node(child, steps, common, path) for child in raw.get("children", [])]
    return node


@dataclass
class Expectation:
    """What a client's run should leave: root spans, and lines that it prints."""

    roots: list[Node]
    printed: list[str]

    @property
    def nodes(self) -> list[Node]:
        return [node for root in self.roots for node in root.walk()]


def _common(raw: dict) -> dict:
    base = _common(_load(raw["base"])) if "base" in raw else {"everywhere": {}, "present": []}
    return {
        "everywhere": base["everywhere"] | raw.get("everywhere", {}),
        "present": base["present"] + raw.get("present", []),
    }


def load(client: dict) -> Expectation:
    """What is true about a client's run. Clients that do the same share a file and say so in `expectations`."""
    raw = _load(client.get("expectations", client["name"]))
    steps = _load("steps")
    roots = [_node(root, steps, _common(raw), "") for root in raw["spans"]]
    seen: dict[str, int] = {}
    for node in (node for root in roots for node in root.walk()):
        seen[node.path] = seen.get(node.path, 0) + 1
        if seen[node.path] > 1:
            node.path += f"#{seen[node.path]}"
    return Expectation(roots, raw.get("printed", []))
