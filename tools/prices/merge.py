"""Joins the two source tables by the written rule of data/prices/README.md."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field
from fractions import Fraction

from genai_table import GenAiModel, GenAiTable
from litellm_table import LiteLlmTable
from rates import Entry, INPUT_DIMS, MODES, ModelPrice, OUTPUT_DIMS, TOKEN_DIMS, Version, plain_dim

COMPARED = ("input", "output", "cache_read", "cache_write_5m")
AUDIO = ("input_audio", "output_audio", "cache_read_audio")


@dataclass
class Disagreement:
    provider: str
    model: str
    litellm: dict[str, Fraction]
    genai: dict[str, Fraction]
    winner: str
    why: str


@dataclass
class Merged:
    models: dict[tuple[str, str, str], ModelPrice] = field(default_factory=dict)
    aliases: list[dict] = field(default_factory=list)
    disagreements: list[Disagreement] = field(default_factory=list)
    agreements: int = 0


def any_match(name: str, patterns: str) -> bool:
    return any(fnmatch.fnmatchcase(name.lower(), part) for part in patterns.split("|"))


class Merger:
    def __init__(self, litellm: LiteLlmTable, genai: GenAiTable, decisions: dict):
        self.litellm = litellm
        self.genai = genai
        self.decisions = decisions
        self.out = Merged()
        self._by_provider: dict[str, list[ModelPrice]] = {}

    def run(self) -> Merged:
        for key in sorted(self.litellm.models):
            price = self.litellm.models[key]
            model = None if price.region else self.genai.find(price.provider, price.model)
            self.out.models[key] = self._join(price, model) if model else price
        for provider in sorted(self.genai.models):
            for model in self.genai.models[provider]:
                self._add_genai_names(provider, model)
        for price in self.out.models.values():
            self._complete(price)
        for rule in self.decisions["resellers"]:
            for price in self.out.models.values():
                if price.provider in rule["providers"]:
                    self._pass_on(price, rule)
        return self.out

    def _pass_on(self, price: ModelPrice, rule: dict) -> None:
        """Gives a reseller's model its vendor's cache rates and fees, where the plain rates agree."""
        prefix, _, name = price.model.partition("/")
        vendor = rule["vendors"].get(prefix)
        known = self._vendor_price(vendor, name) if vendor else None
        if known is None or len(price.versions) != 1 or len(known.versions) != 1:
            return
        ours, theirs = price.versions[0].standard(), known.versions[0].standard()
        if any(ours.rates.get(dim) != theirs.rates.get(dim) for dim in ("input", "output")):
            return
        taken = [d for d in theirs.rates if d.startswith("cache_")]
        if prefix in rule["fees_of"]:
            taken += [d for d in theirs.rates if d.startswith("per_web_search")]
            price.search = price.search or known.search
        for dim in taken:
            if ours.rates.get(dim) != theirs.rates[dim]:
                ours.rates[dim] = theirs.rates[dim]
                ours.derived.add(dim)

    def _vendor_price(self, vendor: str, name: str) -> ModelPrice | None:
        for spelling in (name, name.replace(".", "-")):
            price = self.out.models.get((vendor, "", spelling.lower()))
            if price:
                return price
        return None

    # ---- one model known to both tables

    def _join(self, price: ModelPrice, model: GenAiModel) -> ModelPrice:
        decision = self._decision(price)
        current = self._at(model.price, self.decisions["sources"]["litellm"]["as_of"])
        ours, theirs = price.versions[0].standard().rates, current.standard_any().rates
        differ = [dim for dim in COMPARED
                  if dim in ours and dim in theirs and ours[dim] != theirs[dim]]
        if not differ and not decision:
            self.out.agreements += 1
            return self._combine(price, model)
        winner, why = self._winner(price, model, differ, decision)
        if differ:
            self.out.disagreements.append(Disagreement(
                price.provider, price.model, {d: ours[d] for d in differ},
                {d: theirs[d] for d in differ}, winner, why))
        if winner == "genai":
            return self._combine(price, model)
        if decision and decision.get("from"):
            return self._dated(price, model, decision["from"])
        return price

    def _winner(self, price, model, differ, decision) -> tuple[str, str]:
        if decision:
            return decision["winner"], decision["why"]
        if "output_image" in price.versions[0].standard().rates:
            return "litellm", "rule 2: genai-prices has no rate of its own for image tokens"
        if not model.names_exactly(self._without_geography(price)):
            return "litellm", "rule 3: genai-prices prices a family, LiteLLM this name"
        return "genai", "rule 4: both name it, genai-prices is newer"

    def _without_geography(self, price: ModelPrice) -> str:
        """A Bedrock profile's base name, where LiteLLM prices both alike."""
        match = re.match(r"^(us|eu|apac)\.(.+)$", price.model)
        if price.provider != "aws.bedrock" or not match:
            return price.model
        base = self.litellm.models.get((price.provider, "", match.group(2).lower()))
        same = base and all(base.versions[0].standard().rates.get(dim) ==
                            price.versions[0].standard().rates.get(dim) for dim in COMPARED)
        return base.model if same else price.model

    def _decision(self, price: ModelPrice) -> dict | None:
        for rule in self.decisions["winners"]:
            if rule["provider"] == price.provider and price.model.lower() in rule["models"]:
                return None if price.region else rule
        return None

    def _dated(self, price: ModelPrice, model: GenAiModel, start: str) -> ModelPrice:
        """genai-prices' price until a date, LiteLLM's from then on."""
        before = self._combine(price, model)
        kept = [v for v in before.versions if v.start is None or v.start < start]
        price.versions = [*kept, Version(start, price.versions[0].entries)]
        price.sources = [*price.sources, *model.price.sources]
        return price

    def _at(self, price: ModelPrice, date: str) -> Version:
        known = [v for v in price.versions if v.start is None or v.start <= date]
        return _Current(known[-1])

    # ---- genai-prices' base with what only LiteLLM states

    def _combine(self, price: ModelPrice, model: GenAiModel) -> ModelPrice:
        donor = price.versions[0]
        versions = [Version(v.start, self._entries(v, donor, model)) for v in model.price.versions]
        return ModelPrice(price.provider, price.model, price.region, price.kind, versions, price.geo,
                          price.search, model.free or price.free,
                          [*price.sources, *model.price.sources], price.fast)

    def _entries(self, version: Version, donor: Version, model: GenAiModel) -> list[Entry]:
        entries = [entry.copy() for entry in version.entries]
        base = next((e for e in entries if e.above == 0 and e.window is None), None)
        plain = donor.standard()
        if base is None or plain is None:
            return entries
        ratio = {dim: base.rates[dim] / plain.rates[dim]
                 for dim in TOKEN_DIMS if plain.rates.get(dim) and dim in base.rates}
        self._fill(base, plain, ratio)
        for entry in entries:
            if entry.above and entry.window is None:
                twin = donor.find("standard", entry.above)
                if twin:
                    self._fill(entry, twin, ratio)
        known = {(e.mode, e.above) for e in entries if e.window is None}
        for extra in donor.entries:
            if (extra.mode, extra.above) in known or (extra.above and model.dated):
                continue
            entries.append(self._scaled(extra, ratio))
        return entries

    def _fill(self, entry: Entry, donor: Entry, ratio: dict) -> None:
        for dim, rate in donor.rates.items():
            if dim in AUDIO and entry.rates.get(dim) == entry.rates.get(plain_dim(dim)):
                entry.rates.pop(dim, None)  # A rate that repeats its plain rate says nothing.
            if dim not in entry.rates:
                scale = self._scale(dim, ratio)
                entry.rates[dim] = rate * scale
                if scale != 1:
                    entry.derived.add(dim)

    def _scaled(self, entry: Entry, ratio: dict) -> Entry:
        new = entry.copy()
        for dim in new.rates:
            scale = self._scale(dim, ratio)
            if scale != 1:
                new.rates[dim] *= scale
                new.derived.add(dim)
        return new

    @staticmethod
    def _scale(dim: str, ratio: dict) -> Fraction:
        """Cache and reasoning rates move with the plain rate; audio, images and units do not."""
        if dim in AUDIO or dim not in TOKEN_DIMS or dim.endswith("image"):
            return Fraction(1)
        return ratio.get(dim, ratio.get(plain_dim(dim), Fraction(1)))

    # ---- names only genai-prices knows

    def _add_genai_names(self, provider: str, model: GenAiModel) -> None:
        own = (provider, "", model.price.model.lower())
        if own not in self.out.models:
            donor = self._donor(provider, model)
            joined = self._combine(donor, model) if donor else model.price
            joined.model = model.price.model
            joined.sources = list(model.price.sources) + (donor.sources if donor else [])
            self.out.models[own] = joined
        for text in model.equals:
            if (provider, "", text.lower()) not in self.out.models:
                self.out.aliases.append({"provider": provider, "kind": "equals", "text": text.lower(),
                                         "model": model.price.model})
        for kind, text in model.patterns:
            self.out.aliases.append({"provider": provider, "kind": kind, "text": text.lower(),
                                     "model": model.price.model})

    def _donor(self, provider: str, model: GenAiModel) -> ModelPrice | None:
        """A LiteLLM entry of the same model under another name, with the same price."""
        for price in self._litellm_of(provider):
            if not model.matches(price.model):
                continue
            ours = price.versions[0].standard().rates
            theirs = _Current(model.price.versions[-1]).standard_any().rates
            if model.names_exactly(price.model) and all(
                    ours.get(d) == theirs.get(d) for d in ("input", "output")):
                return price
        return None

    def _litellm_of(self, provider: str) -> list[ModelPrice]:
        if provider not in self._by_provider:
            self._by_provider[provider] = [
                self.litellm.models[key] for key in sorted(self.litellm.models)
                if key[0] == provider and not key[1]]
        return self._by_provider[provider]

    # ---- what the rules derive

    def _complete(self, price: ModelPrice) -> None:
        if price.free:
            return
        for version in price.versions:
            base = version.find("standard", 0)
            if base is None:
                continue
            _one_hour_writes(price, version)
            self._mode_rules(price, version)
            _complete_tiers(version)
            _fast_mode(price, version)
            self._search(price, version)

    def _mode_rules(self, price: ModelPrice, version: Version) -> None:
        base = version.standard()
        for rule in self.decisions["mode_factors"]:
            if rule["provider"] != price.provider or version.find(rule["mode"], 0):
                continue
            if not any_match(price.model, rule.get("models", "*")):
                continue
            factor = Fraction(rule["factor"])
            tokens = {d: r * factor for d, r in base.rates.items() if d in TOKEN_DIMS}
            if tokens:
                units = {d: r for d, r in base.rates.items() if d not in TOKEN_DIMS}
                version.entries.append(Entry(rule["mode"], rates={**tokens, **units},
                                             derived=set(tokens)))

    def _search(self, price: ModelPrice, version: Version) -> None:
        for rule in self.decisions["search_in_every_call"]:
            if rule["provider"] == price.provider and any_match(price.model, rule["models"]):
                if "per_web_search_low" in version.standard().rates:
                    price.search = {"every_call": True, "default": rule["context"]}
        for rule in self.decisions["web_search_defaults"]:
            if rule["provider"] != price.provider or price.kind not in ("chat", "responses"):
                continue
            if not any_match(price.model, rule["models"]):
                continue
            for entry in version.entries:
                if "per_web_search_low" not in entry.rates:
                    entry.rates["per_web_search"] = Fraction(rule["usd"]) * 10**12
                    entry.derived.add("per_web_search")


