"""A provider's own token counts as the one convention of stored calls: input with cache reads and writes, output with reasoning. Written
from the tables of the wire formats, not from the code that is tested."""

# Whose input count leaves cache reads and writes out.
INPUT_WITHOUT_CACHE = {"messages", "complete", "converse"}
GOOGLE = {"gemini", "vertex"}
# Words of usage objects that say the same, on whichever interface they come.
ANTHROPIC_CACHE_WORDS = ("cache_read_input_tokens", "cache_creation_input_tokens")
BEDROCK_CACHE_WORDS = ("cacheReadInputTokens", "cacheWriteInputTokens", "cacheReadInputTokenCount", "cacheWriteInputTokenCount")


def _plus(*counts):
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _input_leaves_cache_out(expectation, usage):
    if expectation["api"] in INPUT_WITHOUT_CACHE or expectation["usage_source"] in ("header", "invocationMetrics"):
        return True
    return any(usage.get(word) is not None for word in ANTHROPIC_CACHE_WORDS + BEDROCK_CACHE_WORDS)


def normalized(expectation):
    """{column: count or None} of one expectation."""
    usage = expectation["usage_raw"] if isinstance(expectation["usage_raw"], dict) else {}
    taken, made = expectation["input_tokens"], expectation["output_tokens"]
    read, written, reasoning = (expectation[field] for field in ("cached_input_tokens", "cache_write_tokens", "reasoning_tokens"))
    if expectation["api"] == "count_tokens":  # Free, and no use of a model.
        taken = made = read = written = reasoning = None
    elif "totalTokenCount" in usage or "promptTokenCount" in usage or "candidatesTokenCount" in usage:
        taken, made = _plus(taken, usage.get("toolUsePromptTokenCount")), _plus(made, reasoning)
    else:
        if expectation["api"] in ("embeddings", "rerank") and taken is None and made is None:
            taken = usage.get("total_tokens") or None  # Vectors and rankings have no output: the total is the input.
        cached = _plus(read, written) or 0
        if taken is not None and (_input_leaves_cache_out(expectation, usage) or cached > taken):
            taken += cached
        total = usage.get("total_tokens")
        sound = (usage.get("prompt_tokens_details") or {}).get("audio_tokens")
        if taken is not None and (sound or 0) > taken:  # A part cannot be more than the whole: Mistral counts sound beside the prompt.
            taken += sound
        if expectation["provider"] in GOOGLE and reasoning is None and total is not None and made is not None:
            reasoning = total - taken - made or None  # Google's OpenAI interface has the thoughts in the total alone.
        is_outside = reasoning and made is not None and (reasoning > made or total == _plus(taken, made, reasoning))
        if is_outside:
            made += reasoning
    return {"input_tokens": taken, "output_tokens": made, "cached_input_tokens": read, "cache_write_tokens": written,
            "reasoning_tokens": reasoning}
