"""Checkpoints: nothing without FAULT_AT, a kill with it, and each name stands at one place at least."""

import ast
import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from project import checkpoints, checks
from project.checkpoints import CHECKPOINTS, Fault, checkpoint, read_fault

APPS = ("amazon_channel", "commerce_orders", "customers", "project")


def names_passed():
    for app in APPS:
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "checkpoint":
                    (argument,) = node.args
                    assert isinstance(argument, ast.Constant), path
                    yield argument.value


def test_every_checkpoint_is_passed_somewhere_and_every_one_passed_is_known():
    assert set(names_passed()) == set(CHECKPOINTS)


def test_without_fault_at_nothing_is_armed(monkeypatch):
    kills = []
    monkeypatch.setattr(os, "kill", lambda *_: kills.append(1))

    for name in CHECKPOINTS:
        checkpoint(name)

    assert (checkpoints.armed, kills) == (None, [])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", None),
        ("CP_AFTER_COMMIT", Fault("CP_AFTER_COMMIT", 1)),
        ("CP_AFTER_COMMIT:3", Fault("CP_AFTER_COMMIT", 3)),
    ],
)
def test_fault_at_names_a_checkpoint_and_a_pass(text, fault):
    assert read_fault(text) == fault


@pytest.mark.parametrize("text", ["CP_NOWHERE", "CP_AFTER_COMMIT:0", "CP_AFTER_COMMIT:x", "CP_AFTER_COMMIT:-1", ":1"])
def test_a_checkpoint_that_does_not_exist_stops_the_program_at_once(text):
    with pytest.raises(ImproperlyConfigured, match="FAULT_AT"):
        read_fault(text)


@pytest.mark.parametrize(
    ("fault_at", "lines", "code"),
    [("", "12", 0), ("CP_AFTER_COMMIT", "", -signal.SIGKILL), ("CP_AFTER_COMMIT:2", "1", -signal.SIGKILL)],
)
def test_the_process_ends_at_that_pass_and_no_handler_runs(fault_at, lines, code):
    program = """
from project.checkpoints import checkpoint
try:
    for number in "12":
        checkpoint("CP_AFTER_COMMIT")
        checkpoint("CP_PAGE_FETCHED")
        print(number, end="", flush=True)
finally:
    print("" if number == "2" else "handled")
"""
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env=os.environ | {"FAULT_AT": fault_at},
        capture_output=True,
        text=True,
    )

    assert (run.stdout.strip(), run.returncode) == (lines, code)


def test_an_armed_checkpoint_is_an_error_in_deployment(monkeypatch):
    assert checks.check_fault(None) == []

    monkeypatch.setattr(checkpoints, "armed", Fault("CP_AFTER_COMMIT"))

    (error,) = checks.check_fault(None)
    assert (error.id, error.is_serious()) == ("project.E004", True)
    assert "FAULT_AT" in error.msg
