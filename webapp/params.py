"""A query string as a :class:`SearchRequest`, or an error that names the parameter."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import overload

from werkzeug.datastructures import MultiDict

from profilesearch.errors import InvalidRequest
from profilesearch.fields import Fields
from profilesearch.names import ENDS, PARAMETERS, TEXT_LANGUAGE, parameters
from profilesearch.search.request import DEFAULT_K, By, Mode, SearchRequest
from profilesearch.tags import fold_tag
from profilesearch.text.reading import MOST_PARTS, read_text

Names = Callable[[str], Sequence[str]]
"""Gives a value and its other names."""


def search_request(args: MultiDict[str, str], fields: Fields, names: Names = lambda value: (value,)) -> SearchRequest:
    """Read the parameters of ``docs/http-api.md``.

    Args:
        names: all names of a value that is filtered by; who asks for Munich gets München too.

    Raises:
        InvalidRequest: a parameter is unknown or has a value it cannot have.
    """
    if args.get("format", "json") not in ("", "json", "csv"):
        raise InvalidRequest("format", f"format: expected json or csv, got {args['format'][:50]!r}")
    mode, picked = _clusters(",".join(args.getlist("cluster")) or "auto")
    recall = _number(args, "target_recall")
    tags = _tags(args, fields)
    return SearchRequest(
        query=args.get("q", ""),
        like=args.get("like", ""),
        k=_integer(args, "k", DEFAULT_K),
        offset=_integer(args, "offset", 0),
        mode=mode,
        picked=picked,
        probes=_integer(args, "probes", None),
        by=_by(args.get("by", "")),
        rerank="" if args.get("rerank") == "none" else args.get("rerank", ""),
        diversity=_number(args, "diversity") or 0.0,
        target_recall=0.95 if recall is None else recall,
        tags=tags,
        numbers=_numbers(args, fields),
        parts=_parts(args),
        every=frozenset(filter(None, args.getlist("every"))),
        names=_other_names(tags, names),
        language=args.get(TEXT_LANGUAGE, "").lower(),
    )


def filters(args: MultiDict[str, str], fields: Fields, names: Names) -> SearchRequest:
    """The filters alone, for what counts and does not search; other parameters are not looked at.

    Raises:
        InvalidRequest: a filter has a value that it cannot have.
    """
    kept = {*fields.tags, *parameters(fields.numbers), "every"}
    values = MultiDict((name, value) for name, value in args.items(multi=True) if name in kept)
    values["q"] = args.get("q", "").strip() or "anybody"  # a text may hold filters, such as location:Berlin
    return search_request(values, fields, names)


def part_parameter(mark: str, number: int) -> str:
    """A part of a text as the value of ``parts``: with the mark of its text, since numbers mean nothing for another."""
    return f"{mark}-{number}"


def _parts(args: MultiDict[str, str]) -> frozenset[int]:
    """The parts of the text that were chosen; those of another text are none of this one."""
    values = [value for value in args.getlist("parts") if value]
    if not values:
        return frozenset()
    mark, parts = read_text(args.get("q", "")).mark, set()
    for value in values[:MOST_PARTS]:
        of, _, number = value.partition("-")
        if not (number.isascii() and number.isdigit() and len(number) < 4):
            raise InvalidRequest("parts", f"parts: expected parts of the text such as {mark}-3, got {value[:50]!r}")
        parts |= {int(number)} if of == mark else set()
    return frozenset(parts)


def _other_names(tags: Mapping[str, Sequence[str]], names: Names) -> dict[str, Sequence[str]]:
    return {fold_tag(value): names(value)[1:] for values in tags.values() for value in values}


@overload
def _integer(args: MultiDict[str, str], name: str, default: int) -> int: ...


@overload
def _integer(args: MultiDict[str, str], name: str, default: None) -> int | None: ...


def _integer(args: MultiDict[str, str], name: str, default: int | None) -> int | None:
    value = args.get(name, "")
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise InvalidRequest(name, f"{name}: expected a whole number, got {value[:50]!r}")
    return int(value)


def _clusters(value: str) -> tuple[Mode, tuple[int, ...]]:
    modes: dict[str, Mode] = {"": "auto", "auto": "auto", "predicted": "predicted", "off": "off"}
    if value in modes:
        return modes[value], ()
    try:
        return "picked", _numbers_of("cluster", value) or ()
    except InvalidRequest:
        raise InvalidRequest(
            "cluster", f"cluster: expected auto, predicted, off, or numbers like 3,7, got {value[:50]!r}"
        ) from None


def _by(value: str) -> By:
    ways: dict[str, By] = {"": "hybrid", "hybrid": "hybrid", "meaning": "meaning", "words": "words"}
    if value not in ways:
        raise InvalidRequest("by", f"by: expected hybrid, meaning or words, got {value[:50]!r}")
    return ways[value]


def _tags(args: MultiDict[str, str], fields: Fields) -> dict[str, list[str]]:
    ends = tuple(parameters(fields.numbers))
    tags: dict[str, list[str]] = {}
    for name, values in args.lists():
        if name in PARAMETERS or name in ends:
            continue
        if name not in fields.tags:
            known = ", ".join((*PARAMETERS, *fields.tags, *ends))
            raise InvalidRequest(name[:50], f"{name[:50]}: no such parameter; there are {known}")
        if chosen := [value for value in values if value.strip()]:
            tags[name] = chosen
    return tags


def _numbers(args: MultiDict[str, str], fields: Fields) -> dict[str, tuple[float | None, float | None]]:
    bounds = {}
    for name in fields.numbers:
        low, high = (_number(args, f"{name}{end}") for end in ENDS)
        if low is not None and high is not None and low > high:
            raise InvalidRequest(f"{name}_min", f"{name}_min: expected at most {name}_max ({high:g}), got {low:g}")
        if low is not None or high is not None:
            bounds[name] = (low, high)
    return bounds


def _number(args: MultiDict[str, str], name: str) -> float | None:
    value = args.get(name, "").strip()
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise InvalidRequest(name, f"{name}: expected a number, got {value[:50]!r}")
    return number


def clusters_seen(args: MultiDict[str, str], count: int) -> tuple[int, ...] | None:
    """The clusters that the page around a piece has searched (``view-clusters``), of a version with so many; None if unsaid.

    Raises:
        InvalidRequest: they are no numbers, or the version has no such clusters.
    """
    clusters = _numbers_of("view-clusters", args.get("view-clusters", ""))
    if clusters and max(clusters) >= count:
        raise InvalidRequest(
            "view-clusters", f"view-clusters: expected numbers from 0 to {count - 1}, got {max(clusters)}"
        )
    return clusters


def _numbers_of(name: str, value: str) -> tuple[int, ...] | None:
    """Numbers with commas between, like ``3,7``; None if there are none."""
    parts = value.split(",") if value else []
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise InvalidRequest(name, f"{name}: expected numbers like 3,7, got {value[:50]!r}")
    return tuple(dict.fromkeys(int(part) for part in parts)) or None
