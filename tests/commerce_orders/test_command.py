"""The base of our commands, seen through the smallest of them, as a shell sees it."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandParser

from commerce_orders.command import CommandRefused, JsonCommand, Report


class Command(JsonCommand):
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, required=True)

    def report(self, *, count: int, **_options: Any) -> Report:
        if count == 0:
            raise CommandRefused("nothing", "There is nothing to count.")
        if count > 9:
            raise OverflowError("ten fingers at most")
        return Report({"count": count}, f"Counted {count}.", all_done=count > 1)


def run(*arguments: str) -> int:
    """The exit code of the command when it is run from a shell."""
    try:
        Command().run_from_argv(["manage.py", "count", *arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.mark.parametrize(
    ("arguments", "code", "document"),
    [
        (["--count", "2"], 0, {"count": 2}),
        (["--count", "1"], 1, {"count": 1}),
        (["--count", "0"], 1, {"error": {"code": "nothing", "detail": "There is nothing to count."}}),
        (
            [],
            2,
            {"error": {"code": "wrong_arguments", "detail": "the following arguments are required: --count"}},
        ),
        (
            ["--count", "x"],
            2,
            {"error": {"code": "wrong_arguments", "detail": "argument --count: invalid int value: 'x'"}},
        ),
    ],
)
@pytest.mark.django_db
def test_command_prints_one_json_document(
    arguments: list[str], code: int, document: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments, "--json") == code
    printed = capsys.readouterr()
    assert json.loads(printed.out) == document
    assert printed.out.count("\n") == 1
    assert printed.err == ""


@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        (["--count", "2"], 0, "Counted 2.\n", ""),
        (["--count", "1"], 1, "Counted 1.\n", ""),
        (["--count", "0"], 1, "", "There is nothing to count.\n"),
    ],
)
@pytest.mark.django_db
def test_command_prints_sentences(
    arguments: list[str], code: int, out: str, err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments, "--no-color") == code
    assert capsys.readouterr() == (out, err)


@pytest.mark.django_db
def test_command_with_wrong_arguments_shows_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--count", "x") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "invalid int value: 'x'" in printed.err


def test_command_that_breaks_says_so_in_json_and_raises(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(OverflowError):
        call_command(Command(), "--count", "10", "--json", "--skip-checks")
    error = json.loads(capsys.readouterr().out)["error"]
    assert error == {"code": "unexpected", "detail": "The command stopped unexpectedly; see its log."}
