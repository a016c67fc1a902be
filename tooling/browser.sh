#!/usr/bin/env bash
# Chromium for the browser tests: present, else installed as root, else the exact command is said and those tests skip.
# libatomic1 is what Playwright's own driver needs and a bare Debian lacks.
set -u
packages="chromium fonts-noto-cjk libatomic1"
if command -v chromium >/dev/null && compgen -G "/usr/lib/*/libatomic.so.1" >/dev/null; then exit 0; fi
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  echo "== installing Chromium, a Chinese font and libatomic1 for the browser tests"
  # shellcheck disable=SC2086
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null && exit 0
fi
echo "== no Chromium: browser tests will skip. To run them: sudo apt-get install --no-install-recommends $packages"
exit 0
