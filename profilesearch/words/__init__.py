"""Searching by words beside meaning: which words say most, what they weigh, and how that is measured for each build."""
