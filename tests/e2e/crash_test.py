"""Crash ledger: a client keeps what was acknowledged while server, engine and both are killed with -9 at random moments.

Afterwards every acknowledged span is there once, in spans and in rollups. Rounds: VITRINE_CRASH_ROUNDS (default 20); the seed of a
failing run is printed and can be set with VITRINE_SEED.
"""
import http.client
import os
import random
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support.server import Server, llm_span  # noqa: E402

ROUNDS = int(os.environ.get("VITRINE_CRASH_ROUNDS", "20"))
SEED = int(os.environ.get("VITRINE_SEED", str(random.randrange(1 << 30))))
SENDERS = 2


class Ledger:
    """What the server said it has. A request without an answer may or may not be stored, so it is sent again until it is acknowledged."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged = set()

    def add(self, spans):
        with self.lock:
            self.acknowledged.update(span["spanId"] for span in spans)


def make_batch(rng, number):
    """One to thirty spans of a few traces; children often before their parents, some sent in a later batch."""
    now = time.time_ns()
    spans = []
    for _ in range(rng.randint(1, 3)):
        trace = f"{rng.getrandbits(128) | 1:032x}"
        root = f"{rng.getrandbits(64) | 1:016x}"
        children = [f"{rng.getrandbits(64) | 1:016x}" for _ in range(rng.randint(0, 9))]
        for child in children:
            spans.append(llm_span(trace, child, now - rng.randrange(10**9), parent=root))
        spans.append(llm_span(trace, root, now - 2 * 10**9, user__id=f"user-{number}"))
    rng.shuffle(spans)
    return spans


def send_forever(server, ledger, rng, stop):
    number = 0
    while not stop.is_set():
        number += 1
        spans = make_batch(rng, number)
        middle = rng.randint(0, len(spans))
        for part in (spans[:middle], spans[middle:]):
            while part:
                try:
                    status = server.send_spans(part, service="ledger")
                except (OSError, http.client.HTTPException):
                    status = 0
                if status == 200:
                    ledger.add(part)
                    break
                if stop.is_set():
                    return
                time.sleep(0.02)
        time.sleep(rng.random() * 0.02)


def strike(server, rng):
    """Kills the server, the engine or both."""
    target = rng.choice(["server", "engine", "both"])
    if target in ("engine", "both"):
        for pid in server.engine_pids():
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass
    if target in ("server", "both"):
        server.kill()
        server.start()


class CrashLedger(unittest.TestCase):
    def test_nothing_is_lost_or_doubled(self):
        print(f"seed {SEED}, {ROUNDS} rounds", file=sys.stderr)
        rng = random.Random(SEED)
        ledger, stop = Ledger(), threading.Event()
        with Server() as server:
            senders = [threading.Thread(target=send_forever, args=(server, ledger, random.Random(SEED + i), stop))
                       for i in range(SENDERS)]
            for sender in senders:
                sender.start()
            try:
                for _ in range(ROUNDS):
                    time.sleep(rng.random() * 1.5)
                    strike(server, rng)
            finally:
                time.sleep(1)
                stop.set()
                for sender in senders:
                    sender.join()
            self.check(server, ledger)

    def check(self, server, ledger):
        expected = len(ledger.acknowledged)
        self.assertGreater(expected, ROUNDS)

        def settled():
            rows = server.sql("SELECT count() FROM spans WHERE service = 'ledger'")
            return int(rows[0][0]) >= expected

        server.wait_for(settled, 60, f"{expected} spans")
        stored = set()
        rows = server.sql("SELECT count(), uniqExact(span_id) FROM spans WHERE service = 'ledger'")
        self.assertEqual(rows[0][0], rows[0][1], "a span is visible twice")
        after = ""
        while True:
            page = server.sql("SELECT span_id FROM spans WHERE service = 'ledger' AND span_id > '" + after +
                              "' ORDER BY span_id LIMIT 50000")
            stored.update(row[0] for row in page)
            if len(page) < 50000:
                break
            after = page[-1][0]
        lost = ledger.acknowledged - stored
        self.assertFalse(lost, f"{len(lost)} acknowledged spans lost, seed {SEED}")
        visible = int(rows[0][0])
        rollups = server.sql("SELECT sum(spans), sum(calls), sum(input_tokens) FROM rollups WHERE service = 'ledger'")
        self.assertEqual([int(float(v)) for v in rollups[0]], [visible, visible, 10 * visible], f"rollups differ, seed {SEED}")
        traces = server.sql("SELECT sum(span_count), sum(call_count) FROM traces WHERE service = 'ledger'")
        self.assertEqual([int(v) for v in traces[0]], [visible, visible], f"traces differ, seed {SEED}")
        print(f"{expected} acknowledged, {visible} stored, 0 lost, 0 double", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
