"""Trying problems again: what is marked, who asked, and that no job need survive."""

import pytest

from amazon_channel.models import AmazonOrder, PullState, ShipmentConfirmation
from amazon_channel.services.outbox import send_again
from commerce_orders.models import OrderEvent, ProblemRetry
from commerce_orders.problems import source_of
from commerce_orders.services import retries
from commerce_orders.services.retries import carry_out, retry_all, retry_chosen, unfinished_retries
from commerce_orders.tasks import carry_out_unfinished_retries
from project import jobs
from tests.amazon_channel.problems import make_cancellation, make_confirmation, make_held_order, set_standing
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch):
    """Doorbells that were rung, and lost."""
    calls = []
    monkeypatch.setattr(jobs, "ring", lambda task, *ids: calls.append((task, *ids)))
    return calls


def chosen(reason, *rows):
    return retry_chosen(source=source_of(reason), reason=reason, keys=[row.pk for row in rows], actor="ada", now=NOW)


def everything(reason, **options):
    return retry_all(source=source_of(reason), reason=reason, actor="ada", now=NOW, **options)


def marked():
    return AmazonOrder.objects.filter(is_to_decide=True, read_again_at=NOW, content_hash="").count()


def test_chosen_orders_are_marked_and_the_others_left(rung):
    first, second, third = (make_held_order(content_hash="seen") for _ in range(3))

    retry = chosen("does_not_add_up", first, third)

    assert (retry.retried, retry.chosen, retry.actor, retry.finished_at) == (2, [first.pk, third.pk], "ada", NOW)
    assert marked() == 2
    second.refresh_from_db()
    assert (second.is_to_decide, second.read_again_at, second.content_hash) == (False, None, "seen")
    assert sorted(rung) == [("amazon_channel.tasks.pull_account", order.account_id) for order in (first, third)]


def test_what_is_no_problem_any_more_is_not_tried_again(rung):
    healed, other = make_amazon_order(content_hash="seen"), make_held_order("unreadable")

    retry = chosen("does_not_add_up", healed, other)

    assert (retry.retried, retry.chosen, marked(), rung) == (0, [], 0, [])


def test_a_refused_shipment_is_sent_again_once_however_often_it_is_asked_for(rung):
    confirmation = make_confirmation("rejected")

    assert chosen("shipment_refused", confirmation).retried == 1
    assert chosen("shipment_refused", confirmation).retried == 0

    confirmation.refresh_from_db()
    assert (confirmation.state, confirmation.refused_at, confirmation.error_detail) == ("waiting", None, "")
    (event,) = OrderEvent.objects.filter(reason="sent_again")
    assert event.actor == "ada"


def test_a_shipment_that_amazon_does_not_show_is_sent_again_with_its_reference(rung):
    confirmation = make_confirmation("sent", at=NOW.replace(month=10))
    confirmation.amazon_order.set_problem("shipment_not_shown", "UPS 1Z999", now=NOW)

    assert chosen("shipment_not_shown", confirmation).retried == 1

    again = ShipmentConfirmation.objects.get()
    assert (again.state, again.not_before) == ("waiting", NOW)
    assert again.package_reference_id == confirmation.package_reference_id
    assert AmazonOrder.objects.get().problem_code == ""


def test_the_orders_problem_stays_while_another_shipment_of_it_is_refused(rung):
    first = make_confirmation("rejected")
    second = make_confirmation("rejected", order=first.amazon_order)
    first.amazon_order.set_problem("shipment_refused", "No.", now=NOW)

    send_again(confirmation=first, actor="ada", now=NOW)
    assert AmazonOrder.objects.get().problem_code == "shipment_refused"

    send_again(confirmation=second, actor="ada", now=NOW)
    assert AmazonOrder.objects.get().problem_code == ""


def test_an_unanswered_cancellation_is_looked_after_at_once():
    request = make_cancellation("sent", at=NOW.replace(month=10))

    assert chosen("cancellation_unanswered", request).retried == 1

    request.refresh_from_db()
    assert (request.state, request.not_before) == ("sent", NOW)


