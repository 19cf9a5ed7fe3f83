"""Which S3 server holds a million objects? moto's, its memory filled before it listens.

Objects are further names of one, because what grows with their number is the table of names.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import stock
from tests.process import HOST, Process, free_port, running
from tests.servers import S3Server, listens

BUCKET = "stocked"


@contextmanager
def stocked(folder: Path, count: int, prefix: str) -> Iterator[S3Server]:
    """Run a server whose bucket holds so many objects whose names begin with the prefix."""
    port = free_port()
    command = (sys.executable, "-m", "bench.objects", str(port), str(count), prefix)
    process = Process("moto", command, lambda: listens(port), folder / "log")
    with running(process) as process:
        yield S3Server(f"http://{HOST}:{port}", "AKIAMOTO", "motosecret", BUCKET, process)


def main(port: str, count: str, prefix: str) -> None:
    """Fill moto's memory and serve."""
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.s3.models import s3_backends
    from moto.server import main as serve

    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    bucket = backend.create_bucket(BUCKET, "us-east-1")
    one = backend.put_object(BUCKET, "one", b"a picture")
    for number in range(int(count)):
        bucket.keys.setlist(f"{prefix}{stock.key(number)}.jpg", [one])
    serve(["-H", HOST, "-p", port])


if __name__ == "__main__":
    main(*sys.argv[1:])
