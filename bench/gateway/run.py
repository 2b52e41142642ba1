#!/usr/bin/env python3
"""The gateway beside nginx: requests a second, processor time of each, latency that is added, tokens in transit.

usage: ./dev bench gateway [saturation] [latency] [stream] [open] [stalled] [--rounds N]     (all five measures unless named)

Needs the measuring kit (VITRINE_BENCH_KIT, else ../shared/bench), nginx and gcc. The proxy under test runs on processor 0, load and
upstream on 1; rounds of all proxies take turns, and the one least disturbed by others counts. Vitrine captures everything into its durable
log; its engine has what is left of the proxy's processor (engine.priority = "idle"). A measure begins when what the one before recorded is
settled, which would take its processor. At the end every call must be recorded or counted as dropped.
`open` and `stalled` are of Vitrine alone: its memory beside what it holds of recordings, with 1,000 open streams, and while the log's disk takes nothing.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
KIT = pathlib.Path(os.environ.get("VITRINE_BENCH_KIT", ROOT.parent / "shared/bench"))
BINARY = pathlib.Path(os.environ.get("VITRINE_BINARY", ROOT / "build/release/bin/vitrine"))
PATH = "/v1/chat/completions"
MEASURES = {  # name: body, arguments of the load generator, rounds
    "saturation": ("body.json", ["-c", "64", "-r", "0", "-d", "1.5", "-w", "0.5"], 5),
    "latency": ("body.json", ["-c", "32", "-r", "200", "-d", "3", "-w", "0.3"], 4),
    "stream": ("stream.json", ["-c", "100", "-r", "0", "-d", "3", "-w", "1.5"], 4),
}
TOKENS = 128
DISK_FAULTS = BINARY.parents[1] / "lib/vitrine_disk_faults.so"


def prepare(work):
    """A working copy of the kit, its programs, bodies and a running upstream and nginx."""
    if not (KIT / "src/lg.c").is_file():
        sys.exit(f"there is no measuring kit in {KIT}; name its folder with VITRINE_BENCH_KIT")
    for program in ("nginx", "gcc", "taskset"):
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin"):
            sys.exit(f"{program} is missing; on Debian: apt install nginx-light gcc util-linux")
    shutil.copytree(KIT, work, dirs_exist_ok=True)
    for folder in ("bin", "data", "out", "nginx/b1", "nginx/b2"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    for name in ("up", "lg"):
        subprocess.run(["gcc", "-O2", "-w", "-o", work / "bin" / name, work / "src" / f"{name}.c", "-lpthread", "-lm"], check=True)
    config = work / "nginx/proxy.conf"
    config.write_text(("user root;\n" if os.geteuid() == 0 else "") + config.read_text().replace("daemon on;", "daemon off;"))
    text = "Observability shows what a model was asked, what it answered, and what that cost. " * 11
    chat = {"model": "gpt-4o", "messages": [{"role": "system", "content": "You are helpful."}, {"role": "user", "content": text}]}
    (work / "data/body.json").write_text(json.dumps(chat))
    for name, between_us in (("stream", 10_000), ("slow_stream", 100_000)):
        (work / f"data/{name}.json").write_text(json.dumps(chat | {"stream": True, "max_tokens": TOKENS, "seed": between_us}, separators=(",", ":")))


class Processes:
    """What the measurement runs beside itself; stopped by pid."""

    def __init__(self, work, disk=None):
        """`disk`: a file that says what the disk of Vitrine's log does."""
        self.work, self.started = work, []
        self.environment = None if disk is None else os.environ | {"LD_PRELOAD": str(DISK_FAULTS), "VITRINE_DISK_FAULTS": str(disk)}

    def start(self, *command, processor, **options):
        process = subprocess.Popen(["taskset", "-c", str(processor), *map(str, command)], cwd=self.work, **options)
        self.started.append(process)
        return process

    def __enter__(self):
        self.upstream = self.start("bin/up", 9100, processor=1)
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        self.nginx = self.start(nginx, "-p", f"{self.work}/", "-c", "nginx/proxy.conf", processor=0)
        toml = self.work / "vitrine.toml"
        toml.write_text('[engine]\npriority = "idle"\n[gateway.upstreams.bench]\nurl = "http://127.0.0.1:9100"\n')
        self.vitrine = self.start(BINARY, "serve", "--data", tempfile.mkdtemp(dir=self.work), "--listen", "127.0.0.1:0", "--otlp-listen", "",
                                  "--http-threads", "1", "--config", toml, processor=0, stdout=subprocess.PIPE, text=True,
                                  env=self.environment)
        self.url = self.vitrine.stdout.readline().removeprefix("ready ").strip()
        if not self.url:
            sys.exit("vitrine did not start")
        time.sleep(0.5)
        return self

    def __exit__(self, *_):
        for process in reversed(self.started):
            process.terminate()
            process.wait(20)


def children(pid):
    return [int(child) for child in subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()]


def recordings(url):
    with urllib.request.urlopen(url + "/api/v1/ingest") as answer:
        return json.load(answer)["gateway"]


def wait_recorded(url):
    began = time.monotonic()
    while recordings(url)["waiting"] > 0 and time.monotonic() - began < 120:
        time.sleep(0.2)
    return time.monotonic() - began


def wait_settled(url):
    """Until nothing of the measure before is left to do: settling it would take the next one's processor."""
    began = time.monotonic()
    wait_recorded(url)
    while time.monotonic() - began < 600:
        with urllib.request.urlopen(url + "/api/v1/ingest") as answer:
            if json.load(answer)["backlog_records"] == 0:
                return
        time.sleep(0.5)
    sys.exit("what was recorded was not settled within ten minutes")


