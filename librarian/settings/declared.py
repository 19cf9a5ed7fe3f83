"""Which settings are there? Each is declared here once: help, flags, reference and files follow.

A value that is one thing is a field of `Plain`: the variable `LIBRARIAN_<NAME>` and the flag
`--name` follow from it. Chains and lists are JSON, one variable each, in `JSON_SETTINGS`.
"""

import os
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from librarian import memory, processors
from librarian.access.origins import Origin
from librarian.actors import ACTORS
from librarian.component import Family
from librarian.cross import CROSS
from librarian.inputs import INPUTS
from librarian.settings import sources
from librarian.settings.access import AccessConfig
from librarian.settings.page import PageConfig
from librarian.settings.privacy import PrivacyConfig
from librarian.settings.quota import QuotaConfig
from librarian.settings.rate import RateConfig
from librarian.settings.sentry import Dsn
from librarian.settings.spool import SpoolConfig
from librarian.stage import BY_SLUG
from librarian.units import Bytes, Pixels, Seconds
from librarian.validators import VALIDATORS

PREFIX = "LIBRARIAN_"
SHORTEST_SECRET = 32
MEMORY_EACH = 192 * 2**20
"""Bytes of memory that a process should have for itself and its work."""
FAMILIES: tuple[Family, ...] = (INPUTS, VALIDATORS, CROSS, ACTORS)


