"""What can break? Every scenario: a service under load, a fault, and what the stores say after.

Each takes the number of contributions that are to be acknowledged, and gives the result. Faults
come when so much of the load is through, or so many requests failed, never after some time; only
workers that are killed again and again are killed by the clock.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.chaos import faults, invariants
from tests.chaos.clients import KINDS, Kind, Load
from tests.chaos.faults import Disk
from tests.chaos.invariants import Result, Stores
from tests.chaos.proxy import MONGO_INSERT, S3_PUT, Fault, Proxy, proxy
from tests.e2e.stack import Stack, behind_nginx, service
from tests.process import a_folder
from tests.servers import MongoServer, S3Server, fresh, mongodb, rclone

LONG = 1_000
"""From this size on a run is a long one: with the timeouts of production, and for minutes."""
ACCEPTED: Mapping[str, Any] = {
    "INPUT_CONFIG": {"type": ["base64", "file", "raw"], "tag": "image"},
    "LABEL_VALID_CONFIG": [{"validator": "type", "args": [{"serial": "str", "place": "int"}]}],
    "DATA_VALID_CONFIG": [{"validator": "img"}],
}
LOCAL: Mapping[str, Callable[[Path], list[invariants.Labels]]] = {
    "sqlite": invariants.in_sqlite,
    "json": invariants.in_json,
    "jsonl": invariants.in_jsonl,
}
"""The label stores on this machine's disk, and how each is read past the service."""


@dataclass(frozen=True)
class Remote:
    """MongoDB and S3, each behind a proxy, and the configuration of a service that uses them."""

    mongo: MongoServer
    s3: S3Server
    to_mongo: Proxy
    to_s3: Proxy
    stores: Stores
    variables: Mapping[str, str]


Servers = tuple[MongoServer, S3Server]
LENT: list[Servers] = []
"""Servers that run anyway; whoever switches theirs off starts their own."""


@contextmanager
def remote(size: int, *, own: bool = False) -> Iterator[Remote]:
    """Put a proxy before MongoDB and one before S3, servers lent or of the scenario's own."""
    with ExitStack() as running:
        if LENT and not own:
            mongo, s3 = LENT[-1]
        else:
            mongo, s3 = running.enter_context(mongodb()), running.enter_context(rclone())
        to_mongo = running.enter_context(proxy(int(mongo.address.rpartition(":")[2])))
        to_s3 = running.enter_context(proxy(int(s3.endpoint.rpartition(":")[2])))
        bucket, db = s3.new_bucket(), fresh("db")
        uri = f"mongodb://127.0.0.1:{to_mongo.port}/{db}?directConnection=true"
        # short runs do not wait long for a store that says nothing
        patience = {"timeout": 4 if size >= LONG else 1}
        endpoint = f"http://127.0.0.1:{to_s3.port}"
        keys = [s3.access_key, s3.secret_key, bucket, "images/", ""]
        chains = {
            "LABEL_ACTOR_CONFIG": [{"actor": "mongo", "args": [uri], "kwargs": patience}],
            "DATA_ACTOR_CONFIG": [
                {"actor": "S3", "args": keys, "kwargs": {**patience, "endpoint": endpoint}}
            ],
        }
        stores = Stores(
            partial(invariants.in_mongo, mongo, db), partial(invariants.in_s3, s3, bucket)
        )
        yield Remote(mongo, s3, to_mongo, to_s3, stores, _variables(chains))


def local(folder: Path, labels: str) -> tuple[dict[str, str], Stores]:
    """Configure the embedded stores: a folder of images, and one kind of label store beside it."""
    images, kept = folder / "images", folder / f"labels.{labels}"
    chains = {
        "LABEL_ACTOR_CONFIG": [{"actor": labels, "args": [str(kept)]}],
        "DATA_ACTOR_CONFIG": [{"actor": "image", "args": [str(images)]}],
    }
    stores = Stores(partial(LOCAL[labels], kept), partial(invariants.in_folder, images))
    return {**_variables(chains), "LIBRARIAN_DATA_DIR": str(folder)}, stores


