"""What people are told beside a form that could not be used."""

from profilesearch.errors import ChangedMeanwhile, InvalidRequest
from profilesearch.kept.bounds import LONGEST_NAME, LONGEST_NOTE

from ..wording import words


def problem_text(error: InvalidRequest, note: str = "") -> str:
    """What was wrong with a form, in words; of a note also how it is now."""
    told = words().kept_problems
    if isinstance(error, ChangedMeanwhile):
        return told.changed_note(note=note) if error.field == "note" else str(told.changed_list)
    if error.code == "full":
        return str(told.full)
    if error.field == "name":
        return str(told.name(most=LONGEST_NAME))
    if error.field == "note":
        return str(told.note(most=LONGEST_NOTE))
    return str(told.file(field=error.field))
