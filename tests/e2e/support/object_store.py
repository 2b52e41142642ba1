"""An S3-compatible storage on loopback that takes signed PUTs and multipart uploads, and checks each signature by itself."""
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
    pairs = sorted(tuple(urllib.parse.quote(urllib.parse.unquote(part), safe="-_.~") for part in pair.partition("=")[::2]) for pair in query.split("&") if pair)
    canonical_query = "&".join(f"{name}={value}" for name, value in pairs)
    canonical = "\n".join([method, canonical_path, canonical_query, *[f"{name}:{' '.join(headers[name].split())}" for name in names], "", ";".join(names), _sha256(body)])
    scope = f"{day}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, _sha256(canonical.encode())])
    key = f"AWS4{SECRET}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = _hmac(key, part)
    return "" if hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == signature else "the signature is wrong"


class ObjectStore:
    """`objects`: path -> bytes, of PUTs whose signature is right. `answers`: statuses given once each instead of a PUT's. `uploads`: id -> (path, parts)
    of files that are sent in parts, until they are one."""

    def __init__(self):
        store = self
        self.objects, self.puts, self.problems, self.answers, self.uploads = {}, [], [], [], {}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _do(self):
                body = self.rfile.read(int(self.headers["content-length"] or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, answer, etag = store._take(self.command, self.path, headers, body)
                self.send_response(status)
                if etag:
                    self.send_header("etag", etag)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_PUT = do_POST = do_GET = do_DELETE = _do

            def log_message(self, *_):
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.port = self._http.server_port
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        self._http.shutdown()
        self._http.server_close()

    def _take(self, method, target, headers, body):
        """(status, body, ETag)"""
        if method == "PUT":
            self.puts.append(target)
            if self.answers:
                return self.answers.pop(0), b"", None
        problem = signature_problem(method, target, headers, body)
        if problem:
            self.problems.append(problem)
            return 403, b"", None
        path, _, query = target.partition("?")
        path, query = urllib.parse.unquote(path), dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        upload = query.get("uploadId")
        if method == "PUT" and upload is None:
            self.objects[path] = body
            return 200, b"", None
        if method == "GET":
            listed = "".join(f"<Upload><Key>{of.split('/', 2)[2]}</Key><UploadId>{name}</UploadId></Upload>" for name, (of, _) in self.uploads.items())
            return 200, f"<ListMultipartUploadsResult>{listed}</ListMultipartUploadsResult>".encode(), None
        if method == "POST" and "uploads" in query:
            name = f"upload-{len(self.puts)}+/="
            self.uploads[name] = (path, {})
            return 200, f"<InitiateMultipartUploadResult><UploadId>{name}</UploadId></InitiateMultipartUploadResult>".encode(), None
        if upload not in self.uploads or self.uploads[upload][0] != path:
            return 404, b"<Error><Code>NoSuchUpload</Code></Error>", None
        parts = self.uploads[upload][1]
        if method == "PUT":
            etag = f'"{hashlib.md5(body).hexdigest()}"'
            parts[int(query["partNumber"])] = (etag, body)
            return 200, b"", etag
        del self.uploads[upload]
        if method == "DELETE":
            return 204, b"", None
        wanted = [(int(number), etag.replace("&quot;", '"')) for number, etag in re.findall(r"<PartNumber>(\d+)</PartNumber><ETag>([^<]*)</ETag>", body.decode())]
        if wanted != [(number, etag) for number, (etag, _) in sorted(parts.items())]:
            return 400, b"<Error><Code>InvalidPart</Code></Error>", None
        self.objects[path] = b"".join(part for _, (_, part) in sorted(parts.items()))
        return 200, b"<CompleteMultipartUploadResult/>", None
