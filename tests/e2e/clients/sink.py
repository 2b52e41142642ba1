"""A tiny OTLP/HTTP sink: keeps every request body as it came (inflated), and answers as a collector would.

Used by `run.py --capture DIR` to record what real clients send. It also answers the few Langfuse paths that SDKs call.
"""

import gzip
import http.server
import json
import pathlib
import threading
import zlib

BODY_SIZE_BYTES_MAX = 64 * 1024 * 1024  # the limit OTLP recommends to servers

SIGNALS = ("traces", "logs", "metrics")


def _signal_of(path: str) -> str | None:
    for signal in SIGNALS:
        if path.endswith(f"/v1/{signal}"):
            return signal
    return None


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Sink"

    def _read_chunked(self) -> bytes:
        body = bytearray()
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            if size == 0:
                while self.rfile.readline().strip():
                    pass
                return bytes(body)
            body += self.rfile.read(size)
            self.rfile.readline()
            if len(body) > BODY_SIZE_BYTES_MAX:
                raise ValueError("body too large")

    def _read_body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            raw = self._read_chunked()
        else:
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        encoding = self.headers.get("content-encoding", "identity")
        if encoding == "gzip":
            return gzip.decompress(raw)
        if encoding == "deflate":
            return zlib.decompress(raw)
        if encoding == "identity":
            return raw
        raise ValueError(f"content-encoding {encoding}")

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        try:
            body = self._read_body()
        except (ValueError, OSError, EOFError, zlib.error) as error:
            self.close_connection = True
            self._answer(400, "text/plain", str(error).encode())
            return
        path = self.path.partition("?")[0]
        content_type = self.headers.get("content-type", "")
        if _signal_of(path) is None:
            self.server.note_other("POST", path)
            ingestion = path.endswith("/api/public/ingestion")
            self._answer(207 if ingestion else 404, "application/json", b'{"successes":[],"errors":[]}')
            return
        self.server.keep(path, self.headers, body)
        is_json = content_type.startswith("application/json")
        self._answer(200, content_type, b"{}" if is_json else b"")

    def do_GET(self) -> None:
        self.server.note_other("GET", self.path.partition("?")[0])
        self._answer(404, "application/json", b"{}")

    def log_message(self, *_: object) -> None:
        pass


class Sink(http.server.ThreadingHTTPServer):
    """Listens on loopback, any port. `directory` gets NNN.pb or NNN.json and index.json."""

    daemon_threads = True

    def __init__(self, directory: pathlib.Path):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.directory = directory
        self.requests: list[dict] = []
        self.other: list[str] = []
        self._lock = threading.Lock()
        directory.mkdir(parents=True, exist_ok=True)
        for old in [*directory.glob("*.pb"), *directory.glob("*.json")]:
            old.unlink()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def keep(self, path: str, headers, body: bytes) -> None:
        content_type = headers.get("content-type", "").partition(";")[0].strip()
        suffix = "json" if content_type == "application/json" else "pb"
        with self._lock:
            name = f"{len(self.requests) + 1:03d}.{suffix}"
            self.requests.append(
                {
                    "file": name,
                    "path": path,
                    "content_type": headers.get("content-type", ""),
                    "content_encoding": headers.get("content-encoding"),
                    "transfer_encoding": headers.get("transfer-encoding"),
                    "user_agent": headers.get("user-agent"),
                    "size_bytes": len(body),
                }
            )
            (self.directory / name).write_bytes(body)

    def note_other(self, method: str, path: str) -> None:
        with self._lock:
            self.other.append(f"{method} {path}")

    def close(self) -> None:
        """Stops listening and writes the index."""
        self.shutdown()
        self.server_close()
        index = {"requests": self.requests, "other_requests": sorted(set(self.other))}
        (self.directory / "index.json").write_text(json.dumps(index, indent=1) + "\n")
