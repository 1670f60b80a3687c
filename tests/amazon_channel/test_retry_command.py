"""``retry_problems``: what it marks, what it prints, what it refuses."""

import pytest
from django.core.management import call_command

from amazon_channel.models import AmazonOrder
from commerce_orders.models import ProblemRetry
from tests.amazon_channel.problems import make_confirmation, make_held_order
from tests.amazon_channel.test_sync_commands import run

__all__ = ["run"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_all_problems_are_tried_again(run):
    make_held_order()
    make_held_order()
    make_confirmation("rejected")

    assert run("retry_problems") == (0, {"retried": 3, "reasons": {"shipment_refused": 1, "does_not_add_up": 2}})
    assert set(ProblemRetry.objects.values_list("actor", "retried")) == {("retry_problems", 1), ("retry_problems", 2)}
    assert not ProblemRetry.objects.filter(finished_at=None).exists()


def test_reason_and_account_narrow_it(run):
    wanted = make_held_order()
    make_held_order()
    make_held_order("unreadable", account=wanted.account)

    code, document = run("retry_problems", "--reason", "does_not_add_up", "--account", str(wanted.account_id))

    assert (code, document) == (0, {"retried": 1, "reasons": {"does_not_add_up": 1}})
    assert list(AmazonOrder.objects.filter(is_to_decide=True)) == [wanted]


def test_nothing_to_do_is_done(run):
    assert run("retry_problems") == (0, {"retried": 0, "reasons": {}})
    assert not ProblemRetry.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "exit_code", "error"),
    [
        (
            ["--reason", "bad_mood"],
            2,
            ("reason_unknown", "There is no reason “bad_mood”. Choose one of: account_error,"),
        ),
        (["--account", "Nobody"], 2, ("account_unknown", "There is no account “Nobody”.")),
    ],
)
def test_what_does_not_exist_is_refused_and_nothing_is_tried_again(run, arguments, exit_code, error):
    make_held_order()

    code, document = run("retry_problems", *arguments)

    assert (code, document["error"]["code"]) == (exit_code, error[0])
    assert document["error"]["detail"].startswith(error[1])
    assert not AmazonOrder.objects.filter(is_to_decide=True).exists()


def test_people_read_lines(capsys):
    make_held_order()

    call_command("retry_problems")

    assert capsys.readouterr().out == "1 problem is tried again by the workers.\ndoes_not_add_up: 1\n"
