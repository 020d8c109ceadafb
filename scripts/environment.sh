#!/bin/sh
# Make the environment $1 from requirements.txt, with the newest Python on this machine that the project allows.
set -eu
venv=$1
say() { printf '%s\n' "$*" >&2; }

python=
for name in python3 python3.13 python3.12 python3.11 python3.14 python; do
    if command -v "$name" >/dev/null 2>&1 &&
        "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2])' 2>/dev/null; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    say "Python 3.11 or newer is needed and was not found. Install it, then run make again."
    exit 1
fi

if [ ! -x "$venv/bin/python" ]; then
    say "Making the environment in $venv with $("$python" --version) ..."
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        say "This Python cannot make environments. On Debian or Ubuntu: apt install python3-venv; then run make again."
        exit 1
    fi
fi
say "Installing the locked packages (first time: a few minutes, about a gigabyte) ..."
# --no-deps: the lock is the whole set, so pip has nothing to look for; `pip check` says below whether that is so.
"$venv/bin/python" -m pip install --disable-pip-version-check --progress-bar off \
    --no-deps --require-hashes -r requirements.txt
"$venv/bin/python" -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
"$venv/bin/python" -m pip check >&2
say "The environment is ready."
