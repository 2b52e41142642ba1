#!/usr/bin/env python3
"""Compares the server's pricer with an independent calculation, over every row of the table.

    differential_test.py PATH/TO/price_lines

The reference shares no code with the server or the generator: it reads price_rows.jsonl, works in
fractions, and rounds by Python's own rule. Random usages come from a fixed seed.
"""

from __future__ import annotations

import datetime
import json
import os
import random
import subprocess
import sys
from fractions import Fraction

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
USAGES_PER_MODEL = 6
PLAIN = {"cache_read": "input", "cache_write_5m": "input", "cache_write_1h": "cache_write_5m",
         "input_audio": "input", "input_image": "input", "reasoning": "output",
         "output_audio": "output", "output_image": "output"}
PARTS = {"input": ("input", "input_audio", "input_image"), "cache_read": ("cache_read",),
         "cache_write": ("cache_write_5m", "cache_write_1h"),
         "output": ("output", "reasoning", "output_audio", "output_image")}
UNITS = {"per_input_image": ("input_images", "input"), "per_output_image": ("output_images", "output"),
         "per_input_second": ("input_seconds", "input"),
         "per_output_second": ("output_seconds", "output"),
         "per_input_character": ("input_characters", "input"),
         "per_output_character": ("output_characters", "output"),
         "per_page": ("pages", "input"), "per_query": ("queries", "input"),
         "per_session": ("sessions", "input")}
TIERS = {"standard": ["", "default", "ON_DEMAND"], "batch": ["batch"], "flex": ["flex"],
         "priority": ["priority"], "fast": ["fast"]}


