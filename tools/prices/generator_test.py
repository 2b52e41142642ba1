#!/usr/bin/env python3
"""Tests of the price generator. Those over the real tables run where ../shared/corpus/prices is."""

from __future__ import annotations

import json
import os
import sys
import unittest
from decimal import Decimal
from fractions import Fraction

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import generate  # noqa: E402
from genai_table import GenAiTable  # noqa: E402
from litellm_table import LiteLlmTable  # noqa: E402
from merge import Merger  # noqa: E402
from provider_names import ProviderNames, fold  # noqa: E402
from rates import TOKEN_DIMS, load_json, price_id, row_key, rows_of  # noqa: E402
from versions import append_new_versions  # noqa: E402

SOURCES = os.path.join(os.path.dirname(generate.ROOT), "shared", "corpus", "prices")
DECISIONS = {
    "sources": {"litellm": {"as_of": "2026-08-01"}, "genai": {"as_of": "2026-08-21"}},
    "winners": [], "mode_factors": [], "web_search_defaults": [], "search_in_every_call": [],
    "self_hosted": [], "skipped": [], "name_inference": [], "aliases": [], "resellers": [],
}


def names() -> ProviderNames:
    return ProviderNames(os.path.join(generate.DATA, "provider_names.json"))


def merge(litellm: dict, genai: list, **decisions) -> dict[tuple, list[dict]]:
    """Rows by (provider, model) from two small tables, numbers given as text."""
    def decimals(value):
        return json.loads(json.dumps(value), parse_float=Decimal, parse_int=Decimal)
    rules = {**DECISIONS, **decisions}
    merged = Merger(LiteLlmTable(decimals(litellm), names(), rules),
                    GenAiTable(decimals(genai), names()), rules).run()
    return {(p.provider, p.model): rows_of(p) for p in merged.models.values()}


def genai_model(provider: str, name: str, prices, match=None) -> list:
    return [{"id": provider, "models": [{"id": name, "match": match or {"equals": name},
                                         "prices": prices}]}]


class Litellm(unittest.TestCase):
    def rates(self, **fields) -> dict:
        rows = merge({"m": {"litellm_provider": "openai", "mode": "chat", **fields}}, [])
        return rows[("openai", "m")][0]["rates"] if rows else {}

    def test_numbers_are_exact(self):
        self.assertEqual(self.rates(input_cost_per_token=1.25e-07, output_cost_per_token=3e-06),
                         {"input": 125_000, "output": 3_000_000})

    def test_unknown_price_fields_are_an_error(self):
        with self.assertRaisesRegex(ValueError, "input_cost_per_smell"):
            self.rates(input_cost_per_smell=1)

    def test_zero_is_unknown_unless_free_is_certain(self):
        self.assertEqual(self.rates(input_cost_per_token=0, output_cost_per_token=0), {})
        self.assertEqual(self.rates(input_cost_per_token=1e-06, output_cost_per_token=0),
                         {"input": 1_000_000})
        rows = merge({"openrouter/a/b:free": {"litellm_provider": "openrouter", "mode": "chat",
                                              "input_cost_per_token": 0}}, [])
        self.assertTrue(rows[("openrouter", "a/b:free")][0]["free"])

    def test_the_hour_is_a_lifetime_and_not_a_threshold(self):
        rows = merge({"claude-x": {
            "litellm_provider": "anthropic", "mode": "chat", "input_cost_per_token": 3e-06,
            "output_cost_per_token": 1.5e-05, "cache_creation_input_token_cost": 3.75e-06,
            "cache_creation_input_token_cost_above_1hr": 6e-06,
            "input_cost_per_token_above_200k_tokens": 6e-06,
            "cache_creation_input_token_cost_above_1hr_above_200k_tokens": 1.2e-05}}, [])
        low, high = rows[("anthropic", "claude-x")]
        self.assertEqual((low["rates"]["cache_write_1h"], low.get("above")), (6_000_000, None))
        self.assertEqual((high["rates"]["cache_write_1h"], high["above"]), (12_000_000, 200_000))
        # What the tier does not state moves with its plain rate.
        self.assertEqual(high["rates"]["cache_write_5m"], 7_500_000)
        self.assertIn("cache_write_5m", high["derived"])
        self.assertEqual(high["rates"]["output"], 15_000_000)

    def test_seconds_given_twice_are_one_price(self):
        rows = merge({"whisper": {"litellm_provider": "openai", "mode": "audio_transcription",
                                  "input_cost_per_second": 0.0001,
                                  "output_cost_per_second": 0.0001}}, [])
        self.assertEqual(rows[("openai", "whisper")][0]["rates"], {"per_input_second": 100_000_000})

    def test_pixels_become_pieces(self):
        rows = merge({"256-x-256/d": {"litellm_provider": "openai", "mode": "image_generation",
                                      "input_cost_per_pixel": 2e-07, "output_cost_per_pixel": 0}}, [])
        self.assertEqual(rows[("openai", "256-x-256/d")][0]["rates"],
                         {"per_output_image": 256 * 256 * 200_000})

    def test_regions_of_bedrock_and_azure(self):
        rows = merge({"bedrock/us-east-1/m": {"litellm_provider": "bedrock",
                                              "input_cost_per_token": 1e-06},
                      "azure/eu/g": {"litellm_provider": "azure", "input_cost_per_token": 2e-06}}, [])
        self.assertEqual(rows[("aws.bedrock", "m")][0]["region"], "us-east-1")
        self.assertEqual(rows[("azure.ai.openai", "g")][0]["region"], "eu")


