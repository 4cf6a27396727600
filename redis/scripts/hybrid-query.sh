#!/bin/sh
# hybrid-query.sh "job description" [--cluster auto|predicted|3|off] [--k 10]
#
# Prints the hybrid query for a text, then runs it with an ordinary redis-cli (6.2 or newer).
# auto, the default, searches the clusters that the page searches: the nearest alone where the text lies well inside it,
# the next ones as soon as it does not. predicted is the nearest alone, 3 or 3,7 these, off everything.
# Redis is expected at $REDIS_URL, by default redis://127.0.0.1:6390/0. $PYTHON may name the interpreter.
set -eu

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }

here=$(cd "$(dirname "$0")/../.." && pwd)
text='' cluster=auto k=10
while [ $# -gt 0 ]; do
  case $1 in
    --cluster) [ $# -ge 2 ] || usage; cluster=$2; shift 2 ;;
    --k) [ $# -ge 2 ] || usage; k=$2; shift 2 ;;
    -h | --help | --*) usage ;;
    *) [ -z "$text" ] || usage; text=$1; shift ;;
  esac
done
[ -n "$text" ] || usage
case $k in '' | *[!0-9]* | 0) echo "--k: expected a number from 1 on, got '$k'" >&2; exit 2 ;; esac
case $cluster in auto | predicted | off) ;; '' | ,* | *, | *,,* | *[!0-9,]*) echo "--cluster: expected auto, predicted, off or numbers like 3,7, got '$cluster'" >&2; exit 2 ;; esac

REDIS_URL=${REDIS_URL:-redis://127.0.0.1:6390/0}
export REDIS_URL
python=${PYTHON:-$here/.venv/bin/python}
[ -x "$python" ] || python=python3
PATH=$PATH:$here/.venv/bin
command -v redis-cli >/dev/null || { echo "redis-cli is needed: apt install redis-tools, or make setup" >&2; exit 1; }

vector=$(mktemp)
trap 'rm -f "$vector"' EXIT
if [ "$cluster" = auto ] || [ "$cluster" = predicted ]; then
  clusters=$(cd "$here" && "$python" -m indexer embed "$text" --out "$vector" --cluster)
  [ "$cluster" = predicted ] && clusters=${clusters%%|*} # nearest first
  cluster=$clusters
else
  cluster=$(printf %s "$cluster" | tr , '|')
  (cd "$here" && "$python" -m indexer embed "$text" --out "$vector")
fi

filter="(@cluster:{$cluster})"
[ "$cluster" = off ] && filter='*'
query="$filter=>[KNN $k @embedding \$vec AS distance]"
printf "redis-cli -x FT.SEARCH profiles '%s' SORTBY distance RETURN 3 id headline distance LIMIT 0 %s DIALECT 2 PARAMS 2 vec <vector\n" "$query" "$k"
"$python" "$here/redis/scripts/cli" -x FT.SEARCH profiles "$query" \
  SORTBY distance RETURN 3 id headline distance LIMIT 0 "$k" DIALECT 2 PARAMS 2 vec <"$vector"
