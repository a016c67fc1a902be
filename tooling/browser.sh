#!/usr/bin/env bash
# Chromium for the browser tests: present, else installed as root, else the exact command is said and those tests skip.
# The headless shell costs half of what the whole browser costs; where only that one is had, it serves too.
# libatomic1 is what Playwright's own driver needs and a bare Debian lacks.
set -u
packages="fonts-noto-cjk libatomic1"
has_driver() { compgen -G "/usr/lib/*/libatomic.so.1" >/dev/null; }
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }

if command -v chromium-headless-shell >/dev/null && has_driver; then exit 0; fi
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  echo "== installing Chromium's headless shell, a Chinese font and libatomic1 for the browser tests"
  apt-get update -qq
  # shellcheck disable=SC2086
  install chromium-headless-shell $packages || install chromium $packages
fi
if { command -v chromium-headless-shell || command -v chromium; } >/dev/null && has_driver; then exit 0; fi
echo "== no Chromium: browser tests will skip. To run them: sudo apt-get install --no-install-recommends chromium-headless-shell $packages"
exit 0
