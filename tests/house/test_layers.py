"""Each contract of import-linter holds, and would notice."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

HOME: Path = settings.BASE_DIR
PACKAGES = ("project", "customers", "commerce_orders", "amazon_channel")
CONTRACTS = [
    contract["id"]
    for contract in tomllib.loads((HOME / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
]
# A forbidden import for each contract: where, and what.
OFFENCES = {
    "apps": ("commerce_orders/services/intake.py", "import amazon_channel.models"),
    "customers": ("customers/models.py", "import customers.services.customers"),
    "commerce_orders": ("commerce_orders/models/orders.py", "import commerce_orders.services.intake"),
    "amazon_channel": ("amazon_channel/services/store.py", "import amazon_channel.tasks"),
    "sp_api": ("amazon_channel/services/pull.py", "import sp_api"),
    "django_q": ("customers/tasks.py", "import django_q"),
    "simulator": ("amazon_channel/simulator/orders.py", "import django"),
    "simulator_users": ("amazon_channel/services/accounts.py", "import amazon_channel.simulator"),
}


@pytest.fixture(scope="module")
def copied_house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(HOME / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "locale"))
    shutil.copy(HOME / "pyproject.toml", folder)
    return folder


def lint(folder, *contracts):
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", *(f"--contract={name}" for name in contracts)],
        cwd=folder,
        capture_output=True,
        text=True,
    )


def test_every_contract_holds(copied_house):
    run = lint(copied_house)

    assert run.returncode == 0, run.stdout
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in run.stdout


def test_every_contract_has_an_offence_below():
    assert sorted(OFFENCES) == sorted(CONTRACTS)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_contract_notices_a_forbidden_import(copied_house, contract):
    where, what = OFFENCES[contract]
    file = copied_house / where
    innocent = file.read_text()
    file.write_text(f"{innocent}\n\n{what}\n")
    try:
        run = lint(copied_house, contract)
    finally:
        file.write_text(innocent)

    assert run.returncode == 1
    assert "Contracts: 0 kept, 1 broken." in run.stdout


def modules_of(package):
    return {
        path.stem
        for path in (HOME / package).iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    }


def contract_of(name):
    contracts = tomllib.loads((HOME / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["id"] == name)


def test_every_module_of_project_has_its_layer():
    layers = contract_of("apps")["layers"]
    named = {name.strip().removeprefix("project.") for layer in (layers[0], layers[-1]) for name in layer.split(":")}

    assert modules_of("project") - {"migrations"} == named


def test_the_simulator_may_import_nothing_of_its_own_app():
    forbidden = {name.removeprefix("amazon_channel.") for name in contract_of("simulator")["forbidden_modules"]}

    assert modules_of("amazon_channel") - {"simulator"} <= forbidden
