"""What happens when an owner begins? Asked, written, looked at again, and told what comes next."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from librarian import summary, terminal
from librarian.problem import ConfigError, ConfigProblem
from librarian.settings import load
from librarian.setup import asking, before, files
from librarian.setup.answers import DOCKER, HEROKU, NGINX, Answers
from librarian.setup.variables import LOOKING, Written, written

STAND_IN = {"MONGODB_URI": "mongodb://later.invalid", "S3_BUCKET": "later"}
"""What stands for an address that is still to be filled in, while the rest is checked."""
KEPT = f"{LOOKING} in .env"


def begin(
    given: Mapping[str, str], environ: Mapping[str, str], *, ask: bool, force: bool
) -> Iterator[str]:
    """Ask, write and tell, line by line. Raises ConfigError, before anything is written."""
    answers = asking.answers(given, before.told(environ), ask=ask)
    made = written(answers, before.kept(answers))
    plans = list(files.planned(answers, made))
    _allow([plan.name for plan in plans if plan.there], ask=ask, force=force)
    for plan in plans:
        plan.write()
    ignored = files.ignored()
    if ignored is not None:
        files.Planned(files.IGNORED, ignored, "").write()
    yield ""
    for plan in plans:
        yield f"wrote {plan.name:<13} {plan.what}"
    if ignored is not None:
        yield f"wrote {files.IGNORED:<13} so that .env never gets into git"
    yield from _key(made)
    yield ""
    yield from _next(answers, made)


def _allow(there: Sequence[str], *, ask: bool, force: bool) -> None:
    """Let files that are there be written over, or refuse all. Raises ConfigError."""
    if not there or force:
        return
    if ask and asking.yes(f"\n{', '.join(there)}: there already. Write over?"):
        return
    message = "is there already, so nothing was written; --force writes over it"
    raise ConfigError([ConfigProblem(name, message) for name in there])


def _key(made: Written) -> Iterator[str]:
    if made.key:
        yield ""
        yield f"key   {terminal.painted(made.key, terminal.BOLD, sys.stdout)}"
        yield "The key is shown only here: give it to those who may send."


def _desk(at: str, made: Written) -> str:
    """Say where the desk is; a key that was made now is part of the link, as browsers keep it."""
    return f"{at}/desk#key={made.review}" if made.review else f"{at}/desk (its key: {KEPT})"


def _next(answers: Answers, made: Written) -> Iterator[str]:
    """Say what to type next; `.env` is read as it will be, so that the words fit it."""
    if answers.lacking:
        yield f"Fill in      {' and '.join(answers.lacking)} in .env"
    if answers.where == DOCKER:
        yield "Begin        docker compose up --detach --build --wait"
        yield "Page         http://127.0.0.1:8080/"
        yield f"Desk         {_desk('http://127.0.0.1:8080', made)}"
        return
    if answers.where == HEROKU:
        yield "Set it       librarian secrets heroku --app APP"
        yield "Begin        git push heroku main, or the button: docs/heroku.md"
        yield f"Desk         /desk of the app (its key: {KEPT})"
        return
    yield "Look at it   librarian check --connect"
    if answers.where == NGINX:
        for server in files.TWO:
            yield f"Begin        librarian serve --port {server.rpartition(':')[2]} &"
        yield "             mkdir -p run && nginx -p . -c nginx.conf -g 'daemon off;'"
    else:
        yield "Begin        librarian serve"
    at = "http://127.0.0.1:8080" if answers.where == NGINX else "http://127.0.0.1:8000"
    lacking = {name: STAND_IN[name] for name in answers.lacking}
    settings = load(lacking, dotenv=str(Path(".env")))
    yield f"Page         {at}/"
    yield f"Desk         {_desk(at, made)}"
    yield f"Send         {summary.send(settings, at)}"
