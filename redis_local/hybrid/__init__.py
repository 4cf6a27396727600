"""FT.HYBRID: a search by words and a search by vector, and one list of both.

``reader`` turns arguments into ``options``, ``execution`` runs both sides and the steps after them, ``fusion`` combines
two ranked lists.

Source: https://redis.io/docs/latest/commands/ft.hybrid/
"""
