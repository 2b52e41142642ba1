"""Scheduled exports: every finished period becomes one whole file, once, in a folder or a storage, also after downtime and failures."""
import datetime
import json
import os
import pathlib
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support.object_store import ACCESS, REGION, SECRET, ObjectStore  # noqa: E402
from support.server import Server, llm_span, refusal_of  # noqa: E402

HOUR = 3600 * 1_000_000_000
THIS_HOUR = time.time_ns() // HOUR * HOUR
MINUTES = (time.time_ns() - THIS_HOUR) // (60 * 1_000_000_000)
# So that no period ends, nor is too long ago, while the test runs: twenty minutes at least.
DELAY = "1ms" if MINUTES < 40 else "30m"
CATCH_UP = f"{90 + MINUTES}m"
SINCE = THIS_HOUR - 3 * HOUR


def text_of(nanos):
    return datetime.datetime.fromtimestamp(nanos // 1_000_000_000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def path_of(nanos, name, ending):
    text = text_of(nanos)
    return f"date={text[:10]}/hour={text[11:13]}/{name}.{ending}"


def hour_spans(hour, count):
    """`count` calls in one hour, each with a trace of its own."""
    return [llm_span(f"{hour // HOUR:024x}{i + 1:08x}", f"{i + 1:016x}", hour + i * 1_000_000_000) for i in range(count)]


class ScheduledExports(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vitrine-exports-"))
        self.addCleanup(lambda: __import__("shutil").rmtree(self.folder))
        self.store = ObjectStore()
        self.addCleanup(self.store.stop)

    def serve(self, settings, environment=None):
        config = self.folder / "vitrine.toml"
        config.write_text(settings)
        server = Server(arguments=[f"--config={config}"], environment=environment)
        server.__enter__()
        self.addCleanup(server.__exit__)
        return server

    def status(self, server, name):
        status, answer = server.get("/api/v1/exports")
        self.assertEqual(status, 200)
        return next(one for one in answer["exports"] if one["name"] == name)

    def wait_for_files(self, server, name, count):
        return server.wait_for(lambda: (one := self.status(server, name))["files"] >= count and one, seconds=60, what=f"{count} files of {name}")

    def back_to(self, server, name, nanos):
        (server.data / "exports" / name).write_text(json.dumps({"version": 1, "next_period": text_of(nanos)}))

    def test_each_hour_becomes_a_file_and_again_the_same(self):
        settings = "".join(f'[export.{name}]\nfolder = "{self.folder}/{name}"\nformat = "{name}"\nevery = "1h"\ndelay = "{DELAY}"\nsince = "{text_of(SINCE)}"\n{more}'
                           for name, more in (("jsonl", ""), ("parquet", 'what = "calls"\n'), ("csv", 'filter = "model:nobody"\n')))
        # What was there before its export is exported as well: the spans come before the periods are made.
        server = self.serve(settings.replace(text_of(SINCE), text_of(THIS_HOUR + HOUR)))
        for hour, count in ((SINCE, 3), (SINCE + 2 * HOUR, 2), (THIS_HOUR, 1)):
            self.assertEqual(server.send_spans(hour_spans(hour, count)), 200)
        server.wait_for(lambda: len(server.sql("SELECT 1 FROM spans")) == 6, what="the spans")
        server.stop()
        for name in ("jsonl", "parquet", "csv"):
            self.back_to(server, name, SINCE)
        server.start()
        for name in ("jsonl", "parquet", "csv"):
            self.wait_for_files(server, name, 3)
        files = {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()} - {"vitrine.toml"}
        self.assertEqual(files, {f"{name}/{path_of(SINCE + i * HOUR, name, name)}" for name in ("jsonl", "parquet", "csv") for i in range(3)})
        rows = [[json.loads(line) for line in (self.folder / "jsonl" / path_of(SINCE + i * HOUR, "jsonl", "jsonl")).read_text().splitlines()] for i in range(3)]
        self.assertEqual([len(one) for one in rows], [3, 0, 2])
        self.assertEqual(sorted(row["span_id"] for row in rows[0]), [f"{i + 1:016x}" for i in range(3)])
        parquet = [(self.folder / "parquet" / path_of(SINCE + i * HOUR, "parquet", "parquet")).read_bytes() for i in range(3)]
        for file in parquet:
            self.assertEqual((file[:4], file[-4:]), (b"PAR1", b"PAR1"))
        self.assertEqual(self.status(server, "parquet")["rows"], 5)
        self.assertEqual((self.folder / "csv" / path_of(SINCE, "csv", "csv")).read_text().count("\n"), 1)  # Names of columns alone.
        one = self.status(server, "jsonl")
        self.assertEqual(one["next_period"][:13], text_of(THIS_HOUR)[:13])
        self.assertEqual((one["last_error"], one["failures"], one["periods_skipped"]), (None, 0, 0))
        # A period that is made again replaces its file, with what came late.
        self.assertEqual(server.send_spans([llm_span("ab" * 16, "cd" * 8, SINCE + HOUR + 5)]), 200)
        server.wait_for(lambda: len(server.sql("SELECT 1 FROM spans")) == 7, what="the late span")
        server.stop()
        self.back_to(server, "jsonl", SINCE)
        server.start()
        self.wait_for_files(server, "jsonl", 3)
        late = (self.folder / "jsonl" / path_of(SINCE + HOUR, "jsonl", "jsonl")).read_text().splitlines()
        self.assertEqual([json.loads(line)["span_id"] for line in late], ["cd" * 8])
        self.assertEqual(len((self.folder / "jsonl" / path_of(SINCE, "jsonl", "jsonl")).read_text().splitlines()), 3)
        status, _, metrics = server.request("GET", "/metrics")
        self.assertIn('vitrine_export_files_total{export="jsonl"} 3', metrics.decode())

    def test_a_storage_gets_signed_files_and_failures_are_made_good(self):
        settings = f'[export.bucket]\nformat = "jsonl"\nevery = "1h"\ndelay = "{DELAY}"\nsince = "{text_of(SINCE)}"\ncatch_up = "{CATCH_UP}"\n' \
                   f'[export.bucket.s3]\nendpoint = "http://127.0.0.1:{self.store.port}"\nbucket = "traces"\nprefix = "a b/c"\nregion = "{REGION}"\n' \
                   f'access_key = "{ACCESS}"\nsecret_key = "env:EXPORT_SECRET"\n'
        self.store.answers = [503, 500]
        server = self.serve(settings, {"EXPORT_SECRET": SECRET})
        one = self.wait_for_files(server, "bucket", 2)
        self.assertEqual(self.store.problems, [])
        self.assertEqual(sorted(self.store.objects), [f"/traces/a b/c/{path_of(SINCE + i * HOUR, 'bucket', 'jsonl')}" for i in (1, 2)])
        # The engine may not have been up for a first attempt of its own.
        self.assertGreaterEqual(one["failures"], 2)
        self.assertEqual((one["periods_skipped"], one["last_error"]), (1, None))
        self.assertEqual(one["destination"], "s3://traces/a b/c")
        # Each failed file was tried again before the next one.
        self.assertEqual(len(self.store.puts), 4)
        self.assertEqual(len(set(self.store.puts[:3])), 1)

    def test_a_long_file_goes_to_a_storage_in_parts(self):
        settings = f'[export.big]\nformat = "jsonl"\nevery = "1h"\ndelay = "{DELAY}"\nsince = "{text_of(THIS_HOUR + HOUR)}"\ncatch_up = "{CATCH_UP}"\n' \
                   f'[export.big.s3]\nendpoint = "http://127.0.0.1:{self.store.port}"\nbucket = "traces"\nprefix = "a b"\nregion = "{REGION}"\n' \
                   f'access_key = "{ACCESS}"\nsecret_key = "{SECRET}"\npart_size = "5MiB"\n'
        server = self.serve(settings)
        hour = THIS_HOUR - HOUR
        notes = [os.urandom(50_000).hex() for _ in range(120)]  # Twelve megabytes that nothing packs.
        for begin in range(0, 120, 20):
            spans = [llm_span(f"{hour // HOUR:024x}{i + 1:08x}", f"{i + 1:016x}", hour + i * 1_000_000, note=notes[i]) for i in range(begin, begin + 20)]
            self.assertEqual(server.send_spans(spans), 200)
        server.wait_for(lambda: len(server.sql("SELECT 1 FROM spans")) == 120, what="the spans")
        server.stop()
        self.back_to(server, "big", hour)
        # What a crash left of this file, and of another.
        path = f"/traces/a b/{path_of(hour, 'big', 'jsonl')}"
        self.store.uploads = {"left": (path, {}), "other": (path + "x", {})}
        self.store.answers = [503]
        server.start()
        one = self.wait_for_files(server, "big", 1)
        self.assertEqual(self.store.problems, [])
        rows = [json.loads(line) for line in self.store.objects[path].splitlines()]
        self.assertEqual(sorted(row["attributes"]["note"] for row in rows), sorted(notes))
        self.assertEqual(one["bytes"], len(self.store.objects[path]))
        self.assertEqual((one["last_error"], one["failures"]), (None, 0), "a part that fails is sent again")
        parts = [put for put in self.store.puts if "partNumber" in put]
        self.assertEqual(len(parts), -(-len(self.store.objects[path]) // (5 << 20)) + 1)
        self.assertEqual(list(self.store.uploads), ["other"])

    def test_settings_are_refused_by_name(self):
        self.assertIn("[export.a]: needs either folder or s3", refusal_of("[export.a]\n"))
        self.assertIn("[export.a]: every is one of 1h, 1d", refusal_of('[export.a]\nfolder = "/tmp/x"\nevery = "5m"\n'))
        self.assertIn("[export.a] s3: bucket is missing", refusal_of('[export.a]\n[export.a.s3]\nendpoint = "http://x"\n'))
        self.assertIn("part_size is 5MiB to 5GiB", refusal_of('[export.a]\n[export.a.s3]\nendpoint = "http://x"\nbucket = "b"\nregion = "r"\naccess_key = "a"\nsecret_key = "s"\npart_size = "1MiB"\n'))
        self.assertIn("[export.a]: ", refusal_of('[export.a]\nfolder = "/tmp/x"\nfilter = "kind:"\n'))
        self.assertIn("filter is for traces, calls and spans", refusal_of('[export.a]\nfolder = "/tmp/x"\nwhat = "scores"\nfilter = "kind:llm"\n'))


if __name__ == "__main__":
    unittest.main()
