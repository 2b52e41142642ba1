"""Calls as the gateway recorded them, read in bulk over the public views."""
import json

TAG = "exchange:"
# The results of a batch are spans of their own beside the exchange that fetched them; what an agent did is below its call.
OF_EXCHANGES = "attributes['vitrine.batch.custom_id'] = '' AND parent_span_id NOT IN (SELECT span_id FROM spans)"
COLUMNS = ("tags", "span_id", "kind", "capture", "counted", "status", "status_message", "error_type", "error_text", "http_status",
           "request_model", "response_model", "response_id", "finish_reasons_raw", "stream", "usage_source", "input_tokens",
           "output_tokens", "cached_input_tokens", "cache_write_tokens", "reasoning_tokens")


def read(server, project):
    """Key of the tag -> the span's columns, with `tool_calls` (names) and `output_messages` (each a list of parts)."""
    calls, by_span = {}, {}
    for row in server.sql(f"SELECT {', '.join(COLUMNS)} FROM spans WHERE {OF_EXCHANGES}", project):
        call = dict(zip(COLUMNS, row)) | {"tool_calls": [], "output_messages": []}
        keys = [tag.removeprefix(TAG) for tag in call["tags"] if tag.startswith(TAG)]
        if len(keys) != 1 or keys[0] in calls:
            raise AssertionError(f"a span of no exchange, or of one that has a span: {call}")
        calls[keys[0]] = by_span[call["span_id"]] = call
    for span_id, parts in server.sql(
            "SELECT c.span_id, m.parts FROM call_messages AS c JOIN messages AS m ON m.hash = c.hash "
            f"WHERE c.direction = 'output' AND c.span_id IN (SELECT span_id FROM spans WHERE {OF_EXCHANGES}) ORDER BY c.span_id, c.position", project):
        by_span[span_id]["output_messages"].append(json.loads(parts))
    arranged = "SELECT span_id, groupArray(name) FROM (SELECT span_id, name FROM tool_calls ORDER BY span_id, position) GROUP BY span_id"
    for span_id, names in server.sql(arranged, project):
        if span_id in by_span:
            by_span[span_id]["tool_calls"] = names
    return calls
