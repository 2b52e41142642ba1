"""Calls that are billed by the piece, by what came from the cache, or as another model: their cost as the provider's page has it, and the
same when everything is priced again."""
import http.server
import json
import os
import sys
import threading
import unittest
from decimal import Decimal

sys.path.insert(0, os.path.dirname(__file__))
from support import gateway_config  # noqa: E402
from support.server import Server  # noqa: E402

CHAT = {"id": "c", "model": "gpt-audio-mini", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes"}, "finish_reason": "stop"}]}
SEARCHED = {"id": "r", "object": "response", "status": "completed", "model": "gpt-4o", "usage": {"input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100},
            "output": [{"type": "web_search_call", "id": "w", "status": "completed", "action": {"type": "search", "query": "q"}},
                       {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes"}]}]}
# Upstream, path, request, headers, answer, dollars.
CALLS = [
    ("ai", "/v1/audio/transcriptions", {"model": "whisper-1"}, {}, {"text": "Hello", "usage": {"type": "duration", "seconds": 60}}, "0.006"),
    ("ai", "/v1/audio/speech", {"model": "tts-1", "input": "\u00e9" * 1000, "voice": "alloy"}, {}, {"not": "sound"}, "0.015"),
    ("ai", "/v1/images/generations", {"model": "dall-e-3", "prompt": "a cat"}, {}, {"created": 1, "data": [{"url": "https://x/1"}, {"url": "https://x/2"}]}, "0.08"),
    ("ai", "/v1/images/generations", {"model": "dall-e-3", "prompt": "a cat", "quality": "hd"}, {}, {"created": 1, "data": [{"url": "https://x/1"}]}, None),
    ("ai", "/v1/responses", {"model": "gpt-4o", "input": "q"}, {}, SEARCHED, "0.0135"),
    ("ai", "/v1/chat/completions", {"model": "our-own", "messages": []}, {"Helicone-Model-Override": "gpt-4o"},
     CHAT | {"model": "our-own", "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}}, "0.0035"),
    ("ocr", "/v1/ocr", {"model": "mistral-ocr-latest", "document": {"document_url": "https://x/a.pdf"}}, {},
     {"pages": [{"index": 0, "markdown": "x"}], "model": "mistral-ocr-latest", "usage_info": {"pages_processed": 3}}, "0.012"),
    ("rank", "/v2/rerank", {"model": "rerank-v3.5", "query": "q", "documents": ["a"]}, {},
     {"id": "k", "results": [{"index": 0, "relevance_score": 0.5}], "meta": {"billed_units": {"search_units": 2}}}, "0.004"),
]


class Provider(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps(CALLS[int(self.path.rsplit("?n=", 1)[1])][4]).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Pieces(unittest.TestCase):
    def test_costs(self):
        provider = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
        threading.Thread(target=provider.serve_forever, daemon=True).start()
        self.addCleanup(provider.server_close)
        self.addCleanup(provider.shutdown)
        server = Server()
        self.addCleanup(server.__exit__)
        url = f"http://127.0.0.1:{provider.server_port}"
        kinds = {"ai": "openai", "ocr": "mistral", "rank": "cohere"}
        server.arguments = [gateway_config.write(server.data / "vitrine.toml", {name: (url, kind) for name, kind in kinds.items()})]
        server.start()
        for number, (upstream, path, request, headers, _, _) in enumerate(CALLS):
            status, _, _ = server.request("POST", f"/gateway/{upstream}{path}?n={number}", json.dumps(request),
                                          {"content-type": "application/json", "x-vitrine-feature": f"n{number}"} | headers)
            self.assertEqual(status, 200)
        server.wait_for(lambda: int(server.sql("SELECT count() FROM calls")[0][0]) == len(CALLS), 60, "the calls")
        costs = dict(server.sql("SELECT feature, cost_usd FROM calls"))
        for number, call in enumerate(CALLS):
            cost = costs[f"n{number}"]
            self.assertEqual(None if cost is None else Decimal(str(cost)), None if call[5] is None else Decimal(call[5]), call[:3])
        status, _, body = server.request("POST", "/api/v1/reprice", '{"dry_run":true}', {"content-type": "application/json"})
        self.assertEqual(status, 200, body)
        report = json.loads(body)
        self.assertEqual((report["calls"], report["changed_calls"]), (len(CALLS), 0))


if __name__ == "__main__":
    unittest.main()
