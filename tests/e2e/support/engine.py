"""Statements straight to a server's own engine, over its Unix socket: what an operator can do and a client cannot."""
import http.client
import pathlib
import socket


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def execute(server, statement):
    """The answer's text, or an AssertionError with the engine's words."""
    for pid in server.engine_pids():
        arguments = pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        path = next(a.split("=", 1)[1] for a in arguments if a.startswith("--socket="))
        connection = _UnixConnection(path)
        try:
            connection.request("POST", "/", statement.encode())
            response = connection.getresponse()
            text = response.read().decode(errors="surrogateescape")  # Ids and hashes are binary.
        finally:
            connection.close()
        if response.status != 200:
            raise AssertionError(f"{statement}: {text}")
        return text
    raise AssertionError("the server's engine does not run")


def refuse_spans_named(server, name):
    """From now on the engine refuses every span row of this name, for ever: a poisoned row made real."""
    execute(server, f"ALTER TABLE vitrine.span_rows ADD CONSTRAINT poison CHECK name != '{name}'")
