#!/usr/bin/env python3
"""Every model that real traffic names is priced, or known to have no price.

    corpus_test.py PATH/TO/price_lines

Reads ../shared/corpus beside the repository; passes without it. Where a provider told what a call
cost (OpenRouter, xAI, Perplexity), our price must be the same.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from fractions import Fraction

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from differential_test import ROOT, ask  # noqa: E402

CORPUS = os.path.join(os.path.dirname(ROOT), "shared", "corpus")

# Provider names of the corpus that are no provider we know.
PROVIDERS = {"bedrock-mantle": "aws.bedrock", "gateway": "litellm_proxy",
             "local-openai-compatible": "vllm", "bedrock-agent": "aws.bedrock",
             "gpustack": "vllm", "azure-ai": "azure.ai.inference"}

UNIT_APIS = {"images.generations": {"output_images": 1}, "images.edits": {"output_images": 1},
             "audio.transcriptions": {"input_seconds": 1}, "audio.speech": {"input_characters": 1},
             "ocr": {"pages": 1}, "cohere.rerank.v1": {"queries": 1},
             "cohere.rerank.v2": {"queries": 1}, "rerank": {"queries": 1}}

# (provider, model) -> why it has no price. A pair that is here and priced is an error too.
SELF_HOSTED = "somebody's own server; its price is the user's to state"
RETIRED = "retired; in neither table"
NOT_LISTED = "in neither table"
NO_DOLLARS = "known to a table, without a price"
UNPRICED = {
    ("bedrock", "amazon.titan-tg1-large"): RETIRED,
    ("bedrock", "arn:aws:bedrock:us-east-1:123456789012:application-"): "an inference profile; needs the deployment map",
    ("bedrock", "/opt/ml/model"): "an endpoint of one's own; needs the deployment map",
    ("cerebras", "qwen-3-coder-480b"): NO_DOLLARS,
    ("cohere", "cohere-transcribe-03-2026"): NOT_LISTED,
    ("cohere", ""): "the call names no model",
    ("crusoe", "zai/GLM-5.2"): NOT_LISTED,
    ("gpustack", "qwen3"): SELF_HOSTED,
    ("groq", "groq/compound"): "a system of several models, billed by what it used",
    ("heroku", "claude-3-7-sonnet"): NO_DOLLARS,
    ("huggingface", "Qwen/Qwen2.5-VL-72B-Instruct"): "the router's choice of provider is not told",
    ("huggingface", "deepseek-ai/DeepSeek-R1"): "the router's choice of provider is not told",
    ("huggingface", "meta-llama/"): "the router's choice of provider is not told",
    ("local-openai-compatible", ""): SELF_HOSTED,
    ("mistral", "voxtral-mini-tts-latest"): NOT_LISTED,
    ("mistral", "voxtral-mini-latest"): NOT_LISTED,
    ("openai", "muse-spark-1.1"): "another vendor's model behind OpenAI's protocol",
    ("openai", ""): "the call names no model",
    ("together", "Qwen/Qwen2.5-72B-Instruct-Turbo"): NO_DOLLARS,
    ("watsonx", "google/flan-ul2"): RETIRED,
    ("writer", "palmyra-x4"): "Writer's own API is in neither table",
    ("xai", "grok-imagine-image-quality"): NOT_LISTED,
    ("xai", ""): "the call names no model",
    ("zai", "glm-4.6v"): NOT_LISTED,
    ("zai", "glm-5.2"): NOT_LISTED,
}


# Recorded calls whose own figure differs, and why. OpenRouter's plug-ins are not in its usage.
DIFFERENT = {
    "deepseek/deepseek-chat": "a search by a plug-in; its fee is not in the table",
    "openai/gpt-4o-mini": "a plug-in's fee of 0.02 USD is in the figure and not in the usage",
    "openai/gpt-oss-120b": "open weights: the price is that of the supplier of the hour",
    "z-ai/glm-4.6": "open weights: the price is that of the supplier of the hour",
}


def why_unpriced(provider: str, model: str) -> str | None:
    for (known, start), reason in UNPRICED.items():
        if known != provider:
            continue
        model = model if model == start or "foundation-model/" not in model else model.rsplit("/")[-1]
        is_family = start.endswith(("/", "-")) and model.startswith(start)
        if model == start or is_family or known == "local-openai-compatible":
            return reason
    return None


def load_expectations() -> list[dict]:
    with open(os.path.join(CORPUS, "provider_expectations.jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def question_of(item: dict) -> dict | None:
    if item["status"] >= 400 or item["api"] in ("count_tokens", "moderations"):
        return None
    if item["input_tokens"] is None and item["api"] not in UNIT_APIS:
        return None
    tokens = {"input": item["input_tokens"] or 0, "output": item["output_tokens"] or 0}
    return {"provider": PROVIDERS.get(item["provider"], item["provider"]),
            "response_model": item["model_responded"] or "",
            "request_model": item["model_requested"] or "", "region": "", "tier": "", "geo": "",
            "time": "2026-08-10T12:00:00Z", "tokens": tokens,
            "units": UNIT_APIS.get(item["api"], {})}


def told_cost(item: dict) -> Fraction | None:
    """What the provider said the call cost, in dollars; nothing where other things are in it."""
    usage = item["usage_raw"] if isinstance(item["usage_raw"], dict) else {}
    if item["provider"] == "xai" and not usage.get("num_server_side_tools_used"):
        ticks = usage.get("cost_in_usd_ticks")
        return Fraction(ticks, 10**10) if ticks else None
    cost = usage.get("cost")
    if isinstance(cost, dict):
        cost = cost.get("total_cost")
    if item["provider"] in ("openrouter", "perplexity") and cost and not usage.get("is_byok"):
        return Fraction(str(cost))
    return None


def with_buckets(item: dict, question: dict) -> dict:
    """The question with its tokens split as the provider's numbers say (cache inside input)."""
    usage = item["usage_raw"]
    cached, written = item["cached_input_tokens"] or 0, item["cache_write_tokens"] or 0
    tools = usage.get("server_tool_use_details") or usage.get("server_tool_use") or {}
    question = dict(question)
    question["tokens"] = {"input": item["input_tokens"] - cached - written, "cache_read": cached,
                          "cache_write_5m": written, "output": item["output_tokens"] or 0}
    if tools.get("web_search_requests"):
        question["units"] = {"web_searches": tools["web_search_requests"]}
    return question


