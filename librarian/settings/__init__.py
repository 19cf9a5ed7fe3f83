"""What is the service told by its operator? One immutable Settings, or every fault at once."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ConfigDict, ValidationError

from librarian.chain import Step
from librarian.component import Scans
from librarian.problem import ConfigError, ConfigProblem, nearest
from librarian.reading import Intake
from librarian.settings import contrary, entries, fit, intakes, objects, places, sources
from librarian.settings.access import AccessConfig
from librarian.settings.binding import bind_chain
from librarian.settings.declared import (
    CHAINS,
    HOST_VARIABLES,
    INPUT,
    JSON_SETTINGS,
    KNOWN,
    PLAIN_VARIABLES,
    PREFIX,
    SECRETS,
    SIX,
    STATUS,
    STATUS_VARIABLES,
    Plain,
)
from librarian.settings.page import PageConfig
from librarian.settings.privacy import PrivacyConfig
from librarian.settings.quota import QuotaConfig
from librarian.settings.rate import RateConfig
from librarian.settings.spool import SpoolConfig
from librarian.stage import BY_SLUG

DEFAULT_INPUT: dict[str, Any] = {"type": ["base64", "file", "raw"], "tag": "image"}
TESTING: dict[str, Any] = {
    "DATA_ACTOR_CONFIG": [{"actor": "print"}],
    "LABEL_ACTOR_CONFIG": [{"actor": "print"}],
}
ALIKE = 0.75
"""How much of a variable's name must be as in a setting's, to be taken for a slip of the pen."""


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
    page: PageConfig = PageConfig()
    spool: SpoolConfig | None = None
    access: AccessConfig | None = None
    rate: RateConfig | None = None
    quotas: tuple[QuotaConfig, ...] = ()
    privacy: PrivacyConfig = PrivacyConfig()
    embedded: bool = False
    """Whether none of the six was set, so that the embedded default serves, and keeps things."""

    @property
    def read_back(self) -> bool:
        """Whether records can be read back, so that they can be seen and withdrawn."""
        return any(isinstance(step.component, Scans) for step in self.label_act)

    @property
    def signs(self) -> bool:
        """Whether there is a secret, told or kept, to sign with for longer than it runs."""
        return self.embedded or bool(self.secret.get_secret_value())

    @property
    def closed(self) -> bool:
        """Whether nobody may send without an access key."""
        return self.access is not None and self.access.closed


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
        is_filled=SECRETS.__contains__,
        aliases=HOST_VARIABLES,
    )
    problems = [*found.problems, *_unknown(found)]
    on_heroku = "DYNO" in found.environ
    plain = _plain(found.values, problems, on_heroku=on_heroku)
    bare = not any(name in found.given for name in SIX)
    chosen = dict(embedded(plain.get("data_dir", "librarian-data")) if bare else found.values)
    own = bare and not test
    if test:
        chosen |= TESTING
    for name in ("DATA_ACTOR_CONFIG", "LABEL_ACTOR_CONFIG"):
        if name not in chosen and name not in found.given:
            message = 'is missing: say where things are kept, or [] for "nowhere"'
            problems.append(ConfigProblem(name, message))
    readable = INPUT in chosen or INPUT not in found.given
    taken = intakes.bind(chosen.get(INPUT, DEFAULT_INPUT), problems) if readable else ()
    chains: dict[str, Any] = {
        chain.field: bind_chain(
            chain.family, chosen.get(name, []), name, options=chain.options, problems=problems
        )
        for name, chain in CHAINS.items()
    }
    told: dict[str, Any] = {
        **objects.bind(found.values, problems),
        **entries.bind(found.values, problems),
    }
    entries.twice(told["quotas"], problems)
    told["page"] = told["page"] or PageConfig()
    told["privacy"] = told["privacy"] or PrivacyConfig()
    problems += fit.misfits(taken, **chains)
    problems += contrary.of_labels(chains["label_valid"])
    problems += contrary.of_data(taken, chains["data_valid"])
    problems += places.shared(taken, label_act=chains["label_act"], data_act=chains["data_act"])
    if told["privacy"].strip != "none":
        problems += fit.closed(taken, chains["data_valid"])
    if on_heroku and plain.get("ephemeral_disk") != "accept":
        problems += fit.on_this_disk(chains["data_act"] + chains["label_act"], told["spool"])
        problems += fit.counted_on_this_disk(told["quotas"], told["rate"])
    statuses = _statuses(found.values, problems)
    if problems:
        raise ConfigError(dict.fromkeys(_first_causes(problems, found.problems)))
    return Settings(**plain, **chains, **told, intakes=taken, statuses=statuses, embedded=own)


def _first_causes(
    problems: Iterable[ConfigProblem], sourced: Sequence[ConfigProblem]
) -> Iterator[ConfigProblem]:
    """Leave out what follows from a value that could not be had, and is told of already."""
    for each in problems:
        within = (f"{each.path}.", f"{each.path}[")
        if each in sourced or not any(
            had.path == each.path or had.path.startswith(within) for had in sourced
        ):
            yield each


def _plain(
    values: Mapping[str, Any], problems: list[ConfigProblem], *, on_heroku: bool
) -> dict[str, Any]:
    """Check every plain setting; give those that are set and right."""
    names = {alias: PLAIN_VARIABLES[name] for alias, name in HOST_VARIABLES.items()}
    names |= PLAIN_VARIABLES
    given = {field: variable for variable, field in names.items() if variable in values}
    wrong = set()
    try:
        plain = Plain(**{field: values[variable] for field, variable in given.items()})
    except ValidationError as error:
        for each in error.errors(include_input=False, include_url=False):
            field = str(each["loc"][0])
            wrong.add(field)
            message = each["msg"].removeprefix("Value error, ")
            place = given[field] + objects.within(each["loc"][1:])
            problems.append(ConfigProblem(place, message[0].lower() + message[1:]))
        plain = Plain(**{f: values[variable] for f, variable in given.items() if f not in wrong})
    set_ones = {field: getattr(plain, field) for field in given if field not in wrong}
    if on_heroku and "proxy_hops" not in given:
        set_ones["proxy_hops"] = 1  # its router, which alone reaches a dyno
    if given.get("port") == "PORT" and "host" not in given:
        set_ones["host"] = "0.0.0.0"  # noqa: S104 - a host that sets PORT routes to every address
    return set_ones


def _unknown(found: sources.Sources) -> list[ConfigProblem]:
    """Find variables that are probably meant for us and that we do not know."""
    problems = []
    for name in sorted(found.given):
        if name in KNOWN or (name.startswith(f"{PREFIX}TEST_") and name not in found.ours):
            continue
        if name in found.ours or name.upper().startswith(PREFIX) or _alike(name.upper()):
            message = f"is no setting of this service.{nearest(name, KNOWN)}"
            problems.append(ConfigProblem(name, message))
    return problems


def _alike(name: str) -> bool:
    """Say whether a variable's name is a slip of the pen for a JSON setting's.

    What all of them share, `_CONFIG`, tells nothing; KUBE_CONFIG is somebody else's.
    """
    stem, _, last = name.rpartition("_")
    if not stem or not difflib.get_close_matches(last, ("CONFIG", "CFG"), cutoff=0.7):
        return False
    stems = [known.removesuffix("_CONFIG") for known in JSON_SETTINGS]
    same_words = any(set(stem.split("_")) == set(known.split("_")) for known in stems)
    return same_words or bool(difflib.get_close_matches(stem, stems, cutoff=ALIKE))


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
