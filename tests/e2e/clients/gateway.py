"""Clients that call the provider through Vitrine's gateway: the upstreams each has of its own, and the environment that
leads its packages there. Nothing in a request says whose it is, so that a client's calls are told apart by the upstream.
"""

import json
import pathlib

import install

# Every credential holds this word; none may be found in what is recorded.
FAKE_KEY_WORD = "not-a-real-key"

DOORS = json.loads((install.SOURCES / "gateway.json").read_text())


def upstreams(client: dict) -> list[str]:
    """Names of the upstreams that a client's calls go to; none where it calls the provider itself."""
    return [_name(client, door) for door in client.get("gateway", [])]


def _name(client: dict, door: str) -> str:
    return f"{client['name']}-{door}"


def environment(client: dict, vitrine_url: str) -> dict[str, str]:
    """What tells a client's packages where the provider is, and who they are."""
    variables: dict[str, str] = {}
    for door in client.get("gateway", []):
        base_url = f"{vitrine_url}/gateway/{_name(client, door)}"
        variables |= {name: base_url + path for name, path in DOORS[door]["base_urls"].items()}
        variables |= DOORS[door].get("credentials", {})
    return variables


def write_configuration(path: pathlib.Path, clients: list[dict], provider_url: str) -> None:
    """Writes a server's configuration with the upstreams of these clients, all at the one provider."""
    lines = ["# The upstreams of tests/e2e/clients."]
    for client in clients:
        for door in client.get("gateway", []):
            url = provider_url + DOORS[door].get("provider_path", "")
            lines += [
                "",
                f"[gateway.upstreams.{_name(client, door)}]",
                f'url = "{url}"',
                f'kind = "{DOORS[door].get("kind", door)}"',
            ]
    path.write_text("\n".join(lines) + "\n")
