"""The console script ``profilesearch``: the batch job, the web app and redis_local under one name.

It is the only room that knows all three, and nothing imports it. Each part is imported when it is asked for.
"""
