"""The pages in a real browser over a real server: what is shown is what the API and SQL answer (ui/e2e/server.test.mjs, numbers.test.mjs)."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support.server import BINARY, ROOT, Server  # noqa: E402

TRACES = 60
SEED = 7


class Pages(unittest.TestCase):
    def test_pages_show_what_the_server_knows(self):
        self.assertTrue((ROOT / "ui/node_modules/playwright-core").is_dir(), "tools/bootstrap test brings the packages of ui/")
        with Server() as server:
            url = f"http://{server.host}:{server.port}"
            subprocess.run([str(BINARY), "demo", "--url", url, "--project", "demo", "--traces", str(TRACES), "--seed", str(SEED)],
                           check=True, stdout=subprocess.DEVNULL, timeout=60)
            browser = subprocess.run(["node", "--test", "--test-reporter=spec", "e2e/server.test.mjs", "e2e/numbers.test.mjs"], cwd=ROOT / "ui",
                                     env=os.environ | {"VITRINE_URL": url}, capture_output=True, text=True, timeout=900)
            print(browser.stdout, file=sys.stderr)
            self.assertEqual(browser.returncode, 0, browser.stderr)
            # Everything skipped would be no test.
            self.assertIn("ℹ skipped 0", browser.stdout)


if __name__ == "__main__":
    unittest.main()
