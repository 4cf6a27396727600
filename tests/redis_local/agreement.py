"""When two replies to a command count as the same.

Errors agree if both refuse. Numbers agree within 1e-4 relative if both are written as Redis writes numbers. Results without
SORTBY agree as sets, and so do the lists that FT.AGGREGATE makes, results of equal
distance in any order, rows of FT.HYBRID too, whatever the time it took; how many rows
FT.AGGREGATE counts without SORTBY and GROUPBY is nobody's business.
 Of cursors it counts whether there is one. Of FT.INFO the name, the counts and the attributes count; FT.EXPLAIN, MODULE LIST and COMMAND
INFO only need to answer. Scores that are explained agree line by line.
"""

import math
from typing import Any

FREE_FORM = {"FT.EXPLAIN", "MODULE", "COMMAND"}
_INFO = ("index_name", "num_docs", "hash_indexing_failures", "percent_indexed")
_DISTANCES = ("distance", "d", "__embedding_score")


def agree(command: list[Any], want: Any, got: Any) -> bool:
    """Whether a server's reply is what was recorded."""
    refused, refuses = is_error(want), is_error(got)
    if refused or refuses:
        return refused and refuses
    name = str(command[0]).upper()
    if name in FREE_FORM:
        return True
    if name == "FT.SEARCH" and "EXPLAINSCORE" not in command:
        return _search(command, want, got)
    if name in ("FT.AGGREGATE", "FT.CURSOR"):
        return _aggregate(command, want, got)
    if name == "FT.HYBRID":
        return _hybrid(command, want, got)
    if name == "FT.INFO":
        return _info(want, got)
    if name in ("FT._LIST", "FT.TAGVALS"):
        return sorted(map(str, want)) == sorted(map(str, got))
    return same(want, got)


def is_error(reply: Any) -> bool:
    return isinstance(reply, dict) and "error" in reply


def same(left: Any, right: Any) -> bool:
    """Equality with a tolerance for numbers, be they text or doubles."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        if "map" in left and "map" in right:
            one, two = _pairs(left), _pairs(right)
            return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
        if "b64" in left:
            return bool(left == right)
    if left == right or not (_as_redis_writes(left) and _as_redis_writes(right)):
        return bool(left == right)
    a, b = _number(left), _number(right)
    if a is not None and b is not None:
        return math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-5) or (a != a and b != b)
    return bool(left == right)


def _pairs(reply: Any) -> dict[str, Any]:
    if isinstance(reply, dict) and "map" in reply:
        return {key: value for key, value in reply["map"] if isinstance(key, str)}
    return {reply[i]: reply[i + 1] for i in range(0, len(reply) - 1, 2) if isinstance(reply[i], str)}


def _as_redis_writes(value: Any) -> bool:
    """Whether a number is written as Redis writes it; ``2.0`` and ``-0`` are not."""
    number = _number(value)
    if not isinstance(value, str) or number is None or not math.isfinite(number):
        return True
    whole = number == int(number) and abs(number) < 2**63
    return value == (str(int(number)) if whole else f"{number:.12g}")


def _number(value: Any) -> float | None:
    if isinstance(value, dict):
        value = value.get("double")
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _documents(reply: Any, with_fields: bool) -> tuple[object, list[tuple[str, dict[str, Any] | None]]]:
    if isinstance(reply, dict):
        top = _pairs(reply)
        rows = [_pairs(row) for row in top.get("results", [])]
        return top.get("total_results"), [(row["id"], _fields(row.get("extra_attributes"))) for row in rows]
    if with_fields:
        return reply[0], [(reply[i], _fields(reply[i + 1])) for i in range(1, len(reply) - 1, 2)]
    return reply[0], [(name, None) for name in reply[1:]]


def _fields(reply: Any) -> dict[str, Any] | None:
    return None if reply is None else _pairs(reply)


def _search(command: list[Any], want: Any, got: Any) -> bool:
    words = [str(word).upper() for word in command]
    returns_nothing = any(words[i] == "RETURN" and words[i + 1] == "0" for i in range(len(words) - 1))
    with_fields = "NOCONTENT" not in words and not returns_nothing
    (count, rows), (count2, rows2) = _documents(want, with_fields), _documents(got, with_fields)
    if not same(count, count2) or len(rows) != len(rows2):
        return False
    if "SORTBY" not in words:
        one, two = dict(rows), dict(rows2)
        return one.keys() == two.keys() and all(_same_fields(one[key], two[key]) for key in one)
    if rows and _distance(rows[0]) is not None:
        distances = same([_distance(row) for row in rows], [_distance(row) for row in rows2])
        return distances and sorted(name for name, _ in rows) == sorted(name for name, _ in rows2)
    return all(a[0] == b[0] and _same_fields(a[1], b[1]) for a, b in zip(rows, rows2, strict=True))


def _aggregate(command: list[Any], want: Any, got: Any) -> bool:
    if isinstance(want, str) or isinstance(got, str):
        return bool(want == got)
    words = [str(word).upper() for word in command]
    if "WITHCURSOR" in words or words[0] == "FT.CURSOR":
        return (
            isinstance(got[1], int) and bool(want[1]) == bool(got[1]) and _aggregate(["FT.AGGREGATE"], want[0], got[0])
        )
    (count, rows), (count2, rows2) = _groups(want), _groups(got)
    if "SORTBY" not in words:
        rows, rows2 = sorted(rows, key=str), sorted(rows2, key=str)
    if ("SORTBY" in words or "GROUPBY" in words) and count != count2:
        return False
    return type(count) is type(count2) and len(rows) == len(rows2) and all(map(_same_fields, rows, rows2))


def _groups(reply: Any) -> tuple[object, list[dict[str, Any]]]:
    top = _pairs(reply) if isinstance(reply, dict) else {}
    rows = [_pairs(row)["extra_attributes"] for row in top["results"]] if top else reply[1:]
    unordered = [
        {name: sorted(value, key=str) if isinstance(value, list) else value for name, value in _pairs(row).items()}
        | {"": len(_pairs(row)) if isinstance(row, dict) else len(row) / 2}
        for row in rows
    ]
    return top["total_results"] if top else reply[0], unordered


def _hybrid(command: list[Any], want: Any, got: Any) -> bool:
    one, two = _pairs(want), _pairs(got)
    if one.keys() != two.keys() or not same(one["total_results"], two["total_results"]):
        return False
    rows, rows2 = ([_pairs(row) for row in reply["results"]] for reply in (one, two))
    if "SORTBY" not in [str(word).upper() for word in command]:
        rows, rows2 = (sorted(each, key=lambda row: str(row.get("__key", row))) for each in (rows, rows2))
    return len(rows) == len(rows2) and all(map(_same_fields, rows, rows2))


def _same_fields(one: dict[str, Any] | None, two: dict[str, Any] | None) -> bool:
    if one is None or two is None:
        return one is two
    return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)


def _distance(row: tuple[str, dict[str, Any] | None]) -> float | None:
    fields = row[1] or {}
    return next((_number(fields[name]) for name in _DISTANCES if name in fields), None)


def _info(want: Any, got: Any) -> bool:
    one, two = _pairs(want), _pairs(got)
    shapes = [sorted((_pairs(a)["attribute"], _pairs(a)["type"]) for a in each["attributes"]) for each in (one, two)]
    return shapes[0] == shapes[1] and all(same(one[key], two.get(key)) for key in _INFO)
