"""A search, from text to page of results: a plan, and a list of named stages. Start with `pipeline`."""
