"""Prices are appended, never edited: joins newly built rows to the committed ones."""

from __future__ import annotations


from rates import row_key

# What a change of does not make a new price: notes about where it came from.
NOTES = ("source", "derived", "from", "rev")


def _group(rows: list[dict]) -> dict[tuple, dict[tuple, list[dict]]]:
    """(provider, region, model) -> (from, rev) -> rows."""
    models: dict[tuple, dict[tuple, list[dict]]] = {}
    for row in sorted(rows, key=row_key):
        model = (row["provider"], row.get("region", ""), row["model"].lower())
        models.setdefault(model, {}).setdefault((row.get("from", ""), row.get("rev", 0)), []).append(row)
    return models


def _meaning(rows: list[dict]) -> list:
    return [sorted((name, repr(value)) for name, value in row.items() if name not in NOTES)
            for row in rows]


def append_new_versions(old: list[dict], new: list[dict], today: str) -> list[dict]:
    """The committed rows, plus every version that the sources state and the table lacks.

    A version with a date of its own that the table does not have is added under that date. A model
    whose current price differs gets a new version from `today`. Nothing is removed or changed.
    """
    known, result = _group(old), list(old)
    for model, versions in _group(new).items():
        if model not in known:
            result += [row for rows in versions.values() for row in rows]
            continue
        have = known[model]
        for (start, rev), rows in versions.items():
            if start and start > max(have)[0] and start > today:
                result += rows  # Announced for later.
                have = {**have, (start, rev): rows}
        current_new = _at(versions, today)
        current_old = _at(have, today)
        if _meaning(current_new) != _meaning(current_old):
            rev = max((r for s, r in have if s == today), default=-1) + 1
            result += [_dated(row, today, rev) for row in current_new]
    return result


def _at(versions: dict[tuple, list[dict]], day: str) -> list[dict]:
    return versions[max(key for key in versions if key[0] <= day)] if any(
        key[0] <= day for key in versions) else versions[min(versions)]


def _dated(row: dict, start: str, rev: int) -> dict:
    copy = {"provider": row["provider"], "model": row["model"]}
    if row.get("region"):
        copy["region"] = row["region"]
    copy["from"] = start
    if rev:
        copy["rev"] = rev
    copy.update({name: value for name, value in row.items()
                 if name not in ("provider", "model", "region", "from", "rev")})
    return copy
