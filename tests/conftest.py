"""What all tests share."""

from collections import Counter
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.utils import translation

from commerce_orders.counting import long_lists
from tests.amazon import account, amazon, running_amazon, shop
from tests.staff import clock, groups, sign_in

__all__ = ["account", "amazon", "clock", "groups", "running_amazon", "shop", "sign_in"]


def pytest_configure() -> None:
    # No test is about hashing, which is slow on purpose; the processes that tests start hash as production does.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def nobodys_language() -> Iterator[None]:
    """A request activates its reader's language for the whole thread, and the next test would inherit it."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def no_list_is_known_to_be_long() -> None:
    """The next test has a database of its own."""
    long_lists.clear()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Pages last: a browser keeps connections to the tests' database, which PostgreSQL then refuses to copy."""
    items.sort(key=lambda item: item.nodeid.startswith("tests/browser/"))


def pytest_terminal_summary(terminalreporter):
    """Say in the last lines what was not looked at in a browser, and why."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if report.nodeid.startswith("tests/browser/") and isinstance(report.longrepr, tuple)
    )
    for reason, count in reasons.items():
        terminalreporter.write_line(f"{count} browser tests were skipped: {reason}", yellow=True)
