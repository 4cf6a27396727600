#!/bin/sh
# Filters of every kind together: in Zürich or São Paulo, at least five years, not a junior.
#
# @location:{Zürich|São\ Paulo}   a space within a tag needs a backslash, and so does all ASCII punctuation
# @years:[5 +inf]                 a range of numbers, both ends included; [(5 +inf] leaves 5 out
# -@seniority:{junior}            a minus negates; parts that stand side by side must all hold
set -eu
VECTOR=${1:-vector.bin}   # made with: python -m indexer embed "product marketing manager" --out vector.bin
INDEX=$("$(dirname "$0")/../scripts/index" "${MODEL:-}") # MODEL=NAME before the script asks another model's version

"$(dirname "$0")/../scripts/cli" -x FT.SEARCH "$INDEX" \
  '(@location:{Zürich|São\ Paulo} @years:[5 +inf] -@seniority:{junior})=>[KNN 10 @embedding $vec AS distance]' \
  SORTBY distance RETURN 4 headline location years distance LIMIT 0 10 DIALECT 2 PARAMS 2 vec <"$VECTOR"
