"""Redis Query Engine commands for a plain redis-server.

A real ``redis-server`` keeps the data; this process sits in front of it, relays every ordinary command byte for
byte and answers ``FT.*`` itself. Reading order follows a command:

``server`` a client's bytes -> ``scanner`` finds the ``FT.*`` commands among them -> ``commands`` looks one up ->
``search`` / ``aggregate`` parse its options -> ``query`` lexes, parses and evaluates the query text against an
``index`` -> ``resp`` writes the reply.

The index is a client-side cache of the hashes: ``feed`` hears of every changed key on a tracked connection
(https://redis.io/docs/latest/develop/reference/client-side-caching/) and reads it again.
"""
