"""A query as the text tree that FT.EXPLAIN prints."""

from ..columns import fold
from .meanings import Meanings
from .nodes import (
    Affix,
    And,
    Circle,
    Everything,
    Fuzzy,
    Knn,
    Missing,
    Near,
    Node,
    Not,
    Nothing,
    Number,
    Optional,
    Or,
    Param,
    Phrase,
    Range,
    Tags,
    TagValue,
    Term,
    Text,
    VectorRange,
    Weighted,
    Wildcard,
)


def explain(node: Node, meanings: Meanings) -> str:
    """The tree, two spaces a level, as Redis lays it out: a word with the stems that it stands for.

    Raises:
        CommandError: a parameter is missing or does not fit.
    """
    return "\n".join(_lines(node, meanings)) + "\n"


def _lines(node: Node, meanings: Meanings) -> list[str]:
    match node:
        case Everything():
            return ["<WILDCARD>"]
        case Nothing():
            return ["<empty>"]
        case And(_, children):
            return _block("INTERSECT", children, meanings)
        case Or(_, children):
            return _block("UNION", children, meanings)
        case Not(_, child):
            return _block("NOT", (child,), meanings)
        case Optional(_, child):
            return _block("OPTIONAL", (child,), meanings)
        case Near(_, child, slop, in_order):
            lines = _lines(child, meanings)
            said = f"$slop: {-1 if slop is None else slop}; $inorder: {str(in_order).lower()};"
            return [*lines[:-1], f"{lines[-1]} => {{ {said} }}"]
        case Weighted(_, child, weight):
            lines = _lines(child, meanings)
            return [*lines[:-1], f"{lines[-1]} => {{ $weight: {weight:g}; }}"]
        case Tags(_, field, values):
            return [f"TAG:@{_show(field)} {{", *(f"  {_tag(value)}" for value in values), "}"]
        case Range(_, field, low, high, low_open, high_open):
            less, most = "<" if low_open else "<=", "<" if high_open else "<="
            return [f"NUMERIC {{{_number(low)} {less} @{_show(field)} {most} {_number(high)}}}"]
        case Term():
            return _term(node, meanings)
        case Fuzzy(_, word, _, fields):
            return [f"{_fields(fields)}FUZZY{{{_show(meanings.text(word))}}}"]
        case Wildcard(_, pattern, fields):
            return [f"{_fields(fields)}WILDCARD{{{_show(meanings.text(pattern))}}}"]
        case Missing(_, field):
            return [f"ISMISSING{{{_show(field)}}}"]
        case Circle(_, field, longitude, latitude, radius, unit):
            place = f"{meanings.number(longitude):f},{meanings.number(latitude):f}"
            return [f"GEO {_show(field)}:{{{place} --> {meanings.number(radius):f} {_show(meanings.text(unit))}}}"]
        case Affix(_, word, starts, ends, fields):
            return [f"{_fields(fields)}PREFIX{{{'*' * ends}{_show(word)}{'*' * starts}}}"]
        case Phrase(_, words, fields):
            return [f"{_fields(fields)}EXACT {{", *(f"  {_show(word)}" for word in words), "}"]
        case VectorRange():
            return [_vector_range(node)]
        case Knn():
            return _knn(node, meanings)
    raise AssertionError(f"not a query node: {node}")


def _block(name: str, children: tuple[Node, ...], meanings: Meanings) -> list[str]:
    return [f"{name} {{", *(f"  {line}" for child in children for line in _lines(child, meanings)), "}"]


def _term(node: Term, meanings: Meanings) -> list[str]:
    prefix, word = _fields(node.fields), fold(meanings.text(node.word))
    stem = meanings.stem_of(node, word)
    sounds = [b"<" + code] if (code := meanings.sound_of(node, word)) else []
    stems = [] if stem is None else [b"+" + stem, *([stem] if stem != word else [])]
    if not (sounds or stems):
        return [f"{prefix}{_show(word)}"]
    others = (f"  {prefix}{_show(each)}(expanded)" for each in sounds + stems)
    return [f"{prefix}UNION {{", f"  {prefix}{_show(word)}", *others, "}"]


def _vector_range(node: VectorRange) -> str:
    named = f", yields distance as `{_show(node.yields)}`" if node.yields else ""
    return (
        f"VECTOR {{Vectors that are within {_number(node.radius)} distance radius from `{_show(node.vector)}` in vector "
        f"index associated with field @{_show(node.field)}{named}}}"
    )


def _knn(node: Knn, meanings: Meanings) -> list[str]:
    k = _show(node.k) if isinstance(node.k, Param) else f"{node.k:.0f}"
    options = "".join(f", {_show(name)} = {_show(value)}" for name, value in node.options)
    what = (
        f"{{K={k} nearest vectors to `{_show(node.vector)}` in vector index associated with field "
        f"@{_show(node.field)}{options}, yields distance as `{_show(node.yields)}`}}"
    )
    if isinstance(node.filter, Everything):
        return [f"VECTOR {what}"]
    return ["VECTOR {", *(f"  {line}" for line in _lines(node.filter, meanings)), f"}} => {what}"]


def _show(value: Text | bytes) -> str:
    if isinstance(value, Param):
        return "$" + value.name.decode(errors="replace")
    return value.decode(errors="replace")


def _number(value: Number) -> str:
    return _show(value) if isinstance(value, Param) else f"{value:f}"


def _tag(value: TagValue) -> str:
    text = " ".join(map(_show, value.words))
    if value.pattern:
        return f"WILDCARD{{{text}}}"
    return f"PREFIX{{{'*' * value.ends}{text}{'*' * value.starts}}}" if value.starts or value.ends else text


def _fields(fields: tuple[bytes, ...]) -> str:
    return "@" + "|".join(map(_show, fields)) + ":" if fields else ""
