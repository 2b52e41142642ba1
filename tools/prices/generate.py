#!/usr/bin/env python3
"""Builds data/prices/ from the two public price tables.

    generate.py --sources DIR            rebuilds the table, keeping every row there is
    generate.py --sources DIR --fresh    builds it from nothing (only before the first release)
    generate.py --sources DIR --check    fails when the committed files are not what it would write

DIR holds litellm_prices.json and genai_prices.json. Needs nothing but Python 3.11.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import report  # noqa: E402
from genai_table import GenAiTable  # noqa: E402
from litellm_table import LiteLlmTable  # noqa: E402
from merge import Merger  # noqa: E402
from provider_names import ProviderNames  # noqa: E402
from rates import load_json, row_key, row_text, rows_of  # noqa: E402
from versions import append_new_versions  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.path.join(ROOT, "data", "prices")


def build(sources: str) -> tuple:
    """Reads everything; returns (names, litellm, genai, merged, decisions)."""
    names = ProviderNames(os.path.join(DATA, "provider_names.json"))
    with open(os.path.join(DATA, "decisions.json"), encoding="utf-8") as file:
        decisions = json.load(file)
    litellm = LiteLlmTable(load_json(os.path.join(sources, "litellm_prices.json")), names, decisions)
    genai = GenAiTable(load_json(os.path.join(sources, "genai_prices.json")), names)
    return names, litellm, genai, Merger(litellm, genai, decisions).run(), decisions


def self_hosted_rows(decisions: dict) -> tuple[list[dict], list[dict]]:
    """Rows and names of providers whose calls nobody is paid for."""
    rows, names = [], []
    for rule in decisions["self_hosted"]:
        rows.append({"provider": rule["provider"], "model": "*", "rates": {"input": 0, "output": 0},
                     "free": True, "source": ["decisions:self_hosted"]})
        names.append({"provider": rule["provider"], "kind": "any", "text": "", "model": "*"})
        if rule.get("except_suffix"):
            names.append({"provider": rule["provider"], "kind": "ends_with",
                          "text": rule["except_suffix"], "model": None})
    return rows, names


def name_rows(merged, decisions: dict, extra: list[dict]) -> list[dict]:
    extra = extra + [{"provider": rule["provider"], "kind": "equals", "text": rule["name"],
                      "model": rule["model"]} for rule in decisions["aliases"]]
    names = list({json.dumps(row): row for row in merged.aliases + extra}.values())
    for rule in decisions["name_inference"]:
        for prefix in rule["prefixes"]:
            names.append({"provider": "", "kind": "starts_with", "text": prefix,
                          "to": rule["provider"]})
    order = {"equals": 0, "starts_with": 1, "ends_with": 2, "contains": 3, "any": 4}
    return sorted(names, key=lambda row: (row["provider"], order[row["kind"]], -len(row["text"]),
                                          row["text"], row.get("model") or ""))


def outputs(sources: str, fresh: bool) -> dict[str, str]:
    """Every generated file and its text."""
    names, litellm, genai, merged, decisions = build(sources)
    free_rows, free_names = self_hosted_rows(decisions)
    rows = [row for price in merged.models.values() for row in rows_of(price)] + free_rows
    path = os.path.join(DATA, "price_rows.jsonl")
    if not fresh and os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            old = [json.loads(line) for line in file]
        newest = max(source["as_of"] for source in decisions["sources"].values())
        rows = append_new_versions(old, rows, newest)
    rows.sort(key=row_key)
    name_list = name_rows(merged, decisions, free_names)
    return {
        path: "".join(row_text(row) + "\n" for row in rows),
        os.path.join(DATA, "model_names.jsonl"): "".join(row_text(row) + "\n" for row in name_list),
        os.path.join(DATA, "REPORT.md"): report.text(litellm, genai, merged, decisions, rows),
        os.path.join(ROOT, "src", "model", "provider_name_table.inc"): names.cpp_table(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", required=True, help="folder of the two source tables")
    parser.add_argument("--fresh", action="store_true", help="forget the committed rows")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    args = parser.parse_args()
    stale = []
    for path, text in outputs(args.sources, args.fresh).items():
        current = None
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                current = file.read()
        if current == text:
            continue
        stale.append(os.path.relpath(path, ROOT))
        if not args.check:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    for path in stale:
        print(("differs: " if args.check else "wrote ") + path)
    return 1 if args.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
