"""What Amazon denies stays wrong until that call succeeds; a good pull of orders says nothing of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amazon_channel.models import Alert, CancellationRequest, ConnectionTest, PullState, ShipmentConfirmation
from amazon_channel.services.account_errors import retry_accounts
from amazon_channel.services.alerts import notice_alerts
from amazon_channel.services.connection_tests import ask_for_test, run_test
from amazon_channel.services.push_retries import LONGEST_DENIAL
from tests.amazon_channel import canceling
from tests.amazon_channel.shipping import counts, only_confirmation, push, ship

pytestmark = pytest.mark.django_db

WORDS = "Access to requested resource is denied."
DENIED = {"status": 403, "code": "Unauthorized", "message": WORDS}


@pytest.fixture
def denied(shop):
    """A shipment that Amazon does not let us confirm, while it lets us read orders; the order's Amazon number."""
    order_id = shop.place()
    shop.pull()
    ship(order_id)
    shop.amazon.add_fault("confirmShipment", "status", args=DENIED)
    assert counts(push(shop)) == (0, 0, 1, 0)
    return order_id


def error(shop):
    shop.account.refresh_from_db()
    return shop.account.error_code, str(shop.account.error_detail)


def allow(shop):
    shop.amazon.clear_faults()


def test_a_good_pull_does_not_end_the_alert_of_shipments_that_amazon_denies(shop, denied):
    since = shop.account.error_since
    for _ in range(2):
        notice_alerts(now=timezone.now())
        assert shop.pull().outcome == "done"

    assert error(shop) == ("access_denied", WORDS)
    assert shop.account.error_since == since
    alert = Alert.objects.get()
    assert (alert.kind, alert.ended_at) == ("account_error", None)


def test_it_ends_with_the_first_pull_after_amazon_took_them(shop, denied):
    allow(shop)

    assert counts(push(shop, at=only_confirmation().not_before)) == (1, 0, 0, 0)
    shop.pull()

    assert error(shop) == ("", "")


def test_it_ends_when_somebody_ships_in_seller_central_instead(shop, denied):
    shop.amazon.act(denied, "ship")

    shop.pull()

    assert error(shop) == ("", "")


def test_it_comes_back_after_an_outage_that_hid_it(shop, denied):
    shop.amazon.add_fault("searchOrders", "html", nth=1)
    shop.pull()
    assert error(shop)[0] == "unavailable"

    PullState.objects.update(not_before=None)
    shop.pull()

    assert error(shop) == ("access_denied", WORDS)


def test_cancellations_that_amazon_denies_are_not_forgotten_either(shop):
    order_id = shop.place()
    shop.pull()
    canceling.cancel(order_id)
    shop.amazon.add_fault("createFeedDocument", "status", args=DENIED)
    assert canceling.push(shop) == (0, 0, 0, 1)

    shop.pull()
    assert error(shop) == ("access_denied", WORDS)

    allow(shop)
    assert canceling.push_at(shop, CancellationRequest.objects.get().not_before) == (1, 0, 0, 0)
    shop.pull()
    assert error(shop) == ("", "")


def test_what_amazon_denies_is_tried_again_soon_however_long_it_lasts(shop, denied):
    for _ in range(9):
        push(shop, at=only_confirmation().not_before)

    last = only_confirmation()
    push(shop, at=last.not_before)
    assert only_confirmation().not_before - last.not_before == LONGEST_DENIAL == timedelta(minutes=5)


def test_the_first_that_amazon_takes_brings_the_others_with_it(shop, denied):
    ship_two_more(shop)
    allow(shop)
    first = ShipmentConfirmation.objects.order_by("pk").first()
    ShipmentConfirmation.objects.exclude(pk=first.pk).update(not_before=first.not_before + timedelta(minutes=4))

    assert counts(push(shop, at=first.not_before)) == (3, 0, 0, 0)


def ship_two_more(shop):
    """They are denied too."""
    for order_id in [shop.place(), shop.place()]:
        shop.pull()
        ship(order_id)
    while push(shop).error:
        pass


def test_trying_an_account_again_sends_what_was_denied(shop, denied):
    allow(shop)
    now = timezone.now()

    retry_accounts(accounts=[shop.account], now=now)

    assert only_confirmation().not_before == now
    assert counts(push(shop)) == (1, 0, 0, 0)


def test_a_connection_test_that_passes_goes_on_with_everything_at_once(shop, denied):
    """As after new credentials, which staff have just tested."""
    order_id = shop.place()
    shop.pull()
    canceling.cancel(order_id)
    CancellationRequest.objects.update(error_code="authorization_revoked", not_before=timezone.now() + timedelta(1))
    PullState.objects.update(not_before=timezone.now() + timedelta(1))
    allow(shop)
    now = timezone.now()

    ask_for_test(account=shop.account, asked_by="dana", now=now)
    run_test(account=shop.account, clock=lambda: now)

    assert ConnectionTest.objects.get().has_passed
    assert PullState.objects.get().not_before is None
    assert (only_confirmation().not_before, CancellationRequest.objects.get().not_before) == (now, now)
