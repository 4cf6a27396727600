"""The steps of FT.AGGREGATE and of FT.HYBRID: from arguments to frozen steps, and from a table to a table.

``step_options`` reads them, ``properties`` checks the names they use, ``run`` runs them over a :class:`~.table.Table`.
"""
