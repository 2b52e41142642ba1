"""Every page in a real browser over invented data (ui/e2e): nothing that axe finds, nothing that reaches beyond the window, no exception.

Part of ./dev nightly. By itself it runs the pages with data, light and wide, and what they say when a part of them fails; VITRINE_PAGES=all runs every test of the pages: each page in each
state, theme and width, the walk by keyboard, and what each page does.
"""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support.server import ROOT  # noqa: E402

QUICK = ["e2e/states.test.mjs", "e2e/parts.test.mjs"]
QUICK_LOOK = {"VITRINE_STATES": "data", "VITRINE_LOOKS": "light-1440"}
QUICK_SECONDS = 900
ALL_SECONDS = 7200


class Pages(unittest.TestCase):
    def test_every_page(self):
        everything = os.environ.get("VITRINE_PAGES") == "all"
        self.assertTrue((ROOT / "ui/node_modules/playwright-core").is_dir(), "tools/bootstrap test brings the packages of ui/")
        self.assertTrue((ROOT / "ui/dist/index.html").is_file(), "./dev build makes the pages")
        files = sorted(path.relative_to(ROOT / "ui").as_posix() for path in (ROOT / "ui/e2e").glob("*.test.mjs")) if everything else QUICK
        environment = {name: value for name, value in os.environ.items() if name != "VITRINE_URL"} | ({} if everything else QUICK_LOOK)
        # What needs a real server is skipped here, and is run by ui_test.py.
        browser = subprocess.run(["node", "--test", "--test-concurrency=1", "--test-reporter=spec", *files], cwd=ROOT / "ui", env=environment,
                                 capture_output=True, text=True, timeout=ALL_SECONDS if everything else QUICK_SECONDS)
        print(browser.stdout, file=sys.stderr)
        self.assertEqual(browser.returncode, 0, browser.stderr)
        passed = next(line for line in browser.stdout.splitlines() if line.startswith("ℹ pass "))
        self.assertGreater(int(passed.split()[-1]), 30)


if __name__ == "__main__":
    unittest.main()
