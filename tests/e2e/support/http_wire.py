"""HTTP/1.1 as bytes over asyncio streams: messages read strictly, framed and cut at random, nothing added and nothing repaired."""
import asyncio
import dataclasses
import random

HEAD_BYTES_MAX = 1 << 20
# What belongs to one connection (RFC 9110, 7.6.1), and the length, which is framing.
HOP_BY_HOP = {b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
              b"transfer-encoding", b"upgrade"}
PIECE_COUNTS = [1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 9, 40]


class Malformed(Exception):
    """The peer sent what is no HTTP/1.1 message."""


@dataclasses.dataclass
class Message:
    """A request or a response. Names and values are bytes, in the order and the case in which they came."""
    start: bytes
    headers: list
    body: bytes = b""
    framing: str = "length"  # length, chunked, close (until the connection ends), none

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name]

    def first(self, name, otherwise=b""):
        return next(iter(self.all(name)), otherwise)

    def end_to_end(self, without=()):
        """Headers that a proxy must pass on as they are."""
        dropped = HOP_BY_HOP | {b"content-length"} | set(without)
        for value in self.all(b"connection"):
            dropped |= {option.strip().lower() for option in value.split(b",")}
        return [(name, value) for name, value in self.headers if name.lower() not in dropped]

    @property
    def status(self):
        return int(self.start.split(b" ", 2)[1])


async def read_head(reader):
    """A message without its body; None where the connection ended before its first byte."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise
    start, *lines = head[:-4].split(b"\r\n")
    headers = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip():
            raise Malformed(f"header line {line!r}")
        headers.append((name, value.strip(b" \t")))
    return Message(start, headers)


async def _read_trailers(reader):
    """Trailers are read over; some must not be there."""
    while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
        name, colon, _ = line.partition(b":")
        if not colon or name != name.strip() or name.lower() in HOP_BY_HOP | {b"content-length", b"host", b"authorization"}:
            raise Malformed(f"trailer {line!r}")


async def _read_chunked(reader):
    body = bytearray()
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        if size:
            body += await reader.readexactly(size)
        else:
            await _read_trailers(reader)
        if size and await reader.readexactly(2) != b"\r\n":
            raise Malformed("a chunk without its end")
        if not size:
            return bytes(body)


async def read_body(reader, message, may_end_with_connection=False):
    """Reads the body into the message."""
    encodings, lengths = message.all(b"transfer-encoding"), message.all(b"content-length")
    if encodings:
        if encodings != [b"chunked"] or lengths:
            raise Malformed(f"framing {encodings} {lengths}")
        message.framing, message.body = "chunked", await _read_chunked(reader)
    elif lengths:
        if len(lengths) > 1 or not lengths[0].isdigit():
            raise Malformed(f"framing {lengths}")
        message.body = await reader.readexactly(int(lengths[0]))
    elif may_end_with_connection:
        message.framing, message.body = "close", await reader.read()
    else:
        message.framing = "none"
    return message


async def read_request(reader):
    message = await read_head(reader)
    return message and await read_body(reader, message)


async def read_response(reader, method=b"POST"):
    """The final response; interim ones are passed over."""
    while True:
        message = await read_head(reader)
        if message is None:
            raise Malformed("no response")
        if message.status == 101 or message.status >= 200:
            break
    if method == b"HEAD" or message.status in (101, 204, 304):
        message.framing = "none"
        return message
    return await read_body(reader, message, may_end_with_connection=True)


def framed(message, rng):
    """The message's bytes, with framing headers added at a random place."""
    headers, body = list(message.headers), message.body
    if message.framing == "chunked":
        headers.insert(rng.randint(0, len(headers)), (rng.choice([b"Transfer-Encoding", b"transfer-encoding"]), b"chunked"))
        chunks = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in cut(body, rng)]
        body = b"".join(chunks) + b"0\r\n\r\n"
    elif message.framing == "length":
        headers.insert(rng.randint(0, len(headers)), (rng.choice([b"Content-Length", b"content-length"]), b"%d" % len(body)))
    elif message.framing == "close":
        headers.append((b"Connection", b"close"))
    lines = [message.start] + [name + b": " + value for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def cut(data, rng: random.Random):
    """The bytes in pieces at random places: mostly a few, at times many small ones; never an empty piece."""
    if not data:
        return []
    count = min(rng.choice(PIECE_COUNTS), len(data))
    places = sorted(rng.sample(range(1, len(data)), count - 1)) if count > 1 else []
    return [data[begin:end] for begin, end in zip([0] + places, places + [len(data)])]


async def send_in_pieces(writer, data, rng):
    """Each piece goes to the kernel by itself, as far as it takes it."""
    for piece in cut(data, rng):
        writer.write(piece)
        await asyncio.sleep(0)
    await writer.drain()
