#!/bin/sh
# The ten profiles nearest to a text, whatever their cluster.
#
# *                  every profile
# =>[KNN 10 …]       the 10 nearest by the field "embedding"; the distance gets the name "distance"
# SORTBY distance    nearest first (without it the order is another one)
# LIMIT 0 10         FT.SEARCH returns 10 rows unless told otherwise, whatever the KNN says
# DIALECT 2          vector queries need it
# PARAMS 2 vec …     the vector itself, as the index has its own; redis-cli -x reads it from standard input
set -eu
VECTOR=${1:-vector.bin}   # made with: python -m indexer embed "product marketing manager" --out vector.bin
INDEX=$("$(dirname "$0")/../scripts/index" "${MODEL:-}") # MODEL=NAME before the script asks another model's version

"$(dirname "$0")/../scripts/cli" -x FT.SEARCH "$INDEX" '*=>[KNN 10 @embedding $vec AS distance]' \
  SORTBY distance RETURN 2 headline distance LIMIT 0 10 DIALECT 2 PARAMS 2 vec <"$VECTOR"
