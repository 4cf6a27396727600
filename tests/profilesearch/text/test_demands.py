"""What job descriptions insist on, and what they wish for."""

import pytest

from profilesearch.text.demands import demand_at

ENGLISH = """We look for an engineer who knows Linux.
Must haves:
- Kafka and Python
Nice to have
- Rust
- Go; English is required
What we offer
- Fruit
Terraform is a plus. Docker is required, Helm would be nice. Ideally you know Ansible. Perl is not required. Kotlin."""
GERMAN = """Anforderungen
- Buchhaltung
Wünschenswert:
- Datev
Englisch ist von Vorteil, Deutsch zwingend erforderlich. Excel ist nicht zwingend."""


@pytest.mark.parametrize(
    ("text", "name", "demand"),
    [
        (ENGLISH, "Linux", None),
        (ENGLISH, "Kafka", "must"),
        (ENGLISH, "Python", "must"),
        (ENGLISH, "Rust", "wish"),
        (ENGLISH, "Go;", "wish"),
        (ENGLISH, "English", "must"),
        (ENGLISH, "Fruit", None),
        (ENGLISH, "Terraform", "wish"),
        (ENGLISH, "Docker", "must"),
        (ENGLISH, "Helm", "wish"),
        (ENGLISH, "Ansible", "wish"),
        (ENGLISH, "Perl", "wish"),
        (ENGLISH, "Kotlin", None),
        (GERMAN, "Buchhaltung", "must"),
        (GERMAN, "Datev", "wish"),
        (GERMAN, "Englisch", "wish"),
        (GERMAN, "Deutsch", "must"),
        (GERMAN, "Excel", "wish"),
        ("nurse in Berlin", "Berlin", None),
    ],
)
def test_demands(text: str, name: str, demand: str | None) -> None:
    assert demand_at(text, text.index(name)) == demand
