#!/usr/bin/env python3
"""Runs real, unmodified client programs against a fake provider and checks what Vitrine made of their telemetry.

    run.py --vitrine-url URL [--provider-url auto|URL] [--only NAME]...    check; ends with "N passed, N failed"
    run.py --capture DIR [--only NAME]...                                  record what the clients send, without Vitrine
    run.py --install-only [--only NAME]...                                 only install packages
    run.py --gateway-config FILE --provider-url URL                        write the upstreams that the gateway's clients call

A server that is checked must have been started with those upstreams, and --provider-url must be theirs.

Packages go to VITRINE_CLIENTS_CACHE (default build/clients). Needs Python 3.10+, its venv module, and npm.
"""

import argparse
import pathlib
import sys

import capture
import check
import gateway
import install
import launch
import vitrine_api


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vitrine-url")
    parser.add_argument("--provider-url", default="auto")
    parser.add_argument("--only", action="append", metavar="NAME")
    parser.add_argument("--capture", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--install-only", action="store_true")
    parser.add_argument("--gateway-config", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--verbose", action="store_true", help="a line for every check, not only for failures")
    arguments = parser.parse_args()
    if not (arguments.vitrine_url or arguments.capture or arguments.install_only or arguments.gateway_config):
        parser.error("one of --vitrine-url, --capture, --install-only and --gateway-config is needed")
    if arguments.gateway_config and arguments.provider_url == "auto":
        parser.error("--gateway-config needs --provider-url")
    return arguments


def _chosen(only: list[str] | None) -> list[dict]:
    clients = launch.clients()
    unknown = set(only or []) - {client["name"] for client in clients}
    if unknown:
        raise launch.LaunchError(f"no client named {', '.join(sorted(unknown))}")
    return [client for client in clients if not only or client["name"] in only]


def main() -> int:
    arguments = _arguments()
    try:
        clients = _chosen(arguments.only)
        if arguments.gateway_config:
            gateway.write_configuration(arguments.gateway_config, clients, arguments.provider_url)
            return 0
        install.install_all(clients)
        if arguments.install_only:
            return 0
        if arguments.capture:
            capture.capture([client for client in clients if not client.get("gateway")], arguments.capture.resolve())
            return 0
        return check.check_clients(clients, arguments.vitrine_url.rstrip("/"), arguments.provider_url, arguments.verbose)
    except (install.InstallError, launch.LaunchError, capture.CaptureError, vitrine_api.VitrineError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
