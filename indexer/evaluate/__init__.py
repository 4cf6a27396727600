"""``python -m indexer evaluate``: what each way of searching finds, and what it costs.

``tasks`` says what is asked and who fits, ``modes`` runs every way of searching, ``measures`` turns rankings into
figures with their uncertainty, ``evaluation`` puts these together, ``render`` shows them.
"""
