#!/bin/sh
# hybrid-query.sh "job description" [--cluster auto|predicted|3|off] [--k 10] [--words "a b"] [--model NAME]
#
# Prints the query for a text by its meaning, within clusters, then runs it with an ordinary redis-cli (6.2 or newer).
# auto, the default, searches the clusters that the page searches: the nearest alone where the text lies well inside it,
# the next ones as soon as it does not. predicted is the nearest alone, 3 or 3,7 these, off everything.
# With --words, who has one of the words is found too, and both lists become one (FT.HYBRID; Redis 8.4 or redis_local).
# With --model, the live version of that model is asked instead of the default.
# Redis is expected at $REDIS_URL, by default redis://127.0.0.1:6390/0. $PYTHON may name the interpreter.
set -eu

usage() { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }

here=$(cd "$(dirname "$0")/../.." && pwd)
text='' cluster=auto k=10 words='' by=meaning model=''
while [ $# -gt 0 ]; do
  case $1 in
    --cluster) [ $# -ge 2 ] || usage; cluster=$2; shift 2 ;;
    --k) [ $# -ge 2 ] || usage; k=$2; shift 2 ;;
    --words) [ $# -ge 2 ] || usage; words=$2 by=both; shift 2 ;;
    --model) [ $# -ge 2 ] && [ -n "$2" ] || usage; model=$2; shift 2 ;;
    -h | --help | --*) usage ;;
    *) [ -z "$text" ] || usage; text=$1; shift ;;
  esac
done
[ -n "$text" ] || usage
case $k in '' | *[!0-9]* | 0) echo "--k: expected a number from 1 on, got '$k'" >&2; exit 2 ;; esac
case $cluster in auto | predicted | off) ;; '' | ,* | *, | *,,* | *[!0-9,]*) echo "--cluster: expected auto, predicted, off or numbers like 3,7, got '$cluster'" >&2; exit 2 ;; esac
any=$(printf %s "$words" | sed 's/^ *//; s/ *$//; s/  */|/g')
case $by$any in both | *[!A-Za-z0-9\|]*) echo "--words: expected words of letters and digits, got '$words'" >&2; exit 2 ;; esac

REDIS_URL=${REDIS_URL:-redis://127.0.0.1:6390/0}
export REDIS_URL
python=${PYTHON:-$here/.venv/bin/python}
[ -x "$python" ] || python=python3
PATH=$PATH:$here/.venv/bin
command -v redis-cli >/dev/null || { echo "redis-cli is needed: apt install redis-tools, or make setup" >&2; exit 1; }

index=$("$here/redis/scripts/index" "$model")
vector=$(mktemp)
trap 'rm -f "$vector"' EXIT
if [ "$cluster" = auto ] || [ "$cluster" = predicted ]; then
  clusters=$(cd "$here" && "$python" -m indexer embed "$text" --out "$vector" --cluster ${model:+--model "$model"})
  [ "$cluster" = predicted ] && clusters=${clusters%%|*} # nearest first
  cluster=$clusters
else
  cluster=$(printf %s "$cluster" | tr , '|')
  (cd "$here" && "$python" -m indexer embed "$text" --out "$vector" ${model:+--model "$model"})
fi

filter="(@cluster:{$cluster})"
[ "$cluster" = off ] && filter='*'
if [ $by = both ]; then
  asked="($any)"
  [ "$cluster" = off ] || asked="$filter=>{\$weight: 0} ($any)" # the filter adds nothing to a score
  set -- KNN 2 K 200
  [ "$cluster" = off ] || set -- "$@" FILTER "$filter"
  set -- "$@" COMBINE RRF 4 CONSTANT 60 WINDOW 200 LOAD 4 @__key @headline @cluster @__score LIMIT 0 "$k" PARAMS 2 vec
  printf "redis-cli -x FT.HYBRID %s SEARCH '%s' SCORER BM25STD VSIM @embedding '\$vec'" "$index" "$asked"
  printf " '%s'" "$@"
  printf " <vector\n"
  "$python" "$here/redis/scripts/cli" -x FT.HYBRID "$index" SEARCH "$asked" SCORER BM25STD VSIM @embedding '$vec' "$@" <"$vector"
  exit
fi
query="$filter=>[KNN $k @embedding \$vec AS distance]"
printf "redis-cli -x FT.SEARCH %s '%s' SORTBY distance RETURN 3 id headline distance LIMIT 0 %s DIALECT 2 PARAMS 2 vec <vector\n" "$index" "$query" "$k"
"$python" "$here/redis/scripts/cli" -x FT.SEARCH "$index" "$query" \
  SORTBY distance RETURN 3 id headline distance LIMIT 0 "$k" DIALECT 2 PARAMS 2 vec <"$vector"
