"""The models that a page lets people choose from, where there are several."""

from dataclasses import dataclass

from flask import g

from profilesearch.embedding import column_of
from profilesearch.errors import ProfileSearchError

from .services import services


@dataclass(frozen=True)
class Choice:
    """A model: its name, what it is called on a page, and the parameter's value, which is empty for the default."""

    name: str
    shown: str
    value: str


def choices() -> list[Choice]:
    """The models with a live version, the default first; none where the page answers nothing."""
    if "chosen" not in g:
        return []
    if "choices" not in g:
        try:
            names = list(services().store.versions.live_names())
        except ProfileSearchError:
            names = []
        g.choices = [Choice(name, _shown(name, names), name if place else "") for place, name in enumerate(names)]
    return list(g.choices)


def choice_values() -> dict[str, object]:
    """What templates need of them: all, the one that answered, and one to compare it with."""
    models = choices()
    chosen = ""
    if models:  # an experiment is not to be seen: without a name the default is shown, whichever side answers
        side = services().chosen.side
        chosen = models[0].name if side == "b" else services().pipeline.snapshot().version.model
    other = next((model.name for model in models if model.name != chosen), "")
    return {"models": models, "chosen_model": chosen, "other_model": other, "shown_model": shown_model}


def shown_model(name: str) -> str:
    """What a model is called on a page."""
    return _shown(name, [choice.name for choice in choices()])


def _shown(name: str, names: list[str]) -> str:
    """Its short name, if no other has the same."""
    return short if (short := _short(name)) and list(map(_short, names)).count(short) < 2 else name


def _short(name: str) -> str:
    """A column of vectors, or the end of a path or of a name on a hub."""
    return column_of(name) or name.rstrip("/").rpartition("/")[2]
