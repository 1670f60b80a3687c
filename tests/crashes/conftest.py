"""A shop whose database is a file or a database of its own, and processes that work on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from amazon_channel.gateway import client
from amazon_channel.simulator import Simulator
from tests.amazon import Shop
from tests.crashes import scale
from tests.crashes.database import own_database
from tests.crashes.processes import Launcher
from tests.factories import make_account


@pytest.fixture(autouse=True)
def pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes are forked from the tests and read pages of the same size."""
    monkeypatch.setattr(client, "ORDERS_PER_PAGE", scale.PAGE)


@pytest.fixture
def database(tmp_path: Path, transactional_db: None) -> Iterator[str]:
    """The address of a migrated database that other processes see too."""
    with own_database(tmp_path) as address:
        yield address


@pytest.fixture
def shop(amazon: Simulator, database: str) -> Shop:
    return Shop(amazon, make_account())


@pytest.fixture
def processes(tmp_path: Path) -> Launcher:
    folder = tmp_path / "logs"
    folder.mkdir()
    return Launcher(folder)
