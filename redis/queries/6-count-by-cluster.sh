#!/bin/sh
# How many profiles each cluster has, and how long their people have worked on average. Needs no vector.
set -eu
INDEX=$("$(dirname "$0")/../scripts/index" "${MODEL:-}") # MODEL=NAME before the script asks another model's version

"$(dirname "$0")/../scripts/cli" FT.AGGREGATE "$INDEX" '*' GROUPBY 1 @cluster \
  REDUCE COUNT 0 AS profiles REDUCE AVG 1 @years AS years SORTBY 2 @profiles DESC LIMIT 0 50 DIALECT 2
