"""Requests and answers as five providers' interfaces have them, with a given text at every place where text can be."""
import json


def _tool(text):
    return {"name": "run", "description": text, "parameters": {"type": "object", "properties": {"x": {"description": text}}}}


def _run(text):
    return {"id": "c", "type": "function", "function": {"name": "run", "arguments": json.dumps({"x": text})}}


def request_of(upstream, text, note, is_stream):
    """(path, JSON). `note` is a short text for where only such fit."""
    if upstream == "anthropic":
        messages = [{"role": "user", "content": [{"type": "text", "text": text}]},
                    {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "run", "input": {"x": text}}]},
                    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": text}]}]
        return "/v1/messages", {"model": "claude-sonnet-4-5", "max_tokens": 9, "stream": is_stream, "system": text,
                                "metadata": {"user_id": note}, "messages": messages}
    if upstream == "gemini":
        verb = "streamGenerateContent" if is_stream else "generateContent"
        return f"/v1beta/models/gemini-2.5-flash:{verb}", {"contents": [{"role": "user", "parts": [{"text": text}]}],
                                                           "systemInstruction": {"parts": [{"text": text}]}}
    if upstream == "bedrock":
        return "/model/anthropic.claude-3-haiku/converse", {"messages": [{"role": "user", "content": [{"text": text}]}],
                                                            "system": [{"text": text}]}
    if upstream == "openai":
        remote = {"type": "mcp", "server_label": "m", "server_url": "https://m.example", "headers": {"Authorization": note}}
        return "/v1/responses", {"model": "gpt-5", "stream": is_stream, "instructions": text, "input": text, "user": note,
                                 "metadata": {"note": note}, "tools": [{"type": "function"} | _tool(text), remote]}
    messages = [{"role": "system", "content": text}, {"role": "user", "content": text}, {"role": "assistant", "tool_calls": [_run(text)]},
                {"role": "tool", "tool_call_id": "c", "content": text}]
    return "/openai/deployments/d/chat/completions", {"stream": is_stream, "user": note, "messages": messages,
                                                      "tools": [{"type": "function", "function": _tool(text)}]}


def answer_of(upstream, text):
    if upstream == "anthropic":
        content = [{"type": "thinking", "thinking": text, "signature": "s"}, {"type": "text", "text": text},
                   {"type": "tool_use", "id": "t", "name": "run", "input": {"x": text}}]
        return {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "stop_reason": "end_turn",
                "content": content, "usage": {"input_tokens": 1, "output_tokens": 1}}
    if upstream == "gemini":
        parts = [{"text": text}, {"functionCall": {"name": "run", "args": {"x": text}}}]
        return {"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}],
                "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}}
    if upstream == "bedrock":
        return {"output": {"message": {"role": "assistant", "content": [{"text": text}]}}, "stopReason": "end_turn",
                "usage": {"inputTokens": 1, "outputTokens": 1}}
    if upstream == "openai":
        output = [{"type": "reasoning", "summary": [{"type": "summary_text", "text": text}]},
                  {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]},
                  {"type": "function_call", "call_id": "c", "name": "run", "arguments": json.dumps({"x": text})}]
        return {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5", "instructions": text, "output": output,
                "usage": {"input_tokens": 1, "output_tokens": 1}}
    message = {"role": "assistant", "content": text, "reasoning_content": text, "tool_calls": [_run(text)]}
    return {"id": "c1", "model": "gpt-4o", "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}


def error_of(upstream, message):
    if upstream == "bedrock":
        return {"message": message}
    return {"type": "error", "error": {"type": "invalid_request_error", "code": "invalid_api_key", "message": message}}


def _anthropic_events(deltas):
    usage = {"input_tokens": 1, "output_tokens": 1}
    yield {"type": "message_start", "message": {"id": "msg_1", "model": "claude-sonnet-4-5", "usage": usage}}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": delta}}
    yield {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "t", "name": "run", "input": {}}}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": delta}}
    yield {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}
    yield {"type": "message_stop"}


def _gemini_events(deltas):
    for delta in deltas:
        yield {"candidates": [{"content": {"parts": [{"text": delta}]}}]}
    yield {"candidates": [{"finishReason": "STOP"}]}


def _responses_events(deltas):
    for delta in deltas:
        yield {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": delta}
    yield {"type": "response.completed", "response": answer_of("openai", "".join(deltas))}


def _chat_events(deltas):
    for delta in deltas:
        yield {"id": "c1", "model": "gpt-4o", "choices": [{"index": 0, "delta": {"content": delta}}]}
    for delta in deltas:
        call = {"index": 0, "id": "c", "function": {"name": "run", "arguments": delta}}
        yield {"id": "c1", "choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}
    yield {"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


EVENTS = {"anthropic": _anthropic_events, "gemini": _gemini_events, "openai": _responses_events}


def stream_of(upstream, text, rng):
    """Server-sent events whose deltas cut every longer word."""
    deltas = []
    while text:
        size = rng.randint(3, 11)
        deltas, text = deltas + [text[:size]], text[size:]
    events = [json.dumps(event) for event in EVENTS.get(upstream, _chat_events)(deltas)]
    return "".join(f"data: {event}\n\n" for event in events) + ("data: [DONE]\n\n" if upstream not in EVENTS else "")
