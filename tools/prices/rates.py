"""What a rate is: dimensions, exact arithmetic in pico-dollars, rows and their canonical text.

A rate is an integer number of pico US dollars (1e-12 USD) per unit. Source decimals are read as
decimals and never pass through a binary floating-point number.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

PICO = 10**12

INPUT_DIMS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "input_audio",
              "cache_read_audio", "input_image")
OUTPUT_DIMS = ("output", "reasoning", "output_audio", "output_image")
TOKEN_DIMS = INPUT_DIMS + OUTPUT_DIMS
UNIT_DIMS = ("per_input_image", "per_output_image", "per_input_second", "per_output_second",
             "per_input_character", "per_output_character", "per_page", "per_query", "per_request",
             "per_session", "per_web_search", "per_web_search_low", "per_web_search_medium",
             "per_web_search_high")
ALL_DIMS = TOKEN_DIMS + UNIT_DIMS

MODES = ("standard", "batch", "flex", "priority", "fast")


def plain_dim(dim: str) -> str:
    """The plain dimension a special one is a kind of."""
    return "input" if dim in INPUT_DIMS else "output"


def pico(value: Decimal | Fraction, per: int = 1) -> Fraction:
    """Dollars per `per` units as an exact number of pico-dollars per unit."""
    return Fraction(value) * PICO / per


def round_half_even(value: Fraction) -> int:
    """The nearest integer, ties to even (Python's own rule for Fractions)."""
    return round(value)


def load_json(path: str) -> object:
    """Reads JSON with every number as a Decimal."""
    with open(path, encoding="utf-8") as file:
        return json.load(file, parse_float=Decimal, parse_int=Decimal)


@dataclass
class Entry:
    """The rates of one mode, context tier and time of day."""

    mode: str = "standard"
    above: int = 0
    window: tuple[int, int] | None = None
    rates: dict[str, Fraction] = field(default_factory=dict)
    derived: set[str] = field(default_factory=set)

    def key(self) -> tuple:
        return (MODES.index(self.mode), self.above, self.window or (-1, -1))

    def copy(self, **changes) -> "Entry":
        new = Entry(self.mode, self.above, self.window, dict(self.rates), set(self.derived))
        for name, value in changes.items():
            setattr(new, name, value)
        return new


@dataclass
class Version:
    """A complete price of one model from a date on; None is from the beginning."""

    start: str | None
    entries: list[Entry]

    def standard(self) -> Entry | None:
        return self.find("standard", 0)

    def find(self, mode: str, above: int, window=None) -> Entry | None:
        for entry in self.entries:
            if (entry.mode, entry.above, entry.window) == (mode, above, window):
                return entry
        return None


@dataclass
class ModelPrice:
    """All versions of one model's price, with what applies to every version."""

    provider: str
    model: str
    region: str = ""
    kind: str = "chat"
    versions: list[Version] = field(default_factory=list)
    geo: dict[str, Fraction] = field(default_factory=dict)
    search: dict | None = None
    free: bool = False
    sources: list[str] = field(default_factory=list)
    fast: Fraction | None = None

    def key(self) -> tuple[str, str, str]:
        return (self.provider, self.region, self.model.lower())


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def rows_of(price: ModelPrice) -> list[dict]:
    """The table rows of one model, in canonical order."""
    rows = []
    for version in price.versions:
        for entry in sorted(version.entries, key=Entry.key):
            rows.append(_row(price, version, entry))
    return rows


def _row(price: ModelPrice, version: Version, entry: Entry) -> dict:
    row: dict = {"provider": price.provider, "model": price.model}
    if price.region:
        row["region"] = price.region
    if version.start:
        row["from"] = version.start
    if entry.mode != "standard":
        row["mode"] = entry.mode
    if entry.above:
        row["above"] = entry.above
    if entry.window:
        row["window"] = [clock(entry.window[0]), clock(entry.window[1])]
    rates = _plain_search(entry.rates)
    row["rates"] = {dim: round_half_even(rates[dim]) for dim in ALL_DIMS if dim in rates}
    if price.geo:
        row["geo_ppm"] = {name: round_half_even(price.geo[name] * 10**6) for name in sorted(price.geo)}
    if price.search:
        row["search"] = price.search
    if price.free:
        row["free"] = True
    derived = [dim for dim in ALL_DIMS if dim in entry.derived and dim in rates]
    if derived:
        row["derived"] = derived
    row["source"] = price.sources
    return row


def _plain_search(rates: dict[str, Fraction]) -> dict[str, Fraction]:
    """One rate for a web search where its context size makes no difference."""
    sized = [f"per_web_search_{size}" for size in ("low", "medium", "high")]
    if len({rates.get(dim) for dim in sized}) != 1 or sized[0] not in rates:
        return rates
    plain = {dim: rate for dim, rate in rates.items() if dim not in sized}
    plain["per_web_search"] = rates[sized[0]]
    return plain


def row_key(row: dict) -> tuple:
    """What makes a row unique, and the order of the table."""
    return (row["provider"], row["model"].lower(), row.get("region", ""), row.get("from", ""),
            row.get("rev", 0), MODES.index(row.get("mode", "standard")), row.get("above", 0),
            row.get("window", []))


def price_id(row: dict) -> str:
    """The stable name of a row; the server builds the same text (price_rows.cc)."""
    text = f"{row['provider']}/{row['model']}"
    if row.get("region"):
        text += f"~{row['region']}"
    text += f"@{row.get('from', 'always')}"
    if row.get("rev"):
        text += f".r{row['rev']}"
    if row.get("mode", "standard") != "standard":
        text += f"+{row['mode']}"
    if row.get("above"):
        text += f">{row['above']}"
    if row.get("window"):
        text += "%" + "-".join(part.replace(":", "") for part in row["window"])
    return text


def row_text(row: dict) -> str:
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False)
