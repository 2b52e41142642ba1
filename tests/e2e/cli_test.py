"""The commands as a newcomer meets them: helps, mistakes, a server that is not there, folders and ports that are taken, the end."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support.server import BINARY, Server, llm_span  # noqa: E402

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("VITRINE_") or key == "VITRINE_CHDB"}
TRACE = "c" * 32


def vitrine(*words, url=None, folder=None, **variables):
    environment = {**CLEAN, **variables}
    if url:
        environment["VITRINE_URL"] = url
    return subprocess.run([str(BINARY), *words], capture_output=True, text=True, env=environment, cwd=folder, timeout=120)


def commands():
    """Every command's words, read off the help, with those below it."""
    found = []

    def visit(words):
        text = vitrine(*words, "--help").stdout
        listed = re.search(r"^Commands:\n((?:  .*\n)+)", text, re.MULTILINE)
        children = re.findall(r"^  ([a-z-]+)", listed[1], re.MULTILINE) if listed else []
        for child in children:
            found.append([*words, child])
            visit([*words, child])
    visit([])
    return found


class Alone(unittest.TestCase):
    """Without a server."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="vitrine-cli-")
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def refused(self, code, *words, **more):
        done = vitrine(*words, folder=self.path, **more)
        self.assertEqual((done.returncode, done.stdout), (code, ""), (words, done.stderr))
        self.assertTrue(done.stderr.strip(), words)
        return done.stderr

    def serve(self, *words, **more):
        return ["serve", "--data", str(self.path / "data"), "--listen", "127.0.0.1:0", "--otlp-listen", "", *words]

    def test_every_command_explains_itself(self):
        names = commands()
        for command in ("serve", "config", "demo", "traces", "trace", "calls", "exchange", "tail", "sql", "doctor", "prices", "reprice", "query", "top", "export", "mcp", "completions", "man", "help", "version"):
            self.assertIn([command], names)
        self.assertIn(["config", "show"], names)
        for words in names:
            done = vitrine(*words, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)
            self.assertIn("Usage: vitrine " + " ".join(words), done.stdout)
            self.assertEqual(vitrine("help", *words).returncode, 0, words)

    def test_completions_and_man_page_name_every_command_and_flag(self):
        texts = {shell: vitrine("completions", shell).stdout for shell in ("bash", "zsh", "fish")}
        page = vitrine("man").stdout
        texts["man"] = page.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "")
        for words in commands():
            flags = set(re.findall(r"(--[a-z-]+)", vitrine(*words, "--help").stdout.split("Flags:")[-1])) - {"--dry-run"}
            for name, text in texts.items():
                self.assertIn(words[-1], text, name)
                for flag in flags:
                    self.assertIn(flag if name != "fish" else "-l " + flag[2:], text, f"{name}: {words} {flag}")

    def test_bash_completes(self):
        script = vitrine("completions", "bash").stdout

        def complete(*words):
            line = " ".join(f"'{word}'" for word in words)
            run = f"{script}\nCOMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); compopt() {{ :; }}; _vitrine; echo \"${{COMPREPLY[@]}}\""
            done = subprocess.run(["bash", "-c", run], capture_output=True, text=True, check=True)
            self.assertEqual(done.stderr, "")
            return done.stdout.split()
        top = complete("vitrine", "")
        self.assertEqual(sorted(top), sorted(words[0] for words in commands() if len(words) == 1))
        self.assertEqual(complete("vitrine", "repr"), ["reprice"])
        self.assertEqual(complete("vitrine", "config", ""), ["show"])
        self.assertIn("--otlp-listen", complete("vitrine", "serve", "--"))
        self.assertIn("--origin", complete("vitrine", "config", "show", "--o"))
        self.assertEqual(sorted(complete("vitrine", "traces", "--status", "")), ["error", "ok"])
        self.assertEqual(complete("vitrine", "traces", "--limit", ""), [])
        self.assertEqual(sorted(complete("vitrine", "completions", "")), ["bash", "fish", "zsh"])

    def test_other_shells_take_their_scripts(self):
        for shell, check in (("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])):
            if not shutil.which(shell):
                continue
            path = self.path / shell
            path.write_text(vitrine("completions", shell).stdout)
            done = subprocess.run([*check, str(path)], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), shell)

    def test_man_page_is_clean_roff(self):
        page = vitrine("man")
        self.assertTrue(page.stdout.startswith(".TH VITRINE 1"))
        if shutil.which("groff"):
            done = subprocess.run(["groff", "-man", "-ww", "-Tutf8"], input=page.stdout, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_no_server(self):
        for words in (["traces"], ["trace", TRACE], ["calls"], ["exchange", TRACE, "1" * 16], ["tail"], ["sql", "SELECT 1"], ["doctor"], ["prices"], ["reprice", "--dry-run"], ["demo", "--traces", "1"]):
            error = self.refused(6, *words, url="http://127.0.0.1:1")
            self.assertIn("no answer from http://127.0.0.1:1", error)
            self.assertIn("vitrine serve", error)

    def test_something_else_answers(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def answer():
                connection, _ = listener.accept()
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>")
                connection.close()
            thread = threading.Thread(target=answer)
            thread.start()
            error = self.refused(1, "doctor", url=f"http://127.0.0.1:{listener.getsockname()[1]}")
            thread.join()
        self.assertIn("is there a Vitrine server", error)

    def test_wrong_words(self):
        for words, expected in [
                (["trases"], "did you mean traces?"), (["serve", "--lissen", "x"], "did you mean --listen?"), ([], "Usage: vitrine"),
                (["config"], "a command is missing: show"), (["traces", "--limit", "0"], "--limit"), (["traces", "--kind", "lmm"], "--kind"),
                (["traces", "--from", "soon"], "write 2026-"), (["calls", "--kind", "tool"], "--kind"), (["calls", "--from", "soon"], "write 2026-"),
                (["tail", "--stream", "maybe"], "--stream"), (["tail", "--from", "1h"], "--from"), (["tail", "--limit", "0"], "--limit"), (["sql"], "QUERY is missing"), (["reprice"], "--dry-run"), (["demo", "--rate", "0"], "--rate"),
                (["doctor", "--json", "--jsonl"], "--json"), (["doctor", "--url", "https://x"], "--url"), (["doctor", "--project", "ä b"], "--project"),
                (["serve", "--listen"], "--listen"), (["serve", "--listen", "here"], "HOST:PORT"), (["serve", "--listen", "127.0.0.1:99999"], "HOST:PORT"),
                (["serve", "--listen", "0.0.0.0:0"], "--api-key"), (["serve", "--engine-memory", "lots"], "write 512MB or 8GiB"),
                (["serve", "--config", "none.toml"], "none.toml"), (["serve", "--project", "a b"], "letters, digits")]:
            with self.subTest(words=words):
                if words and words[0] == "serve":
                    words = ["serve", "--data", str(self.path / "data"), "--otlp-listen", "", *words[1:]]
                self.assertIn(expected, self.refused(2, *words))

    def test_wrong_configuration_files(self):
        for text, expected in [("listen = ", "vitrine.toml: line 1"), ("lissen = \"x\"", "there is no setting 'lissen'"),
                               ("[http]\nthreads = 0", "http.threads (file vitrine.toml): '0' is too small"), ("ϒ = 1", "letters beyond ASCII")]:
            (self.path / "vitrine.toml").write_text(text)
            self.assertIn(expected, self.refused(2, "serve"))
            self.assertIn(expected, self.refused(2, "config", "show"))
        (self.path / "vitrine.toml").write_text("# größer\nlisten = \"127.0.0.1:1\"\n[[keys]]\nkey = \"secret-in-file\"\n")
        shown = vitrine("config", "show", "--origin", folder=self.path, VITRINE_HTTP_THREADS="3", VITRINE_API_KEY="geheim").stdout
        self.assertRegex(shown, r"listen +127\.0\.0\.1:1 +file vitrine\.toml")
        self.assertRegex(shown, r"http\.threads +3 +environment VITRINE_HTTP_THREADS")
        self.assertRegex(shown, r"api_key +\(set\)")
        self.assertNotRegex(shown, "geheim|secret-in-file")

    def test_a_wrong_price_file(self):
        (self.path / "prices.toml").write_text("[[prices]]\nprovider = \"x\"\n")
        error = self.refused(2, *self.serve("--prices-overrides", "prices.toml"))
        self.assertIn("prices.toml: prices[0]", error)
        error = self.refused(1, *self.serve("--prices-overrides", "none.toml"))
        self.assertIn("none.toml", error)

    def test_folders_that_cannot_be_used(self):
        (self.path / "file").write_text("")
        for folder in ("file", "file/below"):
            error = self.refused(1, "serve", "--data", folder, "--listen", "127.0.0.1:0")
            self.assertIn("choose another folder with --data", error)
        (self.path / "other").mkdir()
        (self.path / "other/format").write_text("99\n")
        self.assertIn("has format '99'", self.refused(1, "serve", "--data", "other", "--listen", "127.0.0.1:0"))
        if os.geteuid() != 0:
            (self.path / "closed").mkdir(mode=0o500)
            self.assertIn("choose another folder", self.refused(1, "serve", "--data", "closed", "--listen", "127.0.0.1:0"))

    def test_an_engine_that_cannot_run_ends_the_start(self):
        engine = self.path / "engine"
        engine.write_text("#!/bin/sh\necho 'vitrine-engine: this processor has no AVX2 instructions' >&2\nexit 6\n")
        engine.chmod(stat.S_IRWXU)
        began = time.monotonic()
        error = self.refused(6, *self.serve("--engine-program", str(engine)))
        self.assertIn("no AVX2 instructions", error)
        self.assertLess(time.monotonic() - began, 30)
        self.assertIn("nowhere", self.refused(1, *self.serve("--engine-program", "/nowhere/vitrine-engine")))

    def test_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([str(BINARY), "man"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot write the output", done.stderr)


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        cls.url = f"http://127.0.0.1:{cls.server.port}"
        now = cls.now = time.time_ns()
        spans = [llm_span(TRACE, "1" * 16, now, user__id="ann", gen_ai__request__model="gpt-4o-mini"),
                 {**llm_span(TRACE, "2" * 16, now + 5, "1" * 16, name="x"), "name": "bad \x1b[31m name", "status": {"code": 2, "message": "it broke"}}]
        # A ring of parents.
        spans += [llm_span("d" * 32, "3" * 16, now, "4" * 16), llm_span("d" * 32, "4" * 16, now, "3" * 16)]
        # Deeper than any stack or terminal.
        spans += [llm_span("e" * 32, f"{n + 1:016x}", now + n, f"{n:016x}" if n else "") for n in range(3000)]
        spans += [llm_span(f"{n:032x}", "7" * 16, now - n * 10**9, gen_ai__request__model="nobody-knows") for n in range(1, 700)]
        assert cls.server.send_spans(spans) == 200
        cls.server.wait_for(lambda: cls.server.sql("SELECT sum(span_count) FROM traces") == [[3703]], what="all spans")
        cls.server.wait_for(lambda: cls.server.sql("SELECT count() FROM traces") == [[702]], what="all traces")

    def run_ok(self, *words):
        done = vitrine(*words, url=self.url)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_traces(self):
        table = self.run_ok("traces", "--user", "ann").splitlines()
        self.assertEqual(len(table), 2)
        self.assertIn(TRACE, table[1])
        answer = json.loads(self.run_ok("traces", "--json", "--limit", "650"))
        self.assertEqual(len(answer["traces"]), 650)
        self.assertTrue(answer["next_cursor"])
        lines = self.run_ok("traces", "--jsonl", "--limit", "100000").splitlines()
        self.assertEqual(len({json.loads(line)["trace_id"] for line in lines}), 702)
        middle = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now // 10**9 - 300))
        older = self.run_ok("traces", "--jsonl", "--limit", "100000", "--to", middle).splitlines()
        newer = self.run_ok("traces", "--jsonl", "--limit", "100000", "--from", middle).splitlines()
        self.assertEqual((len(older), len(newer)), (399, 303))
        self.assertEqual(len(self.run_ok("traces", "--jsonl", "--limit", "100000", "--from", "1d").splitlines()), 702)
        nothing = vitrine("traces", "--user", "bob", url=self.url)
        self.assertEqual((nothing.returncode, nothing.stdout), (0, ""))
        self.assertIn("no such traces", nothing.stderr)
        self.assertEqual(vitrine("traces", "!!", url=self.url).returncode, 2)

    def test_calls(self):
        table = self.run_ok("calls", "--user", "ann").splitlines()
        self.assertEqual(len(table), 3, "the user is the whole trace's")
        self.assertIn("start (UTC)", table[0])
        self.assertIn(TRACE, table[1])
        self.assertRegex(table[1], r" 10→5 +\$0\.\d+$")
        answer = json.loads(self.run_ok("calls", "--json", "--limit", "650"))
        self.assertEqual((len(answer["calls"]), answer["next_cursor"] is None), (650, False))
        lines = [json.loads(line) for line in self.run_ok("calls", "--jsonl", "--limit", "100000", "--model", "nobody-knows").splitlines()]
        self.assertEqual((len(lines), {line["request_model"] for line in lines}), (699, {"nobody-knows"}))
        failed = self.run_ok("calls", "--status", "error").splitlines()
        self.assertEqual(len(failed), 2)
        nothing = vitrine("calls", "--provider", "nobody", url=self.url)
        self.assertEqual((nothing.returncode, nothing.stdout), (0, ""))
        self.assertIn("no such calls", nothing.stderr)

    def test_a_trace_as_a_tree(self):
        tree = self.run_ok("trace", TRACE)
        self.assertIn("└ bad  [31m name", tree)
        self.assertIn("✗ it broke", tree)
        self.assertNotIn("\x1b", tree)
        self.assertEqual(len(self.run_ok("trace", "d" * 32).splitlines()), 2, "a ring is shown as well")
        deep = self.run_ok("trace", "e" * 32).splitlines()
        self.assertEqual(len(deep), 3000)
        self.assertIn("(depth 2999)", deep[-1])
        self.assertEqual(len(self.run_ok("trace", "--jsonl", "e" * 32).splitlines()), 3000)
        self.assertEqual(vitrine("trace", "0" * 32, url=self.url).returncode, 4)
        self.assertEqual(vitrine("trace", "xyz", url=self.url).returncode, 2)

    def test_sql(self):
        self.assertEqual(self.run_ok("sql", "SELECT 1 AS one, 'a' AS b").splitlines(), ["one  b", "1    a"])
        self.assertEqual(json.loads(self.run_ok("sql", "--jsonl", "SELECT {u:String} AS u, 2 AS n", "--param", "u=it's")), {"u": "it's", "n": 2})
        self.assertEqual(json.loads(self.run_ok("sql", "--json", "SELECT 1"))["rows"], [[1]])
        wrong = vitrine("sql", "SELECT 1;\nSELECT sleep(3)", url=self.url)
        self.assertEqual((wrong.returncode, wrong.stdout), (2, ""))
        caret = vitrine("sql", "SELECT *\nFROM system.tables", url=self.url).stderr.splitlines()
        self.assertEqual(caret[-2].strip(), "FROM system.tables")
        self.assertEqual(caret[-1].index("^") - caret[-2].index("FROM"), len("FROM "), caret)

    def test_a_wrong_filter_is_pointed_at(self):
        for command in ("traces", "calls", "tail"):
            done = vitrine(command, "model:gpt status:fine", url=self.url)
            self.assertEqual((done.returncode, done.stdout), (2, ""), command)
            line, caret = done.stderr.splitlines()[-2:]
            self.assertEqual(caret.index("^"), line.index("fine"), done.stderr)

    def test_prices_and_doctor(self):
        self.assertIn("openai/gpt-4o-mini@", self.run_ok("prices", "openai gpt-4o-mini"))
        self.assertIn("nobody-knows", self.run_ok("prices", "--unpriced"))
        self.assertIn("attributes no rule maps", self.run_ok("doctor"))
        self.assertIn("unmapped", json.loads(self.run_ok("doctor", "--json")))

    def test_demo_ends_when_it_can_be_asked_for(self):
        done = vitrine("demo", "--traces", "5", "--seed", "3", "--project", "cli-demo", url=self.url)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.server.sql("SELECT count() FROM traces", "cli-demo"), [[5]])

    def test_a_second_server_says_what_is_taken(self):
        second = subprocess.run([str(BINARY), "serve", "--data", str(self.server.data), "--listen", "127.0.0.1:0"], capture_output=True, text=True, env=CLEAN)
        self.assertEqual((second.returncode, second.stdout), (1, ""))
        self.assertIn(f"is in use by process {self.server.process.pid}", second.stderr)
        with tempfile.TemporaryDirectory() as data:
            second = subprocess.run([str(BINARY), "serve", "--data", data, "--listen", f"127.0.0.1:{self.server.port}", "--otlp-listen", ""],
                                    capture_output=True, text=True, env=CLEAN)
        self.assertEqual((second.returncode, second.stdout), (1, ""))
        self.assertIn(f"127.0.0.1:{self.server.port}", second.stderr)
        self.assertIn("--listen", second.stderr)

    def test_keys(self):
        with Server(arguments=["--api-key", "sesame"]) as server:
            url = f"http://127.0.0.1:{server.port}"
            refused = vitrine("doctor", url=url)
            self.assertEqual(refused.returncode, 3)
            self.assertIn("--key", refused.stderr)
            self.assertEqual(vitrine("doctor", "--key", "wrong", url=url).returncode, 3)
            self.assertEqual(vitrine("demo", "--traces", "1", "--key", "wrong", url=url).returncode, 3)
            self.assertEqual(vitrine("doctor", "--key", "sesame", url=url).returncode, 0)
            self.assertEqual(vitrine("doctor", url=url, VITRINE_API_KEY="sesame").returncode, 0)


class End(unittest.TestCase):
    """SIGTERM ends the server within 5 s, whatever happens; Server.stop() fails when it does not."""

    def ended(self, server):
        self.assertEqual(server.process.returncode, 0, (server.data / "server.stderr").read_text()[-2000:])
        server.wait_for(lambda: not server.engine_pids(), 10, "no engine is left")

    def test_one_line_and_nothing_else(self):
        with Server() as server:
            with os.fdopen(os.dup(server.process.stdout.fileno())) as output:  # stop() closes its own.
                server.stop()
                self.assertEqual(output.read(), "", "the ready line is all of stdout")
            self.ended(server)

    def test_under_load(self):
        with Server() as server:
            url = f"http://127.0.0.1:{server.port}"
            demos = [subprocess.Popen([str(BINARY), "demo", "--bulk", "100000000", "--seed", str(seed), "--url", url], env=CLEAN,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for seed in (1, 2)]
            slow = threading.Thread(target=self.ask_slowly, args=[server])
            slow.start()
            for demo in demos:
                self.addCleanup(demo.kill)
            server.wait_for(lambda: server.sql("SELECT count() > 2000 FROM spans") == [[1]], 60, "some load")
            server.stop()
            self.ended(server)
            for demo in demos:
                self.assertIn("no answer from", demo.communicate(timeout=60)[1])
                self.assertEqual(demo.returncode, 6)
            slow.join()
            server.start()
            left = server.get("/api/v1/ingest")[1]["backlog_records"]
            settled = lambda: (now := server.get("/api/v1/ingest")[1]["backlog_records"]) == 0 or now < left  # noqa: E731
            server.wait_for(settled, 120, f"settling what is left, {left} records")

    @staticmethod
    def ask_slowly(server):
        try:
            server.request("POST", "/api/v1/sql", json.dumps({"query": "SELECT count() FROM numbers(1000000000000)", "timeout_s": 60}))
        except OSError:
            pass
        except Exception as error:  # http.client's own ways to say the same.
            assert "HTTP" in type(error).__mro__[1].__name__ or "Remote" in type(error).__name__, error

    def test_with_an_engine_that_hangs(self):
        with Server() as server:
            [engine] = server.engine_pids()
            os.kill(engine, signal.SIGSTOP)
            try:
                asked = threading.Thread(target=self.ask_slowly, args=[server])
                asked.start()
                self.assertEqual(server.send_spans([llm_span(TRACE, "9" * 16, time.time_ns())]), 200)
                time.sleep(1)  # The settler's insert and the question wait for the engine now.
                server.stop()
                asked.join()
                self.assertEqual(server.process.returncode, 0)
            finally:
                try:
                    os.kill(engine, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.ended(server)
            server.start()
            server.wait_for(lambda: server.sql("SELECT count() FROM spans") == [[1]], 30, "the acknowledged span")

    def test_before_it_is_ready(self):
        with tempfile.TemporaryDirectory() as data:
            engine = pathlib.Path(data) / "engine"
            engine.write_text("#!/bin/sh\nexec sleep 600\n")
            engine.chmod(stat.S_IRWXU)
            server = subprocess.Popen([str(BINARY), "serve", "--data", data + "/d", "--listen", "127.0.0.1:0", "--otlp-listen", "",
                                       "--engine-program", str(engine)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=CLEAN)
            time.sleep(1)
            server.send_signal(signal.SIGTERM)
            out, _ = server.communicate(timeout=5)
            self.assertEqual((server.returncode, out), (0, ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
