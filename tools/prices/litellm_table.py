"""Reads LiteLLM's flat price map into ModelPrice values. USD per unit in, pico-dollars out."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from rates import Entry, ModelPrice, TOKEN_DIMS, Version, pico

FIELDS = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write_5m",
    "input_cost_per_audio_token": "input_audio",
    "output_cost_per_audio_token": "output_audio",
    "cache_read_input_audio_token_cost": "cache_read_audio",
    "input_cost_per_image_token": "input_image",
    "output_cost_per_image_token": "output_image",
    "output_cost_per_reasoning_token": "reasoning",
    "input_cost_per_image": "per_input_image",
    "output_cost_per_image": "per_output_image",
    "input_cost_per_second": "per_input_second",
    "output_cost_per_second": "per_output_second",
    "input_cost_per_audio_per_second": "per_input_second",
    "output_cost_per_video_per_second": "per_output_second",
    "input_cost_per_character": "per_input_character",
    "output_cost_per_character": "per_output_character",
    "ocr_cost_per_page": "per_page",
    "input_cost_per_query": "per_query",
    "input_cost_per_request": "per_request",
    "code_interpreter_cost_per_session": "per_session",
}

# Second spellings, used where the first is absent.
SECOND_FIELDS = {
    "input_cost_per_token_cache_hit": "cache_read",
    # The realtime models have their price of cached audio input under this name.
    "cache_creation_input_audio_token_cost": "cache_read_audio",
}

# Prices that no span can say it used; each is counted in the report.
NOT_CARRIED = {
    "annotation_cost_per_page": "annotations are an option of OCR that usage does not tell",
    "citation_cost_per_token": "citation tokens are not reported apart",
    "input_cost_per_video_per_second": "seconds of video input are not reported",
    "input_cost_per_video_per_second_above_15s_interval": "as above",
    "input_cost_per_video_per_second_above_8s_interval": "as above",
    "input_dbu_cost_per_token": "in another currency (DBU); the dollar price is used",
    "output_dbu_cost_per_token": "in another currency (DBU); the dollar price is used",
    "ocr_cost_per_credit": "credits are not reported",
    "output_cost_per_second_1080p": "the resolution is not reported",
    "output_cost_per_video_token": "video tokens are not reported apart",
}

SUFFIX = re.compile(r"^(.*?)(_above_1hr)?(?:_above_(\d+)k_tokens)?(?:_(batches|priority|flex))?$")
MODE = {None: "standard", "batches": "batch", "priority": "priority", "flex": "flex"}
NO_OUTPUT_KINDS = ("embedding", "rerank", "moderation", "search", "ocr")
SIZE = re.compile(r"(\d+)-x-(\d+)")

# Longest first; what stands before the model's own name in LiteLLM's keys.
PREFIXES = ("text-completion-codestral/", "vercel_ai_gateway/", "bedrock_mantle/", "fireworks_ai/",
            "github_copilot/", "vertex_ai/", "azure_ai/", "azure/", "bedrock/", "amazon-nova/")


class LiteLlmTable:
    def __init__(self, data: dict, names, decisions: dict):
        self.names = names
        self.decisions = decisions
        self.models: dict[tuple[str, str, str], ModelPrice] = {}
        self.notes: dict[str, list[str]] = {}
        skips = [re.compile(rule["match"]) for rule in decisions["skipped"]
                 if rule["table"] == "litellm"]
        for key in sorted(data):
            if any(skip.search(key) for skip in skips):
                self._note("skipped by a rule of decisions.json", key)
                continue
            self._add(key, data[key])

    def _note(self, what: str, key: str) -> None:
        self.notes.setdefault(what, []).append(key)

    def _add(self, key: str, raw: dict) -> None:
        if not raw.get("litellm_provider"):
            self._note("has no provider", key)
            return
        provider = self.names.canonical(raw["litellm_provider"])
        model, region = self._name(key, raw["litellm_provider"])
        kind = "embedding" if "embed" in model else (raw.get("mode") or "chat")
        entries = self._entries(key, raw, kind)
        price = ModelPrice(provider, model, region, kind, sources=[f"litellm:{key}"])
        price.free = self._is_free(price, entries, kind)
        if not price.free:
            for entry in entries.values():
                _drop_unknown_zeros(entry.rates, kind)
        entries = {at: entry for at, entry in entries.items() if entry.rates}
        if ("standard", 0) not in entries:
            self._note("states no price, or zero where free is not certain", key)
            return
        price.versions = [Version(None, list(entries.values()))]
        self._modifiers(price, raw)
        self._insert(price, key)

    def _name(self, key: str, litellm_provider: str) -> tuple[str, str]:
        """The model's own name and the region of a LiteLLM key."""
        name, region = key, ""
        for prefix in (f"{litellm_provider}/", *PREFIXES):
            if name.startswith(prefix):
                name = name[len(prefix):]
                break
        if litellm_provider in ("bedrock", "bedrock_converse"):
            match = re.match(r"^((?:us|eu|ap|ca|sa|me|af)-[a-z-]+-\d)/(.+)$", name)
            if match:
                region, name = match.groups()
        if litellm_provider.startswith("azure"):
            match = re.match(r"^(eu|us|global|global-standard)/(.+)$", name)
            if match:
                region, name = match.groups()
                region = "global" if region.startswith("global") else region
        return name, region

    def _entries(self, key: str, raw: dict, kind: str) -> dict[tuple[str, int], Entry]:
        entries: dict[tuple[str, int], Entry] = {}

        def entry(mode: str, above: int) -> Entry:
            return entries.setdefault((mode, above), Entry(mode, above))

        for name in sorted(raw):
            value = raw[name]
            if not isinstance(value, Decimal) or not ("cost" in name):
                continue
            base, hour, above, mode = SUFFIX.match(name).groups()
            gone = name if name in NOT_CARRIED else base
            if gone in NOT_CARRIED:
                self._note(f"{gone}: {NOT_CARRIED[gone]}", key)
                continue
            dim = FIELDS.get(base)
            if base == "cache_creation_input_token_cost" and hour:
                dim = "cache_write_1h"
            if dim is None:
                if base in SECOND_FIELDS or base.endswith("_per_pixel"):
                    continue
                raise ValueError(f"{key}: unknown price field {name}")
            entry(MODE[mode], int(above or 0) * 1000).rates[dim] = pico(value)
        self._second_spellings(key, raw, entry)
        self._tiered(key, raw, entry)
        standard = entries.get(("standard", 0))
        if standard:
            _drop_double_units(standard, kind)
        return entries

    def _second_spellings(self, key: str, raw: dict, entry) -> None:
        rates = entry("standard", 0).rates
        for name, dim in SECOND_FIELDS.items():
            if name in raw and dim not in rates:
                rates[dim] = pico(raw[name])
        pixel = max(raw.get("input_cost_per_pixel", 0), raw.get("output_cost_per_pixel", 0))
        size = SIZE.search(key)
        has_image = "per_input_image" in rates or "per_output_image" in rates
        if pixel and not has_image:
            if size:
                pixels = int(size.group(1)) * int(size.group(2))
                rates["per_output_image"] = pico(pixel) * pixels
            else:
                self._note("is priced by pixel without a size", key)

    def _tiered(self, key: str, raw: dict, entry) -> None:
        for tier in raw.get("tiered_pricing") or []:
            if "range" not in tier:
                self._note("is priced by the number of results, which is not reported", key)
                return
            rates = entry("standard", int(tier["range"][0])).rates
            for name, value in tier.items():
                if name != "range":
                    rates[FIELDS[name]] = pico(value)

    def _is_free(self, price: ModelPrice, entries: dict, kind: str) -> bool:
        """Zero is believed only where a call is certainly not paid for."""
        rates = [rate for entry in entries.values() for rate in entry.rates.values()]
        if not rates or any(rates):
            return False
        named_free = price.model.lower().endswith((":free", "-free"))
        return named_free or kind == "moderation"

    def _modifiers(self, price: ModelPrice, raw: dict) -> None:
        for name, area in (("regional_processing_uplift_multiplier_eu", "eu"),
                           ("regional_processing_uplift_multiplier_us", "us")):
            if raw.get(name):
                price.geo[area] = Fraction(raw[name])
        special = raw.get("provider_specific_entry") or {}
        if isinstance(special.get("us"), Decimal):
            price.geo["us"] = Fraction(special["us"])
        if isinstance(special.get("fast"), Decimal):
            price.fast = Fraction(special["fast"])
        search = raw.get("search_context_cost_per_query")
        if search:
            for size in ("low", "medium", "high"):
                value = search.get(f"search_context_size_{size}")
                if value:
                    for entry in price.versions[0].entries:
                        entry.rates[f"per_web_search_{size}"] = pico(value)

    def _insert(self, price: ModelPrice, key: str) -> None:
        known = self.models.get(price.key())
        if known is None:
            self.models[price.key()] = price
            return
        same = known.versions[0].standard().rates == price.versions[0].standard().rates
        # The key that names its provider is the more deliberate one.
        if key.startswith(PREFIXES) and not known.sources[0].split(":", 1)[1].startswith(PREFIXES):
            self.models[price.key()] = price
        if not same:
            self._note("appears under two keys with different prices", f"{known.sources[0]} {key}")


