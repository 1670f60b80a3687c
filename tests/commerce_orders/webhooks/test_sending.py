"""Deliveries that succeed, fail, wait and are given up; endpoints that fail, go and come back."""

from datetime import timedelta
from itertools import pairwise

import pytest

from commerce_orders.models import WebhookDelivery
from commerce_orders.services.webhooks import connections, sending
from commerce_orders.services.webhooks.sending import LONGEST_REST, RETRIES, send_due
from commerce_orders.tasks import sweep_webhooks
from project.jobs import OrmQ
from tests.commerce_orders.webhooks.receivers import make_endpoint, place_orders, receiving
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def send(endpoint, *, at=NOW):
    report = send_due(endpoint_id=endpoint.pk, clock=lambda: at)
    return report.delivered, report.failed


def states():
    return list(WebhookDelivery.objects.order_by("pk").values_list("state", "attempts"))


def live_through(endpoint, *, until, since=NOW):
    """Send whenever something may be sent; how often that was."""
    times, at = 0, since
    while True:
        endpoint.refresh_from_db()
        waiting = endpoint.deliveries.filter(state="waiting").order_by("not_before").first()
        if waiting is None or not endpoint.is_enabled:
            return times
        at = max(at, endpoint.not_before, waiting.not_before)
        if at > until:
            return times
        send(endpoint, at=at)
        times += 1


def test_what_is_taken_is_delivered_once(receiver):
    endpoint = make_endpoint(receiver.address)
    place_orders(20)

    assert send(endpoint) == (20, 0)
    assert send(endpoint) == (0, 0)

    assert states() == [("delivered", 1)] * 20
    assert len(set(receiver.ids)) == len(receiver.ids) == 20
    delivery = WebhookDelivery.objects.first()
    assert (delivery.response_code, delivery.error) == (200, "")
    assert (delivery.attempted_at, delivery.delivered_at) == (NOW, NOW)
    endpoint.refresh_from_db()
    assert (endpoint.sending_until, endpoint.failing_since) == (None, None)


def test_an_endpoint_gets_the_events_that_it_wants(receiver):
    endpoint = make_endpoint(receiver.address, events=("order.shipped",))
    place_orders(1)

    assert send(endpoint) == (0, 0)
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("status", [301, 302, 400, 404, 429, 500, 503])
def test_whatever_is_not_a_2xx_is_tried_again(receiver, status):
    receiver.status = status
    endpoint = make_endpoint(receiver.address)
    place_orders(1)

    assert send(endpoint) == (0, 1)

    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.response_code) == ("waiting", status)
    assert timedelta(seconds=5) <= delivery.not_before - NOW <= timedelta(seconds=5.5)
    endpoint.refresh_from_db()
    assert (endpoint.failing_since, endpoint.failures, endpoint.is_enabled) == (NOW, 1, True)


def test_a_delivery_is_tried_by_the_schedule_of_the_specification_and_then_given_up(receiver, monkeypatch):
    monkeypatch.setattr(sending, "JITTER", 0)
    receiver.status = 500
    endpoint = make_endpoint(receiver.address)
    place_orders(1)
    at, waits = NOW, []
    while (delivery := WebhookDelivery.objects.get()).state == "waiting":
        waits.append(delivery.not_before - at)
        at = delivery.not_before
        assert send(endpoint, at=at) == (0, 1)

    assert waits == [timedelta(0), *RETRIES]
    assert str(sum(RETRIES, timedelta(0))) == "3 days, 3:35:05"
    assert states() == [("failed", 10)]
    assert len(set(receiver.ids)) == 1
    assert len(receiver.ids) == 10
    assert len({message.headers["webhook-timestamp"] for message in receiver.messages}) == 10


def test_waits_differ_a_little_so_that_not_all_come_at_once(receiver):
    receiver.status = 500
    endpoint = make_endpoint(receiver.address)
    place_orders(8)

    send(endpoint)

    waits = {delivery.not_before - NOW for delivery in WebhookDelivery.objects.all()}
    assert len(waits) == 8
    assert all(timedelta(seconds=5) <= wait <= timedelta(seconds=5.5) for wait in waits)


def test_after_three_days_of_500_everything_arrives(receiver):
    receiver.status = 500
    endpoint = make_endpoint(receiver.address)
    place_orders(3)
    three_days = NOW + timedelta(days=3)
    live_through(endpoint, until=three_days)
    assert len(receiver.messages) == 3 * 9  # the tenth try is made half a day later
    endpoint.refresh_from_db()
    assert endpoint.is_enabled
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"waiting"}

    receiver.status, receiver.messages[:] = 200, []
    place_orders(2, first=4)
    live_through(endpoint, since=three_days, until=NOW + timedelta(days=4))

    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}
    assert len(set(receiver.ids)) == len(receiver.ids) == 5
    endpoint.refresh_from_db()
    assert (endpoint.failing_since, endpoint.failures) == (None, 0)


def test_while_an_endpoint_fails_one_message_tries_whether_it_still_does(receiver):
    receiver.status = 503
    endpoint = make_endpoint(receiver.address)
    place_orders(100)
    send(endpoint)
    assert len(receiver.messages) == 8
    assert send(endpoint, at=NOW + timedelta(seconds=4)) == (0, 0)

    tried = []
    for failures in range(1, 13):
        endpoint.refresh_from_db()
        assert endpoint.failures == failures
        tried.append(endpoint.not_before)
        assert send(endpoint, at=endpoint.not_before) == (0, 1)
    rests = [later - earlier for earlier, later in pairwise(tried)]
    assert rests[:3] == [timedelta(seconds=10), timedelta(seconds=20), timedelta(seconds=40)]
    assert rests[-1] == LONGEST_REST

    receiver.status, receiver.messages[:] = 200, []
    endpoint.refresh_from_db()
    assert send(endpoint, at=endpoint.not_before + LONGEST_REST) == (100, 0)
    assert len(set(receiver.ids)) == 100


