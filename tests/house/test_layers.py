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
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((HOME / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
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
    """A copy in which every contract is broken."""
    folder = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(HOME / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "locale"))
    shutil.copy(HOME / "pyproject.toml", folder)
    for where, what in OFFENCES.values():
        with (folder / where).open("a") as file:
            file.write(f"\n\n{what}\n")
    return folder


@pytest.fixture(scope="module")
def complaints(copied_house):
    """What the linter says of each contract that it finds broken, by its name."""
    run = lint(copied_house)
    assert run.returncode == 1
    _, _, details = run.stdout.partition("Broken contracts")
    found, name = {}, ""
    names = {contract["name"] for contract in CONTRACTS.values()}
    for line in details.splitlines():  # long names go on in a second line
        name = next((each for each in names if line and each.startswith(line.rstrip())), name)
        found[name] = f"{found.get(name, '')}{line}\n"
    return found


def lint(folder):
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=folder, capture_output=True, text=True
    )


def test_every_contract_holds():
    run = lint(HOME)

    assert run.returncode == 0, run.stdout
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in run.stdout


def test_every_contract_has_an_offence_below():
    assert sorted(OFFENCES) == sorted(CONTRACTS)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_contract_notices_a_forbidden_import(complaints, contract):
    where, what = OFFENCES[contract]
    importer = where.removesuffix(".py").replace("/", ".")
    assert f"{importer} -> {what.removeprefix('import ')}" in complaints[CONTRACTS[contract]["name"]]


def modules_of(package):
    return {
        path.stem
        for path in (HOME / package).iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    }


def test_every_module_of_project_has_its_layer():
    layers = CONTRACTS["apps"]["layers"]
    named = {name.strip().removeprefix("project.") for layer in (layers[0], layers[-1]) for name in layer.split(":")}

    assert modules_of("project") - {"migrations"} == named


def test_the_simulator_may_import_nothing_of_its_own_app():
    forbidden = {name.removeprefix("amazon_channel.") for name in CONTRACTS["simulator"]["forbidden_modules"]}

    assert modules_of("amazon_channel") - {"simulator"} <= forbidden
