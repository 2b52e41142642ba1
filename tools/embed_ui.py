#!/usr/bin/env python3
"""Packs the built pages of the UI into one file that the server embeds.

The pack: a line "vitrine-ui 1 COUNT", COUNT lines of tab-separated PATH, CONTENT-TYPE, ENCODING (gzip or identity),
CACHE (immutable or revalidate), ETAG, OFFSET, SIZE, an empty line, then the bodies. Offsets count from the first body byte.
The same files always give the same bytes. Without a folder to pack the count is 0.
"""
import argparse
import gzip
import hashlib
import pathlib
import re
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".map": "application/json",
}
# Compressed already: gzip would only add bytes.
STORED = {".woff2", ".png", ".ico"}
# The bundler's own names: a change of content is a change of name, so they may be kept for ever.
HASHED = re.compile(r"^/assets/.+-[A-Za-z0-9_-]{8}\.[a-z0-9]+$")


def entry(dist, path):
    name = "/" + path.relative_to(dist).as_posix()
    if path.suffix not in TYPES:
        raise SystemExit(f"embed_ui: {name}: no content type is known for {path.suffix}")
    if not re.fullmatch(r"[A-Za-z0-9/._-]+", name):
        raise SystemExit(f"embed_ui: {name}: a name the server would have to decode")
    body = path.read_bytes()
    etag = hashlib.sha256(body).hexdigest()[:32]
    packed = body if path.suffix in STORED else gzip.compress(body, 9, mtime=0)
    encoding = "gzip" if len(packed) < len(body) else "identity"
    if encoding == "identity":
        packed = body
    cache = "immutable" if HASHED.match(name) else "revalidate"
    return [name, TYPES[path.suffix], encoding, cache, etag], packed


def pack(dist):
    files = sorted(path for path in dist.rglob("*") if path.is_file()) if (dist / "index.html").is_file() else []
    lines, bodies, offset = [], [], 0
    for path in files:
        fields, body = entry(dist, path)
        lines.append("\t".join(fields + [str(offset), str(len(body))]) + "\n")
        bodies.append(body)
        offset += len(body)
    return f"vitrine-ui 1 {len(files)}\n{''.join(lines)}\n".encode() + b"".join(bodies)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dist", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    made = pack(options.dist)
    if not options.out.is_file() or options.out.read_bytes() != made:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_bytes(made)
    return 0


sys.exit(main())