class Joining(unittest.TestCase):
    LITELLM = {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 2e-06,
               "output_cost_per_token": 8e-06, "input_cost_per_token_flex": 1e-06,
               "output_cost_per_token_flex": 4e-06, "cache_read_input_token_cost": 5e-07}

    def test_agreement_joins_history_and_modes(self):
        rows = merge({"m": self.LITELLM}, genai_model("openai", "m", [
            {"prices": {"input_mtok": 10, "output_mtok": 40}},
            {"constraint": {"start_date": "2025-06-10"}, "prices": {"input_mtok": 2, "output_mtok": 8}},
        ]))[("openai", "m")]
        self.assertEqual([(r.get("from"), r.get("mode"), r["rates"]["input"]) for r in rows],
                         [(None, None, 10_000_000), (None, "flex", 5_000_000),
                          ("2025-06-10", None, 2_000_000), ("2025-06-10", "flex", 1_000_000)])

    def test_the_newer_table_wins_a_name_that_both_have(self):
        rows = merge({"m": self.LITELLM}, genai_model("openai", "m", {"input_mtok": 3, "output_mtok": 12}))
        standard, flex = rows[("openai", "m")]
        self.assertEqual(standard["rates"]["input"], 3_000_000)
        self.assertEqual(standard["rates"]["cache_read"], 750_000)  # In proportion.
        self.assertIn("cache_read", standard["derived"])
        self.assertEqual(flex["rates"]["input"], 1_500_000)

    def test_a_name_beats_a_family(self):
        rows = merge({"m-large": self.LITELLM}, genai_model(
            "openai", "m", {"input_mtok": 3, "output_mtok": 12}, {"starts_with": "m"}))
        self.assertEqual(rows[("openai", "m-large")][0]["rates"]["input"], 2_000_000)

    def test_decisions_win_and_may_have_a_date(self):
        decision = {"provider": "openai", "models": ["m"], "winner": "litellm", "from": "2026-07-30",
                    "why": "test"}
        rows = merge({"m": self.LITELLM}, genai_model("openai", "m", {"input_mtok": 10, "output_mtok": 40}),
                     winners=[decision])[("openai", "m")]
        self.assertEqual([(r.get("from"), r["rates"]["input"]) for r in rows if "mode" not in r],
                         [(None, 10_000_000), ("2026-07-30", 2_000_000)])

    def test_an_audio_rate_that_repeats_the_plain_one_says_nothing(self):
        litellm = {**self.LITELLM, "input_cost_per_audio_token": 4e-05}
        rows = merge({"m": litellm}, genai_model(
            "openai", "m", {"input_mtok": 2, "output_mtok": 8, "input_audio_mtok": 2}))
        self.assertEqual(rows[("openai", "m")][0]["rates"]["input_audio"], 40_000_000)

    def test_time_of_day(self):
        rows = merge({}, genai_model("deepseek", "d", [
            {"prices": {"input_mtok": 1}},
            {"constraint": {"start_time": "00:30:00Z", "end_time": "16:30:00Z"},
             "prices": {"input_mtok": 2}}]))[("deepseek", "d")]
        self.assertEqual([row.get("window") for row in rows], [None, ["00:30", "16:30"]])
        self.assertEqual(price_id(rows[1]), "deepseek/d@always%0030-1630")

    def test_sources_are_named(self):
        rows = merge({"m": self.LITELLM}, genai_model("openai", "m", {"input_mtok": 2, "output_mtok": 8}))
        self.assertEqual(rows[("openai", "m")][0]["source"], ["litellm:m", "genai:openai/m"])