def load_rows() -> list[dict]:
    with open(os.path.join(ROOT, "data", "prices", "price_rows.jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def versions_by_model(rows: list[dict]) -> dict[tuple, dict[tuple, list[dict]]]:
    models: dict[tuple, dict[tuple, list[dict]]] = {}
    for row in rows:
        key = (row["provider"], row.get("region", ""), row["model"])
        version = (row.get("from", ""), row.get("rev", 0))
        models.setdefault(key, {}).setdefault(version, []).append(row)
    return models


def rate(rates: dict, dim: str) -> int | None:
    while dim not in rates:
        if dim not in PLAIN:
            return None
        dim = PLAIN[dim]
    return rates[dim]


def in_window(row: dict, time: str) -> bool:
    minute = time[11:16]
    begin, end = row["window"]
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def pick_row(versions: dict[tuple, list[dict]], question: dict, mode: str) -> dict | None:
    day = question["time"][:10]
    known = [version for version in versions if version[0] <= day]
    rows = versions[max(known) if known else min(versions)]
    tokens = question["tokens"]
    prompt = sum(count for name, count in tokens.items()
                 if name.startswith(("input", "cache")))
    fitting = [row for row in rows if row.get("mode", "standard") == mode
               and (not row.get("above") or prompt > row["above"])
               and ("window" not in row or in_window(row, question["time"]))]
    return max(fitting, key=lambda row: (row.get("above", 0), "window" in row), default=None)


def expect(versions: dict, question: dict, mode: str) -> dict:
    row = pick_row(versions, question, mode)
    if any(row.get("free") for row in next(iter(versions.values()))):
        return {"total": 0, "input": 0, "cache_read": 0, "cache_write": 0, "output": 0}
    if row is None:
        return {"reason": "no_rate_for_tier"}
    rates, tokens, units = row["rates"], question["tokens"], question["units"]
    factor = Fraction(row.get("geo_ppm", {}).get(question["geo"], 10**6), 10**6)
    sums = {part: Fraction(0) for part in PARTS}
    by_token = any(not dim.startswith("per_") for dim in rates)
    paid_by_unit = False
    if by_token:
        for part, dims in PARTS.items():
            for dim in dims:
                if tokens.get(dim):
                    price = rate(rates, dim)
                    if price is None:
                        return {"reason": "no_rate_for_usage"}
                    sums[part] += price * tokens[dim]
    covered = {"input": "input" in rates, "output": "output" in rates or "output_image" in rates}
    for dim, (unit, side) in UNITS.items():
        count = units.get(unit, 0)
        if not count or (dim not in rates and covered[side] and unit != "sessions"):
            continue
        if dim not in rates:
            return {"reason": "no_rate_for_usage"}
        sums[side] += rates[dim] * count
        paid_by_unit = True
    if "per_request" in rates:
        sums["input"] += rates["per_request"]
        paid_by_unit = True
    search = row.get("search", {})
    searches = 1 if search.get("every_call") else units.get("web_searches", 0)
    if searches:
        size = search.get("default", "medium")
        price = rates.get("per_web_search", rates.get(f"per_web_search_{size}"))
        if price is None:
            return {"reason": "no_rate_for_usage"}
        sums["input"] += price * searches
        paid_by_unit = True
    if not by_token and not paid_by_unit:
        return {"reason": "not_counted"}
    result = {part: round(value * factor / 1000) for part, value in sums.items()}
    result["total"] = sum(result.values())
    return result


def random_question(rng: random.Random, key: tuple, versions: dict) -> tuple[dict, str]:
    provider, region, model = key
    row = rng.choice([row for rows in versions.values() for row in rows])
    mode = row.get("mode", "standard") if rng.random() < 0.9 else rng.choice(list(TIERS))
    scale = rng.choice([100, 5000, 120_000, 400_000])
    dims = [dim for part in PARTS.values() for dim in part]
    tokens = {dim: rng.randrange(scale) for dim in rng.sample(dims, rng.randrange(1, len(dims) + 1))}
    if row.get("above"):
        tokens["input"] = row["above"] + rng.choice([-1, 0, 1])
        tokens = {dim: n for dim, n in tokens.items() if dim == "input" or dim in PARTS["output"]}
    units = {}
    for dim, (unit, _) in UNITS.items():
        if dim in row["rates"] and rng.random() < 0.8:
            units[unit] = rng.randrange(1, 50)
    if rng.random() < 0.15:
        units["web_searches"] = rng.randrange(1, 4)
    time = datetime.datetime(2023, 1, 1) + datetime.timedelta(minutes=rng.randrange(2_200_000))
    if versions.keys() != {("", 0)} and rng.random() < 0.5:
        start = max(version[0] for version in versions)
        time = datetime.datetime.fromisoformat(start or "2023-01-01")
        time += datetime.timedelta(minutes=rng.choice([-1, 0, 1]))
    tier = rng.choice(TIERS[mode])
    if provider in ("openrouter", "vercel_ai_gateway"):
        tier = ""
        mode = "standard"
    return {"provider": provider, "response_model": model if rng.random() < 0.5 else model.upper(),
            "region": region, "tier": tier, "geo": rng.choice(["", "us", "eu", "global"]),
            "time": time.isoformat() + "Z", "tokens": tokens, "units": units}, mode


def ask(program: str, questions: list[dict]) -> list[dict]:
    text = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> int:
    rng = random.Random(20261121)
    models = versions_by_model(load_rows())
    questions, expected = [], []
    for key in sorted(models):
        if key[2] == "*":
            continue
        for _ in range(USAGES_PER_MODEL):
            question, mode = random_question(rng, key, models[key])
            questions.append(question)
            expected.append(expect(models[key], question, mode))
    answers = ask(sys.argv[1], questions)
    assert len(answers) == len(questions)
    wrong = 0
    for question, want, got in zip(questions, expected, answers):
        if any(got.get(name) != value for name, value in want.items()):
            wrong += 1
            if wrong <= 10:
                print("question", json.dumps(question), "\nexpected", want, "\nanswered", got)
    priced = sum(1 for want in expected if "total" in want)
    print(f"{len(models)} models, {len(questions)} questions, {priced} priced, {wrong} wrong")
    return 1 if wrong or priced < len(questions) // 2 else 0


if __name__ == "__main__":
    sys.exit(main())
