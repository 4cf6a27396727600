"""A search, from text to page of results. Start with `pipeline`."""