def test_an_account_is_pulled_now_though_its_pull_was_put_off(rung):
    account = make_account()
    set_standing(account, error_code="authorization_revoked", error_since=NOW, not_before=NOW.replace(month=12))

    assert chosen("account_error", account).retried == 1

    assert PullState.objects.get().not_before is None
    tasks = ("pull_account", "push_account", "push_cancellations")
    assert rung == [(f"amazon_channel.tasks.{task}", account.pk) for task in tasks]


def test_all_of_a_reason_are_taken_in_slices_by_whoever_finds_the_row(rung, monkeypatch):
    monkeypatch.setattr(retries, "SLICE", 2)
    orders = [make_held_order() for _ in range(5)]
    make_held_order("unreadable")

    retry = everything("does_not_add_up")

    assert rung == [("commerce_orders.tasks.carry_out_retry", retry.pk)]
    assert (marked(), unfinished_retries()) == (0, [retry.pk])

    carry_out_unfinished_retries()  # the job was lost

    retry.refresh_from_db()
    assert (retry.retried, unfinished_retries()) == (5, [])
    assert retry.finished_at is not None
    assert AmazonOrder.objects.filter(is_to_decide=True).count() == len(orders)


def test_a_worker_that_dies_between_slices_is_followed_by_one_that_goes_on(rung, monkeypatch):
    monkeypatch.setattr(retries, "SLICE", 2)
    for _ in range(5):
        make_held_order()
    retry = everything("does_not_add_up")
    retries._take_slice(retry.pk, now=NOW)
    AmazonOrder.objects.update(is_to_decide=False)  # so that a second time would show

    done = carry_out(retry_id=retry.pk, now=NOW)

    assert (done.retried, AmazonOrder.objects.filter(is_to_decide=True).count()) == (5, 3)


def test_all_of_one_account_leave_the_others(rung):
    ours, theirs = make_held_order(), make_held_order()

    retry = everything("does_not_add_up", account=ours.account.reference)

    assert carry_out(retry_id=retry.pk, now=NOW).retried == 1
    theirs.refresh_from_db()
    assert theirs.is_to_decide is False


def test_a_source_that_was_taken_out_ends_its_retries():
    retry = ProblemRetry.objects.create(source="gone", reason="gone", actor="ada", requested_at=NOW)

    done = carry_out(retry_id=retry.pk, now=NOW)

    assert (done.retried, done.finished_at) == (0, NOW)


def test_a_retry_that_fails_keeps_no_other_back(rung, monkeypatch, caplog):
    make_confirmation("rejected")
    make_held_order()
    failing, other = everything("shipment_refused"), everything("does_not_add_up")
    monkeypatch.setattr(type(source_of("shipment_refused")), "retry", lambda *_args, **_options: 1 // 0)

    carry_out_unfinished_retries()

    assert unfinished_retries() == [failing.pk]
    other.refresh_from_db()
    assert other.retried == 1
    assert f"Retry {failing.pk} failed" in caplog.text


@pytest.mark.parametrize(
    ("reason", "make", "state"),
    [
        ("shipment_refused", make_confirmation, "rejected"),
        ("shipment_not_shown", make_confirmation, "sent"),
        ("cancellation_refused", make_cancellation, "refused"),
    ],
)
def test_orders_are_locked_newest_first_as_a_pull_does(rung, reason, make, state):
    """Whatever the order of their problems, or the two would wait for each other."""
    orders = [make_amazon_order() for _ in range(3)]
    for day, number in enumerate((2, 0, 1), start=1):
        make(state, order=orders[number], at=NOW.replace(month=10, day=day))
    source = source_of(reason)

    rows = list(source.rows(reason, now=NOW).order_by(source.since(reason)))

    assert source.retry(rows, reason=reason, actor="ada", now=NOW) == 3
    events = OrderEvent.objects.exclude(kind="created").order_by("id")
    assert list(events.values_list("order", flat=True)) == [order.commerce_order_id for order in orders[::-1]]
