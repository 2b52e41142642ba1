"""Crash ledger: clients keep what was acknowledged while server, engine and both are killed with -9 at random moments.

Afterwards every acknowledged span is there once, in spans, traces and rollups. Among them are spans whose clocks are wrong by years,
requests over 100 days wide, spans that are sent again, that move to another day, and rows the engine refuses for ever.

VITRINE_CRASH_ROUNDS (20): kills in all. VITRINE_CRASH_SERVERS (2): servers at once, each with its own ledger. A failure names the
seed of its server and keeps the data folder; VITRINE_SEED and VITRINE_CRASH_SERVERS=1 run that one again.
"""
import concurrent.futures
import http.client
import os
import pathlib
import random
import shutil
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support import engine  # noqa: E402
from support.server import Server, llm_span  # noqa: E402

ROUNDS = int(os.environ.get("VITRINE_CRASH_ROUNDS", "20"))
SERVERS = int(os.environ.get("VITRINE_CRASH_SERVERS", "2"))
SEED = int(os.environ.get("VITRINE_SEED", str(random.randrange(1 << 30))))
# One ledger lives this long at most: a failure then is near its cause.
ROUNDS_PER_LEDGER_MAX = 50
SENDERS = 2
# Bisecting refused rows takes hundreds of inserts, and nightly runs share the machine.
SETTLE_SECONDS_MAX = 300
DAY_NS = 86_400 * 10**9
POISON = "poison"
WILD_STARTS = [1, 915_148_800 * 10**9, 2_145_916_800 * 10**9, 7_258_118_400 * 10**9, 2**63 - 1]


