#!/bin/sh
# Everybody nearer than a distance, however many they are: for cosine, 0.4 is a similarity of 0.6 and more.
#
# [VECTOR_RANGE 0.4 …]              the radius, then the vector
# =>{$YIELD_DISTANCE_AS: distance}   gives the distance a name, so that it can be returned and sorted by
set -eu
VECTOR=${1:-vector.bin}   # made with: python -m indexer embed "product marketing manager" --out vector.bin
INDEX=$("$(dirname "$0")/../scripts/index" "${MODEL:-}") # MODEL=NAME before the script asks another model's version

"$(dirname "$0")/../scripts/cli" -x FT.SEARCH "$INDEX" \
  '@embedding:[VECTOR_RANGE 0.4 $vec]=>{$YIELD_DISTANCE_AS: distance}' \
  SORTBY distance RETURN 2 headline distance LIMIT 0 10 DIALECT 2 PARAMS 2 vec <"$VECTOR"
