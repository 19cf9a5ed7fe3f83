"""What is the service told by its operator? One typed, immutable Settings, or every fault at once.

A value that is one thing is a field of `Plain`: the variable `LIBRARIAN_<NAME>` and the flag
`--name` follow from it. Chains and lists are JSON, one variable each, in `CONFIGS`.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from librarian import fit, sources
from librarian.actors import ACTORS
from librarian.binding import bind_chain
from librarian.chain import Step
from librarian.component import Family
from librarian.cross import CROSS
from librarian.inputs import INPUTS
from librarian.problem import ConfigError, ConfigProblem, nearest
from librarian.reading import Intake
from librarian.record import LABELS
from librarian.stage import BY_SLUG
from librarian.units import Bytes, Pixels
from librarian.validators import VALIDATORS

PREFIX = "LIBRARIAN_"
TAG = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _listed(value: object) -> object:
    return (
        [each.strip() for each in value.split(",") if each.strip()]
        if isinstance(value, str)
        else value
    )


class Plain(BaseModel):
    """Every setting that is one value; help, flags, reference and .env.example are read off it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: Annotated[str, Field(description="address to serve on; 0.0.0.0 where PORT is set")] = (
        "127.0.0.1"
    )
    port: Annotated[
        int, Field(ge=0, le=65535, description="port to serve on; PORT says it too")
    ] = 8000
    workers: Annotated[
        int, Field(ge=1, le=256, description="processes; WEB_CONCURRENCY says it too")
    ] = max(2, os.cpu_count() or 1)
    threads: Annotated[int, Field(ge=1, le=1024, description="threads of each process")] = 8
    log_level: Annotated[
        Literal["debug", "info", "warning", "error", "critical"],
        Field(description="what is logged: this and what is graver"),
    ] = "info"
    max_bytes: Annotated[
        Bytes, Field(gt=0, description="largest piece of data taken, decoded, like 25MiB")
    ] = 25 * 2**20
    max_pixels: Annotated[
        Pixels, Field(gt=0, description="largest image taken, all frames together, like 64MP")
    ] = 64_000_000
    max_frames: Annotated[int, Field(ge=1, description="most frames of an animation taken")] = 1000
    max_labels: Annotated[int, Field(ge=1, description="most labels of one contribution")] = 200
    origins: Annotated[
        tuple[str, ...],
        BeforeValidator(_listed),
        Field(description="pages that may send (CORS), with commas between; * is every page"),
    ] = ("*",)
    proxy_hops: Annotated[
        int,
        Field(ge=0, le=10, description="proxies before the service whose X-Forwarded-* is true"),
    ] = 0
    without_key: Annotated[
        Literal["new", "fingerprint"],
        Field(
            description="without a key: is each request new, or is equal content the same contribution"
        ),
    ] = "new"
    data_dir: Annotated[
        str, Field(min_length=1, description="where the embedded default keeps what comes in")
    ] = "librarian-data"
    ephemeral_disk: Annotated[
        Literal["refuse", "accept"],
        Field(description="stores on a disk that the host empties at each restart (DYNO is set)"),
    ] = "refuse"


