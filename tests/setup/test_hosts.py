"""Will hosts take what they are given? Looked after with their own rules; nothing is built here."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from librarian.setup import asking, files, variables
from librarian.setup.__main__ import described
from tests import servers
from tests.conftest import needed

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
UNIT = ROOT / "deploy/systemd/librarian@.service"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "compose.yaml")
SERVICES: dict[str, Any] = COMPOSE["services"]


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def answered(**given: str) -> Any:
    return asking.answers(given, {}, ask=False)


def written(**given: str) -> dict[str, str]:
    """Give what init would write, by the file's name."""
    answers = answered(**given)
    return {plan.name: plan.content for plan in files.planned(answers, variables.written(answers))}


def test_hadolint_has_nothing_to_say_of_the_dockerfile() -> None:
    looked = run(str(BIN / "hadolint"), "--failure-threshold=style", "Dockerfile")
    assert (looked.returncode, looked.stdout) == (0, "")


def test_the_dockerfile_copies_what_is_there_and_may_be_seen() -> None:
    seen = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.M)
    names = {name.removeprefix("./") for line in copied for name in line.split()}
    assert {"librarian", "requirements.txt", "pyproject.toml"} <= names
    assert names == {line[1:] for line in seen if line.startswith("!")}
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_the_container_is_nobodys_root_and_says_how_it_is() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9][0-9]+:[1-9][0-9]+$", last, re.M)
    assert "requirements.txt" not in last  # nothing is installed where it runs
    (check,) = re.findall(r"^HEALTHCHECK .*\n +CMD (\[.*\])$", last, re.M)
    command = json.loads(check)
    assert "/livez" in command[-1]
    compile(command[-1], "the health check", "exec")


def test_the_packages_templates_are_the_repositorys_files() -> None:
    for name in ("Procfile", "compose.yaml", "deploy/nginx.conf"):
        template = files.TEMPLATES / Path(name).name
        assert template.read_bytes() == (ROOT / name).read_bytes()


def test_compose_yaml_keeps_to_the_compose_specification() -> None:
    command = (str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec")
    assert run(*command, "compose.yaml").returncode == 0, run(*command, "compose.yaml").stdout


def test_everything_that_compose_yaml_names_is_in_it() -> None:
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", ())) <= set(SERVICES), name
        assert set(service["networks"]) <= set(COMPOSE["networks"]), name
        volumes = {each.partition(":")[0] for each in service.get("volumes", ())}
        assert {each for each in volumes if each[0] != "."} <= set(COMPOSE["volumes"]), name
        assert ":" in service["image"] or "build" in service, name


def test_what_stands_open_has_no_rights_and_no_disk_and_stores_are_out_of_reach() -> None:
    for name in ("nginx", "librarian"):
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert [name for name, each in SERVICES.items() if "ports" in each] == ["nginx"]
    assert COMPOSE["networks"]["stores"]["internal"] is True
    inside = [each for name, each in SERVICES.items() if name not in ("nginx", "librarian")]
    assert all(each["networks"] == ["stores"] for each in inside)
    assert SERVICES["librarian"]["deploy"]["replicas"] >= 2


def test_what_init_writes_for_containers_names_the_stores_of_compose_yaml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = written(where="docker")
    assert set(found) == {".env", "compose.yaml", "nginx.conf"}
    hosts = re.search(r"^MONGODB_URI='?mongodb://([^/]+)/", found[".env"], re.M)
    assert hosts is not None
    assert set(hosts[1].split(",")) <= set(SERVICES)
    assert "AWS_ENDPOINT_URL=http://minio:9000" in found[".env"]
    used = set(re.findall(r"\$\{([A-Z0-9_]+)", found["compose.yaml"])) - {"PUBLISHED"}
    assert all(re.search(rf"^{name}=.", found[".env"], re.M) for name in used), used
    assert "server             librarian:8000 " in found["nginx.conf"]
    assert YAML(typ="safe").load(found["compose.yaml"])["services"]["librarian"]["build"] == str(
        ROOT
    )


@pytest.mark.parametrize("where", ["nginx", "docker"])
def test_nginx_takes_the_configuration_that_init_writes(where: str, tmp_path: Path) -> None:
    text = written(where=where)["nginx.conf"].replace("librarian:8000", "127.0.0.1:8000")
    (tmp_path / "run").mkdir()
    (tmp_path / "nginx.conf").write_text(text, encoding="utf-8")
    with needed(servers.installed("nginx", "nginx")) as nginx:
        looked = run(nginx, "-t", "-q", "-p", str(tmp_path), "-c", "nginx.conf")
        more = "daemon off; error_log stderr warn;"  # as compose.yaml begins it
        assert more in SERVICES["nginx"]["command"]
        again = run(nginx, "-t", "-q", "-p", str(tmp_path), "-c", "nginx.conf", "-g", more)
    assert (looked.returncode, looked.stderr) == (0, "")
    assert (again.returncode, again.stderr) == (0, "")


def test_systemd_understands_the_unit_and_lets_it_do_little(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    (command,) = re.findall(r"^ExecStart=(\S+) serve .*--port %i$", text, re.M)
    unit.write_text(text.replace(command, "/bin/true"), encoding="utf-8")
    with needed(servers.installed("systemd-analyze", "systemd")) as analyze:
        looked = run(analyze, "verify", "--man=no", str(tmp_path / "librarian@8001.service"))
        score = run(analyze, "security", "--offline=true", "--threshold=20", str(unit))
    assert (looked.returncode, looked.stderr) == (0, "")
    assert score.returncode == 0, score.stdout[-400:]  # of 100, where 0 may do nothing at all


def test_app_json_is_what_the_code_says_and_asks_for_every_secret() -> None:
    assert (ROOT / "app.json").read_text(encoding="utf-8") == described(), "run make docs"
    app = json.loads(described())
    assert set(app) <= {
        "name", "description", "keywords", "success_url", "stack", "buildpacks", "formation", "env",
    }  # fmt: skip
    assert len(app["name"]) <= 30
    assert len(app["description"]) <= 140
    for name, each in app["env"].items():
        assert each["description"], name
        assert set(each) <= {"description", "value", "required", "generator"}, name
    filled = json.dumps([each.get("value", "") for each in app["env"].values()])
    assert set(re.findall(r"\$\{([A-Z0-9_]+)\}", filled)) <= set(app["env"])
    needed_ones = {name for name, each in app["env"].items() if each.get("required")}
    assert needed_ones >= {"MONGODB_URI", "S3_BUCKET", "AWS_SECRET_ACCESS_KEY"}
    assert app["env"]["REVIEW_KEY"]["generator"] == "secret"
