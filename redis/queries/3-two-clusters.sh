#!/bin/sh
# Two clusters at once: values of one tag field are alternatives when a bar stands between them.
# It costs twice the comparisons and finds neighbours just across the border. Every build numbers its clusters anew: which
# belong to a text, nearest first, is printed by
# python -m indexer embed "product marketing manager" --out vector.bin --cluster
set -eu
VECTOR=${1:-vector.bin}   # made with: python -m indexer embed "product marketing manager" --out vector.bin
CLUSTERS=${2:-0|1}        # no two in particular: name those that were printed
INDEX=$("$(dirname "$0")/../scripts/index" "${MODEL:-}") # MODEL=NAME before the script asks another model's version

"$(dirname "$0")/../scripts/cli" -x FT.SEARCH "$INDEX" "(@cluster:{$CLUSTERS})=>[KNN 10 @embedding \$vec AS distance]" \
  SORTBY distance RETURN 3 headline cluster distance LIMIT 0 10 DIALECT 2 PARAMS 2 vec <"$VECTOR"
