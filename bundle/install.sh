#!/bin/sh
# Installs Dougong from this folder into a virtual environment, without a network: sh install.sh [folder]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-/opt/dougong}
python=${PYTHON:-python3}

cd "$here"
sha256sum --quiet --check SHA256SUMS || { echo "a file of the bundle is damaged; nothing was installed" >&2; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
"$python" -m venv "$target"
"$target/bin/python" -m pip install --quiet --no-index --find-links "$here/wheels" 'dougong[pdf]'
cp LICENSE NOTICE sbom.json "$target/"
echo "installed: $target/bin/dougong --data DATA serve"
