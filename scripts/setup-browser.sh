#!/bin/sh
# Makes sure that there is a Chromium for the browser tests; where it cannot, the tests say that they were skipped.
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
  [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing Chromium for the browser tests" >&2
  { apt-get update -q && apt-get install -y -q --no-install-recommends chromium; } >/tmp/profilesearch-chromium.log 2>&1 && exit 0
fi
echo "No Chromium: the browser tests will be skipped. Install one (apt install chromium) or set CHROMIUM=/path/to/chrome." >&2