def sql(url, query):
    request = urllib.request.Request(url + "/api/v1/sql", json.dumps({"query": query}).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["rows"]


def tell_timelines(url):
    """What is stored of the streams' tokens: all of a whole one, and how many came with the read of the one before."""
    wait_recorded(url)
    time.sleep(5)
    count, short, tokens, merged = map(int, sql(url, f"""
        SELECT count(), countIf(length(offsets_ns) != {TOKENS}), sum(length(offsets_ns)),
               sum(arrayCount(gap -> gap = 0, arrayPopFront(arrayDifference(offsets_ns))))
        FROM token_timeline WHERE span_id IN (SELECT span_id FROM spans WHERE error_type = '' AND stream)""")[0])
    print(f"  stored of {count} whole streams: {tokens} tokens, {short} streams with another number than {TOKENS}; "
          f"{merged} tokens ({merged / max(1, tokens):.4%}) in one read with the one before", flush=True)


def memory(processes, name, arguments, seconds):
    """The most that the server had resident beside the recordings it held: until the first call was over, and later, when many are understood
    and stored at once."""
    command = [processes.work / "bin/lg", "-p", processes.url.rsplit(":", 1)[1], "-u", "/gateway/bench" + PATH, *arguments, "-d", str(seconds), "-w", "1"]
    load = processes.start(*command, processor=1, stdout=subprocess.PIPE, text=True)
    most = {"open": (0, 0, 0), "later": (0, 0, 0)}  # beside, resident, held
    most_resident = 0
    while load.poll() is None:
        status = pathlib.Path(f"/proc/{processes.vitrine.pid}/status").read_text()
        resident = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024
        with urllib.request.urlopen(processes.url + "/metrics") as answer:
            lines = dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if not line.startswith("#"))
        held = int(lines["vitrine_gateway_recording_bytes"]) / 2**20
        over = int(lines["vitrine_gateway_recordings_total"]) - int(lines["vitrine_gateway_calls_running"])
        phase = "open" if over == 0 else "later"
        most[phase] = max(most[phase], (resident - held, resident, held))
        most_resident = max(most_resident, resident)
        time.sleep(0.1)
    result = json.loads(load.stdout.read().splitlines()[-1])
    for phase, (beside, resident, held) in most.items():
        if resident:
            print(f"{name}, {phase}: {beside:.0f} MiB beside recordings, {resident:.0f} MiB resident with {held:.0f} MiB of them", flush=True)
    print(f"{name}: at most {most_resident:.0f} MiB resident; {result['done']} answers, {result['errs'] + result['non200']} failed", flush=True)


def measure_memory(work, measures):
    data, disk = work / "data", work / "disk_fault"
    if "open" in measures:
        with Processes(work) as processes:
            memory(processes, "open: 1,000 streams of 100 ms tokens", ["-b", data / "slow_stream.json", "-c", "1000", "-r", "0"], 15)
    if "stalled" in measures:
        with Processes(work, disk) as processes:
            disk.write_text("stalled")
            memory(processes, "stalled: 64 connections, the disk takes nothing", ["-b", data / "body.json", "-c", "64", "-r", "0"], 20)
            disk.write_text("works")


def row(name, results, kit):
    def middle(*path):
        return kit.med(results, *path)

    fields = [f"{middle('rps'):.0f} requests/s", f"{kit.best(results, 'pid0', 'cpu_us_per_req', hi=False):.1f} µs processor",
              f"p50 {middle('lat_us', 'p50'):.0f} µs", f"p99 {middle('lat_us', 'p99'):.0f} µs",
              f"{kit.best(results, 'pid0', 'rss_mb'):.0f} MB", f"others used {max(r['foreign'] for r in results):.0%}"]
    if middle("token_us", "p50") is not None:
        fields.insert(4, f"token p50 {middle('token_us', 'p50'):.0f} µs p99 {middle('token_us', 'p99'):.0f} µs")
    failed = sum(r["errs"] + r["non200"] for r in results)
    print(f"  {name:22s} " + "  ".join(fields) + (f"  {failed} FAILED" if failed else ""), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", choices=[*MEASURES, "open", "stalled", []])
    parser.add_argument("--rounds", type=int)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrine-gateway-bench-") as folder:
        work = pathlib.Path(folder)
        prepare(work)
        sys.path.insert(0, str(work))
        import bench as kit  # The kit's own: rounds that take turns, and how much others disturbed them.
        measures = options.measures or [*MEASURES, "open", "stalled"]
        measure_memory(work, measures)
        with Processes(work) as processes:
            worker = children(processes.nginx.pid)[0]
            port = int(processes.url.rsplit(":", 1)[1])
            targets = {"direct": (9100, PATH, processes.upstream.pid), "nginx": (9200, PATH, worker),
                       "nginx, bodies logged": (9201, PATH, worker), "vitrine": (port, "/gateway/bench" + PATH, processes.vitrine.pid)}
            for measure in filter(MEASURES.get, measures):
                body, arguments, rounds = MEASURES[measure]
                variants = {name: (1, [str(work / "bin/lg"), "-p", str(at), "-u", path, "-b", str(work / "data" / body), "-q", str(pid), *arguments], [pid])
                            for name, (at, path, pid) in targets.items()}
                wait_settled(processes.url)
                print(f"{measure}: {body}, {' '.join(arguments)}", flush=True)
                for name, results in kit.interleave(variants, rounds=options.rounds or rounds).items():
                    row(name, results, kit)
                if measure == "stream":
                    tell_timelines(processes.url)
            print(f"recordings, {wait_recorded(processes.url):.1f} s after the last call: {recordings(processes.url)}")


if __name__ == "__main__":
    main()
