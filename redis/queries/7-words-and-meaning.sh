#!/bin/sh
# Words and meaning in one list: who has some of the words, and who is near to the text, fused by their ranks (RRF).
#
# FT.HYBRID          Redis 8.4 and later, and redis_local; earlier ones answer "unknown command"
# SEARCH "a|b"       who has one of the words in headline or text, by BM25; rare words count more
# VSIM … KNN 2 K 50  the 50 nearest. A filter must stand on both sides: within SEARCH, and as FILTER after KNN
# COMBINE RRF …      1/(60 + rank) of each list, of its first 50
set -eu
VECTOR=${1:-vector.bin}   # made with: python -m indexer embed "product marketing manager" --out vector.bin
WORDS=${2:-product|marketing|launches}
INDEX=$("$(dirname "$0")/../scripts/index" "${MODEL:-}") # MODEL=NAME before the script asks another model's version

"$(dirname "$0")/../scripts/cli" -x FT.HYBRID "$INDEX" SEARCH "($WORDS)" SCORER BM25STD YIELD_SCORE_AS words \
  VSIM @embedding '$vec' KNN 2 K 50 YIELD_SCORE_AS near COMBINE RRF 6 CONSTANT 60 WINDOW 50 YIELD_SCORE_AS score \
  LOAD 2 @__key @headline LIMIT 0 10 PARAMS 2 vec <"$VECTOR"