def test_what_is_not_sent_any_more_once_an_endpoint_fails_was_not_attempted(receiver):
    endpoint = make_endpoint(receiver.address)
    place_orders(40)

    def fail_from_the_ninth_on(handler):
        receiver.status = 200 if len(receiver.messages) <= 8 else 500
        receiver.answer(handler)

    receiver.behave = fail_from_the_ninth_on
    assert send(endpoint) == (8, 8)

    found = sorted(WebhookDelivery.objects.values_list("state", "attempts", "claim"))
    assert len(receiver.messages) == 16
    assert [each[:2] for each in found] == [("delivered", 1)] * 8 + [("waiting", 0)] * 24 + [("waiting", 1)] * 8
    assert {claim for state, attempts, claim in found if not attempts} == {""}


def test_a_410_disables_the_endpoint(receiver):
    endpoint = make_endpoint(receiver.address)
    place_orders(10)
    receiver.status = 410

    send(endpoint)

    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.disabled_reason) == (NOW, "gone")
    assert states() == [("failed", 1)] * 8 + [("waiting", 0)] * 2
    assert send(endpoint, at=NOW + timedelta(days=1)) == (0, 0)
    place_orders(1, first=11)
    assert WebhookDelivery.objects.count() == 10


def test_an_endpoint_that_fails_for_five_days_is_disabled(receiver):
    receiver.status = 500
    endpoint = make_endpoint(receiver.address)
    place_orders(5)
    for day, delivery in enumerate(WebhookDelivery.objects.order_by("pk")):
        delivery.not_before = NOW + timedelta(days=day)
        delivery.save()

    live_through(endpoint, until=NOW + timedelta(days=5) - timedelta(seconds=1))
    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.failing_since) == (True, NOW)
    live_through(endpoint, until=NOW + timedelta(days=6))

    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "failing"
    assert timedelta(days=5) <= endpoint.disabled_at - NOW < timedelta(days=6)
    assert WebhookDelivery.objects.filter(state="waiting").exists()


def test_a_receiver_may_ask_for_a_longer_pause(receiver):
    receiver.status, receiver.headers = 503, {"Retry-After": "7200"}
    endpoint = make_endpoint(receiver.address)
    place_orders(1)

    send(endpoint)

    endpoint.refresh_from_db()
    assert endpoint.not_before == NOW + timedelta(hours=2)
    assert WebhookDelivery.objects.get().not_before == NOW + timedelta(hours=2)


def test_an_address_that_is_not_allowed_any_more_gets_nothing(receiver, settings):
    endpoint = make_endpoint(receiver.address)
    place_orders(1)
    settings.WEBHOOK_PRIVATE_HOSTS = []

    assert send(endpoint) == (0, 1)

    assert WebhookDelivery.objects.get().error == "address_not_https"
    assert receiver.messages == []


def test_a_hanging_endpoint_holds_no_other_back(receiver, monkeypatch):
    monkeypatch.setattr(connections, "TOTAL_SECONDS", 0.2)
    receiver.behave = receiver.hang
    with receiving() as well:
        hanging, other = make_endpoint(receiver.address), make_endpoint(well.address)
        place_orders(30)

        assert send(hanging) == (0, 8)
        assert send(other) == (30, 0)

    assert {delivery.error for delivery in hanging.deliveries.exclude(attempts=0)} == {"timeout"}
    assert send(hanging) == (0, 0)  # it is left alone


def test_a_slow_endpoint_gets_a_fifth_of_a_worker(receiver, monkeypatch):
    monkeypatch.setattr(sending, "SLOW", timedelta(0))
    endpoint = make_endpoint(receiver.address)
    place_orders(20)

    assert send(endpoint) == (8, 0)

    slowest = max(WebhookDelivery.objects.exclude(milliseconds=None).values_list("milliseconds", flat=True))
    endpoint.refresh_from_db()
    assert endpoint.not_before - NOW == pytest.approx(timedelta(milliseconds=4 * slowest), abs=timedelta(seconds=0.01))
    assert endpoint.failures == 0


def test_a_share_of_the_worker_ends_and_the_rest_is_rung_for(receiver, monkeypatch):
    endpoint = make_endpoint(receiver.address)
    place_orders(20)
    OrmQ.objects.all().delete()
    clock = iter(NOW + timedelta(seconds=2 * tick) for tick in range(100))

    report = send_due(endpoint_id=endpoint.pk, clock=lambda: next(clock))

    assert report.delivered == 8
    assert OrmQ.objects.count() == 1


def test_the_sweep_finds_what_no_job_tells_of(receiver, clock):
    endpoint = make_endpoint(receiver.address)
    asleep = make_endpoint(receiver.address, not_before=NOW + timedelta(hours=1))
    place_orders(1)
    OrmQ.objects.all().delete()

    sweep_webhooks()

    assert [job.args() for job in OrmQ.objects.all()] == [("commerce_orders.tasks.send_webhooks", endpoint.pk)]
    assert asleep.deliveries.count() == 1


def test_a_first_failure_is_tried_again_before_the_next_sweep(receiver):
    receiver.status = 500
    endpoint = make_endpoint(receiver.address)
    place_orders(1)
    OrmQ.objects.all().delete()

    send(endpoint)

    assert [job.args() for job in OrmQ.objects.all()] == [("commerce_orders.tasks.send_webhooks", endpoint.pk)]
