"""Upstreams over HTTP/2 and TLS, with a real server of it (Node's): the bytes are the same, many calls share a connection, a client that leaves
cancels its stream alone, a connection that drains loses nothing, and every call is recorded as it is over HTTP/1.1."""
import concurrent.futures
import hashlib
import http.client
import json
import os
import random
import shutil
import ssl
import subprocess
import sys
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(__file__))
from support.server import ROOT, Server  # noqa: E402

SEED = int(os.environ.get("VITRINE_SEED", str(random.randrange(1 << 30))))
PROVIDER = ROOT / "tests/support/fake_provider/http2_server.mjs"
AT_ONCE = 60
CALLS = 300


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def make_certificates(folder):
    """An authority, and a certificate for localhost that it signed: authority.pem, localhost.pem, localhost.key."""
    (folder / "names").write_text("subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=test authority",
            "-keyout", str(folder / "authority.key"), "-out", str(folder / "authority.pem"))
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
            "-keyout", str(folder / "localhost.key"), "-out", str(folder / "localhost.csr"))
    openssl("x509", "-req", "-days", "2", "-in", str(folder / "localhost.csr"), "-CA", str(folder / "authority.pem"),
            "-CAkey", str(folder / "authority.key"), "-set_serial", "2", "-extfile", str(folder / "names"), "-out", str(folder / "localhost.pem"))


@unittest.skipUnless(shutil.which("node"), "needs node, which tools/bootstrap installs")
class GatewayHttp2(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"VITRINE_SEED={SEED}")
        cls.server = Server()
        cls.addClassCleanup(cls.server.__exit__)
        folder = cls.server.data
        make_certificates(folder)
        cls.provider = subprocess.Popen(["node", str(PROVIDER), str(folder / "localhost.pem"), str(folder / "localhost.key")],
                                        stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.provider.stdout.close)
        cls.addClassCleanup(cls.provider.wait)
        cls.addClassCleanup(cls.provider.terminate)
        cls.url = cls.provider.stdout.readline().split()[1]
        (folder / "vitrine.toml").write_text(
            f'[gateway]\nca_file = "{folder}/authority.pem"\n'
            f'[gateway.upstreams.two]\nurl = "{cls.url}"\nhttp2 = true\n'
            f'[gateway.upstreams.one]\nurl = "{cls.url}"\n')
        cls.server.arguments.append(f"--config={folder / 'vitrine.toml'}")
        cls.server.start()

    def seen(self):
        """What the provider saw; asked over HTTP/1.1, past the gateway."""
        context = ssl.create_default_context(cafile=str(self.server.data / "authority.pem"))
        connection = http.client.HTTPSConnection("localhost", urllib.parse.urlsplit(self.url).port, context=context)
        connection.request("GET", "/seen")
        seen = json.loads(connection.getresponse().read())
        connection.close()
        return seen

    def post(self, path, body, upstream="two", project="default", mark=""):
        headers = {"content-type": "application/json", "authorization": "Bearer sk-test", "x-vitrine-project": project}
        return self.server.request("POST", f"/gateway/{upstream}{path}", body, headers | ({"x-mark": mark} if mark else {}))

    @staticmethod
    def chat(text, stream):
        body = {"model": "gpt-4o-mini", "stream": stream, "messages": [{"role": "user", "content": text}]}
        return json.dumps(body | ({"stream_options": {"include_usage": True}} if stream else {})).encode()

    def test_bodies_are_the_same_and_calls_are_recorded(self):
        """Streams and whole answers, many at once; then the same over HTTP/1.1, which must be recorded alike."""
        before = self.seen()

        def call(number, upstream):
            mark = f"{upstream}-{number}"
            status, _, body = self.post("/v1/chat/completions", self.chat(f"question {number}", number % 2 == 0), upstream, upstream, mark)
            return mark, status, hashlib.sha256(body).hexdigest()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as threads:
            answers = list(threads.map(lambda number: call(number, "two"), range(CALLS)))
            answers += list(threads.map(lambda number: call(number, "one"), range(CALLS)))
        after = self.seen()
        self.assertEqual({(mark, status) for mark, status, _ in answers}, {(f"{up}-{n}", 200) for up in ("one", "two") for n in range(CALLS)})
        self.assertEqual({mark: digest for mark, _, digest in answers}, {mark: after["bodies"][mark] for mark, _, _ in answers})
        self.assertEqual(after["requests"]["2.0"] - before["requests"]["2.0"], CALLS)
        connections = after["connections"]["2.0"] - before["connections"]["2.0"]
        print(f"{CALLS} calls, {after['at_once']} at once, on {connections} connections")
        self.assertLessEqual(connections, os.cpu_count(), "at most one for each of the server's loops")
        fields = ("request_model, status, finish_reason, input_tokens, output_tokens, stream, http_status, error_type, "
                  "isNotNull(ttft_ns), isNotNull(tpot_ns), count()")
        rows = {}
        for project in ("one", "two"):
            self.server.wait_for(lambda: int(self.server.sql("SELECT count() FROM calls", project)[0][0]) == CALLS, 60, f"calls of {project}")
            rows[project] = self.server.sql(f"SELECT {fields} FROM calls GROUP BY ALL ORDER BY ALL", project)
        self.assertEqual(rows["two"], rows["one"])
        self.assertEqual(len(rows["two"]), 2)

    def test_large_bodies_both_ways(self):
        rng = random.Random(SEED)
        bodies = [rng.randbytes(size) for size in (0, 1, 65535, 65536, 1_000_000, 20_000_000)]
        for body in bodies:
            status, _, got = self.post("/echo", body)
            self.assertEqual((status, hashlib.sha256(got).hexdigest()), (200, hashlib.sha256(body).hexdigest()), len(body))
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            for body, (status, _, got) in zip(bodies, threads.map(lambda body: self.post("/echo", body), bodies)):
                self.assertEqual((status, hashlib.sha256(got).hexdigest()), (200, hashlib.sha256(body).hexdigest()), len(body))

    def test_a_client_that_leaves_cancels_its_stream_alone(self):
        before = self.seen()
        stays, leaves = (http.client.HTTPConnection(self.server.host, self.server.port, timeout=30) for _ in range(2))
        for connection in (stays, leaves):
            connection.request("POST", "/gateway/two/endless", self.chat("go on", True), {"x-vitrine-project": "leavers"})
        answers = [connection.getresponse() for connection in (stays, leaves)]
        for answer in answers:
            self.assertTrue(answer.read(500).startswith(b"data: "))
        answers[1].close()
        leaves.close()
        self.server.wait_for(lambda: self.seen()["cancelled"] == before["cancelled"] + 1, 20, "a cancelled stream")
        self.assertEqual(len(answers[0].read(5000)), 5000)  # It goes on.
        answers[0].close()
        stays.close()
        self.server.wait_for(lambda: self.seen()["cancelled"] == before["cancelled"] + 2, 20, "the other, cancelled")
        self.assertLessEqual(self.seen()["connections"]["2.0"] - before["connections"]["2.0"], os.cpu_count())

    def test_a_connection_that_drains_loses_nothing(self):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as threads:
            def call(number):
                if number % 20 == 10:
                    return self.post("/drain", b"{}")[0]
                return self.post("/v1/chat/completions", self.chat(f"drained {number}", True))[0]
            statuses = list(threads.map(call, range(CALLS)))
        self.assertEqual(set(statuses), {200})


if __name__ == "__main__":
    unittest.main()
