"""Is every command of the documents run, and every configuration loaded, as it stands?"""

import itertools
import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from dotenv import dotenv_values

from librarian.cli import COMMANDS
from librarian.problem import ConfigError
from librarian.settings import load
from tests import servers
from tests.docs.blocks import BLOCKS, ROOT, Block
from tests.docs.shell import run
from tests.e2e.stack import filled

MARKS = {
    "sh": {"", "run-by", "not-run", "refused", "needs"},
    "dotenv": {"", "own"},
    "json": {"", "run-by"},
    "js": {"run-by", "not-run"},
    "python": {"run-by"},
    "toml": {""},
    "text": {"a drawing of the floors"},
    "{toctree}": {""},
    "{include}": {"../SECURITY.md"},
}
"""What may be said of a block, by its language: nothing is run, loaded or compared here."""
SHELL = [each for each in BLOCKS if each.language == "sh"]
RUN = [each for each in SHELL if each.how[0] not in ("run-by", "not-run")]
PAGES = {page: list(found) for page, found in itertools.groupby(RUN, lambda each: each.page)}
KEPT = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}
WHOLE = KEPT | {"LABEL_ACTOR_CONFIG": '[{"actor": "sqlite", "args": ["labels.sqlite"]}]'}
CHAINS = {
    "validator": ("DATA_VALID_CONFIG", "LABEL_VALID_CONFIG", "CROSS_VALID_CONFIG"),
    "actor": ("DATA_ACTOR_CONFIG", "LABEL_ACTOR_CONFIG"),
    "type": ("INPUT_CONFIG",),
}


PLACES = {
    "<url>": "localhost:27017",
    "<bucket_name>": "photos",
    "<db>": "labels",
    "sha256:…": f"sha256:{'0' * 64}",
}
"""What a reader puts into the places that are shown."""


def of(language: str) -> list[Block]:
    return [each for each in BLOCKS if each.language == language]


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_block_says_how_it_is_looked_after(block: Block) -> None:
    word, more = block.how
    assert block.language in MARKS, "a language that no test knows"
    assert word in MARKS[block.language], "neither run nor loaded: say run-by or not-run"
    if word == "run-by":
        assert (ROOT / more).exists()
    if word == "not-run":
        assert len(more) > 10, "say why"


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_every_command_is_one_that_there_is(block: Block) -> None:
    looked = subprocess.run(["bash", "-n"], input=block.text, text=True, check=False)
    assert looked.returncode == 0
    bare = re.sub(r"#.*", "", block.text)
    ours = set(re.findall(r"(?:^|[|(] *|bin/)librarian ([a-z]+)", bare, re.M))
    assert ours <= set(COMMANDS)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make ([a-z-]+)", bare, re.M):
        assert re.search(rf"^{target}:", makefile, re.M), target


@pytest.mark.parametrize("page", PAGES)
def test_every_command_works_as_it_stands(
    page: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    variables: dict[str, str] = {}
    if any(each.how == ("needs", "stores") for each in PAGES[page]):
        variables = stores(request)
    code, said = run(PAGES[page], tmp_path, variables)
    assert code == 0, said


def stores(request: pytest.FixtureRequest) -> dict[str, str]:
    """Give the configuration of 2020 with real stores in its brackets."""
    mongodb: servers.MongoServer = request.getfixturevalue("mongodb")
    s3: servers.S3Server = request.getfixturevalue("rclone")
    places = {
        "user": "",
        "pswd": "",
        "url": re.sub(r"^mongodb://([^/?]+).*", r"\1", mongodb.uri),
        "db": servers.fresh("db"),
        "col": "labels",
        "access_key": s3.access_key,
        "secret_key": s3.secret_key,
        "bucket_name": s3.new_bucket(),
    }
    return filled(places) | {"AWS_ENDPOINT_URL": s3.endpoint}


@pytest.mark.parametrize("block", [b for b in of("dotenv") if not b.said], ids=str)
def test_every_configuration_is_taken_as_it_stands(block: Block, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("made by chance " * 4)
    text = re.sub(r"\$\{file:[^}]*\}", f"${{file:{tmp_path}/secret}}", block.text)
    for shown, real in PLACES.items():
        text = text.replace(shown, real)
    (tmp_path / ".env").write_text(text)
    told = {k: v or "" for k, v in dotenv_values(tmp_path / ".env", interpolate=False).items()}
    assert len(told) == len(re.findall(r"^[A-Z]", block.text, re.M))
    named = dict.fromkeys(re.findall(r"\$\{([A-Z0-9_]+)\}", text), "mongodb://there")
    load(KEPT | named | {"WEBHOOK_SECRET": f"whsec_{'0' * 32}"} | told)


@pytest.mark.parametrize("block", [b for b in of("json") if not b.said], ids=str)
def test_every_entry_is_taken_by_a_chain(block: Block) -> None:
    entry = json.loads(block.text)
    (chains,) = (chains for word, chains in CHAINS.items() if word in entry)
    names = set(re.findall(r"\$\{([A-Z0-9_]+)\}", block.text))
    assert any(taken(chain, entry, names) for chain in chains)


def taken(chain: str, entry: dict[str, object], names: Sequence[str] | set[str]) -> bool:
    told = WHOLE | dict.fromkeys(names, f"whsec_{'0' * 32}") | {chain: json.dumps([entry])}
    try:
        load(told)
    except ConfigError as error:
        return not any(problem.path.startswith(chain) for problem in error.problems)
    return True


def test_the_entry_point_that_is_shown_is_that_of_the_example() -> None:
    (block,) = of("toml")
    package = tomllib.loads((ROOT / "examples/plugin/pyproject.toml").read_text(encoding="utf-8"))
    shown = tomllib.loads(block.text)["project"]["entry-points"]
    assert shown == package["project"]["entry-points"]


@pytest.mark.parametrize("block", of("js"), ids=str)
def test_every_script_can_be_read(block: Block) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    looked = subprocess.run(
        [node, "--input-type=module", "--check"], input=block.text, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert looked.returncode == 0, looked.stderr


def test_make_run_serves() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "run: .venv/run.stamp\n\t@$(BIN)/librarian serve $(ARGS)\n" in makefile
