"""Calls that run on after their first answer (Responses with `background`): one call, whatever is asked in between, with the tokens and the
cost of the answer that is fetched later; and a model that the caller names for the price."""
import http.server
import json
import os
import sys
import threading
import time
import unittest
from decimal import Decimal

sys.path.insert(0, os.path.dirname(__file__))
from support import gateway_config  # noqa: E402
from support.server import Server  # noqa: E402

POLLS = 3  # Of them the last two find the answer.


def response(number, status, done=False):
    body = {"id": f"resp_{number}", "object": "response", "status": status, "model": "gpt-5-2025-08-07", "background": True, "output": [], "usage": None}
    if done:
        body |= {"output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": f"It is {number}."}]}],
                 "usage": {"input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100}}
    return body


class Provider(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked = {}

    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.answer(response(sent["input"], "queued"))

    def do_GET(self):
        number = int(self.path.rsplit("_", 1)[1])
        self.asked[number] = self.asked.get(number, 0) + 1
        self.answer(response(number, "completed", True) if self.asked[number] > 1 else response(number, "in_progress"))

    def answer(self, said):
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class LateAnswers(unittest.TestCase):
    def setUp(self):
        self.provider = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
        threading.Thread(target=self.provider.serve_forever, daemon=True).start()
        self.addCleanup(self.provider.server_close)
        self.addCleanup(self.provider.shutdown)
        self.server = Server()
        self.addCleanup(self.server.__exit__)
        url = f"http://127.0.0.1:{self.provider.server_port}"
        self.server.arguments = [gateway_config.write(self.server.data / "vitrine.toml", {"ai": (url, "openai")})]
        self.server.start()

    def spans(self, count):
        self.server.wait_for(lambda: int(self.server.sql("SELECT count() FROM spans")[0][0]) >= count, 60, f"{count} spans")

    def test_one_call_with_its_late_answer(self):
        for number in (1, 2, 3):
            body = json.dumps({"model": "gpt-5", "input": number, "background": True})
            status, _, _ = self.server.request("POST", "/gateway/ai/v1/responses", body, {"content-type": "application/json", "x-vitrine-feature": "slow"})
            self.assertEqual(status, 200)
        self.spans(3)
        self.assertEqual(self.server.sql("SELECT count(), countIf(input_tokens IS NULL) FROM calls")[0], [3, 3])
        for number in (1, 2):
            for _ in range(POLLS):
                self.server.request("GET", f"/gateway/ai/v1/responses/resp_{number}")
        self.spans(3 + 2 * POLLS)
        self.server.wait_for(lambda: int(self.server.sql("SELECT countIf(input_tokens = 1000) FROM calls")[0][0]) == 2, 60, "the answers")
        rows = self.server.sql("SELECT response_id, input_tokens, output_tokens, cost_usd, output_preview, finish_reason, duration_ns FROM calls ORDER BY 1")
        self.assertEqual([row[:1] + row[4:] for row in rows], [["resp_1", "It is 1.", "stop", None], ["resp_2", "It is 2.", "stop", None], ["resp_3", "", None, rows[2][6]]])
        self.assertEqual([(int(row[1]), int(row[2]), Decimal(str(row[3]))) for row in rows[:2]], [(1000, 100, Decimal("0.00225"))] * 2)
        self.assertEqual(rows[2][1:4], [None, None, None])
        self.server.wait_for(lambda: self.server.get("/api/v1/ingest")[1]["backlog_records"] == 0, 60, "everything settled, the ledger last")
        ledger = self.server.sql("SELECT door, reason, sum(accepted) FROM ingest_ledger GROUP BY ALL")
        self.assertEqual([[*row[:2], int(row[2])] for row in ledger], [["gateway", "", 3 + 2 * POLLS]], "a call that was written again came once")
        # Sums were corrected, and count each call once.
        window = {"from": time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(time.time() - 3600)),
                  "to": time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(time.time() + 3600))}
        status, _, body = self.server.request("POST", "/api/v1/query", json.dumps(
            {"unit": "calls", "filter": "feature:slow", "measures": ["count", "sum(cost_usd)"]} | window), {"content-type": "application/json"})
        self.assertEqual(status, 200, body)
        count, cost = (Decimal(str(value)) for value in json.loads(body)["totals"]["values"])
        self.assertEqual((count, cost), (3, Decimal("0.0045")))


if __name__ == "__main__":
    unittest.main()
