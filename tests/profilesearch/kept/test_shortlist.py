"""A shortlist as a value."""

from collections.abc import Callable

import pytest

from profilesearch.errors import ChangedMeanwhile, InvalidRequest, ProfileSearchError, UnknownProfile
from profilesearch.kept.bounds import checked
from profilesearch.kept.everything import Kept, file_lines
from profilesearch.kept.saved_search import LOOKED_AT, SavedSearch
from profilesearch.kept.shortlist import MOST_HIDDEN, MOST_PEOPLE, SHORTLIST, Shortlist, checked_name
from profilesearch.labels import Label

THREE = Shortlist("Nurses", "a nurse").keeping("p1", "One").keeping("p2", "Two").keeping("p3", "Three")


def test_whoever_is_kept_stays_once_and_is_not_hidden() -> None:
    assert THREE.keeping("p1", "another headline") is THREE
    hidden = THREE.hiding("p9", "Nine")
    assert hidden.hiding("p9", "Nine") is hidden and hidden.keeping("p9", "Nine").hidden == ()
    assert hidden.showing("p9").hidden == () and hidden.leaving("p2").ids == ("p1", "p3")
    with pytest.raises(InvalidRequest, match="take the person off it first"):
        THREE.hiding("p1", "One")


def test_whoever_comes_back_has_their_note_again() -> None:
    left = THREE.noted("p2", "call on Monday", 0).leaving("p2")
    assert left.former[0].id == "p2" and left.leaving("p2") is left
    back = left.keeping("p2", "Two")
    assert back.ids == ("p1", "p3", "p2") and back.person("p2").note == "call on Monday" and back.former == ()
    forgotten = left.hiding("p9", "Nine").forgetting("p2").forgetting("p9").forgetting("p1")
    assert not any(forgotten.mentions(id_) for id_ in ("p1", "p2", "p9")) and forgotten.mentions("p3")


def test_it_is_put_in_order() -> None:
    assert THREE.moved("p3", 0, 0).ids == ("p3", "p1", "p2")
    assert THREE.moved("p1", 99, 0).ids == ("p2", "p3", "p1")
    assert THREE.moved("p1", 1, 0).revision == 1
    assert THREE.ordered(["p2", "p1", "p3"], 0).ids == ("p2", "p1", "p3")
    with pytest.raises(UnknownProfile):
        THREE.moved("nobody", 1, 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda: THREE.renamed("Other", 0).renamed("Another", 0),
        lambda: THREE.ordered(["p3", "p2", "p1"], 0).moved("p1", 2, 0),
        lambda: THREE.keeping("p4", "Four").ordered(["p3", "p2", "p1"], 0),
        lambda: THREE.ordered(["p1", "p1", "p2"], 0),
        lambda: THREE.noted("p1", "a note", 0).noted("p1", "another", 0),
    ],
)
def test_what_was_changed_meanwhile_is_not_overwritten(change: Callable[[], Shortlist]) -> None:
    with pytest.raises(ChangedMeanwhile):
        change()


def test_stars_and_notes_of_others_do_not_hinder_an_order() -> None:
    assert THREE.noted("p1", "a note", 0).leaving("p2").moved("p3", 0, 0).ids == ("p3", "p1")
    assert THREE.noted("p1", "same", 0).noted("p1", "same", 0).person("p1").note_revision == 1


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("name", lambda: THREE.renamed(" ", 0)),
        ("name", lambda: checked_name("x" * 201)),
        ("note", lambda: THREE.noted("p1", "x" * 2001, 0)),
        ("id", lambda: _many(MOST_PEOPLE + 1, Shortlist.keeping)),
        ("id", lambda: _many(MOST_HIDDEN + 1, Shortlist.hiding)),
    ],
)
def test_it_is_bounded(field: str, change: Callable[[], Shortlist]) -> None:
    with pytest.raises(InvalidRequest) as error:
        change()
    assert error.value.field == field


