"""Runs clients against a Vitrine server and checks the rows of the public views against the expectations."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import compare
import expectations
import gateway
import install
import launch
from compare import Result
from vitrine_api import Vitrine, VitrineError

# Spans are queryable in about a second; only what is wrong waits so long, and on a loaded machine what is late.
SETTLE_SECONDS_MAX = 60
POLL_SECONDS = 0.5

# Clients spend much of their time waiting; more at once would only slow each other down on a small machine.
CLIENTS_AT_ONCE = 2

IDENTITY_COLUMNS = ["trace_id", "span_id", "parent_span_id", "name", "start_time", "status"]
# What a client reports itself names its service; what the gateway saw of it, the upstream that is the client's own.
SELECTION = """(service = {service:String} OR capture = 'gateway' AND start_time > {since:String}
  AND has(splitByChar(',', {upstreams:String}), attributes['vitrine.gateway.upstream']))"""
BEGINNING = "1970-01-01 00:00:00"
SINCE_SQL = """
SELECT toString(max(start_time)) AS since FROM spans
WHERE capture = 'gateway' AND has(splitByChar(',', {upstreams:String}), attributes['vitrine.gateway.upstream'])"""
MESSAGES_SQL = f"""
SELECT c.trace_id AS trace_id, c.span_id AS span_id, c.direction AS direction, m.role AS role, m.parts AS parts
FROM call_messages AS c ANY LEFT JOIN messages AS m ON c.hash = m.hash
WHERE c.span_id IN (SELECT span_id FROM spans WHERE {SELECTION})
ORDER BY c.trace_id, c.span_id, c.direction, c.choice, c.position"""
TOOL_CALLS_SQL = f"""
SELECT trace_id, span_id, name, arguments FROM tool_calls
WHERE span_id IN (SELECT span_id FROM spans WHERE {SELECTION})
ORDER BY trace_id, span_id, position"""
SUMS_SQL = f"""
SELECT count() AS calls, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
  sum(cost_usd) AS cost_usd FROM calls WHERE {SELECTION} AND status != 'error'"""
LEAKS_SQL = f"""
SELECT count() AS spans FROM spans WHERE {SELECTION}
  AND position(toString((attributes, status_message, input_preview, output_preview)), {{word:String}}) > 0"""


class Run:
    """One client's run: which spans are its own, what should be there, and how to check it."""

    def __init__(self, vitrine: Vitrine, client: dict, service: str):
        self._vitrine = vitrine
        self._params = {"service": service, "upstreams": ",".join(gateway.upstreams(client)), "since": BEGINNING}
        self._expected = expectations.load(client)
        self._nodes = self._expected.nodes
        self._output = ""

    def begin(self) -> None:
        """Leaves out what the gateway recorded of earlier runs."""
        if self._params["upstreams"]:
            upstreams = self._params["upstreams"]
            self._params["since"] = self._vitrine.sql(SINCE_SQL, upstreams=upstreams)[0]["since"]

    def end(self, output: str) -> None:
        """Takes what the client printed."""
        self._output = output

    def _rows(self) -> list[dict]:
        wanted = {column for node in self._nodes for column in [*node.columns, *node.present]} | {"call_id"}
        columns = IDENTITY_COLUMNS + sorted(wanted - set(IDENTITY_COLUMNS))
        return self._vitrine.sql(f"SELECT {', '.join(columns)} FROM spans WHERE {SELECTION}", **self._params)

    def _grouped(self, query: str) -> dict[tuple, list[dict]]:
        grouped: dict[tuple, list[dict]] = {}
        for row in self._vitrine.sql(query, **self._params):
            grouped.setdefault((row["trace_id"], row["span_id"]), []).append(row)
        return grouped

    def _conversation(self, node, key: tuple, messages: dict, tool_calls: dict):
        for direction in ("input", "output"):
            expected = getattr(node, direction)
            if expected is None:
                continue
            rows = [row for row in messages.get(key, []) if row["direction"] == direction]
            actual = [compare.simple_message(row["role"], row["parts"]) for row in rows]
            yield compare.compare_messages(node, direction, expected, actual)
        if node.tool_calls is not None:
            yield compare.compare_tool_calls(node, tool_calls.get(key, []))

    def _sums(self):
        paid = [node for node in self._nodes if node.is_paid]
        actual = self._vitrine.sql(SUMS_SQL, **self._params)[0]
        expected = {
            "calls": len(paid),
            "input_tokens": sum(node.columns.get("input_tokens") or 0 for node in paid),
            "output_tokens": sum(node.columns.get("output_tokens") or 0 for node in paid),
            "cost_usd": sum((Decimal(node.columns.get("cost_usd") or 0) for node in paid), Decimal(0)),
        }
        for name, value in expected.items():
            passed = compare.same(value, actual[name] or 0)
            detail = str(value) if passed else f"expected {value}, got {actual[name]}"
            yield Result(f"counted sum of {name}", passed, detail)

    def _gateway(self, pairs: list):
        """What holds for calls through the gateway alone."""
        yield compare.compare_calls(pairs)
        leaks = self._vitrine.sql(LEAKS_SQL, **self._params, word=gateway.FAKE_KEY_WORD)[0]["spans"]
        yield Result("no credential is kept", int(leaks) == 0, f"in {leaks} spans")

    def check(self) -> list[Result]:
        """All checks, on what the server answers now."""
        rows = self._rows()
        below = compare.parents_of(rows)
        messages, tool_calls = self._grouped(MESSAGES_SQL), self._grouped(TOOL_CALLS_SQL)
        results = list(compare.compare_printed(self._expected.printed, self._output))
        results.append(Result("number of spans", len(rows) == len(self._nodes), f"{len(rows)} of {len(self._nodes)}"))
        pairs = []
        for node, row in compare.match_tree(self._expected.roots, below.get("", []), below):
            if node is None:
                results.append(Result(f"span {row['name']!r}", False, "was not expected here"))
            elif row is None:
                results.append(Result(f"{node.path} span", False, "is missing at this place"))
            else:
                pairs.append((node, row))
                results += compare.compare_columns(node, row)
                results += self._conversation(node, (row["trace_id"], row["span_id"]), messages, tool_calls)
        results += self._sums()
        if self._params["upstreams"]:
            results += self._gateway(pairs)
        return results

    def check_until_settled(self) -> list[Result]:
        """Checks again until everything passes or the time for settling is over."""
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        while True:
            results = self.check()
            if all(result.passed for result in results) or time.monotonic() > deadline:
                return results
            time.sleep(POLL_SECONDS)


