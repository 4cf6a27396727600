"""The expressions of APPLY and FILTER: text to tokens to frozen nodes.

As in Redis ``* / % ^`` bind alike and from left to right, so do ``&& ||``, ``!`` binds looser than a comparison, a sign
belongs to the number that follows it, and characters that mean nothing vanish.
Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/aggregations/
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, NoReturn, TypeAlias

from ..arguments import text
from ..errors import CommandError
from ..query.limits import MAX_BYTES, MAX_EXPRESSION_DEPTH, MAX_TOKENS, too_deep, too_large
from .functions import FUNCTIONS
from .table import Value


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, or NULL."""

    value: Value


@dataclass(frozen=True, slots=True)
class Property:
    """``@name``"""

    name: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """``function(argument, …)``, the name in lower case."""

    function: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """Two operands with an operator between them: arithmetic, comparison, ``&&`` or ``||``."""

    operator: bytes
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Negation:
    """``!operand``"""

    operand: "Expression"


Expression: TypeAlias = Literal | Property | Call | Operation | Negation


def properties_of(expression: Expression) -> list[bytes]:
    """The names of the properties that an expression uses, in order."""
    return list(dict.fromkeys(node.name for node in _nodes(expression) if isinstance(node, Property)))


def calls(expression: Expression, function: str) -> bool:
    """Whether an expression calls a function."""
    return any(isinstance(node, Call) and node.function == function for node in _nodes(expression))


def _nodes(expression: Expression) -> Iterator[Expression]:
    left = [expression]
    while left:
        node = left.pop()
        yield node
        match node:
            case Call(_, arguments):
                left += reversed(arguments)
            case Operation(_, first, second):
                left += (second, first)
            case Negation(operand):
                left.append(operand)


class _Token(NamedTuple):
    """``kind`` is ``number``, ``property``, ``text``, ``name``, ``end`` or the sign itself."""

    kind: str
    text: bytes
    position: int
    near: bytes


_TOKENS = re.compile(
    rb"(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    rb"|@(?P<property>(?:[A-Za-z_]|\\[!-/:-@\[-`{-~])(?:\w|\\[!-/:-@\[-`{-~])*)"
    rb"|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    rb"|(?P<name>[A-Za-z_]\w*)"
    rb"|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%^<>!(),])",
    re.DOTALL,
)
_ESCAPED = re.compile(rb"\\([!-/:-@\[-`{-~])")


def _tokens(expression: bytes) -> list[_Token]:
    tokens: list[_Token] = []
    near, position = b"", 0
    for match in _TOKENS.finditer(expression):
        kind, value = match.lastgroup or "", match.group(match.lastgroup or 0)
        position = match.start()
        if kind == "sign":
            kind = value.decode()
        else:
            near = value
        tokens.append(_Token(kind, value, position, near))
        if len(tokens) > MAX_TOKENS:
            raise too_large(MAX_TOKENS, "words and signs")
    tokens.append(_Token("end", b"", position, near))
    return tokens


def parse_expression(expression: bytes) -> Expression:
    """Parse an expression.

    Raises:
        CommandError: with the offset and the token at which the text stops making sense; or a function or a symbol is
            unknown, or the expression is too large or too deep.
    """
    if len(expression) > MAX_BYTES:
        raise too_large(MAX_BYTES, "bytes")
    return _Parser(_tokens(expression)).whole()


_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._token
        self._next += token.kind != "end"
        return token

    def _fail(self, why: str = "") -> NoReturn:
        token = self._token
        near = token.near.decode(errors="replace")
        raise CommandError(f"Syntax error at offset {token.position} near '{near}'{why}")

    def whole(self) -> Expression:
        expression = self._all()
        if self._token.kind != "end":
            self._fail()
        return expression

    def _binary(self, operators: tuple[str, ...], operand: Callable[[], Expression]) -> Expression:
        left = operand()
        while self._token.kind in operators:
            operator = self._take().text
            left = Operation(operator, left, operand())
        return left

    def _all(self) -> Expression:
        self._depth += 1
        if self._depth > MAX_EXPRESSION_DEPTH:
            raise too_deep()
        expression = self._binary(("&&", "||"), self._not)
        self._depth -= 1
        return expression

    def _not(self) -> Expression:
        negations = 0
        while self._token.kind == "!":
            self._take()
            negations += 1
        expression = self._binary(_COMPARISONS, self._sum)
        for _ in range(2 - negations % 2 if negations else 0):
            expression = Negation(expression)
        return expression

    def _sum(self) -> Expression:
        return self._binary(("+", "-"), self._product)

    def _product(self) -> Expression:
        return self._binary(("*", "/", "%", "^"), self._operand)

    def _operand(self) -> Expression:
        token = self._token
        if token.kind == "-":
            self._take()
            if self._token.kind != "number":
                self._fail()
            return Literal(-float(self._take().text))
        if token.kind == "(":
            self._take()
            expression = self._all()
            self._close()
            return expression
        if token.kind == "number":
            return Literal(float(self._take().text))
        if token.kind == "property":
            return Property(self._take().text)
        if token.kind == "text":
            return Literal(_ESCAPED.sub(rb"\1", self._take().text[1:-1]))
        if token.kind == "name":
            return self._named()
        self._fail()

    def _named(self) -> Expression:
        token = self._take()
        if self._token.kind == "(":
            return self._call(token.text)
        if token.text == b"NULL":
            return Literal(None)
        if self._token.kind not in ("end", ")", ",", *_COMPARISONS, "+", "-", "*", "/", "%", "^", "&&", "||"):
            self._fail(f": Unknown symbol '{text(token.text)}'")
        raise CommandError(f"Unknown symbol '{text(token.text)}'")

    def _call(self, name: bytes) -> Expression:
        function = name.decode().lower()
        if function not in FUNCTIONS:
            raise CommandError(f"Unknown function name '{text(name)}'")
        self._take()
        arguments: list[Expression] = []
        if self._token.kind != ")":
            arguments.append(self._all())
            while self._token.kind == ",":
                self._take()
                arguments.append(self._all())
        self._close()
        return Call(function, tuple(arguments))

    def _close(self) -> None:
        if self._token.kind != ")":
            self._fail()
        self._take()