class Appending(unittest.TestCase):
    @staticmethod
    def row(rate: int, **more) -> dict:
        return {"provider": "p", "model": "m", **more, "rates": {"input": rate}, "source": ["x"]}

    def test_a_new_price_is_a_new_version(self):
        old = [self.row(1)]
        rows = append_new_versions(old, [self.row(2)], "2027-01-01")
        self.assertEqual(rows, [self.row(1), self.row(2, **{"from": "2027-01-01"})])
        # Again, with nothing new: nothing happens.
        self.assertEqual(append_new_versions(rows, [self.row(2)], "2027-02-01"), rows)

    def test_a_second_change_on_one_day_is_a_revision(self):
        first = append_new_versions([self.row(1)], [self.row(2)], "2027-01-01")
        second = append_new_versions(first, [self.row(3)], "2027-01-01")
        self.assertEqual(second[-1].get("rev"), 1)
        self.assertEqual(price_id(second[-1]), "p/m@2027-01-01.r1")

    def test_nothing_is_removed(self):
        other = {"provider": "p", "model": "other", "rates": {"input": 9}, "source": []}
        self.assertEqual(append_new_versions([self.row(1)], [other], "2027-01-01"), [self.row(1), other])

    def test_announced_prices_are_kept_under_their_date(self):
        new = [self.row(1), self.row(5, **{"from": "2028-01-01"})]
        rows = append_new_versions([self.row(1)], new, "2027-01-01")
        self.assertEqual(rows, new)


class CommittedTable(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(os.path.join(generate.DATA, "price_rows.jsonl"), encoding="utf-8") as file:
            cls.rows = [json.loads(line) for line in file]

    def test_is_sorted_and_ids_are_unique(self):
        self.assertEqual(self.rows, sorted(self.rows, key=row_key))
        ids = [price_id(row) for row in self.rows]
        self.assertEqual(len(ids), len(set(ids)))

    def test_rates_are_whole_and_zero_only_where_free(self):
        for row in self.rows:
            for rate in row["rates"].values():
                self.assertIsInstance(rate, int)
                self.assertTrue(rate > 0 or row.get("free"), row)

    def test_every_version_has_a_standard_price(self):
        versions: dict = {}
        for row in self.rows:
            key = (row["provider"], row.get("region"), row["model"], row.get("from"), row.get("rev"))
            versions.setdefault(key, set()).add((row.get("mode"), row.get("above"), "window" in row))
        for key, kinds in versions.items():
            self.assertIn((None, None, False), kinds, key)

    def test_provider_ids_are_canonical(self):
        table = names()
        for row in self.rows:
            self.assertEqual(table.canonical(row["provider"]), row["provider"])
        self.assertEqual(fold("Azure-AI Open.AI"), "azure_ai_open_ai")


@unittest.skipUnless(os.path.isdir(SOURCES), "no source tables beside the repository")
class RealTables(unittest.TestCase):
    def test_the_committed_files_are_what_the_generator_writes(self):
        for fresh in (True, False):
            for path, text in generate.outputs(SOURCES, fresh).items():
                with open(path, encoding="utf-8") as file:
                    self.assertEqual(file.read(), text, path)

    def test_every_rate_that_is_not_derived_stands_in_a_source(self):
        """Looks each rate up in the raw tables, without the generator's own reading of them."""
        litellm = load_json(os.path.join(SOURCES, "litellm_prices.json"))
        genai = {f"{provider['id']}/{model['id']}": model
                 for provider in load_json(os.path.join(SOURCES, "genai_prices.json"))
                 for model in provider["models"]}
        with open(os.path.join(generate.DATA, "price_rows.jsonl"), encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        checked = 0
        for row in rows:
            if row.get("free") or row.get("mode") == "fast":
                continue
            stated = set()
            for source in row["source"]:
                table, key = source.split(":", 1)
                raw = litellm[key] if table == "litellm" else genai[key]["prices"]
                stated |= {round(n * 10**12) for n in numbers(raw)}
                stated |= {round(n * 10**6) for n in numbers(raw)}
            for dim, rate in row["rates"].items():
                if dim in row.get("derived", []) or dim not in TOKEN_DIMS:
                    continue
                self.assertIn(rate, stated, row)
                checked += 1
        self.assertGreater(checked, 8000)


def numbers(value) -> list[Fraction]:
    if isinstance(value, Decimal):
        return [Fraction(value)]
    if isinstance(value, dict):
        return [n for item in value.values() for n in numbers(item)]
    if isinstance(value, list):
        return [n for item in value for n in numbers(item)]
    return []


if __name__ == "__main__":
    unittest.main()
