"""Can another package bring components, and can a bad one do no harm?"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import urllib3

from tests.conftest import needed
from tests.e2e.stack import ROOT, service

KEPT = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}
RAW = {"INPUT_CONFIG": '{"type": "raw", "tag": "sound"}', "PRIVACY_STRIP": "none"}
WRONG = {
    "no-module": ("librarian.validators", "gone", "not_there:Gone", ""),
    "raises": ("librarian.validators", "raises", "raising:Raises", "raise RuntimeError('hush')"),
    "exits": ("librarian.validators", "exits", "exiting:Exits", "raise SystemExit(3)"),
    "no-class": ("librarian.validators", "number", "number:VALUE", "VALUE = 3"),
    "other-family": (
        "librarian.actors",
        "misplaced",
        "misplaced:Misplaced",
        "from librarian.validators.size import Size as Misplaced",
    ),
    "undecorated": (
        "librarian.validators",
        "bare",
        "bare:Bare",
        (
            "from librarian.component import Validator\n"
            "from librarian.record import Blob\n"
            "class Bare(Validator[Blob]):\n    name = 'bare'"
        ),
    ),
    "misnamed": (
        "librarian.validators",
        "misnamed",
        "misnamed:Size",
        "from librarian.validators.size import Size",
    ),
    "shadow": ("librarian.validators", "size", "shadow:Size", "raise RuntimeError('loaded')"),
    "twin-a": ("librarian.validators", "twin", "twin_a:Twin", ""),
    "twin-b": ("librarian.validators", "Twin", "twin_b:Twin", ""),
    "input": ("librarian.inputs", "pigeon", "not_there:Pigeon", ""),
}
"""Packages that bring something bad: group, name, object, and what their module holds."""


def run(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder where only our package and those of the folder are found."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        **variables,
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def librarian(folder: Path, *command: str, **variables: str) -> tuple[int, str]:
    done = run(folder, "-m", "librarian", *command, **variables)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example package into a folder, as pip does, without any network."""
    source, folder = (tmp_path_factory.mktemp(name) for name in ("source", "installed"))
    shutil.copytree(ROOT / "examples/plugin", source, dirs_exist_ok=True)
    done = run(
        source, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps",
        "--no-build-isolation", "--disable-pip-version-check", "-t", str(folder), ".",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.copy(source / "test_duration.py", folder)
    return folder


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay a folder of packages that bring something bad."""
    folder = tmp_path_factory.mktemp("wrong")
    for package, (group, name, target, code) in WRONG.items():
        metadata = folder / f"{package.replace('-', '_')}-1.0.dist-info"
        metadata.mkdir()
        head = f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        (metadata / "METADATA").write_text(head)
        (metadata / "entry_points.txt").write_text(f"[{group}]\n{name} = {target}\n")
        module = target.partition(":")[0]
        if module != "not_there":
            (folder / f"{module}.py").write_text(code)
    return folder


def test_the_example_package_passes_its_own_test_where_it_is_installed(installed: Path) -> None:
    done = run(
        installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly",
        "test_duration.py",
    )  # fmt: skip
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_it_is_described_and_in_the_schema_as_foreign(installed: Path) -> None:
    code, said = librarian(installed, "describe", "duration")
    assert code == 0
    assert "Accept only WAV sounds of so many seconds." in said
    assert "from      the package librarian-sounds 1.0" in said
    assert "stands in DATA_VALID_CONFIG" in said
    assert "(From librarian-sounds 1.0.)" in librarian(installed, "describe", "validators")[1]
    schema = json.loads(librarian(installed, "schema")[1])
    duration = schema["$defs"]["validators.duration"]
    assert duration["$comment"] == "of the package librarian-sounds 1.0"
    assert set(duration["properties"]["kwargs"]["properties"]) == {"min", "max"}
    assert "$comment" not in schema["$defs"]["validators.size"]


def test_its_mistakes_are_told_as_those_of_any_other(installed: Path) -> None:
    wrong = {"validator": "duration", "kwargs": {"maxx": 3, "min": -1}}
    chain = json.dumps([wrong, {"validator": "durations"}])
    code, said = librarian(installed, "check", **KEPT, **RAW, DATA_VALID_CONFIG=chain)
    assert code == 2
    assert "DATA_VALID_CONFIG[0].kwargs.maxx: is not known; duration takes min, max. Did" in said
    assert "DATA_VALID_CONFIG[0].kwargs.min: " in said
    assert 'Did you mean "duration"?' in said


def test_a_service_takes_and_refuses_by_it(installed: Path) -> None:
    variables: Mapping[str, str] = {
        **RAW,
        "PYTHONPATH": f"{installed}{os.pathsep}{ROOT}",
        "DATA_VALID_CONFIG": '[{"validator": "duration", "kwargs": {"max": 2}}]',
        "DATA_ACTOR_CONFIG": '[{"actor": "file", "args": ["sounds"]}]',
        "LABEL_ACTOR_CONFIG": '[{"actor": "sqlite", "args": ["labels.sqlite"]}]',
    }
    sys.path.insert(0, str(installed))
    try:
        from test_duration import sound  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(installed))
    with needed(service(variables, "--workers=1")) as stack:
        assert stack.request("PUT", "/upload", body=sound(1)).status == 201
        long = stack.request("PUT", "/upload", body=sound(3))
        assert (long.status, long.json()["errors"][0]["rule"]) == (406, "max")
        assert stack.request("PUT", "/upload", body=b"%PDF-").status == 415
        metrics = urllib3.request("GET", f"{stack.url}/metrics").data.decode()
        assert 'librarian_refusals_total{rule="max",stage="data-validation"} 1.0' in metrics


@pytest.mark.parametrize(
    ("name", "package", "why"),
    [
        ("gone", "no-module 1.0", "cannot be loaded: ModuleNotFoundError"),
        ("raises", "raises 1.0", "cannot be loaded: RuntimeError"),
        ("exits", "exits 1.0", "cannot be loaded: SystemExit"),
        ("number", "no-class 1.0", "it is no Validator of librarian.component"),
        ("bare", "undecorated 1.0", "it lacks the decorator @component"),
        ("misnamed", "misnamed 1.0", "its name is not “misnamed”"),
        ("twin", "twin-a 1.0 and twin-b 1.0", "bring one each"),
    ],
)
def test_a_broken_one_is_a_mistake_of_the_configuration_with_its_package(
    wrong: Path, name: str, package: str, why: str
) -> None:
    chain = json.dumps([{"validator": name}, {"validator": "sizes"}])
    code, said = librarian(wrong, "check", **KEPT, **RAW, DATA_VALID_CONFIG=chain)
    first, second = said.splitlines()
    assert code == 2
    assert first.startswith("DATA_VALID_CONFIG[0].validator: the package")
    assert package in first
    assert why in first
    assert "hush" not in said
    assert second.startswith("DATA_VALID_CONFIG[1].validator: there is no validator “sizes”")


def test_broken_actors_and_inputs_are_told_too(wrong: Path) -> None:
    broken = {
        "INPUT_CONFIG": '{"type": "pigeon", "tag": "letter"}',
        "DATA_ACTOR_CONFIG": '[{"actor": "misplaced"}]',
        "LABEL_ACTOR_CONFIG": "[]",
    }
    code, said = librarian(wrong, "check", **broken)
    assert code == 2
    assert "INPUT_CONFIG.type: the package input 1.0 cannot be loaded" in said
    assert "DATA_ACTOR_CONFIG[0].actor: the package other-family 1.0 cannot be used" in said


def test_a_built_in_name_cannot_be_taken_and_the_taker_is_not_even_loaded(wrong: Path) -> None:
    chain = '[{"validator": "size", "kwargs": {"max": "1KiB"}}]'
    code, said = librarian(wrong, "check", **KEPT, **RAW, DATA_VALID_CONFIG=chain)
    assert code == 0, said
    code, said = librarian(wrong, "describe")
    assert code == 0
    assert "Accept only files of so many bytes." in said
    taken = "Not used: the package shadow 1.0: the name is taken by one that is built in."
    assert taken in " ".join(said.split())
    assert librarian(wrong, "schema")[0] == 0
    code, said = librarian(wrong, "describe", "raises")
    assert code == 1
    assert "raises 1.0" in said


def test_no_metadata_are_read_for_a_configuration_of_built_in_names(installed: Path) -> None:
    code = (
        "import sys\n"
        "from librarian import foreign\n"
        "from librarian.settings import load\n"
        "def no(**_): raise AssertionError('asked')\n"
        "foreign.entry_points = no\n"
        "load({})\n"
        "assert 'librarian_sounds' not in sys.modules\n"
        "print('well')"
    )
    done = run(installed, "-c", code)
    assert done.stdout == "well\n", done.stderr
