"""Do several machines together lose nothing and double nothing, while one dies and one is added?

Three services with folders and, where that is permitted, networks of their own stand behind the
nginx configuration that init writes, over one MongoDB and one S3. Under load one is killed as a
power cut would, and a fourth is added by a reload of nginx. Then the stores are read past all.
"""

import json
import os
import signal
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import urllib3

from librarian.setup import files
from tests import servers
from tests.chaos import invariants
from tests.chaos.clients import Load
from tests.chaos.proxy import proxy
from tests.chaos.scenarios import ACCEPTED
from tests.conftest import needed
from tests.e2e import hosts
from tests.e2e.hosts import Network
from tests.e2e.stack import answers, serve
from tests.pictures import make
from tests.process import HOST, Process, a_folder, free_port

SIZE = 150
PHOTO = make("JPEG", 32, 24)
CLOSE = {"Connection": "close"}
LISTEN = "listen             8080 "


def variables(mongodb_uri: str, s3: servers.S3Server, db: str, bucket: str) -> dict[str, str]:
    told = {name: json.dumps(value) for name, value in ACCEPTED.items()}
    return {
        **told,
        "LIBRARIAN_PROXY_HOPS": "1",
        "LIBRARIAN_STORE_SECONDS": "4",
        "MONGODB_URI": mongodb_uri,
        "LABEL_ACTOR_CONFIG": json.dumps(
            [{"actor": "mongo", "kwargs": {"uri": "${MONGODB_URI}", "database": db}}]
        ),
        "DATA_ACTOR_CONFIG": json.dumps(
            [{"actor": "S3", "args": [s3.access_key, s3.secret_key, bucket, "images/"],
              "kwargs": {"endpoint": s3.endpoint}}]
        ),
    }  # fmt: skip


def seen_from(
    network: Network, mongodb: servers.MongoServer, s3: servers.S3Server, running: ExitStack
) -> tuple[str, servers.S3Server]:
    """Give both stores as the hosts reach them: through a proxy where loopback is not theirs."""
    if not network.apart:
        return mongodb.uri, s3

    def passed_on(port: int | None) -> str:
        before = running.enter_context(proxy(port or 0, network.here))
        return f"{network.here}:{before.port}"

    uri = mongodb.uri
    if mongodb.address:
        at = passed_on(urlsplit(f"//{mongodb.address}").port)
        uri = f"{uri.replace(mongodb.address, at)}/?directConnection=true"
    return uri, replace(s3, endpoint=f"http://{passed_on(urlsplit(s3.endpoint).port)}")


class Nginx:
    """nginx before services that change: the list is written anew, and nginx reads it again."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder, self.program, self.port = folder, program, free_port()
        self.url = f"http://{HOST}:{self.port}"
        (folder / "run").mkdir()

    def before(self, urls: list[str]) -> None:
        text = files.nginx(tuple(url.removeprefix("http://") for url in urls))
        assert LISTEN in text
        text = text.replace(LISTEN, f"listen {HOST}:{self.port} ")
        (self.folder / "nginx.conf").write_text(text, encoding="utf-8")

    def process(self) -> Process:
        command = (self.program, "-p", str(self.folder), "-c", "nginx.conf", "-g", "daemon off;")
        return Process("nginx", command, lambda: answers(self.url), self.folder / "nginx.log")


def test_one_machine_dies_and_one_is_added_under_load_and_nothing_is_lost_or_doubled(
    mongodb: servers.MongoServer, rclone: servers.S3Server
) -> None:
    db, bucket = servers.fresh("db"), rclone.new_bucket()
    stores = invariants.Stores(
        lambda: invariants.in_mongo(mongodb, db), lambda: invariants.in_s3(rclone, bucket)
    )
    with a_folder() as folder, ExitStack() as running:
        nginx = Nginx(folder, running.enter_context(needed(servers.installed("nginx", "nginx"))))
        network = running.enter_context(hosts.network(4))
        uri, s3 = seen_from(network, mongodb, rclone, running)
        told = variables(uri, s3, db, bucket)
        machines = [serve(folder, told, "--workers=1", on=host) for host in network.hosts]
        for process, _ in machines[:3]:
            process.start()
            running.callback(process.stop)
        nginx.before([url for _, url in machines[:3]])
        front = nginx.process()
        front.start()
        running.callback(front.stop)

        (dying, _), (added, _) = machines[0], machines[3]
        with Load(nginx.url, SIZE, 100, clients=8) as load:
            assert load.reached(0.3)
            os.killpg(dying.pid, signal.SIGKILL)
            assert load.reached(0.5)
            added.start()
            running.callback(added.stop)
            nginx.before([url for _, url in machines[1:]])
            os.kill(front.pid, signal.SIGHUP)

        seen = invariants.judge(load.sent, stores)
        assert seen.acknowledged >= SIZE
        assert (seen.lost, seen.doubled, seen.kept, seen.misjudged) == ([], [], [], [])
        assert "/upload" in added.log.read_text()  # the newcomer took its part
        # What the dead machine had begun and not brought to an end, its own journal knows: it
        # clears up behind itself when it comes back, though nginx sends it nobody any more.
        dying.stop()
        dying.start()
        assert invariants.settled(load.sent, stores, 60).faults == []
        # A key means the same on every machine.
        path = "/upload/one-key-for-two-machines?serial=two&place=1"
        said = [
            urllib3.request("PUT", url + path, body=PHOTO, headers=CLOSE, retries=False)
            for _, url in machines[1:3]
        ]
        assert [each.status for each in said] == [201, 200]
        assert said[0].json()["uid"] == said[1].json()["uid"]
