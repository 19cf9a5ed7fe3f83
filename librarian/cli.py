"""What can be done from a terminal? Each command a few lines; Fire dispatches, flags.py reads.

Heavy imports stand inside the commands, so that `librarian describe` answers at once.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from librarian import __version__, flags
from librarian.flags import Argument, Command, Flag
from librarian.problem import ConfigError, ConfigProblem, nearest
from librarian.setup.questions import OTHERS, PRESET

if TYPE_CHECKING:
    from librarian.outcome import Done, Outcome, Word
    from librarian.progress import Progress
    from librarian.settings import Settings


def serve(**given: str) -> None:
    """Take contributions in, until it is stopped."""
    from librarian import server

    settings = _configured(given)
    if _on(given, "debug"):
        server.debug(settings)
    else:
        server.serve(settings)


def check(connect: str = "", **given: str) -> None:
    """Say what is configured, or everything that is wrong with it; nothing is served."""
    from librarian import probe, summary

    settings = _configured(given)
    _say(summary.standing(settings))
    if connect == "True":
        findings = list(probe.probe(settings))
        _say(["", *probe.told(findings, sys.stdout)])
        _say(f"Note: {note}" for note in probe.unseen(settings))
        if any(finding.reason for finding in findings):
            raise SystemExit(1)


def init(preset: str = "", **given: str) -> None:
    """Ask a few questions and write what they need: .env, and what hosts read."""
    from librarian.setup import beginning

    said = {name: value for name, value in given.items() if value and name not in ("yes", "force")}
    said |= {"preset": preset} if preset else {}
    ask = sys.stdin.isatty() and sys.stdout.isatty() and not _on(given, "yes")
    try:
        _say(beginning.begin(said, os.environ, ask=ask, force=_on(given, "force")))
    except EOFError:
        _end(130, [])


def secrets(host: str, app: str = "", dotenv: str = "") -> None:
    """Set all of .env at a host at once; on a terminal, show the command for that."""
    from librarian.settings.sources import in_file
    from librarian.setup import carrying

    if host not in carrying.HOSTS:
        known = ", ".join(carrying.HOSTS)
        message = f"librarian secrets knows no {host}; it knows {known}."
        raise flags.Misused(message + nearest(host, carrying.HOSTS))
    problems: list[ConfigProblem] = []
    variables = {name: value for name, value in in_file(dotenv, problems).items() if value}
    problems += carrying.misfits(host, variables)
    if not variables and not problems:
        problems.append(ConfigProblem(dotenv or ".env", "sets nothing; librarian init writes one"))
    if problems:
        raise ConfigError(problems)
    if sys.stdout.isatty():
        _say(carrying.command(host, app, dotenv))
    else:
        sys.stdout.write(carrying.carried(host, variables))


def reconcile(**given: str) -> None:
    """Find what label and data stores lack or have too much; --fix mends it."""
    from librarian import pipeline
    from librarian import reconcile as comparing
    from librarian.progress import Progress
    from librarian.reconcile.report import Tally

    settings = _configured(given)
    commit, progress = pipeline.build(settings).commit, Progress(sys.stderr)
    tags = [intake.tag for intake in settings.intakes]
    asked = {name: _on(given, name) for name in ("fix", "deep")}
    tally = Tally()
    try:
        look = comparing.look_at(commit, progress, tags=tags, **asked)
        for finding in comparing.run(look):
            progress.clear()
            _say([tally.add(finding)])
    except comparing.NoMark:
        message = "no label store can be read back, so there is nothing to compare with"
        raise ConfigError([ConfigProblem("LABEL_ACTOR_CONFIG", message)]) from None
    except comparing.Unreadable as error:
        progress.clear()
        _end(1, [str(error)])
    _say([*([""] if tally.found else []), *tally.table(look)])
    if not tally.clean:
        raise SystemExit(1)


def withdraw(uid: str = "", **given: str) -> None:
    """Take records back for good if --yes says so, else show which would be."""
    from librarian import pipeline, withdrawing
    from librarian.progress import Progress
    from librarian.stage import Failure, StoreError
    from librarian.uid import ALONE

    whose = {"token": given.get("token", ""), "contributor": given.get("contributor", "")}
    if sum(map(bool, (uid, *whose.values()))) != 1:
        raise flags.Misused("librarian withdraw takes a UID, or --token, or --contributor.")
    if uid and not ALONE.fullmatch(uid):
        raise flags.Misused(f"“{uid}” is no uid, which has 24 hexadecimal digits.")
    settings = _configured(given)
    service = pipeline.build(settings)
    if service.collection is None:
        message = "no label store can be read back, so there is nothing to be found"
        raise ConfigError([ConfigProblem("LABEL_ACTOR_CONFIG", message)])
    progress = Progress(sys.stderr)
    try:
        found = withdrawing.found(service, service.collection, uid=uid, **whose)
        lines = withdrawing.done if _on(given, "yes") else withdrawing.shown
        for line in lines(service.collection, found, progress):
            progress.clear()
            _say([line])
    except withdrawing.Nothing as error:
        _end(1, [str(error)])
    except (Failure, StoreError) as error:
        progress.clear()
        said = error.problems[0].message if isinstance(error, Failure) else str(error)
        _end(1, ["The stores do not answer; what is said above is done, all else is not:", said])


def stats(**given: str) -> None:
    """Count what was collected: per day, label value and state, and what was turned away."""
    import json

    from librarian import pipeline
    from librarian.contract.document import document
    from librarian.figures import terminal
    from librarian.figures.crop import Crops
    from librarian.figures.tally import Tally
    from librarian.progress import Progress
    from librarian.selection import Selection
    from librarian.stage import StoreError

    form = given.get("to") or "text"
    if form not in ("text", "json"):
        raise flags.Misused(f"--to is text or json, not “{form[:40]}”.")
    states, where = (
        [each for each in given.get(name, "").split(",") if each] for name in ("state", "where")
    )
    try:
        selection = Selection.read(states, given.get("since", ""), "", where)
    except ValueError as error:
        raise flags.Misused(f"{error}.") from None
    settings = _configured(given)
    service = pipeline.build(settings)
    if service.collection is None:
        message = "no label store can be read back, so there is nothing to be counted"
        raise ConfigError([ConfigProblem("LABEL_ACTOR_CONFIG", message)])
    tally, progress = Tally(Crops(document(settings)["box"])), Progress(sys.stderr)
    try:
        for entry in progress.over(service.collection.select(selection), "counting"):
            tally.add(entry)
        refused = service.refusals.read(selection.since)
    except StoreError as error:
        progress.clear()
        _end(1, [f"The stores do not answer: {error}"])
    if form == "text":
        _say(terminal.lines(tally, refused))
    else:
        told = [{**each._asdict(), "count": count} for each, count in refused]
        _say([json.dumps({**tally.told, "refusals": told}, indent=2, ensure_ascii=False)])


def spool(action: str, name: str = "", **given: str) -> None:
    """Say what waits in the spool, and deliver it, try it again or drop it."""
    from librarian import pipeline
    from librarian.progress import Progress
    from librarian.spool import told
    from librarian.stage import StoreError

    if action not in told.ACTIONS:
        known = ", ".join(told.ACTIONS)
        message = f"librarian spool does not {action}; it does {known}."
        raise flags.Misused(message + nearest(action, told.ACTIONS))
    if bool(name) != (action in told.NAMED):
        said = "has no NAME" if name else "needs the NAME of a record; see librarian spool list"
        raise flags.Misused(f"librarian spool {action} {said}.")
    service = pipeline.build(_configured(given))
    spool, deliverer = service.spool, service.deliverer
    if spool is None or deliverer is None:
        raise ConfigError([ConfigProblem("SPOOL_CONFIG", "is not set, so there is no spool")])
    done: dict[str, Callable[[], bool | None]] = {
        "status": lambda: _say(told.status(spool)),
        "list": lambda: _say(told.listed(spool)),
        "show": lambda: _say(told.shown(spool, name)),
        "retry": lambda: _say(told.retried(spool, name)),
        "drop": lambda: _say(told.dropped(spool, service.commit, name)),
        "drain": lambda: told.drained(spool, deliverer, Progress(sys.stderr), _say),
    }
    try:
        if done[action]() is False:
            raise SystemExit(1)
    except (told.Unknown, StoreError) as error:
        _end(1, [str(error)])


def key(action: str, review: str = "", name: str = "") -> None:
    """Make an access key, or hash one that you chose; nothing is written anywhere."""
    from librarian.access import told

    looking = review == "True"
    if action not in told.ACTIONS:
        message = f"librarian key does not {action}; it does {', '.join(told.ACTIONS)}."
        raise flags.Misused(message + nearest(action, told.ACTIONS))
    try:
        if action == "new":
            _say(told.new(name, review=looking))
        else:
            _say(told.hashed(_secret("Key: "), name, review=looking))
    except ValueError as error:
        raise flags.Misused(f"librarian key: {error}.") from None


def describe(name: str = "") -> None:
    """Explain the components that a configuration can name."""
    from librarian import catalog, foreign
    from librarian.settings.declared import FAMILIES

    try:
        _say([catalog.describe(name)])
    except KeyError:
        known = [family.name for family in FAMILIES]
        known += [made.name for family in FAMILIES for made in foreign.table(family).values()]
        message = f"There is nothing called “{name}”.{nearest(name, known)}"
        raise flags.Misused(f"{message} See librarian describe.") from None
    except foreign.Unusable as error:
        _end(1, [f"“{name}” cannot be told of: {error}."])


def schema() -> None:
    """Print the JSON Schema of the configuration, for editors and checks."""
    import json

    from librarian import catalog

    _say([json.dumps(catalog.json_schema(), indent=2, ensure_ascii=False)])


def try_out(labels: str, file: str, **given: str) -> None:
    """Run one contribution through the configured validators; nothing is stored."""
    from librarian import trial

    settings = _configured(given)
    try:
        submission = trial.submission(settings, labels, file)
    except trial.NoFile as error:
        raise flags.Misused(str(error)) from None
    lines, refused = trial.judged(settings, submission)
    _say(lines)
    if refused:
        raise SystemExit(1)


def send(url: str, files: str, **given: str) -> None:
    """Send files to a service; each is stored once, however often this is run."""
    from librarian import sending
    from librarian.progress import Progress
    from librarian.sending import labelling
    from librarian.sending.contribution import gather
    from librarian.sending.service import Unreached, at

    tries, at_once = _count("send", "tries", given), _count("send", "at_once", given)
    sender = {name: given.get(name, "") for name in ("token", "contributor", "consent")}
    try:
        service = at(url, **sender)
        labels = labelling.read(given.get("labels", ""))
        tags = sending.reach(service, tries)
        contributions = gather(flags.several(files), tags, labels)
    except labelling.Unusable as error:
        raise flags.Misused(str(error)) from None
    except Unreached as error:
        _end(1, [f"{service.url} could not be reached: {error}."])
    progress = Progress(sys.stderr)
    _ended(
        "sent",
        sending.send(service, contributions, tries=tries, at_once=at_once, progress=progress),
        progress,
    )


def _ended(done: "Done", outcomes: "Iterable[Outcome]", progress: "Progress") -> None:
    """Tell what becomes of contributions, as it becomes known; what did not go well ends as 1."""
    from librarian.outcome import summary, told

    counts: Counter[Word] = Counter()
    for outcome in outcomes:
        counts[outcome.word] += 1
        if not outcome.well:
            progress.clear()
            _say(told(outcome))
    progress.clear()
    _say([summary(done, counts)])
    if counts["refused"] or counts["failed"]:
        raise SystemExit(1)


def export(folder: str, **given: str) -> None:
    """Write what was collected into a folder that trainers load."""
    from pathlib import Path

    from librarian import exporting, pipeline
    from librarian.exporting import asked, said
    from librarian.exporting.source import source
    from librarian.progress import Progress
    from librarian.stage import StoreError

    wishes = ("split", "shard_size", "label", "state", "since", "where")
    try:
        wanted = asked.read(given.get("to", ""), **{name: given.get(name, "") for name in wishes})
        service = pipeline.build(_configured(given))
        found = source(service, wanted)
        progress, resume = Progress(sys.stderr), _on(given, "resume")
        summary = exporting.run(wanted, found, Path(folder), progress, resume=resume)
    except asked.Unusable as error:
        raise flags.Misused(str(error)) from None
    except StoreError as error:
        _end(1, [f"{error}. When the stores answer again, go on with --resume."])
    _say(said.lines(summary, Path(folder)))
    if summary.faults:
        raise SystemExit(1)


def take_in(folder: str, **given: str) -> None:
    """Take a folder in: one that was exported, or files with their labels."""
    from pathlib import Path

    from librarian import importing, pipeline
    from librarian.importing.folder import contributions
    from librarian.progress import Progress

    at_once = _count("import", "at_once", given)
    settings = _configured(given)
    tags = tuple(intake.tag for intake in settings.intakes)
    table, label = given.get("labels", ""), given.get("label", "")
    progress = Progress(sys.stderr)
    try:
        found = contributions(Path(folder), tags, table=table, label=label)
        service = pipeline.build(settings)
        outcomes = importing.run(service, found, at_once=at_once, progress=progress)
        _ended("imported", outcomes, progress)
    except importing.Unusable as error:
        progress.clear()
        raise flags.Misused(str(error)) from None


COMMANDS = {
    "init": Command(
        init,
        arguments=(Argument(PRESET.name, PRESET.word, PRESET.help, needed=False),),
        flags=(
            *(Flag(each.name, each.word, each.help) for each in OTHERS),
            Flag("yes", "", "ask nothing: take the default of whatever no flag says"),
            Flag("force", "", "write over files that are there"),
        ),
    ),
    "serve": Command(serve, flags=flags.SERVICE),
    "launch": Command(serve, flags=flags.SERVICE),
    "check": Command(
        check,
        flags=(
            Flag("connect", "", "also write, read back and remove a probe in each store"),
            *flags.SERVICE,
        ),
    ),
    "secrets": Command(
        secrets,
        arguments=(Argument("host", "HOST", "heroku, docker or systemd"),),
        flags=(
            Flag("app", "NAME", "the app at Heroku that the command is for"),
            Flag("dotenv", "FILE", "the file of variables, if it is not ./.env"),
        ),
    ),
    "reconcile": Command(
        reconcile,
        flags=(
            Flag("fix", "", "mend what can be mended; without it nothing is changed"),
            Flag("deep", "", "also read all data and compare them with their hashes"),
            *flags.SERVICE,
        ),
    ),
    "withdraw": Command(
        withdraw,
        arguments=(Argument("uid", "UID", "the record, 24 hexadecimal digits", needed=False),),
        flags=(
            Flag("token", "TOKEN", "the record of this receipt: its token, or its address"),
            Flag("contributor", "NAME", "every record that was sent under this pseudonym"),
            Flag("yes", "", "do it; without it nothing is changed"),
            *flags.SERVICE,
        ),
    ),
    "stats": Command(
        stats,
        flags=(
            Flag(
                "state",
                "STATES",
                "received, flagged, approved, rejected or not-rejected, with commas between",
                "all",
            ),
            Flag("since", "MOMENT", "what was received from then on: 2026-11-23 or a moment of it"),
            Flag("where", "LABEL=VALUE", "what has this label, with commas between several"),
            Flag("to", "FORMAT", "text for people, json for machines", "text"),
            *flags.SERVICE,
        ),
    ),
    "spool": Command(
        spool,
        arguments=(
            Argument("action", "ACTION", "status, list, show, retry, drop or drain"),
            Argument("name", "NAME", "the record to show, retry or drop", needed=False),
        ),
        flags=flags.SERVICE,
    ),
    "key": Command(
        key,
        arguments=(
            Argument("action", "ACTION", "new makes a key; hash reads one that you chose, unseen"),
        ),
        flags=(
            Flag("review", "", "for looking at what came in, not for sending"),
            Flag("name", "NAME", "what to call it in the configuration"),
        ),
    ),
    "describe": Command(
        describe,
        arguments=(
            Argument(
                "name",
                "NAME",
                "inputs, validators, xvalidators, actors, or one component's name",
                needed=False,
            ),
        ),
    ),
    "schema": Command(schema),
    "send": Command(
        send,
        arguments=(
            Argument("url", "URL", "the service's address, like http://127.0.0.1:8000"),
            Argument(
                "files",
                "FILES...",
                "the data, a contribution each; with several inputs TAG=FILE,TAG=FILE for one",
                many=True,
            ),
        ),
        flags=(
            Flag(
                "labels",
                "LABELS",
                "a JSON object for all files, or a .csv or .jsonl file in which “file” names the"
                " file and all else is labels",
            ),
            Flag("at_once", "N", "how many are under way at one time", "4"),
            Flag("tries", "N", "how often each is tried where that may help", "6"),
            Flag("token", "TOKEN", "the access key to send along; @FILE reads it from a file"),
            Flag("contributor", "NAME", "a pseudonym to send along, 8 to 64 letters and digits"),
            Flag("consent", "VERSION", "the version of the consent text that is agreed to"),
        ),
    ),
    "export": Command(
        export,
        arguments=(
            Argument("folder", "DIR", "the folder to write; it must be empty or not there"),
        ),
        flags=(
            Flag("to", "FORMAT", "imagefolder, webdataset, parquet, coco, yolo, jsonl or csv"),
            Flag(
                "state",
                "STATES",
                "received, flagged, approved, rejected, with commas between",
                "not-rejected",
            ),
            Flag("since", "MOMENT", "what was received from then on: 2026-11-23 or a moment of it"),
            Flag("where", "LABEL=VALUE", "what has this label, with commas between several"),
            Flag("split", "SHARES", "like train=0.8,val=0.1,test=0.1; without it all is train"),
            Flag("shard_size", "BYTES", "how large a shard of webdataset or parquet is", "256MiB"),
            Flag("label", "LABEL", "the label that is the class, for imagefolder, coco and yolo"),
            Flag("resume", "", "go on with an export that was interrupted"),
            *flags.SERVICE,
        ),
    ),
    "import": Command(
        take_in,
        arguments=(
            Argument("folder", "DIR", "an export, an imagefolder, WebDataset shards, or files"),
        ),
        flags=(
            Flag(
                "labels",
                "TABLE",
                "a .csv or .jsonl file in which “file” names the folder's files and all else is"
                " labels",
            ),
            Flag("label", "LABEL", "the label that the names of the pictures' folders are"),
            Flag("at_once", "N", "how many are under way at one time", "4"),
            *flags.SERVICE,
        ),
    ),
    "try": Command(
        try_out,
        arguments=(
            Argument(
                "labels", "LABELS.json", "the labels as a JSON object; - reads them from stdin"
            ),
            Argument(
                "file", "FILE", "the data; with several inputs TAG=FILE, with commas between them"
            ),
        ),
        flags=flags.SERVICE,
    ),
}


def main() -> None:
    """Run the command line of this process."""
    try:
        _dispatch(flags.accepted(COMMANDS, sys.argv[1:], f"librarian {__version__}"))
    except flags.Asked as answer:
        _say([str(answer)])
    except flags.Misused as error:
        _end(2, [str(error)])
    except ConfigError as error:
        _end(2, map(str, error.problems))
    except KeyboardInterrupt:
        _end(130, [])


def _dispatch(argv: list[str]) -> None:
    import fire
    from fire.decorators import SetParseFn

    commands = {}
    for name, command in COMMANDS.items():
        command.run.__signature__ = flags.signature(command)  # type: ignore[attr-defined]
        commands[name] = SetParseFn(str)(command.run)  # values stay text: JSON is read in sources
    fire.Fire(commands, command=argv, name="librarian")


def _configured(given: dict[str, str]) -> "Settings":
    """Read the configuration with what the flags say. Raises ConfigError."""
    from librarian import server
    from librarian.settings import load

    said = {flags.VARIABLES[n]: v for n, v in given.items() if v and n in flags.VARIABLES}
    if _on(given, "verbose"):
        said.setdefault("LIBRARIAN_LOG_LEVEL", "debug")
    settings = load(
        os.environ,
        flags=said,
        dotenv=given.get("dotenv", ""),
        json_file=given.get("json", ""),
        test=_on(given, "test"),
    )
    if _on(given, "debug") and not server.is_loopback(settings.host):
        message = "the debugger runs any code it is sent; it is served on 127.0.0.1 only"
        raise ConfigError([ConfigProblem("--debug", message)])
    return settings


def _count(command: str, name: str, given: dict[str, str]) -> int:
    """Read a flag that says how many, at least one. Raises Misused."""
    (flag,) = (each for each in COMMANDS[command].flags if each.name == name)
    said = given.get(name) or flag.default
    if not (said.isascii() and said.isdigit() and 0 < int(said) <= 1000):
        raise flags.Misused(f"{flag.spelled} is a whole number from 1 to 1000.")
    return int(said)


def _secret(prompt: str) -> str:
    """Read a line that is not shown, or from a pipe."""
    from getpass import getpass

    return getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def _on(given: dict[str, str], switch: str) -> bool:
    return given.get(switch) == "True"


def _say(lines: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _end(code: int, lines: Iterable[str]) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    raise SystemExit(code)