class Settings(Plain):
    """The whole configuration, checked: plain values, inputs, chains and statuses."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    intakes: tuple[Intake, ...]
    label_valid: tuple[Step, ...] = ()
    data_valid: tuple[Step, ...] = ()
    cross_valid: tuple[Step, ...] = ()
    label_act: tuple[Step, ...] = ()
    data_act: tuple[Step, ...] = ()
    statuses: Mapping[str, int] = {}
    embedded: bool = False
    """Whether none of the six was set, so that the embedded default serves."""


@dataclass(frozen=True, slots=True)
class ChainSetting:
    """One JSON variable that holds a chain: its field in Settings, its family, what entries may say."""

    field: str
    family: Family
    options: tuple[str, ...]
    help: str


CHAINS: dict[str, ChainSetting] = {
    "LABEL_VALID_CONFIG": ChainSetting(
        "label_valid", VALIDATORS, ("on_fail",), "checks of the labels"
    ),
    "DATA_VALID_CONFIG": ChainSetting(
        "data_valid", VALIDATORS, ("input", "on_fail"), "checks of the data"
    ),
    "CROSS_VALID_CONFIG": ChainSetting(
        "cross_valid", CROSS, ("on_fail",), "checks of labels and data together"
    ),
    "DATA_ACTOR_CONFIG": ChainSetting("data_act", ACTORS, ("input",), "where the data are kept"),
    "LABEL_ACTOR_CONFIG": ChainSetting("label_act", ACTORS, (), "where the labels are kept"),
}
INPUT, STATUS = "INPUT_CONFIG", "STATUS_CONFIG"
SIX = (INPUT, *CHAINS)
JSON_SETTINGS = {
    INPUT: "what is taken in: one object, or a list of them",
    **{name: chain.help for name, chain in CHAINS.items()},
    STATUS: "other HTTP statuses for failures, by slug",
}
DEFAULT_INPUT: dict[str, Any] = {"type": ["base64", "file", "raw"], "tag": "image"}
TESTING: dict[str, Any] = {
    "DATA_ACTOR_CONFIG": [{"actor": "print"}],
    "LABEL_ACTOR_CONFIG": [{"actor": "print"}],
}
STATUS_VARIABLES = {f"STATUS_{slug.replace('-', '_').upper()}": slug for slug in BY_SLUG}
HOST_VARIABLES = {"PORT": "port", "WEB_CONCURRENCY": "workers"}
"""Variables that hosts set by themselves."""
PLAIN_VARIABLES = {PREFIX + name.upper(): name for name in Plain.model_fields}
KNOWN = (*PLAIN_VARIABLES, *JSON_SETTINGS, *STATUS_VARIABLES, sources.WHOLE)


def embedded(data_dir: str) -> dict[str, Any]:
    """Give the configuration that serves where none of the six variables is set."""
    return {
        INPUT: DEFAULT_INPUT,
        "DATA_VALID_CONFIG": [{"validator": "img"}],
        "DATA_ACTOR_CONFIG": [{"actor": "image", "args": [f"{data_dir}/images"]}],
        "LABEL_ACTOR_CONFIG": [{"actor": "sqlite", "args": [f"{data_dir}/labels.sqlite"]}],
    }


def load(
    environ: Mapping[str, str],
    *,
    flags: Mapping[str, Any] | None = None,
    dotenv: str = "",
    json_file: str = "",
    test: bool = False,
) -> Settings:
    """Read every source into Settings. Raises ConfigError with every fault found.

    `flags` is keyed by variable name, like the environment; `test` replaces both actor chains by
    one that prints.
    """
    found = sources.gather(
        environ=environ,
        flags=flags,
        dotenv=dotenv,
        json_file=json_file,
        is_json=JSON_SETTINGS.__contains__,
    )
    problems = [*found.problems, *_unknown(found.values, {**(flags or {})})]
    values = found.values
    plain = _plain(values, problems)
    bare = not any(name in values for name in SIX) and not problems
    chosen = {**(embedded(plain.get("data_dir", "librarian-data")) if bare else values)}
    if test:
        chosen |= TESTING
    for name in ("DATA_ACTOR_CONFIG", "LABEL_ACTOR_CONFIG"):
        if name not in chosen and not any(p.path.startswith(name) for p in problems):
            message = 'is missing: say where things are kept, or [] for "nowhere"'
            problems.append(ConfigProblem(name, message))
    intakes = _intakes(chosen.get(INPUT, DEFAULT_INPUT), problems)
    chains: dict[str, Any] = {
        chain.field: bind_chain(
            chain.family, chosen.get(name, []), name, options=chain.options, problems=problems
        )
        for name, chain in CHAINS.items()
    }
    problems += fit.misfits(intakes, **chains)
    if "DYNO" in found.environ and plain.get("ephemeral_disk") != "accept":
        problems += fit.on_this_disk(chains["data_act"] + chains["label_act"])
    statuses = _statuses(values, problems)
    if problems:
        raise ConfigError(dict.fromkeys(problems))
    return Settings(**plain, **chains, intakes=intakes, statuses=statuses, embedded=bare)


def _plain(values: Mapping[str, Any], problems: list[ConfigProblem]) -> dict[str, Any]:
    """Check every plain setting; give those that are set and right."""
    names = {**HOST_VARIABLES, **PLAIN_VARIABLES}
    given = {field: variable for variable, field in names.items() if values.get(variable, "") != ""}
    try:
        plain = Plain(**{field: values[variable] for field, variable in given.items()})
    except ValidationError as error:
        for each in error.errors(include_input=False, include_url=False):
            field = str(each["loc"][0])
            message = each["msg"].removeprefix("Value error, ")
            problems.append(ConfigProblem(given[field], message[0].lower() + message[1:]))
        return {}
    set_ones = {field: getattr(plain, field) for field in given}
    if given.get("port") == "PORT" and "host" not in given:
        set_ones["host"] = "0.0.0.0"  # noqa: S104 - a host that sets PORT routes to every address
    return set_ones


def _unknown(values: Mapping[str, Any], flags: Mapping[str, Any]) -> list[ConfigProblem]:
    """Find variables that are probably meant for us and that we do not know."""
    problems = []
    for name in values:
        if name in KNOWN or name.startswith(f"{PREFIX}TEST_"):
            continue
        hint = nearest(name, KNOWN)
        alike = name.endswith("_CONFIG") and _alike(name)
        if name in flags or name.startswith(PREFIX) or alike:
            problems.append(ConfigProblem(name, f"is no setting of this service.{hint}"))
    return problems


def _alike(name: str) -> bool:
    words = set(name.split("_"))
    return any(len(words & set(known.split("_"))) >= 2 for known in JSON_SETTINGS) or bool(
        nearest(name, JSON_SETTINGS)
    )


def _intakes(value: Any, problems: list[ConfigProblem]) -> tuple[Intake, ...]:
    """Read INPUT_CONFIG: one object or a list of them."""
    alone = isinstance(value, dict)
    entries = [value] if alone else value
    if not isinstance(entries, list) or not entries:
        problems.append(ConfigProblem(INPUT, "must be a JSON object, or a list of them"))
        return ()
    intakes: list[Intake] = []
    for index, entry in enumerate(entries):
        path = INPUT if alone else f"{INPUT}[{index}]"
        intake = _intake(entry, path, problems)
        if intake is None:
            continue
        if any(intake.tag == other.tag for other in intakes):
            problems.append(ConfigProblem(f"{path}.tag", f"“{intake.tag}” is there twice"))
        intakes.append(intake)
    return tuple(intakes)


def _intake(entry: Any, path: str, problems: list[ConfigProblem]) -> Intake | None:
    allowed = ("type", "tag", "required")
    if not isinstance(entry, dict):
        problems.append(
            ConfigProblem(path, 'must be an object like {"type": "base64", "tag": "image"}')
        )
        return None
    found = len(problems)
    for key in entry:
        if key not in allowed:
            message = f"is not known here; an input has {', '.join(allowed)}."
            problems.append(ConfigProblem(f"{path}.{key}", message + nearest(key, allowed)))
    tag, required = entry.get("tag"), entry.get("required", True)
    if not isinstance(tag, str) or not TAG.fullmatch(tag) or tag == LABELS:
        message = f'must be a name of letters, digits, _ and - (not "{LABELS}"), like "image"'
        problems.append(ConfigProblem(f"{path}.tag", message))
    if not isinstance(required, bool):
        problems.append(ConfigProblem(f"{path}.required", "must be true or false"))
    kinds = entry.get("type")
    names = [kinds] if isinstance(kinds, str) else kinds
    known = ", ".join(INPUTS.table)
    if not isinstance(names, list) or not names:
        problems.append(ConfigProblem(f"{path}.type", f"must be one or a list of {known}"))
        return None
    ways = []
    for name in names:
        made = INPUTS.find(name) if isinstance(name, str) else None
        if made is None:
            hint = nearest(str(name), INPUTS.table)
            problems.append(
                ConfigProblem(f"{path}.type", f"must be one or a list of {known}.{hint}")
            )
        else:
            ways.append(made())
    return None if len(problems) > found else Intake(str(tag), tuple(ways), bool(required))


def _statuses(values: Mapping[str, Any], problems: list[ConfigProblem]) -> dict[str, int]:
    """Read STATUS_CONFIG and its members set one by one (STATUS_DATA_STORE=503)."""
    whole = values.get(STATUS, {})
    if not isinstance(whole, dict):
        problems.append(ConfigProblem(STATUS, "must be a JSON object of slug to status"))
        whole = {}
    given = {f"{STATUS}.{slug}": (slug, status) for slug, status in whole.items()}
    given |= {
        name: (slug, values[name]) for name, slug in STATUS_VARIABLES.items() if name in values
    }
    statuses = {}
    for path, (slug, status) in given.items():
        if slug not in BY_SLUG:
            message = f"there is no failure “{slug}”.{nearest(slug, BY_SLUG)}"
            problems.append(ConfigProblem(path, message))
        elif not re.fullmatch(r"[45][0-9]{2}", str(status)):
            problems.append(ConfigProblem(path, "must be an HTTP status from 400 to 599"))
        else:
            statuses[slug] = int(status)
    return statuses
