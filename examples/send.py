"""How does a Python program send files with requests?  send.py URL LABEL FILES..."""

import sys
import uuid
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

MAY_PASS = (429, 500, 502, 503, 504, 507)


def session() -> requests.Session:
    """Make a session that tries again what may pass, not sooner than Retry-After says."""
    again = Retry(
        total=5,
        backoff_factor=0.5,
        backoff_jitter=0.5,
        status_forcelist=MAY_PASS,
        allowed_methods=None,  # POST too: the key makes it safe
        raise_on_status=False,
    )
    made = requests.Session()
    for scheme in ("http://", "https://"):
        made.mount(scheme, HTTPAdapter(max_retries=again))
    return made


def send(service: str, file: Path, label: str, through: requests.Session) -> requests.Response:
    """Send one file under a key of its own, the same one at each try."""
    return through.post(
        f"{service}/upload",
        files={"image": (file.name, file.read_bytes())},
        data={"label": label},
        headers={"Idempotency-Key": str(uuid.uuid4())},
        timeout=30,
    )


def main(service: str, label: str, *files: str) -> int:
    """Send every file and say what became of it."""
    failed = 0
    with session() as through:
        for file in map(Path, files):
            answer = send(service, file, label, through)
            told = answer.json()
            failed += not answer.ok
            print(file, told["uid"] if answer.ok else f"{answer.status_code}: {told['detail']}")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
