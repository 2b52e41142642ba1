"""Asks a Vitrine server over HTTP: SQL over the public views, nothing else."""

import json
import urllib.error
import urllib.request

ANSWER_SECONDS_MAX = 30


class VitrineError(Exception):
    """The server refused a question or could not be reached; the message says which."""


class Vitrine:
    """One server, one project."""

    def __init__(self, url: str, project: str = "default"):
        self.url = url
        self._project = project

    def sql(self, query: str, **params: str) -> list[dict]:
        """Rows of a query as dictionaries by column name. Parameters are ClickHouse's: {name:String}."""
        body = json.dumps({"query": query, "params": params}).encode()
        request = urllib.request.Request(
            f"{self.url}/api/v1/sql",
            data=body,
            headers={"content-type": "application/json", "x-vitrine-project": self._project},
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS_MAX) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise VitrineError(f"{error.code} for {query!r}: {error.read().decode(errors='replace')[:500]}") from error
        except (OSError, ValueError) as error:
            raise VitrineError(f"no answer from {self.url}: {error}") from error
        names = [column["name"] for column in answer["columns"]]
        return [dict(zip(names, row, strict=True)) for row in answer["rows"]]

    def wait_until_ready(self) -> None:
        """Fails at once where the server does not answer a trivial question."""
        if self.sql("SELECT 1 AS one")[0]["one"] not in (1, "1"):
            raise VitrineError("SELECT 1 did not answer 1")
