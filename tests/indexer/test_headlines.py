"""What a profile without a headline is called."""

import pytest

from indexer.headlines import headline_of
from indexer.rows import check_row
from profilesearch.fields import Fields


@pytest.mark.parametrize(
    "heading", ["Summary", "EXPERIENCE:", "  Professional  Summary ", "• Über mich •", "Expérience", "个人简介", "職務経歴", "# Skills"]
)  # fmt: skip
def test_a_heading_is_no_headline(heading: str) -> None:
    row = check_row({"id": "1", "text": f"{heading}\n\nNurse on an intensive care ward\nMore"}, Fields())
    assert row.title == "Nurse on an intensive care ward"


def test_what_is_no_heading_stays() -> None:
    assert headline_of("Summary of what I did as a nurse\nMore") == "Summary of what I did as a nurse"
    assert headline_of("Experience\nSkills") == "Experience"  # there is nothing else
    assert headline_of("Nurse") == "Nurse"


def test_a_long_line_is_cut_at_a_word() -> None:
    headline = headline_of("Summary\n" + "Twelve years of bookkeeping and payroll for small firms. " * 5)
    assert len(headline) <= 120 and headline.endswith("…") and headline.startswith("Twelve years")
    assert headline[:-1].rsplit(" ", 1)[1] in "Twelve years of bookkeeping and payroll for small firms.".split()
    assert len(headline_of("看" * 500)) == 120


def test_a_headline_column_counts_as_it_is() -> None:
    assert check_row({"id": "1", "headline": "Summary", "text": "Nurse"}, Fields()).title == "Summary"
