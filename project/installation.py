"""Makes ``.venv`` and ``.env``. Runs before anything is installed: the standard library only.

``python -m project.installation`` does nothing, without the network and in a moment, where everything is there.
"""

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
VENV = HOME / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
ENV_FILE = HOME / ".env"
REQUIREMENTS = (HOME / "requirements.txt", HOME / "requirements-dev.txt")
# Letters and digits that nobody confuses when typing the demo's password.
PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105

ENV_TEMPLATE = """\
# Made by `make install`; see .env.example for everything that can be set here. Keep it secret, keep a copy.
SECRET_KEY={secret_key}
FIELD_ENCRYPTION_KEYS={field_key}
SERVED_OVER_HTTPS=false
DEMO_PASSWORD={demo_password}
"""


class InstallationError(Exception):
    """One sentence for the person at the keyboard."""


def main() -> int:
    try:
        require_modules()
        install_packages()
        write_env_file()
    except InstallationError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    except PermissionError as error:
        print(f"No permission to write {error.filename}: run make as the owner of {HOME}.", file=sys.stderr)  # noqa: T201
        return 1
    except OSError as error:
        print(f"Cannot write {error.filename}: {error.strerror}.", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def require_modules() -> None:
    """Debian and Ubuntu ship Python without these two."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise InstallationError(
            f"This Python has no {error.name} module: install it (Debian: apt-get install python{version}-venv) "
            "or set PYTHON to another Python."
        ) from error


def install_packages() -> None:
    wanted = wanted_stamp()
    installed = read_stamp()
    is_whole = installed is not None and installed["python"] == wanted["python"] and has_every_file()
    if is_whole and installed == wanted:
        return
    STAMP.unlink(missing_ok=True)
    if not is_whole:
        make_venv()
    say("Installing the pinned packages into .venv; this takes about a minute.")
    # The lock files are complete and hashed, so there is nothing to resolve.
    options = ["-qq", "--disable-pip-version-check", "--no-input", "--no-deps", "--no-compile", "--require-hashes"]
    run_or_refuse(
        [VENV_PYTHON, "-m", "pip", "install", *options, *(f"--requirement={path}" for path in REQUIREMENTS)],
        "The packages could not be installed; pip's reason stands above. Run the same command again to go on.",
    )
    STAMP.write_text(json.dumps(wanted))


def wanted_stamp() -> "dict[str, object]":
    return {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "requirements": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in REQUIREMENTS},
    }


def read_stamp() -> "dict[str, object] | None":
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) and "python" in stamp else None


def has_every_file() -> bool:
    """Whether nothing that pip installed has gone since; the interpreter too, which lives outside of .venv."""
    if not VENV_PYTHON.exists():
        return False
    for packages in VENV.glob("lib/python*/site-packages"):
        for record in packages.glob("*.dist-info/RECORD"):
            for line in record.read_text().splitlines():
                name = line.rsplit(",", 2)[0].strip('"')
                if not name.endswith(".pyc") and not os.path.lexists(packages / name):
                    return False
        return (packages / "django").is_dir()
    return False


def make_venv() -> None:
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        say("The .venv is not whole: making it anew.")
        shutil.rmtree(VENV)
    run_or_refuse(
        [sys.executable, "-m", "venv", VENV],
        "The virtual environment .venv could not be made; Python's reason stands above.",
    )


def write_env_file() -> None:
    """Random secrets, once. An existing file is never touched: losing its keys loses the encrypted data."""
    try:
        descriptor = os.open(ENV_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(
            ENV_TEMPLATE.format(
                secret_key=secrets.token_urlsafe(50),
                field_key=url_safe_key(),
                demo_password="-".join("".join(secrets.choice(PASSWORD_LETTERS) for _ in range(4)) for _ in range(3)),
            )
        )
    say("Wrote .env with new random keys.")


def url_safe_key() -> str:
    """32 random bytes in url-safe base64 with its padding, as FIELD_ENCRYPTION_KEYS wants them."""
    return secrets.token_urlsafe(32) + "="


def run_or_refuse(command: "Sequence[str | Path]", refusal: str) -> None:
    # Settings that would send the packages somewhere else, or demand a virtual environment before there is one.
    environment = {name: value for name, value in os.environ.items() if name not in {"PIP_TARGET", "PIP_PREFIX"}}
    environment.update({"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"})
    environment.pop("PYTHONHOME", None)
    environment.pop("PYTHONPATH", None)
    if subprocess.run(command, cwd=HOME, env=environment).returncode:  # noqa: S603  our own words only
        raise InstallationError(refusal)


def say(sentence: str) -> None:
    """On standard error: standard output may be one JSON document."""
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
