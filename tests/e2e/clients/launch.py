"""Starts the fake provider and the client programs, each with its own environment and service name."""

import json
import os
import pathlib
import subprocess

import gateway
import install

PROVIDER = install.SOURCES.parents[1] / "support" / "fake_provider" / "server.mjs"
# A client takes seconds; importing some of them on a slow, busy machine takes minutes.
CLIENT_SECONDS_MAX = 600

# Keys nobody issued: the fake provider and the sink accept any, and a leak of them is easy to find.
FAKE_OPENAI_KEY = "sk-not-a-real-key"
FAKE_ANTHROPIC_KEY = "sk-ant-not-a-real-key"
FAKE_LANGFUSE_PUBLIC = "pk-lf-not-a-real-key"
FAKE_LANGFUSE_SECRET = "sk-lf-not-a-real-key"


class LaunchError(Exception):
    """A program did not start, or ended badly; the message has its last output."""


def clients() -> list[dict]:
    """The table of clients: name, runtime, command, signals, environment, ways through the gateway."""
    return json.loads((install.SOURCES / "clients.json").read_text())


class Provider:
    """The fake model provider as a child process, on any free loopback port."""

    def __init__(self, node: pathlib.Path):
        self._process = subprocess.Popen([str(node), str(PROVIDER)], stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline().split()
        if len(line) != 2 or line[0] != "listening":
            raise LaunchError(f"the fake provider did not start: {line}")
        self.url = line[1]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
        self._process.stdout.close()


def _environment(client: dict, service: str, target_url: str, provider_url: str) -> dict[str, str]:
    # Built from nothing, so that the developer's own OTEL_* or API keys cannot change what a client sends.
    signals = client.get("signals", ["traces"])
    home = install.cache_dir() / "home"
    home.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "OPENAI_BASE_URL": f"{provider_url}/v1",
        # A key of its own for each client: the provider numbers repeated requests by key, so ids do not depend on order.
        "OPENAI_API_KEY": f"{FAKE_OPENAI_KEY}-{client['name']}",
        "ANTHROPIC_BASE_URL": provider_url,
        "ANTHROPIC_API_KEY": f"{FAKE_ANTHROPIC_KEY}-{client['name']}",
        "OTEL_SERVICE_NAME": service,
        "OTEL_EXPORTER_OTLP_ENDPOINT": target_url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "TRACELOOP_BASE_URL": target_url,
        "TRACELOOP_TELEMETRY": "false",
        "LANGFUSE_BASE_URL": target_url,
        "LANGFUSE_HOST": target_url,
        "LANGFUSE_PUBLIC_KEY": FAKE_LANGFUSE_PUBLIC,
        "LANGFUSE_SECRET_KEY": FAKE_LANGFUSE_SECRET,
    }
    for signal in ("traces", "logs", "metrics"):
        environment[f"OTEL_{signal.upper()}_EXPORTER"] = "otlp" if signal in signals else "none"
    return environment | gateway.environment(client, target_url) | client.get("env", {})


def run_client(
    client: dict, service: str, target_url: str, provider_url: str, extra_env: dict[str, str] | None = None
) -> str:
    """Runs one client program to its end and answers its output. It reports to target_url as `service`."""
    runtime, name = client["runtime"], client["name"]
    directory = install.install(runtime, client.get("directory", name))
    binary = install.node_binary() if runtime == "node" else directory / "venv" / "bin" / "python"
    environment = _environment(client, service, target_url, provider_url) | (extra_env or {})
    command = [str(binary), *client["command"]]
    try:
        done = subprocess.run(
            command, cwd=directory, env=environment, capture_output=True, text=True, timeout=CLIENT_SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise LaunchError(f"{name} did not end within {CLIENT_SECONDS_MAX} s: {error.stdout!r} {error.stderr!r}") from error
    output = done.stdout + done.stderr
    if done.returncode != 0:
        raise LaunchError(f"{name} ended with {done.returncode}:\n{output[-4000:]}")
    return output
