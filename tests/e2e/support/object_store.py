"""An S3-compatible storage on loopback that takes signed PUTs, and checks each signature by itself."""
import hashlib
import hmac
import http.server
import re
import threading
import urllib.parse

ACCESS, SECRET, REGION = "AKIDEXPORTS", "planted/secret+of/exports", "eu-test-1"


def _sha256(data):
    return hashlib.sha256(data).hexdigest()


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature_problem(method, target, headers, body):
    """What is wrong with a request's signature; nothing where it is right. As Amazon S3 documents it."""
    found = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})",
                         headers.get("authorization", ""))
    if not found:
        return f"no signature: {headers.get('authorization')!r}"
    access, day, region, names, signature = found.groups()
    if (access, region) != (ACCESS, REGION):
        return "another key or region"
    if headers.get("x-amz-content-sha256") != _sha256(body):
        return "x-amz-content-sha256 is not that of the body"
    names = names.split(";")
    if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names):
        return f"signed are only {names}"
    path, _, query = target.partition("?")
    canonical_path = urllib.parse.quote(urllib.parse.unquote(path), safe="/-_.~")
    if canonical_path != path:
        return f"{path} is not escaped as S3 escapes it"
    canonical = "\n".join([method, canonical_path, query, *[f"{name}:{' '.join(headers[name].split())}" for name in names], "", ";".join(names), _sha256(body)])
    scope = f"{day}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, _sha256(canonical.encode())])
    key = f"AWS4{SECRET}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = _hmac(key, part)
    return "" if hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == signature else "the signature is wrong"


class ObjectStore:
    """`objects`: path -> bytes, of PUTs whose signature is right. `answers`: statuses given once each instead."""

    def __init__(self):
        store = self
        self.objects, self.puts, self.problems, self.answers = {}, [], [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status = store._put(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.port = self._http.server_port
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        self._http.shutdown()
        self._http.server_close()

    def _put(self, target, headers, body):
        self.puts.append(target)
        if self.answers:
            return self.answers.pop(0)
        problem = signature_problem("PUT", target, headers, body)
        if problem:
            self.problems.append(problem)
            return 403
        self.objects[urllib.parse.unquote(target)] = body
        return 200
