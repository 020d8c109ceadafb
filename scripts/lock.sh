#!/bin/sh
# Write requirements.txt (every version, every hash, one set for all platforms and Pythons) from pyproject.toml.
set -eu
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
python3 -m venv "$tool"
"$tool/bin/python" -m pip install --disable-pip-version-check --quiet uv
"$tool/bin/uv" pip compile pyproject.toml --universal --python-version 3.11 --fork-strategy fewest \
    --generate-hashes --no-strip-extras --no-annotate --custom-compile-command 'make lock' --quiet "$@" --output-file requirements.txt
