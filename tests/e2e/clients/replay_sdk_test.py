"""An application on the unmodified OpenAI SDK runs through the gateway, and again with `vitrine replay-server` in the place of the provider: chats, streams,
tools, responses, embeddings, refusals and the SDK's own retries. It must not notice."""
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
import gateway  # noqa: E402
import install  # noqa: E402
import launch  # noqa: E402
from support.server import BINARY, Server  # noqa: E402

CLIENT = "gateway-python-openai"
SESSION = "a-run-of-the-application"
SETTLE_SECONDS = 60


class ReplayedToAnSdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        [client] = [client for client in launch.clients() if client["name"] == CLIENT]
        cls.client = client | {"command": ["in_session.py"]}
        provider = launch.Provider(install.node_binary())
        try:
            folder = tempfile.TemporaryDirectory(prefix="vitrine-replay-")
            cls.addClassCleanup(folder.cleanup)
            configuration = pathlib.Path(folder.name) / "vitrine.toml"
            gateway.write_configuration(configuration, [client], provider.url)
            cls.server = Server(arguments=["--config", str(configuration)])
            cls.server.__enter__()
            cls.addClassCleanup(cls.server.__exit__)
            cls.url = f"http://{cls.server.host}:{cls.server.port}"
            cls.printed = cls.run_client(cls.url)
        finally:
            provider.close()
        # Everything is recorded, and its spans, which are stored after their exchanges, can be asked for.
        said = lambda: cls.server.get("/api/v1/ingest")[1]["gateway"]  # noqa: E731
        cls.server.wait_for(lambda: said()["recorded"] == said()["calls"], SETTLE_SECONDS)
        recorded = said()["recorded"]
        asked = "SELECT count() FROM exchanges WHERE (trace_id, span_id) IN (SELECT trace_id, span_id FROM spans)"
        cls.server.wait_for(lambda: int(cls.server.sql(asked)[0][0]) == recorded, SETTLE_SECONDS)
        cls.recorded = recorded

    @classmethod
    def run_client(cls, url, **environment):
        return launch.run_client(cls.client, "replayed", url, url, {"APP_SESSION": SESSION} | environment)

    def replay(self, *arguments):
        """What the application prints with recorded answers, and what the replay server says at its end."""
        process = subprocess.Popen([BINARY, "replay-server", "--url", self.url, "--session", SESSION, "--listen", "127.0.0.1:0", *arguments],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            line = process.stdout.readline()
            self.assertTrue(line.startswith("ready http://"), line or process.stderr)
            printed = self.run_client(self.url, OPENAI_BASE_URL=line.split()[1] + "/v1")
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=30)
        finally:
            process.kill()
        return printed, said, process.returncode

    def check(self, *arguments):
        printed, said, code = self.replay(*arguments)
        self.assertEqual(printed, self.printed)
        self.assertIn(f"{self.recorded} of {self.recorded} recorded calls answered, 0 requests found none", said)
        self.assertEqual(code, 0)

    def test_the_run_was_one(self):
        self.assertGreater(self.recorded, 10)
        for step in ("plain:", "stream:", "streamed ask:", "responses:", "embed:", "refused: 429", "retried:"):
            self.assertIn(step, self.printed)

    def test_by_the_same_request(self):
        self.check()

    def test_in_order_and_in_the_original_time(self):
        self.check("--order", "--timing", "original")


if __name__ == "__main__":
    unittest.main()
