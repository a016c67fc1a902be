#!/usr/bin/env bash
# One room's format, lint, types and tests at once: `tooling/quick.sh posts`. The whole check says what else a change reaches.
set -uo pipefail
room=$1 python=.venv/bin/python
folders=()
for folder in "alliance/$room" "ml/$room" "tests/$room" "tests/ml/$room"; do [ -d "$folder" ] && folders+=("$folder"); done
[ ${#folders[@]} -gt 0 ] || { echo "there is no room $room"; exit 2; }
tests=() code=()
for folder in "${folders[@]}"; do case $folder in tests/*) tests+=("$folder") ;; *) code+=("$folder") ;; esac; done

# types and tests share the cores; mypy keeps what it knows of files that did not change
failed=0
types=0
if [ ${#code[@]} -gt 0 ]; then
  mkdir -p .alliance
  .venv/bin/mypy "${code[@]}" >.alliance/quick-types.txt 2>&1 &
  types=$!
fi
.venv/bin/ruff format --check -q "${folders[@]}" && .venv/bin/ruff check -q "${folders[@]}" || failed=1
if [ ${#tests[@]} -gt 0 ]; then $python -m pytest "${tests[@]}" -q -m "not slow" || failed=1; fi
if [ "$types" != 0 ]; then
  wait "$types" || failed=1
  tail -n 20 .alliance/quick-types.txt
fi
exit $failed
