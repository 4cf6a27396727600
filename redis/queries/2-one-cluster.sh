#!/bin/sh
# The hybrid query of the web app: the nearest profiles within one cluster.
#
# @cluster:{3}       profiles whose tag field "cluster" is 3; the clusters of a text, such as 3|7, are printed by
#                    python -m indexer embed "…" --out vector.bin --cluster
# (…)=>[KNN …]       the filter stands in parentheses before the arrow
set -eu
VECTOR=${1:-vector.bin}   # made with: python -m indexer embed "product marketing manager" --out vector.bin
CLUSTER=${2:-3}

"$(dirname "$0")/../scripts/cli.py" -x FT.SEARCH profiles "(@cluster:{$CLUSTER})=>[KNN 10 @embedding \$vec AS distance]" \
  SORTBY distance RETURN 3 headline cluster distance LIMIT 0 10 DIALECT 2 PARAMS 2 vec <"$VECTOR"