def check_told_costs(program: str, items: list) -> int:
    """Compares with the providers' own figures; prints and counts what differs."""
    told = [(item, with_buckets(item, question), cost) for item, question in items
            if (cost := told_cost(item)) is not None and item["input_tokens"] is not None]
    answers = ask(program, [question for _, question, _ in told])
    outcomes: Counter = Counter()
    for (item, question, cost), answer in zip(told, answers):
        if "reason" in answer:
            outcomes[(item["provider"], question["response_model"], "unpriced")] += 1
            continue
        ours = Fraction(answer["total"], 10**9)
        # Perplexity rounds each part to 0.00001 USD.
        rounded = item["provider"] == "perplexity" or "perplexity/" in question["response_model"]
        close = abs(ours - cost) <= (Fraction(2, 10**5) if rounded else Fraction(1, 10**8))
        verdict = "same" if close else f"differs by {float(ours / cost):.4f}"
        outcomes[(item["provider"], question["response_model"], verdict)] += 1
    same = sum(count for key, count in outcomes.items() if key[2] == "same")
    print(f"{len(told)} calls with the provider's own cost, {same} the same")
    unexplained = 0
    for key, count in sorted(outcomes.items()):
        if key[2] == "same":
            continue
        why = DIFFERENT.get(key[1])
        unexplained += count if why is None else 0
        print("  ", count, *key, why or "UNEXPLAINED", sep=" | ")
    return unexplained


def main() -> int:
    if not os.path.isdir(CORPUS):
        print("skipped: no corpus beside the repository")
        return 0
    program = sys.argv[1]
    items = [(item, question) for item in load_expectations() if (question := question_of(item))]
    answers = ask(program, [question for _, question in items])
    matches: Counter = Counter()
    errors = []
    for (item, question), answer in zip(items, answers):
        model = question["response_model"] or question["request_model"]
        reason = why_unpriced(item["provider"], model)
        if "reason" not in answer:
            matches[answer["match"]] += 1
        if ("reason" in answer) != (reason is not None):
            errors.append((item["provider"], item["api"], question["response_model"],
                           question["request_model"], answer.get("reason", answer.get("price_id"))))
    print(f"{len(items)} calls, {sum(matches.values())} priced: {dict(matches)}")
    for key, count in sorted(Counter(errors).items()):
        print("unexpected", count, *key, sep=" | ")
    unexplained = check_told_costs(program, items)
    return 1 if errors or unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
