"""Capture mode: runs every client against the sink and writes what it sent, as golden input for decoders and dialects.

Nothing of this machine may stay in the bytes: resource detectors are off or overridden, clients live in a neutral folder,
and the captured bodies are searched for host name, home folder and repository path before they are accepted.
"""

import datetime
import getpass
import json
import pathlib
import re
import socket

import install
import launch
import sink

NEUTRAL_ENVIRONMENT = {
    "OTEL_NODE_RESOURCE_DETECTORS": "env",
    "OTEL_RESOURCE_ATTRIBUTES": "host.name=example-host,host.id=0,host.arch=amd64,os.type=linux,os.version=0",
}


class CaptureError(Exception):
    """A captured body shows something of this machine."""


def _forbidden() -> list[str]:
    words = [str(pathlib.Path.home()), str(install.SOURCES.parents[2]), socket.gethostname(), launch.FAKE_OPENAI_KEY]
    words += [launch.FAKE_ANTHROPIC_KEY, launch.FAKE_LANGFUSE_SECRET, "process.command"]
    if getpass.getuser() != "root":  # the word "root" is no secret and stands in many texts
        words.append(getpass.getuser())
    return [word for word in words if len(word) > 1]


def _check_neutral(directory: pathlib.Path) -> None:
    for path in sorted(directory.glob("[0-9]*.*")):
        text = path.read_bytes().decode("utf-8", "replace")
        for word in _forbidden():
            if re.search(rf"(?<![\w.]){re.escape(word)}(?![\w])", text):
                raise CaptureError(
                    f"{path} contains {word!r}. Capture with a system Python and with VITRINE_CLIENTS_CACHE in a neutral"
                    " folder such as /opt/clients."
                )


def _versions(client: dict) -> list[str]:
    source = install.SOURCES / client["runtime"] / client["directory"]
    if client["runtime"] == "node":
        packages = json.loads((source / "package.json").read_text())["dependencies"]
        return [f"{name} {version}" for name, version in packages.items()]
    lines = (source / "requirements.txt").read_text().split()
    wanted = re.compile(r"openai|anthropic|openinference|traceloop|langfuse|pydantic-ai|logfire|litellm|opentelemetry-(sdk|util|instr)")
    return [line.replace("==", " ") for line in lines if wanted.match(line)]


def _write_source(client: dict, directory: pathlib.Path, requests: list[dict]) -> None:
    settings = " ".join(f"{k}={v}" for k, v in client.get("env", {}).items()) or "none"
    lines = [
        f"# {client['name']}",
        "",
        f"Bytes that an unmodified {client['runtime'].capitalize()} program sent: "
        f"`tests/e2e/clients/{client['runtime']}/{client['directory']}`, run against `tests/support/fake_provider`.",
        "",
        f"- Captured {datetime.date.today().isoformat()} by `tests/e2e/clients/run.py --capture tests/golden/clients`.",
        f"- Settings of the program beside the usual ones: {settings}.",
        "- Bodies are as sent after inflating; `index.json` has path, content type, encodings and user agent of each.",
        "- Resource attributes that describe a machine were switched off or overridden; nothing else was changed.",
        f"- True answers: `tests/e2e/clients/expectations/{client['name']}.json`.",
        "",
        "| file | path | content type |",
        "|---|---|---|",
        *(f"| {r['file']} | {r['path']} | {r['content_type']} |" for r in requests),
        "",
        "Packages: " + ", ".join(_versions(client)) + ".",
        "",
    ]
    (directory / "SOURCE.md").write_text("\n".join(lines))


def capture(clients: list[dict], directory: pathlib.Path) -> None:
    """Runs the clients one after the other and writes <directory>/<name>/NNN.pb|json, index.json and SOURCE.md."""
    provider = launch.Provider(install.node_binary())
    try:
        for client in clients:
            target = directory / client["name"]
            receiver = sink.Sink(target)
            try:
                launch.run_client(client, client["name"], receiver.url, provider.url, NEUTRAL_ENVIRONMENT)
            finally:
                receiver.close()
            _check_neutral(target)
            _write_source(client, target, receiver.requests)
            print(f"captured {client['name']}: {len(receiver.requests)} bodies", flush=True)
    finally:
        provider.close()
