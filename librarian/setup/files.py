"""Which files are written, and what stands in them? None is written over without a word.

What hosts read has one source: `Procfile`, `compose.yaml` and `deploy/nginx.conf` of the repository
are the templates, and init fits them to where they are written.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import librarian
from librarian.setup import heroku
from librarian.setup.answers import DOCKER, HEROKU, NGINX, Answers
from librarian.setup.dotenv import text
from librarian.setup.variables import Written

TEMPLATES = Path(__file__).parent / "templates"
UPSTREAM = re.compile(r"(upstream librarian \{\n)(?:        server .*\n)+")
SERVER = "        server             {} max_fails=1 fail_timeout=2s;\n"
TWO = ("127.0.0.1:8001", "127.0.0.1:8002")
CONTAINERS = ("librarian:8000",)
"""One name for all of them: nginx asks for their addresses when it begins, and at each reload."""
OWNER_ONLY, EVERYBODY = 0o600, 0o644
IGNORED = ".gitignore"


@dataclass(frozen=True, slots=True)
class Planned:
    """A file to write: its name, its text, who may read it, what it is for."""

    name: str
    content: str
    what: str
    mode: int = EVERYBODY

    @property
    def there(self) -> bool:
        """Whether something of this name is there that is not the same."""
        file = Path(self.name)
        return os.path.lexists(file) and (
            not file.is_file() or file.read_bytes() != self.content.encode()
        )

    def write(self) -> None:
        """Write it whole or not at all, readable by whom it is for from the first moment."""
        draft = Path(f"{self.name}.draft")
        draft.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(draft, flags, self.mode), "w", encoding="utf-8") as file:
            file.write(self.content)
        draft.replace(self.name)


def planned(answers: Answers, made: Written) -> Iterator[Planned]:
    """Yield what is to be written, .env first."""
    yield Planned(".env", text(made.sections), "what it takes, checks and keeps", OWNER_ONLY)
    if answers.where == HEROKU:
        yield Planned("Procfile", _template("Procfile"), "what Heroku runs")
        described = json.dumps(heroku.app_json(answers), indent=2, ensure_ascii=False)
        yield Planned("app.json", described + "\n", "what Heroku asks when an app is made of it")
    if answers.where == DOCKER:
        yield Planned("compose.yaml", _compose(), "the containers")
    if answers.where in (NGINX, DOCKER):
        servers = CONTAINERS if answers.where == DOCKER else TWO
        yield Planned("nginx.conf", nginx(servers), "nginx, before the instances")


def nginx(servers: tuple[str, ...]) -> str:
    """Give nginx's configuration before these instances, each `host:port`."""
    lines = "".join(SERVER.format(each) for each in servers)
    fitted, found = UPSTREAM.subn(lambda match: match[1] + lines, _template("nginx.conf"))
    if not found:
        raise ValueError("the template of nginx.conf names no servers")
    return fitted.replace("-c deploy/nginx.conf", "-c nginx.conf")


def ignored() -> str | None:
    """Keep .env out of git: give the new text of .gitignore where that is still to be done."""
    if not any((folder / ".git").exists() for folder in (Path.cwd(), *Path.cwd().parents)):
        return None
    file = Path(IGNORED)
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    if any(line.strip() in (".env", "/.env", "*.env", ".env*") for line in before.splitlines()):
        return None
    return before + ("" if before.endswith("\n") or not before else "\n") + ".env\n"


def _compose() -> str:
    """Fit compose.yaml to this folder: what it builds is the source that this program is of."""
    source = Path(librarian.__file__).parent.parent
    plain = _template("compose.yaml")
    if source == Path.cwd():
        return plain
    if (source / "Dockerfile").is_file():
        return plain.replace("build: .\n", f"build: {json.dumps(str(source))}\n")
    return plain.replace("    build: .\n", "")


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
