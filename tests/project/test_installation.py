import json
import os
import stat
import subprocess
import sys

import environ
import pytest
from django.conf import settings

from project import environment, installation


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty folder in the place of the checkout."""
    monkeypatch.setattr(installation, "HOME", tmp_path)
    monkeypatch.setattr(installation, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(installation, "VENV_PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(installation, "STAMP", tmp_path / ".venv" / "installed.json")
    monkeypatch.setattr(installation, "ENV_FILE", tmp_path / ".env")
    return tmp_path


@pytest.fixture
def venv(home):
    """What is left of an installation that pip finished."""
    packages = home / ".venv" / "lib" / "python3.11" / "site-packages"
    (packages / "django").mkdir(parents=True)
    (packages / "django" / "__init__.py").touch()
    (packages / "django-5.2.dist-info").mkdir()
    (packages / "django-5.2.dist-info" / "RECORD").write_text(
        'django/__init__.py,sha256=x,0\ndjango/__pycache__/__init__.cpython-311.pyc,,\n"../../../bin/tool",sha256=y,1\n'
    )
    (home / ".venv" / "bin").mkdir()
    (home / ".venv" / "bin" / "tool").touch()
    (home / ".venv" / "bin" / "python").symlink_to(sys.executable)
    return home / ".venv"


def test_the_env_file_has_random_keys_that_the_settings_can_read(home, monkeypatch):
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "SERVED_OVER_HTTPS", "DEMO_PASSWORD"):
        monkeypatch.delenv(name, raising=False)

    installation.write_env_file()

    environ.Env.read_env(str(home / ".env"))
    assert len(environment.read_secret("SECRET_KEY")) >= 50
    assert len(environment.read_keys("FIELD_ENCRYPTION_KEYS")) == 1
    assert environment.read_boolean("SERVED_OVER_HTTPS", default=True) is False
    assert len(os.environ["DEMO_PASSWORD"]) == 14
    assert stat.S_IMODE((home / ".env").stat().st_mode) == 0o600
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "SERVED_OVER_HTTPS", "DEMO_PASSWORD"):
        del os.environ[name]


def test_no_two_env_files_are_alike(home):
    installation.write_env_file()
    first = (home / ".env").read_text()
    (home / ".env").unlink()
    installation.write_env_file()

    assert not set(first.splitlines()[1:3]) & set((home / ".env").read_text().splitlines()[1:3])


def test_an_env_file_is_never_overwritten(home):
    (home / ".env").write_text("SECRET_KEY=mine\n")

    installation.write_env_file()

    assert (home / ".env").read_text() == "SECRET_KEY=mine\n"


def test_a_whole_installation_is_recognised(venv):
    assert installation.has_every_file()


@pytest.mark.parametrize("missing", ["bin/python", "bin/tool", "lib/python3.11/site-packages/django/__init__.py"])
def test_a_broken_installation_is_recognised(venv, missing):
    (venv / missing).unlink()

    assert not installation.has_every_file()


def test_an_interpreter_that_has_gone_is_recognised(venv):
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to(venv / "gone")

    assert not installation.has_every_file()


def test_nothing_at_all_is_not_whole(home):
    assert not installation.has_every_file()


@pytest.mark.parametrize("stamp", ["", "[]", "{}", '{"requirements": {}}'])
def test_a_stamp_that_cannot_be_read_counts_as_none(venv, stamp):
    installation.STAMP.write_text(stamp)

    assert installation.read_stamp() is None


def test_a_whole_installation_of_the_same_files_is_left_alone(venv, monkeypatch):
    monkeypatch.setattr(installation, "run_or_refuse", lambda *_: pytest.fail("ran something"))
    installation.STAMP.write_text(json.dumps(installation.wanted_stamp()))

    installation.install_packages()

    assert installation.has_every_file()


def test_a_failed_installation_is_one_sentence_and_leaves_no_stamp(venv, capsys, monkeypatch):
    monkeypatch.setattr(installation, "REQUIREMENTS", (venv / "no-such-file.txt",))
    (venv / "no-such-file.txt").write_text("no such requirement ==\n")
    (venv / "installed.json").write_text(json.dumps(installation.wanted_stamp() | {"requirements": {}}))

    assert installation.main() == 1

    assert capsys.readouterr().err.splitlines()[-1].startswith("The packages could not be installed;")
    assert installation.read_stamp() is None
    assert not (venv.parent / ".env").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(home, capsys, monkeypatch):
    monkeypatch.setattr(installation, "install_packages", lambda: None)
    monkeypatch.setattr(installation, "ENV_FILE", home / "a-file" / ".env")
    (home / "a-file").touch()

    assert installation.main() == 1

    assert capsys.readouterr().err == f"Cannot write {home}/a-file/.env: Not a directory.\n"


def test_a_python_without_venv_is_one_sentence(home, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    assert installation.main() == 1

    sentence = capsys.readouterr().err
    assert sentence.startswith("This Python has no ensurepip module: install it (Debian: apt-get install python3.")
    assert sentence.count("\n") == 1


@pytest.mark.parametrize("python", ["", "/no/such/python", "/bin/false"])
def test_make_says_in_one_sentence_that_a_python_is_no_good(python):
    # As from a shell, though these tests may run under make themselves.
    outside = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    run = subprocess.run(
        ["make", "install", f"PYTHON={python}"], cwd=settings.BASE_DIR, capture_output=True, text=True, env=outside
    )

    assert run.returncode == 2
    assert run.stdout == ""
    sentence, end = run.stderr.splitlines()
    assert sentence.startswith("Python 3.11 or newer is needed")
    assert end.startswith("make: ***")
