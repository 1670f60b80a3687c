"""`python -m tests.house.requirements`: whether the pinned files belong to what requirements*.in ask for; offline."""

import re
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent.parent
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def asked_for(file: Path) -> dict[str, str]:
    """Exact version, or an empty text, by name."""
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    asked = {}
    for line in lines:
        if line and not line.startswith("-"):
            match = NAME.match(line)
            assert match, line
            asked[normalised(match[0])] = line.partition("==")[2].strip()
    return asked


def pinned(file: Path) -> dict[str, str]:
    return {normalised(match[1]): match[2] for line in file.read_text().splitlines() if (match := PIN.match(line))}


def find_faults(home: Path = HOME) -> list[str]:
    faults = []
    for stem in ("requirements", "requirements-dev"):
        pins = pinned(home / f"{stem}.txt")
        for name, version in asked_for(home / f"{stem}.in").items():
            if name not in pins:
                faults.append(f"{stem}.txt does not pin {name}: run `make lock`")
            elif version and pins[name] != version:
                faults.append(f"{stem}.txt pins {name} {pins[name]}, {stem}.in asks for {version}: run `make lock`")
    common, extra = pinned(home / "requirements.txt"), pinned(home / "requirements-dev.txt")
    faults += [
        f"{name} is pinned as {common[name]} and, for development, as {extra[name]}: run `make lock`"
        for name in sorted(common.keys() & extra.keys())
        if common[name] != extra[name]
    ]
    return faults


if __name__ == "__main__":
    sys.exit("\n".join(find_faults()) or 0)
