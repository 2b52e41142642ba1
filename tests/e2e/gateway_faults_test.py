"""Calls through the gateway while what records them breaks: the engine is killed, the log's disk is full, failing or stands still, and either side
breaks streams off at random places. No call fails, no byte differs, and every call is recorded or counted as dropped.

VITRINE_FAULT_STREAMS (2000): streams with random ends; the other runs take a quarter of that. VITRINE_SEED runs one again.
"""
import asyncio
import os
import pathlib
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support import gateway_config  # noqa: E402
from support.server import BINARY, Server  # noqa: E402
from support.stream_load import CLIENT_LEAVES, CLIENT_LEAVES_EARLY, UPSTREAM_CUTS, UPSTREAM_HANGS_UP, WHOLE, StreamLoad  # noqa: E402

STREAMS = int(os.environ.get("VITRINE_FAULT_STREAMS", "2000"))
SEED = int(os.environ.get("VITRINE_SEED", str(random.randrange(1 << 30))))
DISK_FAULTS = BINARY.parents[1] / "lib/vitrine_disk_faults.so"
SETTLE_SECONDS = 300
# Little memory for recordings, so that a disk that does not take them soon means that some are dropped.
SMALL = "--gateway-recording-max=1MiB"
# What a server may hold beside its recordings; a leak of one recording in ten would pass it in the long run.
RESIDENT_BYTES_MAX = 400 << 20


