"""The recorded provider traffic beside the checkout: exchanges, what a correct reader says of them, and who answers."""
import base64
import dataclasses
import gzip
import json
import os
import pathlib
import urllib.parse

from support.server import ROOT

FOLDER = pathlib.Path(os.environ.get("VITRINE_CORPUS", ROOT.parent / "shared/corpus"))
TRAFFIC = FOLDER / "provider_traffic.jsonl.gz"
EXPECTATIONS = FOLDER / "provider_expectations.jsonl"

# Whose interface a recorded host speaks, where its label is no name of a provider.
KIND_OF_LABEL = {"local-openai-compatible": "vllm", "gateway": "openai", "litellm-proxy": "openai", "portkey": "openai", "other": "openai"}


@dataclasses.dataclass
class Exchange:
    id: str
    provider: str
    method: str
    url: str
    target: str  # path and query
    request_headers: dict
    request_body: bytes
    status: int
    response_headers: dict
    response_body: bytes
    expectation: dict  # None: no call to a model


def exists():
    return TRAFFIC.exists() and EXPECTATIONS.exists()


def kind_of(label):
    return KIND_OF_LABEL.get(label, label)


def _body(entry, side):
    encoded = entry.get(side + "_body_base64")
    return base64.b64decode(encoded) if encoded is not None else (entry.get(side + "_body") or "").encode()


def read():
    """Every exchange, in the order of the file."""
    with open(EXPECTATIONS, encoding="utf-8") as lines:
        expectations = {entry["id"]: entry for entry in map(json.loads, lines)}
    exchanges = []
    with gzip.open(TRAFFIC, "rt", encoding="utf-8") as lines:
        for entry in map(json.loads, lines):
            url = urllib.parse.urlsplit(entry["url"])
            exchanges.append(Exchange(
                id=entry["id"], provider=entry["provider"], method=entry["method"], url=entry["url"],
                target=(url.path or "/") + ("?" + url.query if url.query else ""),
                request_headers=entry["request_headers"], request_body=_body(entry, "request"), status=entry["status"],
                response_headers=entry["response_headers"], response_body=_body(entry, "response"),
                expectation=expectations.get(entry["id"])))
    return exchanges
