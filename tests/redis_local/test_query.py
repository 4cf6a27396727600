"""The query language: tokens, nodes with positions, and errors with offsets."""

import pytest

from redis_local.errors import CommandError, QuerySyntaxError
from redis_local.index import Index
from redis_local.query.explain import explain
from redis_local.query.lexer import Kind, tokenize
from redis_local.query.lookup import Options
from redis_local.query.meanings import Meanings
from redis_local.query.nodes import (
    Affix,
    And,
    Everything,
    Knn,
    Node,
    Not,
    Nothing,
    Or,
    Param,
    Phrase,
    Range,
    Tags,
    TagValue,
    Term,
)
from redis_local.query.parser import parse
from redis_local.schema import DEFAULT_STOPWORDS, IndexDefinition

STOPWORDS = frozenset(word.encode() for word in DEFAULT_STOPWORDS)


def read(query: str, dialect: int = 2) -> Node:
    return parse(query.encode(), dialect, STOPWORDS)


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("12 -3.5 +inf 12ab", [Kind.SIZE, Kind.NUMBER, Kind.NUMBER, Kind.TERM]),
        ("1e17 1e+17 +5 1E-7", [Kind.NUMBER, Kind.NUMBER, Kind.NUMBER, Kind.NUMBER]),
        (
            "@f:{a*|*b|*c*}",
            [Kind.FIELD, Kind.COLON, Kind.LB, Kind.PREFIX, Kind.OR, Kind.SUFFIX, Kind.OR, Kind.CONTAINS, Kind.RB],
        ),
        ("$p => [ ~ ]", [Kind.PARAM, Kind.ARROW, Kind.LSQB, Kind.TILDE, Kind.RSQB]),
        (r"R\&D\ x, y", [Kind.TERM, Kind.TERM]),
        ("上海", [Kind.TERM]),
        (
            "a==1 b!=2 c>=3",
            [Kind.TERM, Kind.EQUAL, Kind.SIZE, Kind.TERM, Kind.NOT_EQUAL, Kind.SIZE, Kind.TERM, Kind.GE, Kind.SIZE],
        ),
    ],
)
def test_tokens(query: str, kinds: list[Kind]) -> None:
    assert [token.kind for token in tokenize(query.encode(), 2)] == [*kinds, Kind.END]


@pytest.mark.parametrize(
    ("query", "kinds"),
    [("_", []), ("a _ b", [Kind.TERM, Kind.TERM]), ("__ _a a_", [Kind.TERM] * 3), (r"\_", [Kind.TERM]), ("_*", [Kind.PREFIX]),
     ("@_:_", [Kind.FIELD, Kind.COLON])],
)  # fmt: skip
def test_an_underscore_alone_is_no_word(query: str, kinds: list[Kind]) -> None:
    assert [token.kind for token in tokenize(query.encode(), 2)] == [*kinds, Kind.END]


def test_token_positions_are_byte_offsets() -> None:
    assert [token.position for token in tokenize("é @f".encode(), 2)] == [0, 3, 3]
    assert tokenize(rb"a\,b", 2)[0].value == b"a,b"


def test_nodes() -> None:
    assert read("*") == Everything(0)
    assert read("") == read("the") == Nothing(0)
    assert read("@c:{1|x y}") == Tags(0, b"c", (TagValue((b"1",)), TagValue((b"x", b"y"))))
    assert read("@n:[(1 $x]") == Range(0, b"n", 1.0, Param(b"x", 7), low_open=True)
    assert read('"go fast"') == Phrase(0, (b"go", b"fast"))
    assert read("@t:(a1 b1)") == And(4, (Term(4, b"a1", False, (b"t",)), Term(7, b"b1", False, (b"t",))))
    assert read("-(runs | @t:goes)") == Not(0, Or(2, (Term(2, b"runs", True), Term(12, b"goes", True, (b"t",)))))
    assert read("-ab*") == Not(0, Affix(1, b"ab", True, False))
    assert read("@n>=3") == Range(0, b"n", 3.0, float("inf"))


def test_precedence_differs_by_dialect() -> None:
    two, one = read("(aa) (bb)|cc"), read("(aa) (bb)|cc", 1)
    assert isinstance(two, Or) and isinstance(two.children[0], And)
    assert isinstance(one, And) and isinstance(one.children[1], Or)
    assert read("aa bb|cc", 1) == read("aa bb|cc")  # words in a row are one part there, too


