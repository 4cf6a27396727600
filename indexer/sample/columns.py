"""The columns of the sample, which are also those that a source is taken to have unless the command line says otherwise."""

from profilesearch.fields import Fields

SAMPLE_FIELDS = Fields(
    text=("headline", "about", "experience", "education", "skills"),
    tags=("role", "field", "location", "seniority", "languages"),
    numbers=("years",),
)
"""The columns of the sample that ``python -m indexer sample`` writes."""
