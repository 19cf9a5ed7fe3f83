"""Does every step fit where it stands? Kinds of parts, tags of inputs, disks that do not last."""

from collections.abc import Iterator, Sequence

from librarian import privacy
from librarian.chain import Step
from librarian.component import Amends, Fetches, Finds, Undoes
from librarian.problem import ConfigProblem, nearest
from librarian.reading import Intake
from librarian.record import LABELS, Blob, Document
from librarian.settings.quota import QuotaConfig
from librarian.settings.rate import RateConfig
from librarian.settings.spool import SpoolConfig

SAID = {Blob: "files", Document: "JSON documents"}


def misfits(
    intakes: Sequence[Intake],
    *,
    label_valid: Sequence[Step],
    data_valid: Sequence[Step],
    cross_valid: Sequence[Step],
    label_act: Sequence[Step],
    data_act: Sequence[Step],
) -> Iterator[ConfigProblem]:
    """Yield every step that cannot do its work in its place."""
    for intake in intakes:
        if len({kind for way in intake.ways for kind in way.takes}) > 1:
            message = f"“{intake.tag}” cannot be a file and a JSON document by turns"
            yield ConfigProblem("INPUT_CONFIG", message)
    for step in (*label_valid, *label_act):
        if Document not in step.component.takes:
            yield ConfigProblem(step.path, f"{step.component.name} is for data, not for labels")
    for step in data_act:
        if step.component.labels_only:
            yield ConfigProblem(step.path, f"{step.component.name} is for labels, not for data")
    marks = [step for step in label_act if isinstance(step.component, Fetches)]
    if not marks or not isinstance(marks[-1].component, Finds):
        for step in (each for each in data_valid if each.component.looks_back):
            message = (
                f"{step.component.name} asks what was kept before: the last of LABEL_ACTOR_CONFIG"
                " that can be read back must be mongo or sqlite"
            )
            yield ConfigProblem(step.path, message)
    tags = {intake.tag: intake for intake in intakes}
    for step in (*data_valid, *data_act):
        if step.input and tags and step.input not in tags:
            message = f"there is no input “{step.input}”.{nearest(step.input, tags)}"
            yield ConfigProblem(f"{step.path}.input", message)
            continue
        for tag, intake in tags.items():
            kinds = {kind for way in intake.ways for kind in way.takes}
            if step.input in ("", tag) and not kinds <= step.component.takes:
                takes = " and ".join(SAID[kind] for kind in SAID if kind in step.component.takes)
                hint = "" if step.input else '; say which input it is for with "input"'
                message = f"{step.component.name} takes {takes}, which “{tag}” does not bring{hint}"
                yield ConfigProblem(step.path, message)
    for step in cross_valid:
        tag = getattr(step.component, "input", "")
        if tag and tags and tag not in tags:
            message = f"there is no input “{tag}”.{nearest(tag, tags)}"
            yield ConfigProblem(f"{step.path}.kwargs.input", message)
        for name in sorted(step.component.inputs() - set(tags) if tags else ()):
            message = f"speaks of “{name}”, which is no input.{nearest(name, (LABELS, *tags))}"
            yield ConfigProblem(step.path, message)


def closed(intakes: Sequence[Intake], data_valid: Sequence[Step]) -> Iterator[ConfigProblem]:
    """Yield the data checks that let a kind of file through whose place cannot be taken out."""
    for intake in intakes:
        steps = [s for s in data_valid if s.input in ("", intake.tag) and s.on_fail == "refuse"]
        named = [(step, step.component.accepts()) for step in steps]
        told = [(step, types) for step, types in named if types is not None]
        if not told:
            continue
        let = frozenset.intersection(*(types for _, types in told))
        if found := sorted(kind for kind in let if privacy.is_closed(kind)):
            message = (
                f"lets {', '.join(found)} through, and where such a file was made cannot be taken"
                " out of it; name other formats, or set PRIVACY_STRIP=none"
            )
            yield ConfigProblem(told[0][0].path, message)


def on_this_disk(
    actors: Sequence[Step], spool: SpoolConfig | None = None
) -> Iterator[ConfigProblem]:
    """Yield what keeps things on a disk that is emptied at each restart."""
    message = "keeps things on this host's own disk, which is emptied at each restart; {}"
    accept = "set LIBRARIAN_EPHEMERAL_DISK=accept"
    for step in actors:
        if step.component.local:
            yield ConfigProblem(step.path, message.format(f"name another store, or {accept}"))
    if spool is not None:
        said = message.format(f"go without a spool, or {accept}")
        yield ConfigProblem("SPOOL_CONFIG.directory", said)


def counted_on_this_disk(
    quotas: Sequence[QuotaConfig], rate: RateConfig | None
) -> Iterator[ConfigProblem]:
    """Yield quotas that would be forgotten at each restart."""
    if quotas and not (rate and rate.storage.get_secret_value()):
        message = (
            "is counted on this host's own disk, which is emptied at each restart; name a storage"
            " in RATE_CONFIG, or set LIBRARIAN_EPHEMERAL_DISK=accept"
        )
        yield ConfigProblem("QUOTA_CONFIG", message)


def notices(label_act: Sequence[Step], data_act: Sequence[Step]) -> Iterator[str]:
    """Yield what is allowed, but should be known: chains that store nothing, replays not told."""
    for name, steps in (("DATA_ACTOR_CONFIG", data_act), ("LABEL_ACTOR_CONFIG", label_act)):
        if not any(isinstance(step.component, Undoes) for step in steps):
            yield f"{name} stores nothing."
    marks = [step for step in label_act if isinstance(step.component, Fetches)]
    if not marks:
        yield "No label store can be read back, so a repeated request is not recognised."
    elif not isinstance(marks[-1].component, Amends):
        name = marks[-1].component.name
        yield f"{name} keeps label records as they are, so none can be approved or rejected."
