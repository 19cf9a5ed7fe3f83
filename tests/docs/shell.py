"""How are a page's commands run as its reader would? All in one shell, in an empty folder.

`librarian serve` and `make run` begin a service that runs on while the next lines do, and end the
one before. `curl` fails where it is refused. Where a page only sends, a service is there already.
`librarian init` has a folder of its own, as whoever begins has.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.docs.blocks import ROOT, Block
from tests.pictures import make
from tests.process import free_port

PREAMBLE = """\
set -euo pipefail
trap 'ended' EXIT
service=
ended() { test -z "$service" || { kill "$service"; wait "$service" || :; service=; }; }
curl() { command curl --silent --show-error --fail-with-body "$@"; }
librarian() {
  if test "$1" != serve; then command librarian "$@"; return; fi
  ended
  command librarian "$@" >>served.log 2>&1 &
  service=$!
  until command curl -so /dev/null "http://127.0.0.1:$LIBRARIAN_PORT/readyz"; do
    kill -0 "$service" || { cat served.log; return 1; }
    sleep 0.05
  done
}
make() { test "$*" = run; librarian serve; }
afresh() {
  local folder
  folder=$(mktemp -d -p "$HOME")
  cp -r "$HOME"/*.jpg "$HOME"/labels.csv "$HOME"/.venv "$folder"
  cd "$folder"
}
refused() { test "$1" = "$(sed -n 's/.*"status": *\\([0-9]*\\).*/\\1/p' answer)"; }
"""
"""`make run` is `librarian serve` in an environment that has been installed; tests/test_docs.py."""


def script(page: Sequence[Block]) -> str:
    """Give the page's commands, one after the other."""
    commands = "".join(each.text for each in page)
    begun = "serve" in commands or "make run" in commands or "curl" not in commands
    parts = [PREAMBLE, "" if begun else "librarian serve\n"]
    for each in page:
        word, status = each.how
        if "librarian init" in each.text:
            parts.append("afresh\n")
        if word == "refused":
            parts.append(
                f"if ( {each.text.strip()} ) > answer; then exit 1; fi\nrefused {status}\n"
            )
        else:
            parts.append(each.text)
    return "\n".join(parts)


def run(page: Sequence[Block], folder: Path, variables: Mapping[str, str]) -> tuple[int, str]:
    """Run them; give the exit code and all that was said."""
    port = str(free_port())
    (folder / "photo.jpg").write_bytes(make("JPEG", 320, 240))
    (folder / "one.jpg").write_bytes(make("JPEG", 300, 240))
    (folder / "labels.csv").write_text("file,label\nphoto.jpg,cat\none.jpg,dog\n")
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/activate").touch()  # the environment is that of the tests
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin",
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "LIBRARIAN_PORT": port,
        "LIBRARIAN_WORKERS": "1",
        **variables,
    }
    with subprocess.Popen(
        ["bash", "-c", script(page).replace("127.0.0.1:8000", f"127.0.0.1:{port}")],
        cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    ) as shell:  # fmt: skip
        try:
            said, _ = shell.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)
            raise
    return shell.returncode, said
