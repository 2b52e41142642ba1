#!/usr/bin/env python3
"""Questions over many spans: a store of `vitrine demo --bulk`, the questions that pages ask, the pages themselves, and dashboards while spans arrive.

usage: ./dev bench scale [fill] [questions] [pages] [dashboards] [--spans N] [--days D] [--folder DIR]     (all unless named)

The folder is kept, so that a filled store can be asked again; `fill` adds what is missing. Times are of whole answers over one kept connection.
"""
import argparse
import datetime
import http.client
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("VITRINE_BINARY", ROOT / "build/release/bin/vitrine"))
MEASURES = ("fill", "questions", "pages", "dashboards")
JSON = {"content-type": "application/json"}
RARE_WORDS = 300
READERS, REFRESH_SECONDS, ARRIVING_A_SECOND, WATCH_SECONDS = 10, 10, 5_000, 120
SENDERS = 3  # Each waits for the acknowledgement of a story before the next: one alone came to 3,473 spans/s.


class Served:
    """`vitrine serve` on the folder; ended by its pid."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        log = open(folder.with_suffix(".log"), "ab")
        self.process = subprocess.Popen([BINARY, "serve", "--data", folder, "--listen", "127.0.0.1:0", "--otlp-listen", ""],
                                        stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            sys.exit(f"vitrine did not start; see {log.name}")
        self.url = line.split()[1]
        started = [file.read_text().split() for file in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/children")]
        self.engine = int(next(pids for pids in started if pids)[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


class Asker:
    """One kept connection."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=600)

    def __call__(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body), JSON if body is not None else {})
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            sys.exit(f"{method} {path}: {answer.status} {data.decode()[:500]}")
        return json.loads(data)

    def sql(self, query):
        return self("POST", "/api/v1/sql", {"query": query})["rows"]


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def processor_ms(pid):
    """What the process has used so far; on a busy machine this says more than a clock."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1e3 / os.sysconf("SC_CLK_TCK")


def stolen():
    fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return fields[7], sum(fields)


def quantile(times, level):
    return sorted(times)[min(len(times) - 1, int(level * len(times)))]


def moment(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Engine(http.client.HTTPConnection):
    """The engine itself, by its socket."""

    def __init__(self, served):
        super().__init__("engine", timeout=600)
        self.path = str(served.folder / "engine.sock")

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)

    def value(self, query):
        self.request("POST", "/", query)
        return self.getresponse().read().decode().strip()


def wait_settled(served):
    """Until everything acknowledged can be asked for and no merge has run for ten seconds."""
    ask, engine, calm = Asker(served.url), Engine(served), 0
    while calm < 10:
        time.sleep(1)
        idle = ask("GET", "/api/v1/ingest")["backlog_records"] == 0 and engine.value("SELECT count() FROM system.merges") == "0"
        calm = calm + 1 if idle else 0


def fill(served, spans, days):
    ask = Asker(served.url)
    there = int(ask.sql("SELECT count() FROM spans")[0][0])
    if there >= spans:
        return
    began = time.monotonic()
    subprocess.run([BINARY, "demo", "--url", served.url, "--bulk", str(spans - there), "--days", str(days), "--seed", str(1 + there)], check=True)
    sent = time.monotonic() - began
    wait_settled(served)
    plant_rare_words(served)
    ask = Asker(served.url)  # The connection from before was closed meanwhile.
    there = int(ask.sql("SELECT count() FROM spans")[0][0]) - there
    print(f"fill: {there} spans acknowledged in {sent:.0f} s, settled and merged after {time.monotonic() - began:.0f} s")


def describe(served):
    ask = Asker(served.url)
    spans, calls, first, last = ask.sql("SELECT count(), countIf(kind IN ('llm', 'embedding', 'rerank') AND counted), min(start_time), max(start_time) FROM spans")[0]
    traces = ask.sql("SELECT count() FROM traces")[0][0]
    size = sum(file.stat().st_size for file in (served.folder / "engine").rglob("*") if file.is_file())
    print(f"store: {spans} spans, {calls} calls, {traces} traces from {first} to {last}; {size / 1e9:.2f} GB, {size / int(spans):.0f} bytes a span")


def rare_word(number):
    return "zq" + "".join("bcdfghjklm"[int(digit)] for digit in str(number))


def plant_rare_words(served):
    """One call for each of some words that the demo does not know, anywhere among the others."""
    ask = Asker(served.url)
    first, last = (int(value) for value in ask.sql("SELECT toUnixTimestamp64Nano(min(start_time)), toUnixTimestamp64Nano(max(start_time)) FROM traces")[0])
    spans = []
    for number in range(RARE_WORDS):
        start, id_ = random.randint(first, last), random.getrandbits(128)
        told = json.dumps([{"role": "user", "parts": [{"type": "text", "content": f"What is {rare_word(number)} of the agreement?"}]}])
        values = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o", "gen_ai.input.messages": told}
        spans.append({"traceId": f"{id_:032x}", "spanId": f"{id_ % 2**64:016x}", "name": "chat gpt-4o", "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 10**9),
                      "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]})
    ask("POST", "/v1/traces", {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})
    wait_settled(served)


def newest(ask):
    """When the newest span began, in seconds: an old store is asked about its own days."""
    return int(ask.sql("SELECT toUnixTimestamp(max(start_time)) + 60 FROM traces")[0][0])


def metrics(now, days, measures, **more):
    return {"unit": "calls", "from": moment(now // 60 * 60 - days * 86_400), "to": moment(now // 60 * 60), "measures": measures, **more}


PERCENTILES = ["count", "error_rate", "p50(duration)", "p95(duration)", "p99(duration)", "p95(ttft)", "sum(cost_usd)"]


def questions_of(ask, now):
    ids = [row[0] for row in ask.sql("SELECT trace_id FROM traces ORDER BY sipHash64(trace_id) LIMIT 5000")]
    users = [row[0] for row in ask.sql("SELECT DISTINCT user_id FROM traces WHERE user_id != '' LIMIT 500")]
    hour_end = now // 3600 * 3600 + 3600  # As pages ask, up to now: nothing of the hour is left out.
    if not ids:
        sys.exit("the store is empty; run the measure fill first")
    cursors = {}

    def next_page():
        answer = ask("GET", "/api/v1/traces?limit=50" + cursors.get("traces", ""))
        cursors["traces"] = "&cursor=" + urllib.parse.quote(answer["next_cursor"]) if answer["next_cursor"] else ""
        return answer

    get = lambda path: lambda: ask("GET", path() if callable(path) else path)  # noqa: E731
    found = lambda path: lambda: ask("GET", path())["traces"] or sys.exit("a rare word was not found")  # noqa: E731
    post = lambda path, body: lambda: ask("POST", path, body)  # noqa: E731
    quote = urllib.parse.quote
    return [  # name, times, the goal for p99 in ms, question
        ("trace by id", 1000, 20, get(lambda: "/api/v1/traces/" + random.choice(ids))),
        ("traces, first page", 200, 50, get("/api/v1/traces?limit=50")),
        ("traces, page after page", 200, 50, next_page),
        ("traces of one user", 100, None, get(lambda: "/api/v1/traces?limit=50&user=" + quote(random.choice(users)))),
        ("traces, an error and over 5 s", 100, None, get("/api/v1/traces?limit=50&filter=" + quote("status:error duration>5s"))),
        ("calls, first page", 200, 50, get("/api/v1/calls?limit=50")),
        ("a rare word", 200, 100, found(lambda: "/api/v1/traces?limit=50&q=" + rare_word(random.randrange(RARE_WORDS)))),
        ("a common word with a filter", 100, 300, get("/api/v1/traces?limit=50&q=agreement&filter=" + quote("status:error"))),
        ("24 h by model and hour, percentiles", 100, 100, post("/api/v1/query", metrics(now, 1, PERCENTILES, group_by=["model"], interval="1h"))),
        ("30 days by model and day, percentiles", 50, 300, post("/api/v1/query", metrics(now, 30, PERCENTILES, group_by=["model"], interval="1d"))),
        ("30 days, top 100 users by cost", 100, 100, post("/api/v1/query", metrics(hour_end, 30, ["sum(cost_usd)", "count"], group_by=["user"], top=100))),
        ("the same up to a minute within an hour", 30, None, post("/api/v1/query", metrics(now, 30, ["sum(cost_usd)", "count"], group_by=["user"], top=100))),
        ("24 h, p95 from rows by user", 30, None, post("/api/v1/query", metrics(now, 1, ["p95(duration)", "count"], group_by=["user"], top=20))),
        ("what is different: errors of 24 h", 20, 1000, post("/api/v1/difference", {
            "unit": "calls", "from": moment(now - 86_400), "to": moment(now), "filter": "", "selection": "status:error"})),
        ("what is different: errors of 30 days", 5, None, post("/api/v1/difference", {
            "unit": "calls", "from": moment(now - 30 * 86_400), "to": moment(now), "filter": "", "selection": "status:error"})),
        ("sessions, first page", 50, None, get("/api/v1/sessions?limit=50")),
        ("facets of 24 h", 50, None, get(f"/api/v1/facets?from={moment(now - 86_400)}&to={moment(now)}")),
        ("histogram of 24 h", 50, None, get(f"/api/v1/traces/histogram?from={moment(now - 86_400)}&to={moment(now)}")),
    ]


def ask_questions(served):
    ask = Asker(served.url)
    began, before = time.monotonic(), stolen()
    for name, times, goal, question in questions_of(ask, newest(ask)):
        begun = time.monotonic()
        question()
        first = (time.monotonic() - begun) * 1e3
        for _ in range(times):  # Warm: of thirty days each has files of its own that nobody read yet.
            question()
        taken, used = [], processor_ms(served.engine)
        for _ in range(times):
            begun = time.monotonic()
            question()
            taken.append((time.monotonic() - begun) * 1e3)
            if time.monotonic() - begun > 10:
                break
        used = (processor_ms(served.engine) - used) / len(taken)
        aim = "" if goal is None else f"   goal {goal}" + ("" if quantile(taken, 0.99) <= goal else "  MISSED")
        print(f"  {name:<44} first {first:8.1f}  p50 {quantile(taken, 0.5):8.1f}  p99 {quantile(taken, 0.99):8.1f} ms  engine {used:7.1f} ms of processor  ({len(taken)}){aim}", flush=True)
    stole, all_time = (after - earlier for after, earlier in zip(stolen(), before))
    print(f"  engine {resident(served.engine):.0f} MB, server {resident(served.process.pid):.0f} MB resident; {stole / max(1, all_time):.0%} of the time stolen; "
          f"{time.monotonic() - began:.0f} s")


def open_pages(served):
    """Each page in a headless browser, of the last day and of the last thirty, until its last answer is there."""
    now = newest(Asker(served.url)) // 60 * 60  # In whole minutes, as pages ask of "the last 30 days".
    for days in (1, 30):
        browser = subprocess.run(["node", "e2e/open_pages.mjs", served.url, "default", moment(now - days * 86_400), moment(now)], cwd=ROOT / "ui",
                                 capture_output=True, text=True)
        if browser.returncode != 0:
            sys.exit(f"the browser did not open the pages (tools/bootstrap test brings it): {browser.stderr[-500:]}")
        for page in map(json.loads, browser.stdout.splitlines()):
            slowest = page["slowest"] or {"ms": 0, "what": ""}
            print(f"  {days:>2} d  {page['page']:<12} whole after {page['ms']:6d} ms, {page['requests']:2d} questions, the slowest {slowest['ms']:6d} ms: {slowest['what'][:60]}"
                  + ("".join(f"  FAILED {failed}" for failed in page["failed"])), flush=True)


def watch_dashboards(served):
    """Ten people's dashboards of five panels, each read again every ten seconds, while spans arrive."""
    taken, stop, offset = [], threading.Event(), time.time() - newest(Asker(served.url))

    def person(number):
        ask = Asker(served.url)
        time.sleep(number * REFRESH_SECONDS / READERS)
        while not stop.is_set():
            round_began, now = time.monotonic(), time.time() - offset
            for path, body in (
                    ("/api/v1/query", metrics(now, 1, ["count", "error_rate"], interval="1h")),
                    ("/api/v1/query", metrics(now, 1, PERCENTILES, group_by=["model"], interval="1h")),
                    ("/api/v1/query", metrics(now, 1, ["sum(cost_usd)"], group_by=["feature"], interval="1h")),
                    ("/api/v1/query", metrics(now, 7, ["count", "sum(cost_usd)"], group_by=["release"], interval="1d"))):
                begun = time.monotonic()
                ask("POST", path, body)
                taken.append((time.monotonic() - begun) * 1e3)
            begun = time.monotonic()
            ask("GET", "/api/v1/traces?limit=50")
            taken.append((time.monotonic() - begun) * 1e3)
            stop.wait(max(0, REFRESH_SECONDS - (time.monotonic() - round_began)))

    people = [threading.Thread(target=person, args=(number,)) for number in range(READERS)]
    for thread in people:
        thread.start()
    accepted = lambda: Asker(served.url)("GET", "/api/v1/ingest")["spans_accepted"]  # noqa: E731
    before, began = accepted(), time.monotonic()
    story_spans = 9.0  # What a story of the demo has on average.
    rate = str(ARRIVING_A_SECOND / story_spans / SENDERS)
    senders = [subprocess.Popen([BINARY, "demo", "--url", served.url, "--rate", rate, "--seed", str(77 + number)], stderr=subprocess.DEVNULL)
               for number in range(SENDERS)]
    time.sleep(WATCH_SECONDS)
    arrived = (accepted() - before) / (time.monotonic() - began)
    for sender in senders:
        sender.send_signal(signal.SIGTERM)
        sender.wait(30)
    stop.set()
    for thread in people:
        thread.join()
    print(f"dashboards: {READERS} people, {len(taken)} panels, {arrived:.0f} spans/s arriving: p50 {quantile(taken, 0.5):.1f}  p99 {quantile(taken, 0.99):.1f} ms; "
          f"engine {resident(served.engine):.0f} MB, server {resident(served.process.pid):.0f} MB resident")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", help=", ".join(MEASURES))
    parser.add_argument("--spans", type=int, default=10_000_000)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/bench-data/scale")
    options = parser.parse_args()
    wanted = options.measures or MEASURES
    if unknown := set(wanted) - set(MEASURES):
        parser.error(f"there is no measure {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    with Served(options.folder) as served:
        if "fill" in wanted:
            fill(served, options.spans, options.days)
        describe(served)
        if "questions" in wanted:
            ask_questions(served)
        if "pages" in wanted:
            open_pages(served)
        if "dashboards" in wanted:
            watch_dashboards(served)


if __name__ == "__main__":
    main()