def test_what_dialect_1_says_of_more_than_one_part() -> None:
    assert read("-aa bb -cc", 1) == And(
        0, (Not(0, And(1, (Term(1, b"aa", True), Term(4, b"bb", True)))), Not(7, Term(8, b"cc", True)))
    )
    assert read("@t:aa bb|cc", 1) == Or(
        3, (And(3, (Term(3, b"aa", False, (b"t",)), Term(6, b"bb", False, (b"t",)))), Term(9, b"cc", False, (b"t",)))
    )
    assert read("@c:{aa}|bb", 1) == Tags(0, b"c", (TagValue((b"aa",)), TagValue((b"bb",))))


def test_a_field_within_another_one_is_an_error_but_in_dialect_1() -> None:
    with pytest.raises(QuerySyntaxError, match="Syntax error at offset 9 near u"):
        read("@t:(aa | @u:bb)")
    assert read("@t:(aa | @u:bb)", 1) == Or(4, (Term(4, b"aa", False, (b"t",)), Nothing(12)))


@pytest.mark.parametrize("sign", ["<", ">", "<=", ">=", "==", "!="])
def test_signs_of_comparison_mean_something_behind_a_field_alone(sign: str) -> None:
    assert read(f"@c:{{aa{sign}bb}}") == read("@c:{aa" + " " * len(sign) + "bb}")
    assert read(f"aa{sign}bb") == read("aa" + " " * len(sign) + "bb")
    assert isinstance(read(f"@n{sign}5"), Range | Not)
    with pytest.raises(QuerySyntaxError, match="near 5"):
        read(f"@n{sign}5", 1)


@pytest.mark.parametrize("query", ["$x", "@t:$x", "@c:{$x}", "@c:{aa $x}", "@c:{$x*}", "@n:[$x 5]", '"aa $x"'])
def test_dialect_1_has_no_parameters(query: str) -> None:
    read(query)
    with pytest.raises(QuerySyntaxError):
        read(query, 1)


def test_a_field_holds_for_the_next_part_only() -> None:
    assert read("@t:aa bb") == And(0, (Term(3, b"aa", False, (b"t",)), Term(6, b"bb")))


def test_knn() -> None:
    node = read("(@c:{1})=>[KNN 5 @v $vec EF_RUNTIME 20 AS d]")
    assert isinstance(node, Knn)
    assert (node.k, node.field, node.vector.name, node.yields) == (5.0, b"v", b"vec", b"d")
    assert node.options == ((b"EF_RUNTIME", b"20"),)
    named = read("*=>[KNN $k @v $vec]=>{$yield_distance_as: x}")
    assert isinstance(named, Knn) and named.yields == b"x"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("@c:{}", "Syntax error at offset 4 near c"),
        ("@c:{0", "Syntax error at offset 4 near 0"),
        ("@c:{_}", "Syntax error at offset 5 near c"),
        ("@c:{a|_}", "Syntax error at offset 7 near a"),
        ("(a1", "Syntax error at offset 1 near a1"),
        ("a1)", "Syntax error at offset 2 near a1"),
        ("@c:{0}|@c:{1}=>[KNN 1 @v $x]", "Syntax error at offset 15 near >["),
        ("*=>[KNN -1 @v $x]", "Syntax error at offset 8 near -1"),
        ("*=>[NEAR 1 @v $x]", "Syntax error: Expecting Vector Similarity command at offset 4 near NEAR"),
    ],
)
def test_errors_name_the_offset(query: str, message: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        read(query)
    assert str(caught.value) == message
    assert caught.value.position == int(message.split("offset ")[1].split()[0])


@pytest.mark.parametrize(
    "query", ["%%%%four%%%%", "%open", "%%", "%two words%", "@f:[1 2 3]", "ismissing", "ismissing(f)"]
)
def test_patterns_places_and_missing_values_have_a_syntax(query: str) -> None:
    with pytest.raises(QuerySyntaxError, match="Syntax error"):
        read(query)


def test_a_tag_in_quotes_needs_no_backslash() -> None:
    assert read('@c:{"new-year\'s"|b} w') == And(
        0, (Tags(0, b"c", (TagValue((b"new-year's",)), TagValue((b"b",)))), Term(20, b"w"))
    )


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(CommandError, match="nested|overflow"):
        read("(" * 1000 + "a1" + ")" * 1000)


def test_explain() -> None:
    assert explain(read("@c:{0|1} -@n:[1 5]"), Meanings(Index(IndexDefinition("i", ("",), ())), Options())) == (
        "INTERSECT {\n  TAG:@c {\n    0\n    1\n  }\n  NOT {\n    NUMERIC {1.000000 <= @n <= 5.000000}\n  }\n}\n"
    )
