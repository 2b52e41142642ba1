"""Exports of a real server: exactly the rows that match, in every format, counted; and `vitrine export`, which checks what came."""
import csv
import hashlib
import io
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support.server import BINARY, Server, llm_span  # noqa: E402

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("VITRINE_") or key == "VITRINE_CHDB"}
START = 1_750_000_000_000_000_000
SECOND = 1_000_000_000
COUNT = 40


def spans():
    made = []
    for n in range(COUNT):
        trace = f"{n + 1:032x}"
        made.append({"traceId": trace, "spanId": f"{2 * n + 1:016x}", "name": 'a "quoted",\nname', "kind": 1,
                     "startTimeUnixNano": str(START + n * SECOND), "endTimeUnixNano": str(START + n * SECOND + 5_000_000)})
        made.append(llm_span(trace, f"{2 * n + 2:016x}", START + n * SECOND + 1_000, parent=f"{2 * n + 1:016x}", user__id=f"user-{n % 4}", session__id=f"session-{n % 8}"))
    return made


def export(url, *words, stdin=None):
    return subprocess.run([str(BINARY), "export", *words, "--url", url], capture_output=True, env=CLEAN, timeout=120, stdin=stdin)


class Exports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        assert cls.server.send_spans(spans()) == 200
        cls.server.wait_for(lambda: len(cls.server.sql("SELECT 1 FROM spans")) == 2 * COUNT, what="the spans")
        cls.url = f"http://{cls.server.host}:{cls.server.port}"

    def fetch(self, query):
        """(status, headers, body, trailer lines) off the wire: http.client drops trailers."""
        with socket.create_connection((self.server.host, self.server.port), timeout=60) as wire:
            wire.sendall(f"GET /api/v1/export?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            raw = b""
            while piece := wire.recv(65536):
                raw += piece
        head, _, rest = raw.partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        headers = dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:])
        if "chunked" not in headers.get("transfer-encoding", ""):
            return status, headers, rest, []
        body = b""
        while True:
            size, _, rest = rest.partition(b"\r\n")
            if int(size, 16) == 0:
                return status, headers, body, [line for line in rest.decode().split("\r\n") if line]
            body += rest[:int(size, 16)]
            rest = rest[int(size, 16) + 2:]

    def test_rows_are_those_of_the_views(self):
        for unit, count in (("traces", COUNT), ("calls", COUNT), ("spans", 2 * COUNT)):
            status, headers, body, trailers = self.fetch(f"unit={unit}")
            rows = [json.loads(line) for line in body.splitlines()]
            self.assertEqual((status, headers["content-type"], headers["trailer"]), (200, "application/x-ndjson", "x-vitrine-row-count"))
            self.assertEqual(trailers, [f"x-vitrine-row-count: {count}"])
            key = "trace_id" if unit == "traces" else "span_id"
            expected = [row[0] for row in self.server.sql(f"SELECT {key} FROM {unit} ORDER BY 1")]
            self.assertEqual(sorted(row[key] for row in rows), expected)
            self.assertNotIn("version", rows[0])

    def test_sessions_are_whole_where_one_trace_matches(self):
        _, _, body, trailers = self.fetch("unit=sessions")
        rows = {row["session_id"]: row for row in map(json.loads, body.splitlines())}
        self.assertEqual((set(rows), trailers), ({f"session-{n}" for n in range(8)}, ["x-vitrine-row-count: 8"]))
        self.assertEqual({row["trace_count"] for row in rows.values()}, {COUNT // 8})
        # The first trace alone is in this time; its session is told with all its traces.
        _, _, body, _ = self.fetch("unit=sessions&to=2025-06-15T15:06:41Z")
        [row] = [json.loads(line) for line in body.splitlines()]
        self.assertEqual((row["session_id"], row["trace_count"]), ("session-0", COUNT // 8))
        _, _, body, _ = self.fetch("unit=sessions&filter=user:user-1&format=csv")
        self.assertEqual({row["session_id"] for row in csv.DictReader(io.StringIO(body.decode()))}, {"session-1", "session-5"})

    def test_every_format_says_the_same(self):
        _, _, lines, _ = self.fetch("unit=spans&format=jsonl")
        _, headers, table, trailers = self.fetch("unit=spans&format=csv")
        self.assertEqual((headers["content-type"], trailers), ("text/csv; charset=utf-8", [f"x-vitrine-row-count: {2 * COUNT}"]))
        rows = list(csv.DictReader(io.StringIO(table.decode())))
        self.assertEqual({(row["span_id"], row["name"]) for row in rows}, {(json.loads(line)["span_id"], json.loads(line)["name"]) for line in lines.splitlines()})
        _, headers, parquet, trailers = self.fetch("unit=spans&format=parquet")
        self.assertEqual((parquet[:4], parquet[-4:], trailers), (b"PAR1", b"PAR1", [f"x-vitrine-row-count: {2 * COUNT}"]))

    def test_times_are_half_open_and_nothing_is_an_answer(self):
        at = "2025-06-15T15:06:"  # START is 15:06:40.
        _, _, body, trailers = self.fetch(f"unit=traces&from={at}41Z&to={at}44Z")
        self.assertEqual(sorted(json.loads(line)["trace_id"] for line in body.splitlines()), [f"{n:032x}" for n in (2, 3, 4)])
        for form, size in (("jsonl", 0), ("csv", 1), ("parquet", None)):
            status, _, body, trailers = self.fetch(f"unit=calls&to=2020-01-01T00:00:00Z&format={form}")
            self.assertEqual((status, trailers), (200, ["x-vitrine-row-count: 0"]), form)
            if size is not None:
                self.assertEqual(len(body.splitlines()), size)

    def test_wrong_questions_are_refused(self):
        for query in ("unit=metrics", "format=xlsx", "from=yesterday", "made_up=1", "filter=cost_usd%3E%3E1"):
            status, _, body, _ = self.fetch(query)
            self.assertEqual(status, 400, query)
            self.assertIn(b'"error"', body)

    def test_the_filter_decides(self):
        _, _, body, _ = self.fetch("unit=calls&filter=user:user-1")
        self.assertEqual({json.loads(line)["user_id"] for line in body.splitlines()}, {"user-1"})
        self.assertEqual(len(body.splitlines()), COUNT // 4)

    def test_the_command_writes_counts_and_sums(self):
        with tempfile.TemporaryDirectory() as folder:
            for form in ("jsonl", "csv", "parquet"):
                path = pathlib.Path(folder) / f"spans.{form}"
                done = export(self.url, "spans", "--format", form, "-o", str(path))
                self.assertEqual((done.returncode, done.stdout), (0, b""), done.stderr)
                told = done.stderr.decode().split()
                self.assertEqual(told[:5], [str(2 * COUNT), "rows,", str(path.stat().st_size), "bytes,", "sha256"])
                self.assertEqual(told[5], hashlib.sha256(path.read_bytes()).hexdigest())
                self.assertEqual(os.listdir(folder), [path.name])
                path.unlink()
            done = export(self.url, "traces")
            self.assertEqual(len(done.stdout.splitlines()), COUNT)
            done = export(self.url, "calls", "user:user-2")
            self.assertEqual({json.loads(line)["user_id"] for line in done.stdout.splitlines()}, {"user-2"})

    def test_the_command_leaves_nothing_half_done(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "out.jsonl"
            for words, code in ((("spans", "--format", "xlsx"), 2), (("rows",), 2), (("spans", "--from", "soon"), 2), (("spans", "status:"), 2)):
                self.assertEqual(export(self.url, *words, "-o", str(path)).returncode, code, words)
            self.assertEqual(export("http://127.0.0.1:9", "spans", "-o", str(path)).returncode, 6)
            self.assertNotEqual(export(self.url, "spans", "-o", folder + "/missing/x").returncode, 0)
            self.assertEqual(os.listdir(folder), [])


class Liar:
    """A server that sends rows and ends in its own way."""

    def __init__(self, ending):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.ending = ending
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        connection, _ = self.listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{}\n{}\n\r\n" + self.ending)

    def close(self):
        self.thread.join(10)
        self.listener.close()


class Truncated(unittest.TestCase):
    def test_an_answer_that_is_not_whole_is_no_file(self):
        for ending, words in ((b"", "ended within"), (b"0\r\n\r\n", "did not tell"), (b"0\r\nx-vitrine-row-count: 3\r\n\r\n", "3 rows and 2 came")):
            with tempfile.TemporaryDirectory() as folder:
                liar = Liar(ending)
                done = export(liar.url, "spans", "-o", folder + "/out.jsonl")
                liar.close()
                self.assertNotEqual(done.returncode, 0, ending)
                self.assertIn(words, done.stderr.decode())
                self.assertEqual(os.listdir(folder), [])
        liar = Liar(b"0\r\nx-vitrine-row-count: 2\r\n\r\n")
        done = export(liar.url, "spans")
        liar.close()
        self.assertEqual((done.returncode, done.stdout), (0, b"{}\n{}\n"))


if __name__ == "__main__":
    unittest.main()
