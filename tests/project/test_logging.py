import logging

import pytest
from django.conf import settings

from project.logging import OneLineFormatter


def line_of(message, *arguments, error=None):
    record = logging.LogRecord("shop", logging.WARNING, "x.py", 1, message, arguments, error)
    return OneLineFormatter().format(record)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines", "two\\nlines"),
        ("\r2026-01-01 ERROR forged", "\\r2026-01-01 ERROR forged"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("right\u202eto left", "right\\u202eto left"),
        ("line\u2028separator", "line\\u2028separator"),
        ("李小龙 Zoë", "李小龙 Zoë"),
    ],
)
def test_one_event_is_one_line(text, shown):
    line = line_of("order of %s", text)

    assert line.endswith(f"WARNING shop order of {shown}")
    assert len(line.splitlines()) == 1


def test_a_traceback_is_one_line_too():
    try:
        raise ValueError("a\nb")
    except ValueError as error:
        line = line_of("failed", error=(type(error), error, error.__traceback__))

    assert len(line.splitlines()) == 1
    assert "ValueError: a\\nb" in line


@pytest.mark.parametrize("name", ["sp_api", "httpx", "httpcore"])
def test_libraries_that_print_tokens_and_buyers_are_quiet(name):
    assert settings.LOGGING["loggers"][name]["level"] == "WARNING"
    assert not logging.getLogger(name).isEnabledFor(logging.INFO)


@pytest.mark.parametrize(("status", "has_stack"), [(403, False), (500, True)])
def test_a_page_that_is_refused_is_logged_without_a_stack(status, has_stack):
    error = ValueError("refused")
    record = logging.LogRecord(
        "django.request", logging.WARNING, "x.py", 1, "%s", ("/admin/",), (ValueError, error, None)
    )
    record.status_code = status

    assert logging.getLogger("django.request").filter(record)
    assert (record.exc_info is not None) == has_stack