def _variables(chains: Mapping[str, Any]) -> dict[str, str]:
    return {name: json.dumps(value) for name, value in {**ACCEPTED, **chains}.items()}


@contextmanager
def _serving(variables: Mapping[str, str], size: int, *, nginx: bool = False) -> Iterator[Stack]:
    """Run the service alone, or two of it behind nginx; after judging, end it at one stroke."""
    quick = {} if size >= LONG else {"LIBRARIAN_STORE_SECONDS": "2"}
    variables = {**variables, **quick}
    with behind_nginx(variables) if nginx else service(variables, "--workers=2") as stack:
        try:
            yield stack
        finally:
            for each in stack.services:
                faults.lose_all(each)


def _load(stack: Stack, size: int, **more: Any) -> Load:
    return Load(stack.url, size, 150 + size / 10, **more)


def _judged(load: Load, stores: Stores) -> Result:
    """Judge once the journal has had time for what is left to be settled."""
    return invariants.settled(load.sent, stores, 60 if load.goal < LONG else 120)


# --- stores out of reach -------------------------------------------------------------------------


def stores_down_at_start(size: int) -> Result:
    """Both stores are away when the service starts; they come one after the other."""
    with remote(size) as far:
        far.to_mongo.now(Fault("refuse"))
        far.to_s3.now(Fault("refuse"))
        with _serving(far.variables, size) as stack:
            with _load(stack, size) as load:
                load.failed(6)
                far.to_s3.now(Fault())
                load.failed(6)
                far.to_mongo.now(Fault())
            return _judged(load, far.stores)


def mongo_dies(size: int) -> Result:
    """MongoDB is stopped and started under load; later its host is gone for a while."""
    with remote(size, own=True) as far, _serving(far.variables, size) as stack:
        with _load(stack, size) as load:
            load.reached(0.3)
            far.mongo.stop()
            load.failed(6)
            far.mongo.start()
            load.reached(0.7)
            with far.to_mongo.broken(Fault("refuse")):
                load.failed(6)
        return _judged(load, far.stores)


def s3_dies(size: int) -> Result:
    """S3 is stopped and started under load; later its host is gone for a while."""
    with remote(size, own=True) as far, _serving(far.variables, size) as stack:
        with _load(stack, size) as load:
            load.reached(0.3)
            far.s3.stop()
            load.failed(6)
            far.s3.start()
            load.reached(0.7)
            with far.to_s3.broken(Fault("refuse")):
                load.failed(6)
        return _judged(load, far.stores)


def stores_hang(size: int) -> Result:
    """First MongoDB, then S3 takes connections and questions, and says nothing."""
    with remote(size) as far, _serving(far.variables, size) as stack:
        with _load(stack, size) as load:
            for share, store in ((0.3, far.to_mongo), (0.7, far.to_s3)):
                load.reached(share)
                with store.broken(Fault("hang")):
                    load.failed(8)
        return _judged(load, far.stores)


def stores_stall(size: int) -> Result:
    """A store says nothing for a while, and then does all that it was asked in the meantime."""
    with remote(size) as far, _serving(far.variables, size) as stack:
        with _load(stack, size) as load:
            for share, store in ((0.3, far.to_mongo), (0.7, far.to_s3)):
                load.reached(share)
                with store.broken(Fault("stall")):
                    load.failed(8)
        return _judged(load, far.stores)


# --- stores that answer badly, or not at all, now and then ---------------------------------------


def _now_and_then(size: int, to_mongo: Fault, to_s3: Fault) -> Result:
    with remote(size) as far, _serving(far.variables, size) as stack:
        with _load(stack, size) as load:
            load.reached(0.05)
            with far.to_mongo.broken(to_mongo), far.to_s3.broken(to_s3):
                load.reached(0.9)
        return _judged(load, far.stores)