def _check_client(client: dict, vitrine: Vitrine, provider_url: str, run_id: str) -> list[Result]:
    service = f"{client['name']}-{run_id}"
    try:
        run = Run(vitrine, client, service)
        run.begin()
        run.end(launch.run_client(client, service, vitrine.url, provider_url))
        return run.check_until_settled()
    except (launch.LaunchError, VitrineError, KeyError) as error:
        return [Result("run", False, f"{type(error).__name__}: {error}")]


def _report(client: str, results: list[Result], seconds: float, verbose: bool) -> None:
    for result in results:
        if verbose or not result.passed:
            print(result.line(client), flush=True)
    passed = sum(result.passed for result in results)
    print(f"{client}: {passed} passed, {len(results) - passed} failed ({seconds:.0f} s)", flush=True)


def check_clients(clients: list[dict], vitrine_url: str, provider_url: str, verbose: bool = False) -> int:
    """Runs and checks the clients; prints failures, a line a client and a closing line. Answers the exit code."""
    vitrine = Vitrine(vitrine_url)
    vitrine.wait_until_ready()
    provider = launch.Provider(install.node_binary()) if provider_url == "auto" else None
    run_id = uuid.uuid4().hex[:8]
    passed = failed = 0

    def run(client: dict) -> list[Result]:
        began = time.monotonic()
        results = _check_client(client, vitrine, url, run_id)
        _report(client["name"], results, time.monotonic() - began, verbose)
        return results

    try:
        url = provider.url if provider else provider_url
        with ThreadPoolExecutor(CLIENTS_AT_ONCE) as pool:
            for results in pool.map(run, clients):
                passed += sum(result.passed for result in results)
                failed += sum(not result.passed for result in results)
    finally:
        if provider:
            provider.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
