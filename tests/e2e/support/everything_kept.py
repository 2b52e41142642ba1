"""All that a server keeps and shows, for a search: files, tables, views, pages of the API, metrics."""
import json

from support import engine

TABLES = "SELECT name FROM system.tables WHERE database = 'vitrine' AND engine NOT LIKE '%View%' FORMAT TSV"

VIEWS = ("spans", "calls", "traces", "sessions", "messages", "call_messages", "tool_calls", "attachments", "token_timeline", "rollups")
PAGES_EACH = 8  # Pages cost a tenth of a second; the views below show every span.


def files(server):
    """(name, bytes) of every file in the data folder."""
    for path in sorted(server.data.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(server.data)), path.read_bytes()


def tables(server):
    """(name, bytes) of every table of the engine, as it decompresses them."""
    for table in engine.execute(server, TABLES).split():
        yield "table " + table, engine.execute(server, f"SELECT * FROM vitrine.{table} FORMAT JSONEachRow").encode(errors="surrogateescape")


def answers(server, project="default"):
    """(name, bytes) of what the API says of a project's traces and spans, and of the server itself."""
    paths = ["/metrics", "/api/v1/traces?limit=500", "/api/v1/facets", "/api/v1/ingest", "/api/v1/doctor", "/api/v1/projects",
             "/api/v1/prices?unpriced=1"]
    for trace_id, span_id in server.sql("SELECT trace_id, span_id FROM spans ORDER BY start_time", project)[::PAGES_EACH]:
        paths += [f"/api/v1/traces/{trace_id}", f"/api/v1/spans/{trace_id}/{span_id}", f"/api/v1/spans/{trace_id}/{span_id}/reproduce"]
    for path in paths:
        yield path, server.request("GET", path, headers={"x-vitrine-project": project})[2]
    for view in VIEWS:
        yield "view " + view, json.dumps(server.sql(f"SELECT * FROM {view}", project), ensure_ascii=False).encode()
