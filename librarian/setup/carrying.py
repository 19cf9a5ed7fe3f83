"""How does all of .env get to a host at once? One command each, none of it with a secret in it.

On a terminal the command is shown; where its output is a pipe, the command's own first half is
running, and what it passes on is written: what a host's program reads, nothing else.

    heroku    NAME=value, a NUL after each, for xargs (no shell looks at it)
    docker    NAME=value, a line each, for --env-file, which takes quotes for part of the value
    systemd   NAME="value", for EnvironmentFile= (systemd.exec(5))
"""

from collections.abc import Callable, Iterator, Mapping
from shlex import quote

from librarian.problem import ConfigProblem


def command(host: str, app: str, file: str) -> Iterator[str]:
    """Give what to type, and a line on what it does."""
    ours = f"librarian secrets {host}" + (f" --dotenv {quote(file)}" if file else "")
    if host == "heroku":
        yield f"{ours} | xargs -0 heroku config:set --app {quote(app or 'APP')} > /dev/null"
        yield "sets every variable of .env at Heroku, which then starts the app anew."
    elif host == "docker":
        yield f"docker run --env-file <({ours}) -p 8000:8000 data-librarian"
        yield "starts a container with every variable of .env; nothing is written to the disk."
    else:
        yield f"{ours} | sudo install -D -m 0600 /dev/stdin /etc/librarian/librarian.env"
        yield "writes every variable of .env where the units read it; only root can read it."


def misfits(host: str, variables: Mapping[str, str]) -> Iterator[ConfigProblem]:
    """Yield the values that this host's way of reading cannot carry."""
    for name, value in variables.items():
        if "\0" in value or (host == "docker" and ("\n" in value or "\r" in value)):
            yield ConfigProblem(name, f"has a line break, which {host}'s file cannot hold")


def carried(host: str, variables: Mapping[str, str]) -> str:
    """Write all variables as the host reads them."""
    return "".join(WRITTEN[host](name, value) for name, value in variables.items())


def _heroku(name: str, value: str) -> str:
    return f"{name}={value}\0"


def _docker(name: str, value: str) -> str:
    return f"{name}={value}\n"


def _systemd(name: str, value: str) -> str:
    r"""Quote as systemd.exec(5) reads it: within double quotes, \ stands before \ " ` and $."""
    for sign in '\\"`$':
        value = value.replace(sign, f"\\{sign}")
    return f'{name}="{value}"\n'


WRITTEN: dict[str, Callable[[str, str], str]] = {
    "heroku": _heroku,
    "docker": _docker,
    "systemd": _systemd,
}
HOSTS = tuple(WRITTEN)
