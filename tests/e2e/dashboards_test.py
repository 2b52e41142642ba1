"""Saved views, dashboards and settings of a project against a real server: kept through restarts and kills, conflicts, bad input."""
import json
import os
import sqlite3
import sys
import threading
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from support.server import Server  # noqa: E402

PANEL = {"title": "Calls", "chart": "line", "x": 0, "y": 0, "w": 6, "h": 4, "query": {"measures": ["count"], "interval": "auto"}}
BOARD = {"name": "Team", "description": "What we watch", "range": "7d", "filter": "model:gpt*", "panels": [PANEL]}


class Dashboards(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    def ask(self, method, path, body=None, status=200, project="default"):
        got, _, answer = self.server.request(method, f"/api/v1/{path}", None if body is None else json.dumps(body),
                                             {"content-type": "application/json", "x-vitrine-project": project})
        self.assertEqual(got, status, answer)
        return json.loads(answer)

    def refuse(self, method, path, body, status, part):
        error = self.ask(method, path, body, status)["error"]
        self.assertIn(part, error["message"])
        self.assertTrue(error["request_id"])

    def test_a_page_of_another_origin_changes_nothing(self):
        view = json.dumps({"name": "Errors", "page": "/calls", "query": "filter=status:error"})
        for origin, status in (("https://evil.example", 403), ("null", 403), (f"http://127.0.0.1:{self.server.port}", 201)):
            got, _, answer = self.server.request("POST", "/api/v1/views", view, {"content-type": "text/plain", "origin": origin})
            self.assertEqual(got, status, answer)
        got, _, _ = self.server.request("PUT", "/api/v1/project", "{}", {"origin": "https://evil.example"})
        self.assertEqual(got, 403)
        self.assertEqual([kept["name"] for kept in self.ask("GET", "views")["views"]], ["Errors"])

    def test_what_was_answered_survives_a_restart_and_a_kill(self):
        view = self.ask("POST", "views", {"name": "Errors", "page": "/calls", "query": "filter=status:error"}, 201)
        board = self.ask("POST", "dashboards", BOARD, 201)
        self.server.stop()
        self.server.start()
        self.assertEqual(self.ask("GET", "views")["views"], [view])
        self.assertEqual(self.ask("GET", f"dashboards/{board['id']}"), board)
        for version in range(1, 6):
            self.ask("PUT", f"dashboards/{board['id']}", board | {"version": version, "name": f"Team {version}"})
            self.ask("PUT", "project", {"link_templates": [{"name": f"APM {version}", "url": "https://apm.test/{trace_id}"}]})
            self.server.kill()
            self.server.start()
            self.assertEqual(self.ask("GET", f"dashboards/{board['id']}")["name"], f"Team {version}")
            self.assertEqual(self.ask("GET", "project")["link_templates"][0]["name"], f"APM {version}")

    def test_of_many_changes_to_one_version_one_is_taken(self):
        board = self.ask("POST", "dashboards", BOARD, 201)
        statuses = []

        def change(name):
            body = json.dumps(board | {"name": name})
            statuses.append(self.server.request("PUT", f"/api/v1/dashboards/{board['id']}", body, {"content-type": "application/json"})[0])

        threads = [threading.Thread(target=change, args=(f"n{number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(statuses), [200] + [409] * 7)
        self.refuse("PUT", f"dashboards/{board['id']}", board, 409, "has version 2, and this change was made to version 1")

    def test_views_keep_the_order_that_was_given(self):
        ids = [self.ask("POST", "views", {"name": name, "page": "/traces"}, 201)["id"] for name in "abc"]
        self.ask("PUT", f"views/{ids[2]}", {"name": "c", "page": "/traces", "query": "range=7d", "position": 0})
        self.assertEqual([view["name"] for view in self.ask("GET", "views")["views"]], ["c", "a", "b"])
        self.refuse("POST", "views", {"name": "a", "page": "/x"}, 409, "called 'a'")
        self.assertEqual(self.ask("DELETE", f"views/{ids[0]}"), {"removed": ids[0]})
        self.refuse("DELETE", f"views/{ids[0]}", None, 404, ids[0])
        self.assertEqual(self.ask("GET", "views", project="other")["views"], [])

    def test_a_file_goes_to_another_project_and_its_questions_are_answered(self):
        board = self.ask("POST", "dashboards", BOARD, 201)
        file = {"vitrine_dashboard": 1} | {key: board[key] for key in ("name", "description", "range", "filter", "panels")}
        copy = self.ask("POST", "dashboards", file, 201, project="other")
        self.assertNotEqual(copy["id"], board["id"])
        self.assertEqual(copy["panels"], board["panels"])
        self.assertEqual(self.ask("GET", "dashboards", project="other")["dashboards"][0]["panel_count"], 1)
        self.refuse("GET", f"dashboards/{copy['id']}", None, 404, copy["id"])
        self.ask("POST", "query", copy["panels"][0]["query"])

    def test_bad_input_is_refused_with_its_place(self):
        self.refuse("POST", "dashboards", BOARD | {"panels": [PANEL, PANEL]}, 400, "panels[1]: lies over panels[0]")
        self.refuse("POST", "dashboards", BOARD | {"panels": [PANEL | {"query": {"measures": ["p95(tftt)"]}}]}, 400, "panels[0].query")
        self.refuse("POST", "dashboards", BOARD | {"vitrine_dashboard": 7}, 400, "format 1")
        self.refuse("POST", "dashboards", BOARD | {"name": "x" * 300_000}, 413, "KiB")
        self.refuse("POST", "views", {"name": "x", "page": "//evil.test"}, 400, "page:")
        self.refuse("PUT", "project", {"link_templates": [{"name": "x", "url": "javascript:alert(1)"}]}, 400, "https://")
        self.assertEqual(self.ask("GET", "dashboards")["dashboards"], [])

    def test_the_time_zone_is_one_that_metrics_know(self):
        self.assertEqual(self.ask("GET", "project")["time_zone"], "UTC")
        self.refuse("PUT", "project", {"time_zone": "Europe/Bonn"}, 400, "Europe/Bonn")
        changed = self.ask("PUT", "project", {"time_zone": "Asia/Kathmandu"})
        self.assertEqual((changed["time_zone"], changed["version"]), ("Asia/Kathmandu", 1))
        self.refuse("PUT", "project", {"time_zone": "UTC", "version": 0}, 409, "version 1")
        self.assertEqual(self.ask("GET", "project", project="other")["time_zone"], "UTC")
        days = self.ask("POST", "query", {"measures": ["count"], "interval": "1d", "time_zone": changed["time_zone"],
                                          "from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"})["buckets"]
        self.assertTrue(all("T18:15:00" in day for day in days), days)

    def test_a_damaged_or_foreign_file_is_not_overwritten(self):
        self.server.stop()
        path = self.server.data / "catalog.sqlite"
        path.unlink()
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE theirs(x)")
        other.close()
        before = path.read_bytes()
        self.server.start(wait=False)
        self.addCleanup(self.server.process.stdout.close)
        self.assertNotEqual(self.server.process.wait(30), 0)
        self.assertIn("not Vitrine's catalog", (self.server.data / "server.stderr").read_text())
        self.assertEqual(path.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
