"""How commands reach Redis: connections, patience, bulk writes, replies and refusals. :mod:`..server` alone uses it."""
