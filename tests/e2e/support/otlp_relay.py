"""A receiver of OTLP between two servers: it keeps what came, passes it on, or answers something else when told to."""
import gzip
import http.client
import http.server
import threading


class OtlpRelay:
    """Passes POSTs on to `server` (a support.server.Server). Its port stays the same while it is down."""

    def __init__(self, server):
        self._server = server
        self._http = None
        self.port = 0
        self.bodies = []  # Inflated, in the order in which they came.
        self.headers = []
        self.paths = []
        self.answers = []  # (status, headers), each given once instead of passing on.
        self.up()

    def up(self):
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                relay._answer(self)

            def log_message(self, *_):
                pass

        http.server.ThreadingHTTPServer.allow_reuse_address = True
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._http.daemon_threads = True
        self.port = self._http.server_port
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def down(self):
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    def _answer(self, request):
        body = request.rfile.read(int(request.headers["content-length"]))
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.paths.append(request.path)
        self.headers.append(headers)
        self.bodies.append(gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body)
        # The server behind it keeps no metrics, and would say so.
        is_kept_here = request.path.endswith("/v1/metrics")
        if self.answers or is_kept_here:
            status, more = (200, {}) if is_kept_here else self.answers.pop(0)
            request.send_response(status)
            for name, value in more.items():
                request.send_header(name, value)
            request.send_header("content-length", "0")
            request.end_headers()
            return
        connection = http.client.HTTPConnection(self._server.host, self._server.port, timeout=30)
        try:
            connection.request("POST", request.path, body, {name: value for name, value in headers.items() if name != "host"})
            answer = connection.getresponse()
            content = answer.read()
            request.send_response(answer.status)
            request.send_header("content-length", str(len(content)))
            request.end_headers()
            request.wfile.write(content)
        except OSError:
            request.close_connection = True
        finally:
            connection.close()
