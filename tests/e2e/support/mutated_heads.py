"""Requests that are damaged on purpose: random bytes, and what is known to make two servers read one request in two ways."""
import re

MARK = re.compile(rb"case-(\d{4})-end")
# Where the body is taken for what follows a request, the upstream or the server sees this path.
SMUGGLED_PATH = b"/smuggled"
BODY = b"Z\r\n\r\nGET " + SMUGGLED_PATH + b" HTTP/1.1\r\nHost: h\r\n\r\n"
CHUNKED_BODY = b"hello" + BODY

HEADER_LINES = [
    b"Transfer-Encoding: chunked", b"Transfer-Encoding : chunked", b" Transfer-Encoding: chunked", b"Transfer-Encoding:\x0bchunked",
    b"Transfer-Encoding: \tchunked", b"transfer_encoding: chunked", b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding: identity, chunked", b"Transfer-Encoding: xchunked", b"Transfer-Encoding: Chunked", b"Transfer-Encoding: \"chunked\"",
    b"Transfer-Encoding:", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x", b"X: a\r\n Transfer-Encoding: chunked",
    b"X: a\rTransfer-Encoding: chunked", b"X: a\nTransfer-Encoding: chunked", b"\x00Transfer-Encoding: chunked", b"Transfer-Encoding\x00: chunked",
    b"Content-Length: 0", b"Content-Length: +5", b"Content-Length: -5", b"Content-Length: 0x10", b"Content-Length: 5, 5", b"Content-Length: 5 5",
    b"Content-Length: 99999999999999999999", b"Content-Length:", b"Content_Length: 0", b"Content-Length : 0", b"content-length: 1e1",
    b"Connection: content-length", b"Connection: transfer-encoding", b"Connection: host", b"Connection: close, x-case", b"Connection: upgrade",
    b"Upgrade: h2c\r\nConnection: upgrade, http2-settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", b"Upgrade: websocket",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    b"Host: elsewhere", b"Host:", b"Host: a@b", b"host : x", b"Expect: 100-continue", b"Expect: 200-ok", b"TE: trailers", b"Trailer: Content-Length",
    b"Keep-Alive: timeout=0", b"Proxy-Connection: close", b"X-Bytes: \x80\xff\xfe", b"X-Null: a\x00b", b"no colon here", b": no name", b"\tX: y",
    b"X-Long: " + b"a" * 40_000, b"\r\n".join(b"X-%d: y" % i for i in range(200)), b"x-vitrine-target-url: http://127.0.0.1:1/",
    b"X: y\r\n\r\nGET " + SMUGGLED_PATH + b" HTTP/1.1\r\nHost: h", b"X: y\n\nGET " + SMUGGLED_PATH + b" HTTP/1.1\nHost: h",
]
REQUEST_LINES = [
    (b" HTTP/1.1", b" HTTP/1.0"), (b" HTTP/1.1", b" HTTP/1.2"), (b" HTTP/1.1", b" HTTP/2.0"), (b" HTTP/1.1", b" http/1.1"), (b" HTTP/1.1", b""),
    (b" HTTP/1.1", b" HTTP/1.1 "), (b" HTTP/1.1", b"  HTTP/1.1"), (b" HTTP/1.1", b"\tHTTP/1.1"), (b" HTTP/1.1", b" HTTP/1.1\r"),
    (b" HTTP/1.1", b" HTTP/01.1"), (b" HTTP/1.1", b"#f HTTP/1.1"), (b" HTTP/1.1", b"%0d%0aX:%20y HTTP/1.1"), (b" HTTP/1.1", b"%00 HTTP/1.1"),
    (b"POST ", b"post "), (b"POST ", b"PO ST "), (b"POST ", b"CONNECT "), (b"POST ", b"TRACE "), (b"POST ", b"GET "), (b"POST ", b"OPTIONS "),
    (b"POST ", b"BREW "), (b"POST ", b"POST\t"), (b"POST ", b"\r\nPOST "), (b"POST ", b" POST "), (b"POST ", b"POST  "), (b"POST ", b"P\x00ST "),
    (b"/gateway/", b"http://gateway.example/gateway/"), (b"/gateway/", b"http://elsewhere/gateway/"), (b"/gateway/", b"//gateway/"),
    (b"/gateway/", b"/./gateway/"), (b"/gateway/", b"/x/../gateway/"), (b"/gateway/", b"/%67ateway/"), (b"/gateway/", b"\\gateway\\"),
    (b"/gateway/fake/", b"/gateway/fake/../../api/"), (b"/gateway/fake/", b"/gateway/fake/%2e%2e/"), (b"/gateway/fake/", b"/gateway/fake"),
    (b"/gateway/fake/", b"/gateway//fake/"), (b"/gateway/fake/", b"/gateway/fake//evil.example/"), (b"/gateway/fake/", b"/gateway/fake@evil.example/"),
    (b"/gateway/fake/", b"/gateway/fa%6be/"), (b"/gateway/fake/", b"/gateway/fake/\xc3\xa4/"), (b"/gateway/fake/", b"/gateway/fake/ /"),
]
CHUNK_HEADS = [b"0x5", b"+5", b"-5", b" 5", b"5 ", b"5;a=b", b"5;a=\"\n\"", b"5\n", b"FFFFFFFFFFFFFFFF", b"10000000000000005", b"", b"g", b"00000005", b"5\r",
               b"0"]
