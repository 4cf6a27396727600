"""The value of an expression for a row."""

import math

from ..arguments import text
from .expression import Call, Expression, Literal, Negation, Operation, Property
from .functions import FUNCTIONS
from .table import TERMS, Row, Value
from .values import EvaluationError, compare, is_true, to_number

_MOST_TERMS = 100


def evaluate(expression: Expression, row: Row) -> Value:
    """The value of an expression for a row; comparisons and ``&& || !`` are 1 or 0.

    Raises:
        EvaluationError: the row lacks a property, a value is no number where one is needed, or a function refuses.
    """
    match expression:
        case Literal(value):
            return value
        case Property(name):
            if name not in row:
                raise EvaluationError(f"{text(name)}: has no value, consider using EXISTS if applicable")
            return row[name]
        case Negation(operand):
            return float(not is_true(evaluate(operand, row)))
        case Call():
            return _call(expression, row)
        case Operation():
            return _chain(expression, row)


def _chain(expression: Operation, row: Row) -> Value:
    """Operations whose left operand is one again, as ``a + b + c`` is, from left to right."""
    chain: list[Operation] = []
    left: Expression = expression
    while isinstance(left, Operation):
        chain.append(left)
        left = left.left
    value = evaluate(left, row)
    for operation in reversed(chain):
        value = _operate(operation.operator, value, operation.right, row)
    return value


def _operate(operator: bytes, left: Value, operand: Expression, row: Row) -> Value:
    if operator in (b"&&", b"||"):
        decided = is_true(left) == (operator == b"||")
        return float(is_true(left) if decided else is_true(evaluate(operand, row)))
    right = evaluate(operand, row)
    if operator in (b"==", b"!="):
        return float(compare(left, right, for_equality=True).equal == (operator == b"=="))
    if operator in (b"<", b"<=", b">", b">="):
        order = compare(left, right, for_equality=False)
        aside = order.less if operator.startswith(b"<") else order.greater
        return float(aside or (operator.endswith(b"=") and order.equal))
    first, second = to_number(left), to_number(right)
    if first is None or second is None:
        raise EvaluationError("Could not convert value to a number")
    return _arithmetic(operator, first, second)


def _arithmetic(operator: bytes, left: float, right: float) -> float:
    if operator == b"+":
        return left + right
    if operator == b"-":
        return left - right
    if operator == b"*":
        return left * right
    if operator == b"/":
        return left / right if right else math.nan
    if operator == b"^":
        return _power(left, right)
    if not (math.isfinite(left) and math.isfinite(right) and int(right)):
        return math.nan
    return float(math.fmod(int(left), int(right)))


def _power(left: float, right: float) -> float:
    try:
        return math.pow(left, right)
    except OverflowError:
        return -math.inf if left < 0 and right % 2 else math.inf
    except ValueError:
        return math.inf if left == 0 else -math.nan


def _call(call: Call, row: Row) -> Value:
    function = FUNCTIONS[call.function]
    function.check(len(call.arguments))
    if call.function == "exists":
        argument = call.arguments[0]
        return float(argument.name in row) if isinstance(argument, Property) else 1.0
    arguments = [evaluate(argument, row) for argument in call.arguments]
    if call.function == "matched_terms":
        return _matched_terms(row, arguments)
    return function.apply(arguments)


def _matched_terms(row: Row, arguments: list[Value]) -> Value:
    terms = row.get(TERMS)
    if not isinstance(terms, list) or not terms:
        return None
    most = to_number(arguments[0]) if arguments else None
    return terms[: _MOST_TERMS if most is None or not 0 < most <= _MOST_TERMS else int(most)]
