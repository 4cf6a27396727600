"""One reindex: source → embedding → clusters → hashes → index → checks → changes meanwhile → live.

Until it is published the live version is untouched. The next build of the same source goes on where an interrupted one
was: vectors lie in the cache, and the version's record counts the hashes that were written.
"""
