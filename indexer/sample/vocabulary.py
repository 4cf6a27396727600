"""The words of the sample, read from the TOML files beside this one."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Duty:
    """Something that people do, as it follows "I enjoy" and as it follows "I". Verbs stand as ``doing/did`` in the file."""

    doing: str
    did: str


@dataclass(frozen=True)
class Role:
    """A role: its names, what people in it do, are proud of, use and know; and which roles are like it.

    ``near`` are roles that a search confuses with it though they do not fit; ``kin`` would partly fit.
    """

    title: str
    also: tuple[str, ...]
    field: str
    near: tuple[str, ...]
    kin: tuple[str, ...]
    duties: tuple[Duty, ...]
    won: tuple[str, ...]
    tools: tuple[str, ...]
    know: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """A job description and the title of the role that it looks for."""

    role: str
    text: str


@cache
def roles() -> dict[str, Role]:
    """Every role by its title."""
    return {role.title: role for role in map(_role, _read("roles.toml")["role"])}


@cache
def people() -> dict[str, Any]:
    """Cities, companies and sentences that people of every role share."""
    return _read("people.toml")


@cache
def jobs() -> tuple[Job, ...]:
    """The job descriptions."""
    return tuple(Job(each["role"], each["text"]) for each in _read("jobs.toml")["job"])


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / name).read_text(encoding="utf-8"))


def _role(data: dict[str, Any]) -> Role:
    return Role(
        data["title"],
        tuple(data["also"]),
        data["field"],
        tuple(data["near"]),
        tuple(data["kin"]),
        tuple(_duty(each.strip()) for each in data["do"].split(";")),
        _split(data["won"], ";"),
        _split(data["tools"], ","),
        _split(data["know"], ","),
    )


def _split(text: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(separator))


def _duty(text: str) -> Duty:
    """``running/ran launches`` as "running launches" and "ran launches"."""
    words = [word.partition("/") for word in text.split(" ")]
    return Duty(" ".join(doing for doing, _, _ in words), " ".join(did or doing for doing, _, did in words))