class Ledger:
    """What the server said it has. A request without an answer may or may not be stored, so it is sent again until it is acknowledged."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged = set()
        self.taken = self.offered = 0  # spans, each time they were acknowledged and sent
        self.poisoned = set()  # acknowledged, and refused by the engine from their first version on
        self.turned = set()    # spans whose later version is refused: the first stays, unless both came in one batch
        self.moved = {}        # span id -> (start of the last version, user given by the first)

    def add(self, spans):
        with self.lock:
            self.taken += len(spans)
            for span in spans:
                if span["spanId"] in self.turned:
                    continue
                (self.poisoned if span["name"] == POISON else self.acknowledged).add(span["spanId"])


class Sender:
    """One client: sends, and sends again until it is answered."""

    def __init__(self, server, ledger, rng, stop):
        self.server, self.ledger, self.rng, self.stop = server, ledger, rng, stop
        self.number = 0

    def new_id(self, bits):
        return f"{self.rng.getrandbits(bits) | 1:0{bits // 4}x}"

    def trace(self):
        """A root with children, in random order; some clocks are wrong by years."""
        now = time.time_ns()
        trace, root = self.new_id(128), self.new_id(64)
        spans = [llm_span(trace, root, now - 2 * 10**9, user__id=f"user-{self.number}")]
        for _ in range(self.rng.randint(0, 9)):
            start = self.rng.choice(WILD_STARTS) if self.rng.random() < 0.05 else now - self.rng.randrange(10**9)
            spans.append(llm_span(trace, self.new_id(64), start, parent=root))
        if self.rng.random() < 0.003:
            spans.append(dict(llm_span(trace, self.new_id(64), now, parent=root), name=POISON))
        return spans

    def wide(self):
        """One trace over 150 days."""
        now, trace = time.time_ns(), self.new_id(128)
        return [llm_span(trace, self.new_id(64), now - day * DAY_NS) for day in range(150)]

    def requests(self):
        """The requests of one round, each a list of spans."""
        if self.rng.random() < 0.03:
            return [self.wide()]
        spans = [span for _ in range(self.rng.randint(1, 3)) for span in self.trace()]
        self.rng.shuffle(spans)
        middle = self.rng.randint(0, len(spans))
        requests = [spans[:middle], spans[middle:]]
        if self.rng.random() < 0.1:
            requests.append(spans[:middle])
        return requests

    def send(self, spans):
        """True when acknowledged, False when the test ends before."""
        while spans:
            with self.ledger.lock:
                self.ledger.offered += len(spans)
            try:
                status = self.server.send_spans(spans, service="ledger")
            except (OSError, http.client.HTTPException):
                status = 0
            if status == 200:
                self.ledger.add(spans)
                return True
            if self.stop.is_set():
                return False
            time.sleep(0.02)
        return True

    def send_versions(self):
        """A span whose later version begins on another day, or is refused."""
        trace, span, now = self.new_id(128), self.new_id(64), time.time_ns()
        first, start = llm_span(trace, span, now, user__id="mover"), now - self.rng.randint(1, 5) * DAY_NS
        if self.rng.random() < 0.95:
            if self.send([first]) and self.pause() and self.send([llm_span(trace, span, start)]):
                with self.ledger.lock:
                    self.ledger.moved[span] = start
        else:
            with self.ledger.lock:
                self.ledger.turned.add(span)
            if self.send([first]) and self.pause():
                self.send([dict(llm_span(trace, span, start), name=POISON)])

    def pause(self):
        time.sleep(self.rng.random() * 0.5)
        return True

    def run(self):
        while not self.stop.is_set():
            self.number += 1
            if self.rng.random() < 0.05:
                self.send_versions()
            elif not all(self.send(spans) for spans in self.requests()):
                return
            time.sleep(self.rng.random() * 0.02)


def strike(server, rng):
    """Kills the server, the engine or both, and the server again while it starts."""
    target = rng.choice(["server", "engine", "both"])
    if target in ("engine", "both"):
        for pid in server.engine_pids():
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass
    if target in ("server", "both"):
        server.kill()
        while rng.random() < 0.3:
            server.start(wait=False)
            time.sleep(rng.random() * 0.6)
            server.kill()
        server.start()


def torment(seed, rounds):
    """One server, one ledger; the folder stays when something is wrong. Returns (acknowledged, stored, refused)."""
    rng = random.Random(seed)
    ledger, stop = Ledger(), threading.Event()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vitrine-crash-"))
    try:
        with Server(data=folder) as server:
            engine.refuse_spans_named(server, POISON)
            senders = [threading.Thread(target=Sender(server, ledger, random.Random(seed + i), stop).run) for i in range(SENDERS)]
            for sender in senders:
                sender.start()
            try:
                for _ in range(rounds):
                    time.sleep(rng.random() * rng.choice([0.2, 1.2]))
                    strike(server, rng)
            finally:
                time.sleep(0.5)
                stop.set()
                for sender in senders:
                    sender.join()
            counts = Check(server, ledger).all()
    except BaseException as error:
        raise AssertionError(f"seed {seed}, {rounds} rounds, data kept in {folder}: {error}") from error
    shutil.rmtree(folder)
    return counts


class Check:
    def __init__(self, server, ledger):
        self.server, self.ledger = server, ledger

    def all(self):
        server, ledger = self.server, self.ledger
        server.wait_for(lambda: server.get("/api/v1/ingest")[1]["backlog_records"] == 0, SETTLE_SECONDS_MAX, "everything settled")
        stored = self.stored()
        self.lost(ledger.acknowledged - set(stored), "acknowledged and lost")
        self.lost(ledger.poisoned & set(stored), "refused and stored")
        refused = {path.name.split("-")[2] for path in (server.data / "quarantine").glob("span_rows-*.json")}
        self.lost(ledger.poisoned - refused, "refused and not in quarantine")
        wrong = {span for span, start in ledger.moved.items() if stored[span] != (start, "mover")}
        self.lost(wrong, "moved and not at their new start, or without what their first version said")
        visible = len(stored)
        self.same("SELECT sum(spans), sum(calls), sum(input_tokens) FROM rollups WHERE service = 'ledger'", [visible, visible, 10 * visible])
        self.same("SELECT sum(span_count), sum(call_count), sum(input_tokens) FROM traces WHERE service = 'ledger'",
                  [visible, visible, 10 * visible])
        self.same("SELECT count() - uniqExact(trace_id), 0 FROM traces WHERE service = 'ledger'", [0, 0])
        accepted = int(server.sql("SELECT sum(accepted) FROM ingest_ledger")[0][0])
        if not ledger.taken <= accepted <= ledger.offered:
            raise AssertionError(f"ingest_ledger has {accepted} accepted, of {ledger.offered} sent and {ledger.taken} acknowledged")
        return len(ledger.acknowledged), visible, len(ledger.poisoned)

    def stored(self):
        """span id -> (start in ns, user). Fails where a span is visible twice."""
        rows, after = [], ""
        while True:
            page = self.server.sql("SELECT span_id, toString(toUnixTimestamp64Nano(start_time)), user_id FROM spans WHERE service = 'ledger' "
                                   f"AND span_id > '{after}' ORDER BY span_id LIMIT 20000")
            rows += page
            if len(page) < 20000:
                break
            after = page[-1][0]
        stored = {row[0]: (int(row[1]), row[2]) for row in rows}
        if len(stored) != len(rows):
            raise AssertionError(f"{len(rows) - len(stored)} spans are visible twice")
        return stored

    def lost(self, spans, what):
        if spans:
            raise AssertionError(f"{len(spans)} spans {what}: {sorted(spans)[:5]}")

    def same(self, query, expected):
        row = [int(float(value or 0)) for value in self.server.sql(query)[0]]
        if row != expected:
            raise AssertionError(f"{query}: {row}, not {expected}")


class CrashLedger(unittest.TestCase):
    def test_nothing_is_lost_or_doubled(self):
        ledgers = max(SERVERS, -(-ROUNDS // ROUNDS_PER_LEDGER_MAX))
        shares = [ROUNDS // ledgers + (i < ROUNDS % ledgers) for i in range(ledgers)]
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(SERVERS) as pool:
            shares = [share for share in shares if share]
            runs = [pool.submit(torment, SEED + 1000 * i, share) for i, share in enumerate(shares)]
            counts = []
            for run in runs:
                counts.append(run.result())
                done = sum(shares[:len(counts)])
                print(f"{done} of {ROUNDS} rounds, {sum(count[0] for count in counts)} spans acknowledged", file=sys.stderr, flush=True)
        acknowledged, stored, refused = (sum(column) for column in zip(*counts))
        self.assertGreater(acknowledged, ROUNDS)
        print(f"{ROUNDS} rounds in {time.monotonic() - began:.0f} s: {acknowledged} spans acknowledged, {stored} stored, "
              f"{refused} refused and kept, 0 lost, 0 double", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
