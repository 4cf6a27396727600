#!/bin/sh
# The hybrid query of the web app: the nearest profiles within one cluster.
#
# @cluster:{0}       profiles whose tag field "cluster" is 0. Every build numbers its clusters anew: the number to use is
#                    the first that python -m indexer embed "product marketing manager" --out vector.bin --cluster prints
# (…)=>[KNN …]       the filter stands in parentheses before the arrow
set -eu
VECTOR=${1:-vector.bin}   # made with: python -m indexer embed "product marketing manager" --out vector.bin
CLUSTER=${2:-0}           # nobody's in particular: name the one that was printed
INDEX=$("$(dirname "$0")/../scripts/index" "${MODEL:-}") # MODEL=NAME before the script asks another model's version

"$(dirname "$0")/../scripts/cli" -x FT.SEARCH "$INDEX" "(@cluster:{$CLUSTER})=>[KNN 10 @embedding \$vec AS distance]" \
  SORTBY distance RETURN 3 headline cluster distance LIMIT 0 10 DIALECT 2 PARAMS 2 vec <"$VECTOR"