def _every(size: int, least: int) -> int:
    """Strike often in short runs, a hundred times in long ones: drivers pause after each fault."""
    return max(least, size // 100)


def s3_slows_down(size: int) -> Result:
    """S3 answers 503 SlowDown to a third of what it is asked."""
    return _now_and_then(size, Fault(), Fault("refusal", every=3))


def mongo_answers_are_lost(size: int) -> Result:
    """MongoDB has written, and the answer never comes."""
    return _now_and_then(size, Fault("swallow", MONGO_INSERT, every=_every(size, 4)), Fault())


def s3_answers_are_lost(size: int) -> Result:
    """S3 has written, and the answer never comes."""
    return _now_and_then(size, Fault(), Fault("swallow", S3_PUT, every=_every(size, 4)))


def every_answer_may_be_lost(size: int) -> Result:
    """Any question to either store, reads and undoings too, may remain without its answer."""
    to_mongo = Fault("swallow", every=_every(size, 9))
    return _now_and_then(size, to_mongo, Fault("swallow", every=_every(size, 7)))


def connections_are_reset(size: int) -> Result:
    """Connections break in the middle of what is sent to the stores."""
    to_mongo = Fault("reset", every=_every(size, 9))
    return _now_and_then(size, to_mongo, Fault("reset", every=_every(size, 7)))


def writes_come_late(size: int) -> Result:
    """Writes are carried out after the service gave up waiting for them."""
    late = 5.5 if size >= LONG else 2.5
    return _now_and_then(
        size,
        Fault("delay", MONGO_INSERT, every=max(8, size // 40), seconds=late),
        Fault("delay", S3_PUT, every=max(9, size // 40), seconds=late),
    )


# --- workers and services that die ---------------------------------------------------------------


def workers_are_killed_alone(size: int) -> Result:
    """A worker is killed every second, with the embedded stores."""
    with a_folder() as folder:
        variables, stores = local(folder, "sqlite")
        with _serving(variables, size) as stack:
            return _judged(_under_killing(stack, size), stores)


def workers_are_killed_behind_nginx(size: int) -> Result:
    """A worker of each of two services is killed every second, behind nginx."""
    with remote(size) as far, _serving(far.variables, size, nginx=True) as stack:
        return _judged(_under_killing(stack, size), far.stores)


def _under_killing(stack: Stack, size: int) -> Load:
    """Send while workers are killed, until enough is acknowledged and enough are killed."""
    every, enough = (1.0, 60) if size >= LONG else (0.8, 4)
    with (
        faults.killing(stack.services, every) as killed,
        _load(stack, size, goes_on=lambda: killed() < enough) as load,
    ):
        load.reached(1.0)
    assert killed() >= enough
    return load


def workers_die_with_what_they_stored(size: int) -> Result:
    """All workers are killed just after a label record is stored and before anybody knows."""
    kinds: tuple[Kind, ...] = ("keyless", "keyless", "keyed", "keyless", "page")
    with remote(size) as far, _serving(far.variables, size, nginx=True) as stack:
        at_once = Fault(
            "swallow",
            MONGO_INSERT,
            every=max(7, size // 30),
            then=lambda: faults.kill(*faults.workers(*stack.services)),
        )
        with _load(stack, size, kinds=kinds) as load:
            load.reached(0.1)
            with far.to_mongo.broken(at_once):
                load.reached(0.9)
        return _judged(load, far.stores)


def workers_are_replaced(size: int) -> Result:
    """A worker ends and another begins every few requests, while the load goes on."""
    with a_folder() as folder:
        variables, stores = local(folder, "sqlite")
        with _serving({**variables, "LIBRARIAN_MAX_REQUESTS": "10"}, size) as stack:
            before = set(faults.workers(*stack.services))

            def replaced() -> bool:
                return bool(before - set(faults.workers(*stack.services)))

            with _load(stack, size, goes_on=lambda: not replaced()) as load:
                load.reached(1.0)
            assert replaced()
            return _judged(load, stores)


def stopped_in_mid_load(size: int) -> Result:
    """The service is stopped by SIGTERM under load, and started again."""
    with a_folder() as folder:
        variables, stores = local(folder, "sqlite")
        with _serving(variables, size) as stack:
            with _load(stack, size) as load:
                for share in (0.25, 0.5, 0.75) if size >= LONG else (0.5,):
                    load.reached(share)
                    stack.services[0].stop()
                    stack.services[0].start()
            return _judged(load, stores)


def stopped_in_turn_behind_nginx(size: int) -> Result:
    """Two services behind nginx are stopped by SIGTERM and started again, one after the other."""
    with remote(size) as far, _serving(far.variables, size, nginx=True) as stack:
        with _load(stack, size) as load:
            for share, each in zip((0.3, 0.6), stack.services, strict=True):
                load.reached(share)
                each.stop()
                each.start()
        return _judged(load, far.stores)


def everything_is_killed(size: int, labels: str) -> Result:
    """The service is killed with all its processes again and again, and started again."""
    with a_folder() as folder:
        variables, stores = local(folder, labels)
        with _serving(variables, size) as stack:
            with _load(stack, size) as load:
                for share in (0.2, 0.4, 0.6, 0.8) if size >= LONG else (0.3, 0.6):
                    load.reached(share)
                    faults.lose_all(stack.services[0])
                    stack.services[0].start()
            return _judged(load, stores)


# --- the spool -----------------------------------------------------------------------------------


def the_spool_takes_over(size: int) -> Result:
    """What MongoDB, and later S3, does not take waits in the spool; workers are killed as well."""
    with remote(size) as far, a_folder() as folder:
        variables = _spooling(far.variables, folder, "failure")
        with _serving(variables, size) as stack:
            with _load(stack, size, kinds=FRESH) as load:
                for share, store in ((0.2, far.to_mongo), (0.6, far.to_s3)):
                    load.reached(share)
                    with store.broken(Fault("refuse")):
                        load.reached(share + 0.15)
                        faults.kill(*faults.workers(*stack.services))
                        load.reached(share + 0.3)
            return _delivered(load, far.stores, folder)


def the_spool_is_first(size: int) -> Result:
    """Everything waits in the spool; all processes are killed, and MongoDB is away for a while."""
    with remote(size) as far, a_folder() as folder:
        variables = _spooling(far.variables, folder, "always")
        with _serving(variables, size) as stack:
            with _load(stack, size, kinds=FRESH) as load:
                for share in (0.2, 0.4) if size >= LONG else (0.3,):
                    load.reached(share)
                    faults.lose_all(stack.services[0])
                    stack.services[0].start()
                load.reached(0.6)
                with far.to_mongo.broken(Fault("refuse")):
                    load.reached(0.9)
            return _delivered(load, far.stores, folder)


def the_power_fails_before_delivery(size: int) -> Result:
    """The machine loses power, twice, while what it accepted is still in the spool, or half out."""
    with a_folder() as folder, faults.weak_disk(folder) as disk:
        variables, stores = local(disk.at, "sqlite")
        variables = _spooling(variables, disk.at, "always")
        with _serving(variables, size) as stack:
            with _load(stack, size, kinds=FRESH) as load:
                for share in (0.3, 0.6):
                    load.reached(share)
                    _lose_power(stack, disk)
            return _adrift(_delivered(load, stores, disk.at))


FRESH = tuple(kind for kind in KINDS if kind != "reused")
"""A key used before, for something else, is only found out at delivery if its store is away."""


def _spooling(variables: Mapping[str, str], folder: Path, when: str) -> dict[str, str]:
    told = {"directory": str(folder / "spool"), "when": when}
    return {**variables, "SPOOL_CONFIG": json.dumps(told)}


def _delivered(load: Load, stores: Stores, folder: Path) -> Result:
    """Judge once all is delivered; what cannot be delivered is lost, whatever was promised.

    The stores are read one after the other, so nothing may be on its way meanwhile.
    """
    until = time.monotonic() + 120 + load.goal / 4
    while (waiting := [*folder.glob("spool/waiting/*.rec")]) and time.monotonic() < until:
        time.sleep(0.5)
    result = invariants.settled(load.sent, stores, 120 if load.goal >= LONG else 60)
    left = [*waiting, *folder.glob("spool/dead/*.rec")]
    result.lost += [f"{path.parent.name} in the spool: {path.name}" for path in left]
    return result


# --- the disk ------------------------------------------------------------------------------------


def the_disk_fills(size: int, labels: str) -> Result:
    """The disk is full under load, twice, and has room again after a while."""
    with a_folder() as folder, faults.small_disk(folder, size) as disk:
        variables, stores = local(disk.at, labels)
        with _serving(variables, size) as stack:
            with _load(stack, size) as load:
                for share in (0.3, 0.7):
                    load.reached(share)
                    disk.fill(stack.services[0])
                    load.failed(12)
                    disk.free(stack.services[0])
            return _judged(load, stores)


def the_power_fails(size: int, labels: str) -> Result:
    """The machine loses power under load, and with it all that is not on the disk yet.

    The journal is not synced, so data without a record may be left: docs/durability.md says so.
    """
    with a_folder() as folder, faults.weak_disk(folder) as disk:
        variables, stores = local(disk.at, labels)
        with _serving(variables, size) as stack:
            with _load(stack, size) as load:
                for share in (0.3, 0.6):
                    load.reached(share)
                    _lose_power(stack, disk)
            return _adrift(_judged(load, stores))


def _adrift(result: Result) -> Result:
    """Count apart what lost its journal by a power cut."""
    result.adrift = [each for each in result.orphaned if each.startswith("data ")]
    result.orphaned = [each for each in result.orphaned if each not in result.adrift]
    return result


def _lose_power(stack: Stack, disk: Disk) -> None:
    faults.lose_all(stack.services[0])
    disk.cut_power()
    stack.services[0].start()


# --- the table -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scenario:
    """One row of the table: its name, what it does, and how large it is in a long run."""

    name: str
    run: Callable[[int], Result]
    share: float = 1.0
    """Contributions of a long run, beside those of the other scenarios."""


HEAVY = 3.0
"""The stores on this machine's own disk are the fastest, and are read in no time after."""
SCENARIOS: tuple[Scenario, ...] = (
    Scenario("stores down at start", stores_down_at_start),
    Scenario("mongo dies and comes back", mongo_dies),
    Scenario("s3 dies and comes back", s3_dies),
    Scenario("stores hang", stores_hang),
    Scenario("stores stall", stores_stall),
    Scenario("s3 slows down", s3_slows_down),
    Scenario("mongo answers are lost", mongo_answers_are_lost),
    Scenario("s3 answers are lost", s3_answers_are_lost),
    Scenario("every answer may be lost", every_answer_may_be_lost),
    Scenario("connections are reset", connections_are_reset),
    Scenario("writes come late", writes_come_late),
    Scenario("workers are killed, alone", workers_are_killed_alone, HEAVY),
    Scenario("workers are killed, nginx", workers_are_killed_behind_nginx),
    Scenario("workers die after storing", workers_die_with_what_they_stored),
    Scenario("workers are replaced", workers_are_replaced),
    Scenario("the spool takes over", the_spool_takes_over),
    Scenario("the spool is first", the_spool_is_first),
    Scenario("the spool without power", the_power_fails_before_delivery, HEAVY),
    Scenario("SIGTERM, alone", stopped_in_mid_load, HEAVY),
    Scenario("SIGTERM in turn, nginx", stopped_in_turn_behind_nginx),
    *(
        Scenario(f"{said}, {labels}", partial(run, labels=labels), HEAVY)
        for said, run in (
            ("everything is killed", everything_is_killed),
            ("the disk fills", the_disk_fills),
            ("the power fails", the_power_fails),
        )
        for labels in LOCAL
    ),
)
