"""What is told of an answer, in words: why it is short, or where it came from."""

from profilesearch.search.page import Reason


def reason_text(reason: Reason | None) -> str | None:
    """A reason as part of a sentence; None if there is nothing to tell."""
    if reason is None:
        return None
    count, filtered = reason.values["count"], reason.values.get("filtered", 0)
    if reason.code == "few":
        few = {0: "there is no profile", 1: "there is only 1 profile"}.get(count, f"there are only {count} profiles")
        filters = f" that {'pass' if count > 1 else 'passes'} the filters" if filtered else ""
        return few + filters + ("" if reason.values["everywhere"] else " in the searched clusters")
    if reason.code == "gone":
        were = "was removed meanwhile or is" if count == 1 else "were removed meanwhile or are"
        return f"{count} of the profiles found {were} damaged, and left out"
    filters = " that pass the filters" if filtered else ""
    return f"the chosen clusters hold fewer than {count} profiles{filters}, so the next nearest were searched too"