def _many(count: int, add: Callable[[Shortlist, str, str], Shortlist]) -> Shortlist:
    shortlist = Shortlist("many")
    for number in range(count):
        shortlist = add(shortlist, f"p{number}", "x")
    return shortlist


def test_a_merge_adds_and_overwrites_nothing() -> None:
    ours = THREE.noted("p1", "ours", 0).moved("p3", 0, 0).hiding("p8", "Eight")
    theirs = THREE.noted("p1", "theirs", 0).noted("p2", "theirs", 0).keeping("p4", "Four").hiding("p9", "Nine")
    merged = ours.merged(theirs.keeping("p8", "Eight"))
    assert merged.ids == ("p3", "p1", "p2", "p4", "p8")
    assert [each.note for each in merged.people] == ["", "ours", "theirs", "", ""]
    assert [each.id for each in merged.hidden] == ["p9"]
    assert merged.merged(theirs) == merged and ours.merged(ours) is ours


def test_its_people_are_labels_where_the_job_is_known() -> None:
    assert [(label.query, label.grade, label.profile_id) for label in THREE.labels("me")][:1] == [("a nurse", 1, "p1")]
    assert list(Shortlist("x").keeping("p1", "One").labels("me")) == []


def test_a_saved_search_tells_who_is_new() -> None:
    search = SavedSearch("nurses", (("q", "nurse"),)).looked(f"p{n}" for n in range(300))
    assert len(search.seen) == 200 and search.query == "nurse"
    assert search.new(["p7", "new", "p199"]) == ["new"]
    assert search.new(["p7"] * LOOKED_AT + ["deep"]) == [], "who moved down to a place that was not looked at"
    assert search.without("p7").new(["p7"]) == ["p7"]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (
            "shortlists.0.people.0.note",
            '{"shortlists": [{"name": "x", "people": [{"id": "p1", "headline": "h", "note": 7}]}]}',
        ),
        ("searches.0.name", '{"searches": [{"name": "", "parameters": []}]}'),
        ("labels", '{"labels": [{"query": "", "grade": 1, "profile_id": "p1"}]}'),
        ("labels.0.grade", '{"labels": [{"query": "x", "grade": "many", "profile_id": "p1"}]}'),
        ("people", '{"people": []}'),
        ("line 1", "no JSON"),
        ("line 1", "[" * 100_000),
    ],
)
def test_a_file_that_is_none_names_what_is_wrong(field: str, text: str) -> None:
    data = text.replace("{", '{"format": "profile-search-kept-1", ', 1).encode()
    with pytest.raises(ProfileSearchError) as error:
        Kept.read(data)
    assert isinstance(error.value, InvalidRequest) and error.value.field == field
    with pytest.raises(InvalidRequest, match="line 1: expected a shortlist, a search or a label"):
        Kept.read(b"{}")


def test_a_file_is_read_as_it_was_written() -> None:
    kept = Kept((THREE,), (SavedSearch("nurses", (("q", "nurse"),)),), (Label("a \u2028nurse\n", 0, "p1"),))
    lines = list(file_lines(kept.shortlists, kept.searches, kept.labels))
    assert Kept.read(b"".join(lines)) == kept
    assert Kept.read(lines[2]) == Kept(searches=kept.searches), "each line stands alone"
    assert checked(SHORTLIST, SHORTLIST.dump_json(THREE)) == THREE


def test_a_moment_that_no_page_can_show_is_refused() -> None:
    file = '{"format": "profile-search-kept-1", "shortlists": [{"name": "Nurses", "changed_at": "%s"}]}'
    kept = Kept.read((file % "2026-01-01T01:00:00+02:00").encode())
    assert kept.shortlists[0].changed_at.isoformat() == "2025-12-31T23:00:00+00:00"
    for moment in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"):
        with pytest.raises(InvalidRequest, match=r"shortlists\.0\.changed_at: .*years 1 to 9999"):
            Kept.read((file % moment).encode())
