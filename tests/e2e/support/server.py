"""A real `vitrine serve` in a folder of its own, on a free port of loopback."""
import http.client
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = pathlib.Path(os.environ.get("VITRINE_BINARY", ROOT / "build/release/bin/vitrine"))
READY_SECONDS = 60


class Server:
    """Starts on entering, stops on leaving. `data` survives restarts within the test."""

    def __init__(self, data=None, arguments=(), environment=None):
        self._own = tempfile.TemporaryDirectory(prefix="vitrine-e2e-") if data is None else None
        self.data = pathlib.Path(data or self._own.name)
        self.arguments = list(arguments)
        self.environment = dict(environment or {})  # Beside this process's own.
        self.process = None
        self.host, self.port = "127.0.0.1", 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        if self._own:
            self._own.cleanup()

    def start(self, wait=True):
        """Returns when the server answers; without `wait` at once (then kill it, or it is lost)."""
        log = open(self.data / "server.stderr", "ab")
        command = [str(BINARY), "serve", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}", "--otlp-listen", ""]
        self.process = subprocess.Popen(command + self.arguments, stdout=subprocess.PIPE, stderr=log, text=True,
                                        env=os.environ | self.environment)
        log.close()
        if not wait:
            return
        line = self.process.stdout.readline()
        if not line.startswith("ready http://"):
            self.process.kill()
            raise AssertionError(f"no ready line but {line!r}; " + (self.data / "server.stderr").read_text()[-2000:])
        self.host, port = line.split("http://")[1].strip().rsplit(":", 1)
        self.port = int(port)

    def stop(self, seconds=5):
        """SIGTERM must end it within `seconds`."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"SIGTERM did not end the server within {seconds} s")
        finally:
            self.process.stdout.close()
        if self.process.returncode != 0:
            raise AssertionError(f"SIGTERM ended the server with {self.process.returncode}")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def engine_pids(self):
        """Pids of engines that serve this data folder."""
        pids = []
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    command = (entry / "cmdline").read_bytes()
                except OSError:
                    continue
                if b"vitrine-engine" in command.split(b"\0")[0] and str(self.data).encode() in command:
                    pids.append(int(entry.name))
        return pids

    def request(self, method, path, body=None, headers=None, timeout=30):
        """(status, headers, body bytes)"""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def get(self, path, **headers):
        status, _, body = self.request("GET", path, headers=headers)
        return status, json.loads(body)

    def sql(self, query, project="default"):
        """Rows of a query, or an AssertionError with the server's words."""
        status, _, body = self.request("POST", "/api/v1/sql", json.dumps({"query": query}),
                                       {"content-type": "application/json", "x-vitrine-project": project})
        if status != 200:
            raise AssertionError(f"{query}: {status} {body.decode()[:500]}")
        return json.loads(body)["rows"]

    def send_spans(self, spans, service="e2e", project="default", scope="e2e"):
        """Status of an OTLP/JSON export of these spans."""
        resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
        body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": scope}, "spans": spans}]}]}
        status, _, _ = self.request("POST", "/v1/traces", json.dumps(body),
                                    {"content-type": "application/json", "x-vitrine-project": project})
        return status

    def wait_for(self, check, seconds=20, what="condition"):
        """Polls until `check()` is true; its last failure is reported."""
        deadline = time.monotonic() + seconds
        last = None
        while time.monotonic() < deadline:
            try:
                last = check()
                if last:
                    return last
            except (AssertionError, OSError, http.client.HTTPException) as error:
                last = error
            time.sleep(0.1)
        raise AssertionError(f"{what} not reached in {seconds} s: {last}")


def attribute(key, value):
    if isinstance(value, bool):
        return {"key": key, "value": {"boolValue": value}}
    if isinstance(value, int):
        return {"key": key, "value": {"intValue": str(value)}}
    if isinstance(value, float):
        return {"key": key, "value": {"doubleValue": value}}
    if isinstance(value, list):
        return {"key": key, "value": {"arrayValue": {"values": [{"stringValue": v} for v in value]}}}
    return {"key": key, "value": {"stringValue": value}}


def llm_span(trace_id, span_id, start_ns, parent="", duration_ns=1_000_000_000, **attributes):
    """An OTLP/JSON span of a chat call. Attribute names have '__' for '.'."""
    values = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
              "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 5}
    values.update({key.replace("__", "."): value for key, value in attributes.items()})
    span = {"traceId": trace_id, "spanId": span_id, "name": "chat gpt-4o-mini", "kind": 3,
            "startTimeUnixNano": str(start_ns), "endTimeUnixNano": str(start_ns + duration_ns),
            "attributes": [attribute(k, v) for k, v in values.items()]}
    if parent:
        span["parentSpanId"] = parent
    return span


def refusal_of(config_text):
    """What a server says that does not start with this configuration file."""
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "vitrine.toml"
        config.write_text(config_text)
        server = Server(data=folder, arguments=[f"--config={config}"])
        try:
            server.start()
        except AssertionError as refused:
            server.process.wait()
            server.process.stdout.close()
            return str(refused)
        server.stop()
        raise AssertionError("the server started with a configuration that should be refused")