def _drop_unknown_zeros(rates: dict[str, Fraction], kind: str) -> None:
    """A zero in a table of prices mostly means "not known"; only an absent rate says that."""
    for dim in [dim for dim, rate in rates.items() if rate == 0]:
        del rates[dim]


def _drop_double_units(entry: Entry, kind: str) -> None:
    """Removes unit prices that say again what the token prices say."""
    rates = entry.rates
    if kind == "image_generation" and "per_output_image" not in rates and "per_input_image" in rates:
        rates["per_output_image"] = rates.pop("per_input_image")
    if kind == "audio_transcription":
        seconds = max(rates.pop("per_input_second", Fraction(0)),
                      rates.pop("per_output_second", Fraction(0)))
        if seconds:
            rates["per_input_second"] = seconds
    if kind == "embedding":
        return
    if rates.get("input"):
        for dim in ("per_input_image", "per_input_second", "per_input_character"):
            rates.pop(dim, None)
    if rates.get("output") or rates.get("output_image"):
        for dim in ("per_output_image", "per_output_second", "per_output_character"):
            rates.pop(dim, None)
    if not any(rates.get(dim) for dim in TOKEN_DIMS):
        for dim in [dim for dim in rates if dim in TOKEN_DIMS]:
            if any(rates.get(unit) for unit in rates if unit not in TOKEN_DIMS):
                del rates[dim]