TRAILERS = [b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: x\r\n", b"X-Fine: y\r\n", b"X: y\n", b" folded\r\n", b"GET " + SMUGGLED_PATH +
            b" HTTP/1.1\r\n"]


def _sound(number, is_chunked):
    mark = b"case-%04d-end" % number
    head = [b"POST /gateway/fake/v1/" + mark + b"/" + mark + b"?case=" + mark + b" HTTP/1.1", b"Host: gateway.example", b"x-case: " + mark,
            b"Content-Type: application/octet-stream", b"Authorization: Bearer none"]
    if not is_chunked:
        return head + [b"Content-Length: %d" % len(BODY)], BODY
    return head + [b"Transfer-Encoding: chunked"], b"5\r\nhello\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)


def _damage_bytes(head, rng):
    at = rng.randrange(len(head))
    odd = rng.choice([b"\x00", b"\r", b"\n", b"\t", b" ", b":", b"\x80", b"\xff", b"\x0b", b"/", b"0", b"9", b",", b";", bytes([rng.randrange(256)])])
    return rng.choice([head[:at] + odd + head[at + 1:], head[:at] + odd + head[at:], head[:at] + head[at + rng.randint(1, 9):],
                       head[:at] + head[at:at + 20] + head[at:]])


def mutated(number, rng):
    """The bytes of a damaged request. `number` is in the path, the query and a header, so that it is known wherever it arrives."""
    is_chunked = rng.random() < 0.4
    lines, body = _sound(number, is_chunked)
    way = rng.choice(["bytes", "bytes", "header", "header", "header", "line", "double", "ends", "body"])
    if way == "header":
        lines.insert(rng.randint(1, len(lines)), rng.choice(HEADER_LINES))
    elif way == "line":
        lines[0] = lines[0].replace(*rng.choice(REQUEST_LINES))
    elif way == "double":
        lines.insert(rng.randint(0, len(lines)), rng.choice(lines))
    elif way == "body" and is_chunked:
        body = rng.choice([rng.choice(CHUNK_HEADS) + body[1:], body[:-2] + rng.choice(TRAILERS) + b"\r\n", body.replace(b"hello\r\n", b"hello", 1),
                           body.replace(b"hello\r\n", b"hello\n", 1), body.replace(b"5\r\nhello", b"5\nhello", 1)])
    elif way == "body":
        lines[-1] = rng.choice([b"Content-Length: %d", b"Content-Length: 0%d", b"Content-Length: %d;", b"Content-Length: %d.0"]) % (
            len(body) - rng.randint(0, 4))
    head = b"\r\n".join(lines) + b"\r\n\r\n"
    if way == "bytes":
        for _ in range(rng.randint(1, 3)):
            head = _damage_bytes(head, rng)
    elif way == "ends":
        places = [match.start() for match in re.finditer(b"\r\n", head)]
        at = rng.choice(places)
        head = head[:at] + rng.choice([b"\n", b"\r", b"\n\r", b"\r\r\n", b"\r\n\n", b"\r\n\r\n", b"\x00\r\n", b" \r\n"]) + head[at + 2:]
    return head + body
