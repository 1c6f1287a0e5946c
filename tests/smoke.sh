#!/bin/sh
# Installs a wheel without extras in a clean environment and does the base job with it: no torch, no network.
set -eu
wheel=$(realpath "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$root/constraints.txt" "$wheel"
cd "$work"
export INDICIA_HOME="$work/home" PATH="$work/env/bin:$PATH"
python - <<'PY'
import importlib.util, sys
heavy = [m for m in ("torch", "transformers", "diffusers", "scipy", "cv2", "sklearn") if importlib.util.find_spec(m)]
sys.exit(f"the base package pulled in {heavy}" if heavy else 0)
PY
python -c "
from PIL import Image
Image.linear_gradient('L').resize((640, 480)).convert('RGB').save('picture.png')
open('note.txt', 'w').write('A short note that a model wrote about the sea and the wind.\n')"
indicia --version
indicia keys init
indicia label picture.png -o labelled.png
indicia sign note.txt -o signed.txt
indicia verify labelled.png signed.txt
indicia scan labelled.png signed.txt picture.png --format jsonl
indicia recover labelled.png
indicia trust list
echo "smoke test passed"
