"""One paid call that two instrumentations report into two traces is counted once: in calls, in rollups and in the traces' totals.

Whichever arrives first, over restarts, and while server and engine are killed with -9 at random moments. VITRINE_COUNTING_ROUNDS
(default 12) is the number of kills, VITRINE_SEED repeats a failing run.
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

ROUNDS = int(os.environ.get("VITRINE_COUNTING_ROUNDS", "12"))
SEED = int(os.environ.get("VITRINE_SEED", str(random.randrange(1 << 30))))
SETTLE_SECONDS = 60
SENDERS = 2
SECOND = 10**9
DAY = 86_400 * SECOND


def pair(rng, response, now=None, day_apart=False):
    """The same call as two roots: a wrapper that knows the user, and the client library's own span."""
    now = now or time.time_ns()
    start = now - DAY - 3 * SECOND if day_apart else now - 3 * SECOND
    new_id = lambda bits: f"{rng.getrandbits(bits) | 1:0{bits // 4}x}"  # noqa: E731
    wrapper = llm_span(new_id(128), new_id(64), start, duration_ns=now - start, gen_ai__response__id=response, user__id="user-1")
    native = llm_span(new_id(128), new_id(64), now - 2 * SECOND, gen_ai__response__id=response)
    return wrapper, native


def totals(server, service):
    """Spans; counted calls, their tokens and users; the same from rollups; calls by the traces' own totals."""
    where = f"WHERE service = '{service}'"
    spans = server.sql(f"SELECT count() FROM spans {where}")[0]
    calls = server.sql(f"SELECT count(), sum(input_tokens), countIf(user_id = 'user-1') FROM calls {where}")[0]
    rollups = server.sql(f"SELECT sum(spans), sum(calls), sum(input_tokens) FROM rollups {where}")[0]
    traces = server.sql(f"SELECT sum(call_count), sum(input_tokens) FROM traces {where}")[0]
    return [int(float(value or 0)) for value in [*spans, *calls, *rollups, *traces]]


def expected(pairs):
    """Every pair: two spans, one call of 10 input tokens, counted where the user is known."""
    return [2 * pairs, pairs, 10 * pairs, pairs, 2 * pairs, pairs, 10 * pairs, pairs, 10 * pairs]


class Counting(unittest.TestCase):
    def check(self, server, service, pairs):
        try:
            server.wait_for(lambda: totals(server, service) == expected(pairs), SETTLE_SECONDS, service)
        except AssertionError as error:
            raise AssertionError(f"{error}; {totals(server, service)} is not {expected(pairs)}") from None

    def send(self, server, span, scope, service):
        self.assertEqual(server.send_spans([span], service=service, scope=scope), 200)

    def settled(self, server, spans, service):
        server.wait_for(lambda: server.sql(f"SELECT count() FROM spans WHERE service = '{service}'") == [[spans]]
                        or server.sql(f"SELECT count() FROM spans WHERE service = '{service}'") == [[str(spans)]],
                        SETTLE_SECONDS, f"{spans} spans of {service}")

    def test_either_order_and_together(self):
        rng = random.Random(1)
        with Server() as server:
            for service, order in (("first", (0, 1)), ("second", (1, 0))):
                reports = list(zip(pair(rng, service), ("wrapper", "native"), strict=True))
                for number, at in enumerate(order):
                    self.send(server, *reports[at], service)
                    self.settled(server, number + 1, service)
                self.check(server, service, 1)
            for number in range(20):
                for span, scope in zip(pair(rng, f"together-{number}"), ("wrapper", "native"), strict=True):
                    self.send(server, span, scope, "together")
            self.check(server, "together", 20)

    def test_what_is_no_repetition_stays_two_calls(self):
        rng = random.Random(2)
        with Server() as server:
            for span in pair(rng, "constant-id"):
                self.send(server, span, "one-scope", "same-scope")
            wrapper, native = pair(rng, "other-tokens")
            native["attributes"] = [a if a["key"] != "gen_ai.usage.output_tokens" else
                                    {"key": a["key"], "value": {"intValue": "6"}} for a in native["attributes"]]
            self.send(server, wrapper, "wrapper", "other-tokens")
            self.send(server, native, "native", "other-tokens")
            for service in ("same-scope", "other-tokens"):
                self.settled(server, 2, service)
                self.assertEqual(totals(server, service)[1], 2, service)
                self.assertEqual(totals(server, service)[5], 2, service)

    def test_over_a_restart(self):
        rng = random.Random(3)
        with Server() as server:
            pairs = [pair(rng, f"restart-{number}", day_apart=number % 2 == 1) for number in range(6)]
            for wrapper, _ in pairs[:3]:
                self.send(server, wrapper, "wrapper", "restart")
            for _, native in pairs[3:]:
                self.send(server, native, "native", "restart")
            self.settled(server, 6, "restart")
            server.stop()
            server.start()
            for _, native in pairs[:3]:
                self.send(server, native, "native", "restart")
            server.kill()
            server.start()
            for wrapper, _ in pairs[3:]:
                self.send(server, wrapper, "wrapper", "restart")
            self.check(server, "restart", 6)
            # A later span of the losing trace changes nothing.
            loser = pairs[0][1]
            late = {"traceId": loser["traceId"], "spanId": "00000000000000aa", "name": "late", "kind": 1,
                    "startTimeUnixNano": loser["startTimeUnixNano"], "endTimeUnixNano": loser["endTimeUnixNano"]}
            server.stop()
            server.start()
            self.send(server, late, "app", "restart")
            self.settled(server, 13, "restart")
            self.assertEqual(totals(server, "restart")[1:4], expected(6)[1:4])


class KillLedger(unittest.TestCase):
    """Pairs are sent while everything is killed; at the end every pair is one call."""

    def sender(self, server, rng, stop, sent):
        while not stop.is_set():
            reports = list(zip(pair(rng, f"response-{rng.getrandbits(64)}", day_apart=rng.random() < 0.3),
                               ("wrapper", "native"), strict=True))
            rng.shuffle(reports)
            for span, scope in reports:
                # Sent until it is acknowledged, also after the test has ended: half a pair proves nothing.
                while True:
                    try:
                        if server.send_spans([span], service="ledger", scope=scope) == 200:
                            break
                    except (OSError, http.client.HTTPException):
                        pass
                    time.sleep(0.02)
                time.sleep(rng.random() * 0.6)
            sent.append(1)

    def strike(self, server, rng):
        target = rng.choice(["server", "engine", "both"])
        if target != "server":
            for pid in server.engine_pids():
                try:
                    os.kill(pid, 9)
                except ProcessLookupError:
                    pass
        if target != "engine":
            server.kill()
            server.start()

    def test_every_pair_is_one_call(self):
        print(f"seed {SEED}, {ROUNDS} rounds", file=sys.stderr)
        rng, stop, sent = random.Random(SEED), threading.Event(), []
        with Server() as server:
            senders = [threading.Thread(target=self.sender, args=(server, random.Random(SEED + 1 + n), stop, sent))
                       for n in range(SENDERS * 4)]
            for sender in senders:
                sender.start()
            try:
                for _ in range(ROUNDS):
                    time.sleep(rng.random() * 1.5)
                    self.strike(server, rng)
            finally:
                stop.set()
                for sender in senders:
                    sender.join()
            want = expected(len(sent))
            try:
                server.wait_for(lambda: totals(server, "ledger") == want, SETTLE_SECONDS, "every pair once")
            except AssertionError as error:
                raise AssertionError(f"seed {SEED}: {totals(server, 'ledger')} is not {want}: {error}") from None
            print(f"{len(sent)} pairs, each one call", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
