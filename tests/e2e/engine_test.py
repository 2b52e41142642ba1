"""vitrine-engine through the official ClickHouse client for Node.js and through curl: installs the pinned client, then runs
tests/e2e/engine with node's own test runner."""
import os
import subprocess
import unittest

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "engine")


class EngineTest(unittest.TestCase):
    def test_clients(self):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=HERE, check=True)
        done = subprocess.run(["node", "--test"], cwd=HERE, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("# skipped 0", done.stdout, "the engine is not built")


if __name__ == "__main__":
    unittest.main()