@dataclass
class _Current:
    """A version seen at an unknown time of day: the dearest window, as LiteLLM would state it."""

    version: Version

    def standard_any(self) -> Entry:
        flat = [e for e in self.version.entries if e.mode == "standard" and e.above == 0]
        return max(flat, key=lambda entry: entry.rates.get("input", Fraction(0)))


def _one_hour_writes(price: ModelPrice, version: Version) -> None:
    """Claude: five-minute writes cost 1.25 times the input, one-hour writes twice."""
    if "claude" not in price.model:
        return
    for entry in version.entries:
        rates = entry.rates
        if "cache_write_1h" in rates or "input" not in rates or "cache_write_5m" not in rates:
            continue
        if rates["cache_write_5m"] * 4 == rates["input"] * 5:
            rates["cache_write_1h"] = rates["input"] * 2
            entry.derived.add("cache_write_1h")


def _complete_tiers(version: Version) -> None:
    """Gives every tier and mode all dimensions of the standard price, in proportion."""
    version.entries = [e for e in version.entries if "input" in e.rates or e.mode == "standard"]
    base = version.standard()
    tiers = sorted({e.above for e in version.entries if e.mode == "standard" and e.above})
    for mode in MODES:
        flat = version.find(mode, 0)
        if flat is None:
            version.entries = [e for e in version.entries if e.mode != mode]
            continue
        _in_proportion(flat, base, base)
        for above in tiers:
            tier = version.find(mode, above)
            model = version.find("standard", above)
            if tier is None:
                tier = Entry(mode, above)
                for dim in ("input", "output"):
                    if dim in flat.rates and dim in model.rates and base.rates.get(dim):
                        tier.rates[dim] = flat.rates[dim] * model.rates[dim] / base.rates[dim]
                        tier.derived.add(dim)
                version.entries.append(tier)
            _in_proportion(tier, model if mode != "standard" else flat, base, flat)


def _in_proportion(entry: Entry, model: Entry, base: Entry, flat: Entry | None = None) -> None:
    """Fills what `entry` lacks from `model`, scaled as its plain rates are scaled."""
    if entry is model:
        return
    for dim, rate in model.rates.items():
        if dim in entry.rates:
            continue
        scale = Fraction(1)
        if dim in TOKEN_DIMS:
            plain = plain_dim(dim)
            if entry.rates.get(plain) and model.rates.get(plain):
                scale = entry.rates[plain] / model.rates[plain]
        entry.rates[dim] = rate * scale
        if dim in TOKEN_DIMS:
            entry.derived.add(dim)


def _fast_mode(price: ModelPrice, version: Version) -> None:
    if not price.fast or version.find("fast", 0):
        return
    for entry in [e for e in version.entries if e.mode == "standard" and e.window is None]:
        rates = {d: r * price.fast if d in TOKEN_DIMS else r for d, r in entry.rates.items()}
        version.entries.append(Entry("fast", entry.above, rates=rates,
                                     derived=set(entry.derived)))
