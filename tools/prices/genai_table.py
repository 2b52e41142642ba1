"""Reads genai-prices' data.json into ModelPrice values. USD per million tokens in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from rates import Entry, ModelPrice, Version, pico

FIELDS = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write_5m",
    "input_audio_mtok": "input_audio",
    "output_audio_mtok": "output_audio",
    "cache_audio_read_mtok": "cache_read_audio",
}
UNVERIFIED = "Imported from OpenRouter"
# What may follow a name without making it another model: a full date, a Bedrock version.
EDITION = re.compile(r"(-instruct)?([-@]\d{8}|-\d{4}-\d\d-\d\d|@default|-v\d+(:\d+)?|:\d+)*")


@dataclass
class GenAiModel:
    price: ModelPrice
    clause: dict
    equals: list[str]
    patterns: list[tuple[str, str]]
    free: bool
    dated: bool

    def matches(self, name: str) -> bool:
        return _matches(self.clause, name.lower())

    def names_exactly(self, name: str) -> bool:
        """True where the entry is about this very name, not about a family it falls into."""
        lower = name.lower()
        own = [self.price.model.lower(), *(text.lower() for text in self.equals)]
        if lower in own:
            return True
        for kind, text in self.patterns:
            text = text.lower()
            rest = None
            if lower.startswith(text):
                rest = lower[len(text):]
            elif kind == "contains" and text in lower:
                before, rest = lower.split(text, 1)
                if before not in ("anthropic.", "bedrock/"):
                    rest = None
            if rest is not None and EDITION.fullmatch(rest):
                return True
        return False


def _matches(clause: dict, name: str) -> bool:
    (kind, value), = clause.items()
    if kind == "or":
        return any(_matches(part, name) for part in value)
    if kind == "and":
        return all(_matches(part, name) for part in value)
    if kind == "regex":
        return re.search(value, name) is not None
    value = value.lower()
    return {"equals": name == value, "starts_with": name.startswith(value),
            "ends_with": name.endswith(value), "contains": value in name}[kind]


def _leaves(clause: dict) -> list[tuple[str, str]]:
    (kind, value), = clause.items()
    if kind == "or":
        return [leaf for part in value for leaf in _leaves(part)]
    if kind == "and":
        raise ValueError("a conjunction of names cannot be carried")
    return [(kind, value)]


class GenAiTable:
    def __init__(self, data: list, names):
        self.names = names
        self.models: dict[str, list[GenAiModel]] = {}
        self.notes: dict[str, list[str]] = {}
        for provider in data:
            for raw in provider["models"]:
                self._add(provider["id"], raw)

    def _note(self, what: str, key: str) -> None:
        self.notes.setdefault(what, []).append(key)

    def _provider(self, provider: str, model: str) -> str:
        if provider == "google" and "claude" in model:
            return "gcp.vertex_ai"
        if provider == "azure" and re.match(r"phi-|mai-|wizardlm", model):
            return "azure.ai.inference"
        if provider == "google":
            return "gcp.gemini"
        return self.names.canonical(provider)

    def _add(self, provider: str, raw: dict) -> None:
        key = f"{provider}/{raw['id']}"
        comments = raw.get("price_comments") or ""
        if UNVERIFIED in comments:
            self._note("is a reseller's price by its own comment", key)
            return
        leaves = _leaves(raw["match"])
        equals = [text for kind, text in leaves if kind == "equals"]
        patterns = [leaf for leaf in leaves if leaf[0] in ("starts_with", "contains", "ends_with")]
        price = ModelPrice(self._provider(provider, raw["id"]), raw["id"], sources=[f"genai:{key}"])
        price.versions, dated = self._versions(provider, raw["prices"])
        free = not price.versions[0].entries[0].rates
        if free and not (raw["id"].endswith(":free") or "moderation" in raw["id"]):
            self._note("states no price", key)
            return
        if free:
            price.free = True
            price.versions = [Version(None, [Entry(rates={"input": pico(0), "output": pico(0)})])]
        model = GenAiModel(price, raw["match"], equals, patterns, free, dated)
        self.models.setdefault(price.provider, []).append(model)

    def _versions(self, provider: str, prices) -> tuple[list[Version], bool]:
        if isinstance(prices, dict):
            return [Version(None, self._entries(provider, prices, None))], False
        versions: list[Version] = []
        for part in prices:
            constraint = part.get("constraint") or {}
            window = None
            if "start_time" in constraint:
                window = (_minute(constraint["start_time"]), _minute(constraint["end_time"]))
            entries = self._entries(provider, part["prices"], window)
            if window:
                versions[-1].entries.extend(entries)
            else:
                versions.append(Version(constraint.get("start_date"), entries))
        return versions, any(version.start for version in versions)

    def _entries(self, provider: str, prices: dict, window) -> list[Entry]:
        entries = {0: Entry(window=window)}
        for name in sorted(prices):
            value = prices[name]
            if name == "requests_kcount":
                # Perplexity only, and by its own comment the highest of three fees.
                if provider != "perplexity":
                    entries[0].rates["per_request"] = pico(value, 1000)
                continue
            dim = FIELDS[name]
            if isinstance(value, Decimal):
                entries[0].rates[dim] = pico(value, 10**6)
                continue
            entries[0].rates[dim] = pico(value["base"], 10**6)
            for tier in value["tiers"]:
                start = int(tier["start"])
                entries.setdefault(start, Entry(above=start, window=window))
                entries[start].rates[dim] = pico(tier["price"], 10**6)
        return list(entries.values())

    def find(self, provider: str, name: str) -> GenAiModel | None:
        """genai-prices' own rule: the first model whose clause matches."""
        for model in self.models.get(provider, []):
            if model.matches(name):
                return model
        return None


def _minute(text: str) -> int:
    hour, minute = text.split(":")[:2]
    return int(hour) * 60 + int(minute)