def _listed(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [each.strip() for each in value.split(",") if each.strip()]


def _long(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < SHORTEST_SECRET:
        raise ValueError(f"must have at least {SHORTEST_SECRET} characters, made by chance")
    return value


def _processes() -> int:
    """One for each processor that this process may use, from 2 to 8, and for each 192 MiB."""
    usable = len(processors.usable()) or os.cpu_count()
    return min(max(2, usable or 1), 8, max(1, memory.of_this_machine() // MEMORY_EACH))


class Plain(BaseModel):
    """Every setting that is one value; help, flags, reference and .env.example are read off it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: Annotated[str, Field(description="address to serve on; 0.0.0.0 where PORT is set")] = (
        "127.0.0.1"
    )
    port: Annotated[
        int,
        Field(ge=0, le=65535, description="port to serve on, 0 for any; PORT says it too"),
    ] = 8000
    workers: Annotated[
        int,
        Field(
            ge=1,
            le=256,
            description="processes, by default one for each processor, from 2 to 8, and fewer"
            " where memory is small; WEB_CONCURRENCY says it too",
            default_factory=_processes,
        ),
    ]
    pin: Annotated[
        bool,
        Field(
            description="keep each process on a processor of its own, where there are as many"
            " processes as processors, which saves a fifth of their time; turn it off where other"
            " programs are busy on the same ones"
        ),
    ] = True
    threads: Annotated[
        int,
        Field(
            ge=1,
            le=1024,
            description="threads of each process, so many can send slowly at one time; one that"
            " waits costs little",
        ),
    ] = 256
    max_in_flight: Annotated[
        int,
        Field(
            ge=1,
            le=1024,
            description="contributions that each process works on at one time, fewer than threads;"
            " those above wait some seconds, then are told to come again",
        ),
    ] = 24
    max_requests: Annotated[
        int,
        Field(
            ge=0,
            description="requests after which a process is replaced, about; 0 is never",
        ),
    ] = 10_000
    store_seconds: Annotated[
        float,
        Field(gt=0, le=300, description="seconds that all storing of one contribution may take"),
    ] = 8.0
    journal_dir: Annotated[
        str,
        Field(
            description="where what is under way is noted, so that a killed worker's traces are"
            " cleared up; by default the folder journal of data_dir"
        ),
    ] = ""
    memory: Annotated[
        Bytes,
        Field(
            ge=128 * 2**20,
            description="memory that all processes together may fill, by default what the machine"
            " or container has; what has no room in it waits, and is refused if it never can",
            default_factory=memory.of_this_machine,
        ),
    ]
    grace: Annotated[
        Seconds,
        Field(
            ge=1,
            description="seconds in which a body may come, or an answer go, as slowly as it likes",
        ),
    ] = 20
    min_rate: Annotated[
        Bytes,
        Field(ge=1, description="bytes a second that must come, or go, in the mean after that"),
    ] = 2 * 2**10
    log_level: Annotated[
        Literal["debug", "info", "warning", "error", "critical"],
        Field(description="what is logged: this and what is graver"),
    ] = "info"
    log_format: Annotated[
        Literal["auto", "json", "text"],
        Field(
            description="how log lines are written: as JSON, as text for people, or by where they"
            " go: text to a terminal, JSON elsewhere"
        ),
    ] = "auto"
    sentry_dsn: Annotated[
        Dsn,
        Field(
            description="where bugs of the service are told, a DSN as Sentry shows it; needs the"
            " extra [sentry]; without it nothing is sent anywhere"
        ),
    ] = SecretStr("")
    max_bytes: Annotated[
        Bytes, Field(gt=0, description="largest piece of data taken, decoded, like 25MiB")
    ] = 25 * 2**20
    max_pixels: Annotated[
        Pixels, Field(gt=0, description="largest image taken, all frames together, like 64MP")
    ] = 64_000_000
    max_frames: Annotated[int, Field(ge=1, description="most frames of an animation taken")] = 1000
    max_labels: Annotated[int, Field(ge=1, description="most labels of one contribution")] = 200
    origins: Annotated[
        tuple[Origin, ...],
        BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...]),
        Field(
            description="pages that may send (CORS), with commas between: https://a.example,"
            " https://*.example.org for everything below it; * is every page"
        ),
    ] = ("*",)
    proxy_hops: Annotated[
        int,
        Field(
            ge=0,
            le=10,
            description="proxies before the service whose X-Forwarded-* is true; 1 on Heroku"
            " (DYNO is set)",
        ),
    ] = 0
    without_key: Annotated[
        Literal["new", "fingerprint"],
        Field(
            description="without a key: each request is new, or equal content is one contribution"
        ),
    ] = "new"
    data_dir: Annotated[
        str, Field(min_length=1, description="where the embedded default keeps what comes in")
    ] = "librarian-data"
    secret: Annotated[
        SecretStr,
        AfterValidator(_long),
        Field(
            description="what receipts and sessions are signed with, the same on all machines, at"
            " least 32 characters; the embedded default makes one and keeps it in data_dir"
        ),
    ] = SecretStr("")
    ephemeral_disk: Annotated[
        Literal["refuse", "accept"],
        Field(description="stores on a disk that the host empties at each restart (DYNO is set)"),
    ] = "refuse"


@dataclass(frozen=True, slots=True)
class JsonSetting:
    """One JSON variable: what it says, and a value as an owner would write it."""

    help: str
    example: Any


@dataclass(frozen=True, slots=True)
class ChainSetting(JsonSetting):
    """A JSON variable that holds a chain: field in Settings, family, what entries may say."""

    field: str
    family: Family
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectSetting(JsonSetting):
    """A JSON variable that holds an object: field in Settings, and what its members are."""

    field: str
    declared: type[BaseModel]

    def variables(self, name: str) -> dict[str, str]:
        """Give the variables that set one member each: `SPOOL_WHEN` to `when`."""
        stem = name.removesuffix("CONFIG")
        return {stem + member.upper(): member for member in self.declared.model_fields}


@dataclass(frozen=True, slots=True)
class ListSetting(JsonSetting):
    """A JSON variable that holds a list of objects: field in Settings, and what each may say."""

    field: str
    declared: type[BaseModel]


INPUT, STATUS, QUOTA = "INPUT_CONFIG", "STATUS_CONFIG", "QUOTA_CONFIG"
CHAINS: dict[str, ChainSetting] = {
    "LABEL_VALID_CONFIG": ChainSetting(
        "checks of the labels",
        [{"validator": "type", "args": [{"filename": "str", "x": "int", "y": "int"}]}],
        field="label_valid",
        family=VALIDATORS,
        options=("on_fail",),
    ),
    "DATA_VALID_CONFIG": ChainSetting(
        "checks of the data",
        [{"validator": "img", "kwargs": {"h": 0, "w": 0}}],
        field="data_valid",
        family=VALIDATORS,
        options=("input", "on_fail"),
    ),
    "CROSS_VALID_CONFIG": ChainSetting(
        "checks of labels and data together",
        [],
        field="cross_valid",
        family=CROSS,
        options=("on_fail",),
    ),
    "DATA_ACTOR_CONFIG": ChainSetting(
        "where the data are kept",
        [
            {
                "actor": "S3",
                "args": ["<access_key>", "<secret_key>", "<bucket_name>", "images/", ""],
            }
        ],
        field="data_act",
        family=ACTORS,
        options=("input",),
    ),
    "LABEL_ACTOR_CONFIG": ChainSetting(
        "where the labels are kept",
        [{"actor": "mongo", "args": ["<user>", "<pswd>", "<url>", "<db>", "<col>"]}],
        field="label_act",
        family=ACTORS,
        options=(),
    ),
}
OBJECTS: dict[str, ObjectSetting] = {
    "PAGE_CONFIG": ObjectSetting(
        "the page at / through which people contribute",
        {
            "title": "Where is the cat?",
            "introduction": "Send a photo and draw a box around the cat.",
            "language": "en",
            "colour": "#1f5f8b",
            "colour_dark": "#8fc3ea",
            "downscale": False,
            "enabled": True,
        },
        field="page",
        declared=PageConfig,
    ),
    "PRIVACY_CONFIG": ObjectSetting(
        "what is not kept of contributions and contributors, and what these agree to",
        {
            "strip": "location",
            "keep_ip": "no",
            "consent_text": "Anyone may use my contribution.",
            "consent_version": "2026-11",
        },
        field="privacy",
        declared=PrivacyConfig,
    ),
    "SPOOL_CONFIG": ObjectSetting(
        "where contributions wait for stores that do not answer; without it they are refused",
        {"directory": "spool", "when": "failure", "max_bytes": "1GiB", "max_age": "7d"},
        field="spool",
        declared=SpoolConfig,
    ),
    "ACCESS_CONFIG": ObjectSetting(
        "who may send and who may look; without it, everybody may send",
        {
            "submit": [f"phones:sha256:{'0' * 64}"],
            "review": [f"sha256:{'1' * 64}"],
            "public": False,
        },
        field="access",
        declared=AccessConfig,
    ),
    "RATE_CONFIG": ObjectSetting(
        "how many requests each caller may send, and where that is counted",
        {
            "limit": "60/minute, 1000/day",
            "keyed": "600/minute",
            "by": "key",
            "storage": "mongodb://localhost:27017/librarian",
        },
        field="rate",
        declared=RateConfig,
    ),
}
LISTS: dict[str, ListSetting] = {
    QUOTA: ListSetting(
        "how many records are taken, of each value of a label, contributor or day",
        [{"label": "mood", "most": 500}, {"per": "contributor", "every": "day", "most": 20}],
        field="quotas",
        declared=QuotaConfig,
    ),
}
JSON_SETTINGS: dict[str, JsonSetting] = {
    INPUT: JsonSetting(
        "what is taken in: one object, or a list of them", {"type": "base64", "tag": "image"}
    ),
    **CHAINS,
    STATUS: JsonSetting("other HTTP statuses for failures, by slug", {"label-store": 503}),
    **OBJECTS,
    **LISTS,
}
SIX = (INPUT, *CHAINS)
PLAIN_VARIABLES = {PREFIX + name.upper(): name for name in Plain.model_fields}
STATUS_VARIABLES = {f"STATUS_{slug.replace('-', '_').upper()}": slug for slug in BY_SLUG}
MEMBERS = {
    variable: (name, member)
    for name, setting in OBJECTS.items()
    for variable, member in setting.variables(name).items()
}
"""Variables that set one member of an object, and which."""
DECLARED = {
    **{variable: Plain.model_fields[name] for variable, name in PLAIN_VARIABLES.items()},
    **{
        variable: OBJECTS[name].declared.model_fields[member]
        for variable, (name, member) in MEMBERS.items()
    },
}
"""Variables that hold one value, and how it is declared."""
KEYS = frozenset({"ACCESS_SUBMIT", "ACCESS_REVIEW"})
SECRETS = KEYS | {name for name, each in DECLARED.items() if each.annotation is SecretStr}
"""Variables of secrets, which can be references to where these are: `${file:PATH}`."""
HOST_VARIABLES = {"PORT": f"{PREFIX}PORT", "WEB_CONCURRENCY": f"{PREFIX}WORKERS"}
"""Variables that hosts set by themselves, and the settings they stand for."""
KNOWN = (
    *PLAIN_VARIABLES,
    *JSON_SETTINGS,
    *STATUS_VARIABLES,
    *MEMBERS,
    *HOST_VARIABLES,
    sources.WHOLE,
)
