"""How does a collection become a folder that a trainer loads? Listed, tied, split, written, told.

    list     every record that is meant is written down, in the order of time (listing.py, plan.py)
    split    who sent it and what it looks like ties records together (together.py); the hash of
             their key says into which split they go (split.py), their sizes into which shard
    write    piece by piece: data are read, some at one time, in order (fetching.py), and written
             by the format (formats/); a piece is done or is written anew
    tell     tables, manifest and card, the manifest last of all

Nothing is kept in memory of more than a few records, and the same input gives the same bytes.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from librarian import strictjson
from librarian.collection.entry import Entry
from librarian.exporting import assigning, card, classes, manifest, texts, writing
from librarian.exporting.asked import Asked, Unusable
from librarian.exporting.boxes import Boxes, boxes
from librarian.exporting.columns import Column, Columns
from librarian.exporting.context import Context, Input
from librarian.exporting.fetching import Read
from librarian.exporting.formats import FORMATS
from librarian.exporting.formats.format import whole
from librarian.exporting.listing import Listing
from librarian.exporting.plan import NAME, Plan, Taken
from librarian.progress import Progress
from librarian.settings import Settings

__all__ = ["Asked", "Source", "Summary", "Unusable", "run"]


@dataclass(frozen=True)
class Source:
    """What is exported: records, their data, and the configuration that took them in."""

    entries: Callable[[], Iterable[Entry]]
    """Gives the records that are meant, oldest first."""
    read: Read
    settings: Settings
    config: str
    """Which configuration this is, as records tell it."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of an export."""

    counts: dict[str, int]
    left_out: int
    """Records without a picture, where the format holds nothing else."""
    without_box: int
    faults: Sequence[tuple[str, str]]
    """Uid and sentence of each record whose data could not be had."""


def run(
    asked: Asked, source: Source, folder: Path, progress: Progress, *, resume: bool = False
) -> Summary:
    """Export; `resume` goes on where an export of the same was interrupted.

    Raises Unusable, and StoreError where a store does not answer.
    """
    try:
        FORMATS[asked.format].ready()
    except ImportError:
        message = f"{asked.format} needs pyarrow: pip install 'data-librarian[parquet]'."
        raise Unusable(message) from None
    _prepare(folder, resume=resume)
    try:
        plan = Plan(folder)
    except Taken:
        raise Unusable(f"Another process is exporting into {folder}.") from None
    with plan:
        context = _listed(asked, source, plan, folder, progress)
        if plan.said("assigned") is None:
            assigning.assign(asked, source.read, context, progress)
            context = replace(context, splits=plan.said("assigned"))
        plan.reopen()
        writing.write(asked, source.read, context, progress)
        return _tell(asked, source, context)


def _prepare(folder: Path, *, resume: bool) -> None:
    """See that the folder may be written to. Raises Unusable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise Unusable(f"{folder} cannot be a folder: {error.strerror}.") from None
    if not held or (resume and NAME in held):
        return
    if resume and manifest.NAME in held:
        raise Unusable(f"The export in {folder} is whole already; there is nothing to go on with.")
    if NAME in held:
        message = "holds an export that was interrupted; --resume goes on with it"
        raise Unusable(f"{folder} {message}.")
    raise Unusable(f"{folder} is not empty; an export wants a folder of its own.")


def _listed(asked: Asked, source: Source, plan: Plan, folder: Path, progress: Progress) -> Context:
    """List the records, or read what was listed when this export began. Raises Unusable."""
    told = {**asked.told, "form": manifest.FORM, "configuration": source.config}
    began = plan.said("asked")
    if began is not None and json.loads(strictjson.dumps(told)) != began:
        differing = [name for name in told if told[name] != began.get(name)]
        message = f"was begun with other wishes ({', '.join(differing)}); they must be the same"
        raise Unusable(f"The export in {folder} {message}.")
    new = plan.said("listed") is None
    if new:
        plan.say("asked", told)
        listing = Listing(asked.label)
        entries = progress.over(source.entries(), "listing")
        count = plan.enter(listing.bodies(entries))
        if not count:
            plan.discard()
            raise Unusable("No record is meant by that; nothing was exported.")
        if listing.imported:
            plan.sort()
        _remember(plan, listing, source, count, progress)
    context = _context(asked, source.settings, plan, folder)
    try:
        _check(asked, context)
    except Unusable:
        if new:
            plan.discard()
        raise
    return context


def _remember(plan: Plan, listing: Listing, source: Source, count: int, progress: Progress) -> None:
    intakes = source.settings.intakes
    doubtful = [each.tag for each in intakes if each.written and listing.doubtful(each.tag)]
    written = texts.written(plan, source.read, doubtful, progress)
    inputs = listing.inputs([each.tag for each in intakes], written)
    columns = listing.columns.columns([each.tag for each in inputs])
    plan.say("inputs", [[each.tag, each.kind, each.media_type] for each in inputs])
    plan.say("columns", [[c.name, c.label, c.kind, c.item] for c in columns.all])
    plan.say("words", sorted(listing.words))
    plan.say("contributors", listing.contributors)
    plan.say("listed", count)


def _context(asked: Asked, settings: Settings, plan: Plan, folder: Path) -> Context:
    columns = Columns(tuple(Column(*each) for each in plan.said("columns")))
    found: Boxes | None = boxes(settings, columns)
    return Context(
        folder=folder,
        plan=plan,
        splits=plan.said("assigned") or (),
        inputs=[Input(*each) for each in plan.said("inputs")],
        columns=columns,
        boxes=found,
        label=asked.label,
        classes=plan.said("words") if asked.label else [classes.ALL],
        contributors=plan.said("contributors"),
    )


def _check(asked: Asked, context: Context) -> None:
    """See whether the format can hold these records. Raises Unusable."""
    form, faults = FORMATS[asked.format], []
    if form.pictures and not context.picture:
        faults.append(f"{asked.format} is for pictures, and no input here holds nothing else.")
    if form.boxed and context.boxes is None:
        faults.append(
            f"{asked.format} needs a box on each picture, and no labels here are one; the validator"
            " inside says which are."
        )
    if asked.label and not form.classed:
        faults.append(f"--label is for formats with classes; {asked.format} has all labels.")
    if len(context.classes) > classes.MOST:
        message = f"has more than {classes.MOST:,} values, so it is no class"
        faults.append(f"--label: “{asked.label}” {message}.")
    if asked.label and list(context.classes) == [classes.NONE]:
        faults.append(f"--label: no record has a label “{asked.label}”.")
    if faults:
        raise Unusable("\n".join(faults))


def _tell(asked: Asked, source: Source, context: Context) -> Summary:
    """Write tables, card and manifest. The plan goes, unless something is missing."""
    form, plan, folder = FORMATS[asked.format], context.plan, context.folder
    form.finish(context)
    counted = manifest.records(asked, context)
    made = manifest.told(asked, context, source.config, counted)
    with whole(folder / card.NAME) as file:
        file.write(card.written(asked, context, made).encode())
    manifest.write(folder, made, dict(manifest.hashes(folder)))
    written = (row for split in context.splits for row in context.written(split))
    unboxed = sum(classes.drawn(context, row) is None for row in written) if form.boxed else 0
    faults = list(plan.faults())
    left_out = plan.said("listed") - sum(piece.count for piece in plan.pieces())
    if not faults:
        plan.discard()
    return Summary(counted["splits"], left_out, unboxed, faults)