class GatewayFaults(unittest.TestCase):
    def run_streams(self, count, trouble, arguments=(), environment=None, broken_share=0.0):
        """Runs `trouble(server, load, running)` beside the streams, then compares every count. Returns (server, load, what /api/v1/ingest says)."""
        server = Server(environment=environment)
        self.addCleanup(server.__exit__)
        load = StreamLoad(SEED, broken_share)

        async def run():
            async with load:
                upstreams = {"fake": (f"http://127.0.0.1:{load.port}", "openai")}
                server.arguments = [gateway_config.write(server.data / "vitrine.toml", upstreams), *arguments]
                server.start()
                running = asyncio.create_task(load.run(server.host, server.port, 0, count))
                await trouble(server, load, running)
                await running
        asyncio.run(run())
        self.assertEqual(load.faults[:5], [], f"seed {SEED}: {len(load.faults)} faults")
        self.assertEqual((load.sent, sum(load.fates.values())), (count, count))
        self.assertLess(self.resident_bytes(server), RESIDENT_BYTES_MAX)
        return server, load, self.counts(server, count)

    def counts(self, server, sent):
        """Once nothing waits: every call is recorded or dropped, the two doors to the counts agree, and what is recorded is stored once."""
        def written():
            gateway = server.get("/api/v1/ingest")[1]["gateway"]
            return gateway if gateway["recorded"] + gateway["dropped"] == gateway["calls"] else None
        gateway = server.wait_for(written, SETTLE_SECONDS, "every call recorded or dropped")
        self.assertEqual(gateway["calls"], sent, f"seed {SEED}")
        self.assertEqual(gateway["waiting"], 0)
        metrics = dict(line.rsplit(" ", 1) for line in server.request("GET", "/metrics")[2].decode().splitlines() if not line.startswith("#"))
        for name, key in (("", "calls"), ("_written", "recorded"), ("_dropped", "dropped"), ("_without_body", "without_body")):
            self.assertEqual(int(metrics[f"vitrine_gateway_recordings{name}_total"]), gateway[key], (SEED, name))
        self.assertEqual(metrics["vitrine_gateway_recording_bytes"], "0", "all memory was given back")

        def settled():
            ingest = server.get("/api/v1/ingest")[1]
            return ingest["backlog_records"] == 0 and ingest["engine"]["state"] == "ready"
        server.wait_for(settled, SETTLE_SECONDS, "everything settled")
        row = server.wait_for(lambda: server.sql("SELECT count(), uniqExact(span_id), uniqExact(attributes['url.full']) FROM spans"), 30)[0]
        self.assertEqual([int(value) for value in row], [gateway["recorded"]] * 3, f"seed {SEED}: stored, by span, by call")

        def in_ledger():
            row = server.sql("SELECT sum(accepted), sum(dropped), sum(rejected + quarantined) FROM ingest_ledger WHERE door = 'gateway'")[0]
            return [int(value or 0) for value in row] == [gateway["recorded"], gateway["dropped"], 0]
        server.wait_for(in_ledger, 60, f"seed {SEED}: the ledger says the same as {gateway}")
        print(f"{self.id().rsplit('.', 1)[1]}: seed {SEED}, {gateway}, stored {row[0]}", file=sys.stderr)
        return gateway

    @staticmethod
    def resident_bytes(server):
        status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) * 1024

    def test_the_engine_dies_again_and_again(self):
        kills = 0

        async def kill(server, load, running):
            nonlocal kills
            while not running.done():
                for pid in server.engine_pids():
                    try:
                        os.kill(pid, 9)
                        kills += 1
                    except ProcessLookupError:
                        pass
                await asyncio.sleep(0.1)
        _, load, gateway = self.run_streams(max(STREAMS // 4, 200), kill)
        self.assertEqual(gateway["dropped"], 0, "the log takes them without the engine")
        self.assertGreater(kills, 0)

    def disk(self, fault, state):
        """A disk that breaks after a part of the streams and works again after they ended."""
        control = pathlib.Path(self.enterContext(_Folder())) / "fault"
        count, shown = max(STREAMS // 4, 400), []

        async def break_disk(server, load, running):
            while load.sent < count // 4:
                await asyncio.sleep(0.01)
            control.write_text(fault)
            ended = False
            while not ended:  # Looked at once more after the last stream: an answer may take as long as all of them.
                ended = running.done()
                shown.append((await asyncio.to_thread(server.get, "/api/v1/ingest"))[1]["disk"]["state"])
                await asyncio.sleep(0.05)
            control.write_text("works")
        environment = {"LD_PRELOAD": str(DISK_FAULTS), "VITRINE_DISK_FAULTS": str(control)}
        server, load, gateway = self.run_streams(count, break_disk, [SMALL], environment)
        self.assertIn(state, shown)
        self.assertGreater(gateway["dropped"], 0, "little memory and a disk that takes nothing")
        self.assertGreaterEqual(gateway["recorded"], count // 8, "what came before, and what waited, is recorded")
        self.assertEqual(server.get("/api/v1/ingest")[1]["disk"]["state"], "ok")

    def test_the_disk_of_the_log_is_full(self):
        self.disk("full", "full")

    def test_the_disk_of_the_log_fails(self):
        self.disk("failing", "failing")

    def test_the_disk_of_the_log_stands_still(self):
        self.disk("stalled", "ok")

    def test_either_side_breaks_streams_off(self):
        async def nothing(server, load, running):
            await running
        server, load, gateway = self.run_streams(STREAMS, nothing, broken_share=0.6)
        self.assertEqual(gateway["dropped"], 0)
        for fate in (WHOLE, CLIENT_LEAVES, CLIENT_LEAVES_EARLY, UPSTREAM_CUTS, UPSTREAM_HANGS_UP):
            self.assertGreater(load.fates[fate], 0, fate)
        # A request goes out once, but for those whose kept connection had ended before it.
        self.assertLessEqual(max(load.arrived.values()), 1)
        self.assertEqual({number for number in range(STREAMS) if load.of(number).fate != CLIENT_LEAVES_EARLY} - set(load.arrived), set())
        rows = {int(url.rsplit("n=", 1)[1]): (error, int(size or 0)) for url, error, size in self.rows(
            server, "SELECT attributes['url.full'], error_type, attributes['http.response.body.size'] FROM spans")}
        for number in range(STREAMS):
            meant, (error, size) = load.of(number), rows[number]
            wanted = {WHOLE: {""}, UPSTREAM_HANGS_UP: {"connection"}, UPSTREAM_CUTS: {"partial", "connection"}}.get(meant.fate)
            if wanted:
                self.assertIn(error, wanted, (SEED, number, meant.fate))
            if meant.fate == WHOLE:
                self.assertEqual(size, len(meant.body), (SEED, number))
            if meant.fate == UPSTREAM_CUTS:
                self.assertLessEqual(size, meant.cut_at, (SEED, number))

    @staticmethod
    def rows(server, query, page=5000):
        """All rows of a query over spans, however many the server gives at once."""
        rows, after = [], ""
        while True:
            found = server.sql(query.replace("SELECT", "SELECT span_id,", 1) + f" WHERE span_id > '{after}' ORDER BY span_id LIMIT {page}")
            rows += [row[1:] for row in found]
            if len(found) < page:
                return rows
            after = found[-1][0]


class _Folder:
    """A temporary folder that goes after the server that uses it."""

    def __enter__(self):
        import tempfile
        self._folder = tempfile.TemporaryDirectory(prefix="vitrine-faults-")
        return self._folder.name

    def __exit__(self, *_):
        self._folder.cleanup()


if __name__ == "__main__":
    unittest.main()
