#!/usr/bin/env python3
"""What HTTP/2 towards a provider costs and saves: calls through the real gateway to a provider over TLS (Node, on loopback), over HTTP/1.1 and HTTP/2.
usage: ./dev bench http2 [SECONDS of each steady row]

burst: so many calls begin at once, with no connection to the provider yet; until the last answer is whole.
steady: so many clients ask one question after the other; the connections to the provider are kept.
CPU is the gateway's whole process, recording included. Client and provider share the machine, so the CPU counts and the rates only compare."""
import asyncio
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from gateway_http2_test import PROVIDER, make_certificates  # noqa: E402
from support import http_wire  # noqa: E402
from support.server import Server  # noqa: E402

BURSTS = (10, 100, 500)
STEADY = (1, 16, 64)
ROUNDS = 3
BODY = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "question"}]}).encode()


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Bench:
    def __init__(self, server, upstream):
        self.server, self.upstream = server, upstream

    async def connect(self):
        return await asyncio.open_connection(self.server.host, self.server.port, limit=http_wire.HEAD_BYTES_MAX)

    async def ask(self, connection, path="/v1/chat/completions", body=BODY):
        reader, writer = connection
        writer.write(f"POST /gateway/{self.upstream}{path} HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\n"
                     f"content-length: {len(body)}\r\n\r\n".encode() + body)
        answer = await http_wire.read_response(reader, b"POST")
        if b" 200 " not in answer.start + b" ":
            raise SystemExit(f"{self.upstream}: {answer.start!r} {answer.body[:300]!r}")

    async def burst(self, count):
        clients = [await self.connect() for _ in range(count)]
        began, cpu = time.monotonic(), cpu_seconds(self.server.process.pid)
        await asyncio.gather(*(self.ask(client) for client in clients))
        took = time.monotonic() - began
        await asyncio.sleep(0.5)  # The recording's share of the CPU comes a little later.
        cpu = cpu_seconds(self.server.process.pid) - cpu
        for _, writer in clients:
            writer.close()
        return took, cpu

    async def steady(self, count, seconds):
        clients = [await self.connect() for _ in range(count)]
        calls, until = 0, 0.0

        async def loop(client):
            nonlocal calls
            while time.monotonic() < until:
                await self.ask(client)
                calls += 1
        until = time.monotonic() + 0.5
        await asyncio.gather(*map(loop, clients))
        calls, cpu = 0, cpu_seconds(self.server.process.pid)
        until = time.monotonic() + seconds
        await asyncio.gather(*map(loop, clients))
        await asyncio.sleep(0.5)
        cpu = cpu_seconds(self.server.process.pid) - cpu
        for _, writer in clients:
            writer.close()
        return calls / seconds, cpu / calls


def with_server(upstream, measure):
    """A gateway and a provider that have no connections yet."""
    with Server() as server:
        server.stop()
        make_certificates(server.data)
        provider = subprocess.Popen(["node", str(PROVIDER), str(server.data / "localhost.pem"), str(server.data / "localhost.key")],
                                    stdout=subprocess.PIPE, text=True)
        try:
            url = provider.stdout.readline().split()[1]
            (server.data / "vitrine.toml").write_text(
                f'[gateway]\nca_file = "{server.data}/authority.pem"\n[gateway.upstreams.http1]\nurl = "{url}"\n'
                f'[gateway.upstreams.http2]\nurl = "{url}"\nhttp2 = true\n')
            server.arguments = [f"--config={server.data / 'vitrine.toml'}"]
            server.start()
            return asyncio.run(measure(Bench(server, upstream)))
        finally:
            provider.terminate()
            provider.wait()
            provider.stdout.close()


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 4
    for count in BURSTS:
        for upstream in ("http1", "http2"):
            rounds = [with_server(upstream, lambda bench: bench.burst(count)) for _ in range(ROUNDS)]
            took, cpu = (sorted(column)[ROUNDS // 2] for column in zip(*rounds))
            print(f"burst  {count:4} {upstream}: {took * 1e3:8.0f} ms, {cpu * 1e3 / count:7.2f} ms of CPU a call", flush=True)
    for count in STEADY:
        for upstream in ("http1", "http2"):
            rounds = [with_server(upstream, lambda bench: bench.steady(count, seconds)) for _ in range(ROUNDS)]
            rate, cpu = (sorted(column)[ROUNDS // 2] for column in zip(*rounds))
            print(f"steady {count:4} {upstream}: {rate:8.0f} calls/s, {cpu * 1e6:7.0f} us of CPU a call", flush=True)


if __name__ == "__main__":
    main()
