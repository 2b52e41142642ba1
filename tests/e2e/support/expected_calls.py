"""What a recorded call must say, from the expectation of its exchange."""
import hashlib
import json

from support import expected_usage

KINDS = {"embeddings": "embedding", "cohere.embed.v1": "embedding", "cohere.embed.v2": "embedding", "ollama.embed": "embedding",
         "ollama.embeddings": "embedding", "rerank": "rerank", "cohere.rerank.v1": "rerank", "cohere.rerank.v2": "rerank",
         "moderations": "guardrail", "count_tokens": "other", "invoke_agent": "agent"}
ERROR_MESSAGE_MAX = 300  # Characters; where the expectations cut.


def _kind(expectation):
    if expectation["api"] == "invoke" and "embed" in expectation["model_requested"]:
        return "embedding"
    return KINDS.get(expectation["api"], "llm")


def _words(values):
    return [value if isinstance(value, str) else json.dumps(value) for value in values if value != ""]


def _parts(call, kind):
    return [part for message in call["output_messages"] for part in message if part.get("type") == kind]


def _text_sha256(call):
    text = "".join(part.get("content", "") for part in _parts(call, "text"))
    return hashlib.sha256(text.encode()).hexdigest() if text else None


def _client_tools(call):
    """Names in the view, without the tools that the provider ran."""
    names = list(call["tool_calls"])
    for part in _parts(call, "tool_call"):
        if part.get("server_side") and part.get("name") in names:
            names.remove(part["name"])
    return names


def _is_whole(call):
    return call["status"] != "error"


def differences(expectation, call):
    """[(field, expected, recorded)], empty where everything agrees."""
    fields = [
        ("capture", "gateway", call["capture"]),
        ("kind", _kind(expectation), call["kind"]),
        ("http_status", expectation["status"], call["http_status"]),
        ("model_requested", expectation["model_requested"] or "", call["request_model"]),
        ("model_responded", expectation["model_responded"] or "", call["response_model"]),
        ("response_id", expectation["response_id"] or "", call["response_id"]),
        ("finish_reasons", _words(expectation["finish_reasons"]), call["finish_reasons_raw"]),
        ("stream", expectation["stream"] or expectation["stream_requested"], bool(call["stream"])),
        ("tool_calls", _words(expectation["tool_calls"]), _client_tools(call)),
        ("output_text_sha256", expectation["output_text_sha256"], _text_sha256(call)),
        ("error_type", expectation["error_type"] or "", call["error_text"]),
    ]
    fields += [(name, count, call[name]) for name, count in expected_usage.normalized(expectation).items()]
    has_error = bool(expectation["error_type"] or expectation["error_message"])
    if has_error:
        fields.append(("error_message", expectation["error_message"] or "", call["status_message"][:ERROR_MESSAGE_MAX]))
    if expectation["stream"] and expectation["stream_complete"] is not None and not has_error:
        fields.append(("stream_complete", expectation["stream_complete"], _is_whole(call)))
    if not has_error and expectation["status"] < 400 and not expectation["stream"]:
        fields.append(("status", "ok", call["status"]))
    return [field for field in fields if field[1] != field[2]]
