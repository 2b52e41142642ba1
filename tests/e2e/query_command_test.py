"""`vitrine query` and `vitrine top` against a real server: numbers that are those of SQL, in every form of output, and a screen that comes and goes."""
import csv
import io
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import fcntl
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support.server import BINARY, Server, llm_span  # noqa: E402

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("VITRINE_") or key == "VITRINE_CHDB"}
START = time.time_ns() - 1800 * 1_000_000_000


def calls():
    made = []
    for n in range(30):
        model = ("gpt-4o-mini", "gpt-4o", "made-up-model")[n % 3]
        made.append(llm_span(f"{n + 1:032x}", f"{n + 1:016x}", START + n * 1_000_000_000, gen_ai__request__model=model, user__id="ann" if n % 2 else "bob"))
    return made


class Screen:
    """A command in a terminal of its own."""

    def __init__(self, *words, rows=40, columns=160):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execve(str(BINARY), ["vitrine", *words], {**CLEAN, "TERM": "xterm-256color"})
        self.resize(rows, columns)
        self.output = ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read_until(self, pattern, seconds=30):
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.output, re.DOTALL):
            if time.monotonic() > deadline:
                raise AssertionError(f"{pattern!r} did not come: {self.output[-3000:]!r}")
            if select.select([self.terminal], [], [], 0.2)[0]:
                try:
                    self.output += os.read(self.terminal, 65536).decode(errors="replace")
                except OSError:
                    time.sleep(0.05)

    def forget(self):
        self.output = ""

    def key(self, text):
        os.write(self.terminal, text.encode())

    def end(self):
        """The exit code; everything printed until then is in `output`."""
        while True:
            try:
                piece = os.read(self.terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            self.output += piece.decode(errors="replace")
        _, status = os.waitpid(self.pid, 0)
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)


class Query(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        assert cls.server.send_spans(calls()) == 200
        cls.server.wait_for(lambda: len(cls.server.sql("SELECT 1 FROM calls")) == 30, what="the calls")
        cls.url = f"http://{cls.server.host}:{cls.server.port}"

    def run_command(self, *words, code=0):
        done = subprocess.run([str(BINARY), "query", *words, "--url", self.url], capture_output=True, text=True, env=CLEAN, timeout=120)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def test_groups_are_those_of_sql(self):
        words = ("--group-by", "model", "--measure", "count", "--measure", "sum(input_tokens)", "--measure", "sum(cost_usd)")
        rows = [json.loads(line) for line in self.run_command(*words, "--jsonl").stdout.splitlines()]
        expected = self.server.sql("SELECT request_model, count(), sum(input_tokens), sum(cost_usd) FROM calls GROUP BY 1 ORDER BY 1")
        got = sorted([row["model"], row["count"], row["sum(input_tokens)"], row["sum(cost_usd)"]] for row in rows)
        for mine, theirs in zip(got, expected, strict=True):
            self.assertEqual(mine[:3], theirs[:3])
            self.assertEqual(mine[3] and float(mine[3]), theirs[3] and float(theirs[3]))
        table = self.run_command(*words)
        self.assertRegex(table.stdout, r"(?m)^model +count +sum\(input_tokens\) +sum\(cost_usd\)$")
        self.assertRegex(table.stdout, r"(?m)^made-up-model +10 +100 +—$")
        self.assertRegex(table.stdout, r"(?m)^\(all\) +30 +300 +\$")
        self.assertNotIn("\033", table.stdout)
        self.assertIn("10 calls have no price", table.stderr)
        sheet = list(csv.DictReader(io.StringIO(self.run_command(*words, "--csv").stdout)))
        self.assertEqual({row["model"]: row["count"] for row in sheet}, {"gpt-4o": "10", "gpt-4o-mini": "10", "made-up-model": "10"})
        self.assertIn("groups", json.loads(self.run_command(*words, "--json").stdout))

    def test_time_and_filter(self):
        lines = self.run_command("--interval", "1m", "--last", "2h").stdout.splitlines()
        self.assertRegex(lines[0], r"^time \(UTC\) +count$")
        self.assertRegex(lines[-1], r"^\(all\) +30$")
        self.assertEqual(sum(int(line.split()[1]) for line in lines[1:-1]), 30)
        table = self.run_command("--interval", "1m", "--last", "2h", "--group-by", "model").stdout
        self.assertIn("count over time", table)
        self.assertRegex(table, "[▁▂▃▄▅▆▇█]")
        self.assertRegex(self.run_command("user:ann").stdout, r"(?m)^ *15$")
        self.assertIn("change", self.run_command("--compare", "previous", "--group-by", "model").stdout)

    def test_mistakes(self):
        for words in (("--measure", "p200(duration)"), ("--last", "soon"), ("--last", "1h", "--from", "2h"), ("status:",), ("--csv", "--json"), ("--unit", "rows")):
            self.assertTrue(self.run_command(*words, code=2).stderr, words)
        # The place is one in the filter: without one there is nothing to point into.
        self.assertNotIn("^", self.run_command("--measure", "cost", code=2).stderr)
        self.assertIn("^", self.run_command("modle:x", code=2).stderr)

    # top

    def test_top_refuses_what_is_no_terminal(self):
        done = subprocess.run([str(BINARY), "top", "--url", self.url], capture_output=True, text=True, env=CLEAN, timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("vitrine query", done.stderr)

    def test_top_says_what_is_wrong_before_it_takes_the_screen(self):
        screen = Screen("top", "--url", "http://127.0.0.1:9")
        self.assertEqual(screen.end(), 6)
        self.assertNotIn("\033[?1049h", screen.output)
        self.assertIn("is the server running", screen.output)

    def test_top_shows_and_leaves(self):
        screen = Screen("top", "--url", self.url, "--every", "0.5")
        screen.read_until(r"\033\[\?1049h.*models.*nothing yet")
        screen.key("w")
        screen.read_until(r"last 1 h.*gpt-4o-mini +10 .*made-up-model")
        self.assertEqual(self.server.send_spans([llm_span("f" * 32, "f" * 16, time.time_ns(), gen_ai__request__model="brand-new")]), 200)
        screen.read_until(r"newest calls.*brand-new")
        screen.key("s")
        screen.read_until(r"by cost")
        screen.key("p")
        screen.read_until(r"PAUSED")
        screen.forget()
        screen.resize(10, 60)
        screen.read_until(r"\033\[H\033\[1mvitrine top")
        screen.read_until(r"models")
        screen.key("q")
        self.assertEqual(screen.end(), 0)
        self.assertTrue(screen.output.rstrip().endswith("\033[?7h\033[?25h\033[?1049l"))

    def test_top_gives_the_screen_back_when_it_is_ended(self):
        screen = Screen("top", "--url", self.url)
        screen.read_until(r"\033\[\?1049h.*models")
        os.kill(screen.pid, signal.SIGTERM)
        self.assertEqual(screen.end(), 0)
        self.assertIn("\033[?1049l", screen.output)


if __name__ == "__main__":
    unittest.main()
