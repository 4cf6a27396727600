"""Hours and money to embed a collection once, from rates and prices."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from profilesearch.errors import SourceError

SIZES = (10_000, 100_000, 1_000_000, 2_500_000, 100_000_000)
"""Texts."""

OWN_PRICES = Path(__file__).parent / "prices.toml"
_MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Prices:
    """What machines and services cost, in US dollars.

    Attributes:
        date: when the prices were looked up.
        machine: this machine, an hour.
        gpus: a machine with such a card, an hour.
        measured: rates of others: name, card, texts a second, tokens of each text.
        services: a million tokens.
        language_models: by name, a million tokens of prompts, and of answers.
    """

    date: str
    machine: float
    gpus: Mapping[str, float]
    measured: Sequence[tuple[str, str, float, float]]
    services: Mapping[str, float]
    language_models: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Bill:
    """Hours and US dollars for each of :data:`SIZES`; hours are None for a service, which sets its own pace."""

    name: str
    hours: Sequence[float] | None
    dollars: Sequence[float]


def load_prices(path: Path = OWN_PRICES) -> Prices:
    """Read a table of prices.

    Raises:
        SourceError: it cannot be read, or a value is not what it should be.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SourceError(f"{path}: expected a table of prices of at most {_MOST_BYTES:,} bytes")
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        gpus = {str(name): _price(value) for name, value in data["gpus"].items()}
        measured = [
            (str(row["name"]), str(row["gpu"]), _price(row["texts_per_second"]), _price(row["tokens"]))
            for row in data.get("measured", ())
        ]
        if unknown := {card for _, card, _, _ in measured} - gpus.keys():
            raise ValueError(f"no price for {', '.join(sorted(unknown))}")
        services = {str(name): _price(value) for name, value in data["services"].items()}
        models = {
            str(name): (_price(row["prompt"]), _price(row["answer"]))
            for name, row in data.get("language_models", {}).items()
        }
        return Prices(str(data["date"]), _price(data["machine"]["per_hour"]), gpus, measured, services, models)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SourceError(
            f"{path}: expected date, machine, gpus, measured and services with prices: {error}"
        ) from error


def _price(value: Any) -> float:
    number = float(value)
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"expected a number above 0, got {value!r}")
    return number


def bills(
    rates: Mapping[str, float], gpu_rates: Mapping[str, tuple[str, float]], tokens: float, prices: Prices
) -> list[Bill]:
    """What each way of embedding costs.

    Args:
        rates: texts a second of each model, measured here.
        gpu_rates: for some models a card and the texts a second on it.
        tokens: of a text, on average.
        prices: of everything.

    Raises:
        SourceError: there is no price for a card.
    """
    made = [_by_time(name, rate, prices.machine) for name, rate in rates.items()]
    for name, (card, rate) in gpu_rates.items():
        if card not in prices.gpus:
            raise SourceError(f"expected one of {', '.join(prices.gpus)} as a GPU with a price, got {card!r}")
        made.append(_by_time(f"{name} on {card}", rate, prices.gpus[card]))
    if tokens > 0:
        for name, card, rate, length in prices.measured:
            made.append(_by_time(name, rate * length / tokens, prices.gpus[card]))
        for name, price in prices.services.items():
            made.append(Bill(name, None, [size * tokens / 1e6 * price for size in SIZES]))
    return made


def _by_time(name: str, rate: float, per_hour: float) -> Bill:
    hours = [size / rate / 3600 for size in SIZES]
    return Bill(name, hours, [each * per_hour for each in hours])
