#!/bin/sh
# Makes .venv with the pinned requirements: setup.sh requirements.txt [requirements-dev.txt …]
# Does nothing when they are installed already.
#
# pip's own variables hold: PIP_EXTRA_INDEX_URL names a further index (for torch's builds without CUDA: docs/platforms.md),
# PIP_FIND_LINKS a folder of wheels. PYTHON names the interpreter for .venv.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

find_python() {
  for name in "${PYTHON:-}" python3.12 python3.11 python3 python3.14 python3.13 python; do
    [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 || continue
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s' "$name"
      return
    fi
  done
  say "Python 3.11 or newer is needed and was not found: install it, or name it with PYTHON=/path/to/python make …"
  exit 1
}

if [ ! -x .venv/bin/python ]; then
  python=$(find_python)
  "$python" -m venv .venv 2>/tmp/profilesearch-venv.$$ || {
    say "Python cannot make virtual environments ($(tail -n 1 /tmp/profilesearch-venv.$$)): on Debian and Ubuntu, apt install python3-venv"
    rm -rf .venv
    exit 1
  }
  rm -f /tmp/profilesearch-venv.$$
fi

for file in "$@"; do
  stamp=".venv/.installed-$file"
  if [ ! -f "$stamp" ] || ! cat requirements*.txt | cmp -s - "$stamp"; then
    say "installing $file into .venv (the first time takes some minutes)"
    # pip compiles on one core, which takes as long as the rest: compileall does it on all of them
    if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile -r "$file" 2>.venv/pip.log; then
      if grep -qiE 'gcc|compiler|Microsoft Visual C' .venv/pip.log; then
        say "A package has no ready-made wheel for this Python and needs a C compiler: apt install build-essential (macOS: xcode-select --install), or use Python 3.11 or 3.12."
      else
        say "pip could not install $file: $(grep -iE '^ERROR' .venv/pip.log | head -n 1). The whole story is in .venv/pip.log."
      fi
      exit 1
    fi
    .venv/bin/python -m compileall -qq -j 0 .venv/lib || true  # some packages carry files that are no Python 3
    cat requirements*.txt >"$stamp"
  fi
done

# The project itself, so that `profilesearch` and `python -m indexer` work from any folder once .venv is activated. The
# files stay where they are: a change here is a change there.
stamp=.venv/.installed-project
if ! { pwd; cat pyproject.toml; } | cmp -s - "$stamp"; then
  if .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . 2>.venv/pip.log; then
    { pwd; cat pyproject.toml; } >"$stamp"
  else
    say "The command profilesearch could not be installed (the whole story is in .venv/pip.log); python -m indexer works in this folder."
  fi
fi
