import subprocess

import pytest
from django.conf import settings

from tests.house.requirements import find_faults

HOME = settings.BASE_DIR
FOLDERS = ("amazon_channel", "commerce_orders", "customers", "project", "tests", "templates", "docs", ".ci", ".github")
MOST_LINES = 300
# Installers' own hosts: which index is used is the machine's business.
REGISTRY_HOSTS = ("pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com")


def python_files():
    for folder in FOLDERS:
        yield from (path for path in sorted((HOME / folder).rglob("*.py")) if "migrations" not in path.parts)


def test_python_files_stay_under_300_lines():
    sizes = {str(path.relative_to(HOME)): len(path.read_text().splitlines()) for path in python_files()}

    assert {name: lines for name, lines in sizes.items() if lines > MOST_LINES} == {}


def test_no_file_names_a_registry_host():
    loose = [path for path in HOME.iterdir() if path.is_file() and path.suffix in {".md", ".txt", ".in", ".toml", ""}]
    inside = [
        path
        for folder in FOLDERS
        for path in (HOME / folder).rglob("*")
        if path.suffix in {".py", ".md", ".html", ".css", ".js", ".yml", ".txt", ".json", ""} and path.is_file()
    ]
    found = {
        str(path.relative_to(HOME))
        for path in [*loose, *inside]
        if path.name != ".env" and any(host in path.read_text(errors="ignore") for host in REGISTRY_HOSTS)
    }

    assert found == set()


def test_requirements_are_pinned_as_asked_for():
    assert find_faults() == []


def test_requirements_that_drifted_are_noticed(tmp_path):
    (tmp_path / "requirements.in").write_text("Django>=5\nunfold_x==1.2  # why\nnew-one[extra]\n")
    (tmp_path / "requirements.txt").write_text("django==5.2 \\\n    --hash=sha256:0\nunfold-x==1.1\n")
    (tmp_path / "requirements-dev.in").write_text("-c requirements.txt\n")
    (tmp_path / "requirements-dev.txt").write_text("django==5.1\n")

    assert find_faults(tmp_path) == [
        "requirements.txt pins unfold-x 1.1, requirements.in asks for 1.2: run `make lock`",
        "requirements.txt does not pin new-one: run `make lock`",
        "django is pinned as 5.2 and, for development, as 5.1: run `make lock`",
    ]


@pytest.mark.parametrize("script", [".ci/run"])
def test_shell_scripts_parse(script):
    assert subprocess.run(["bash", "-n", HOME / script], capture_output=True).returncode == 0
