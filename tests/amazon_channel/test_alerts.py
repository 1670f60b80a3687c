"""Alerts: one row and one mail an incident, one mail when it is over, whoever looks and however often."""

from datetime import timedelta
from smtplib import SMTPException

import pytest
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from amazon_channel.models import Alert, PullState, SellerAccount
from amazon_channel.services.account_errors import clear_error
from amazon_channel.services.alerts import CLAIM, mail_alerts, notice_alerts, recipients
from tests.amazon_channel.problems import make_confirmation, set_standing
from tests.factories import NOW, make_account, make_amazon_order

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def told(settings):
    settings.ALERT_EMAILS = ["ops@example.com", "desk@example.com"]
    settings.SITE_URL = "https://orders.example.com"


@pytest.fixture
def revoked():
    account = make_account(name="Northwind")
    set_standing(account, error_code="authorization_revoked", error_detail="invalid_grant: no", error_since=NOW)
    return account


def look(at=NOW):
    notice_alerts(now=at)
    return mail_alerts(clock=lambda: at)


def test_a_revoked_token_is_told_once_with_what_to_do(revoked):
    assert [look(NOW + minute * MINUTE) for minute in (1, 2, 3)] == [1, 0, 0]

    (message,) = mail.outbox
    assert message.to == ["ops@example.com", "desk@example.com"]
    assert message.subject == "Amazon orders need attention: Calls to Amazon fail for an account"
    assert message.body == (
        "Calls to Amazon fail for an account: Northwind\n"
        "Since 2026-11-20 12:00 UTC.\n"
        "Amazon says: invalid_grant: no\n"
        "What to do: The seller's authorization has ended. Authorize the application again in Seller Central and enter "
        "the new refresh token on the account's page.\n"
        f"https://orders.example.com/admin/amazon_channel/selleraccount/{revoked.pk}/change/\n\n"
        "All problems: https://orders.example.com/admin/problems/\n"
    )
    assert Alert.objects.get().mailed_at == NOW + MINUTE


def test_when_it_is_over_that_is_told_once_too(revoked):
    look()
    clear_error(revoked, now=NOW)
    PullState.objects.update(succeeded_at=NOW, cursor=NOW)

    assert [look(NOW + minute * MINUTE) for minute in (1, 2)] == [1, 0]

    assert mail.outbox[1].subject == "Resolved: Calls to Amazon fail for an account"
    assert "From 2026-11-20 12:00 to 2026-11-20 12:01 UTC." in mail.outbox[1].body
    assert Alert.objects.get().ended_at == NOW + MINUTE


def test_a_second_incident_is_a_second_alert(revoked):
    look()
    set_standing(revoked, error_code="", error_since=None, succeeded_at=NOW, cursor=NOW)
    look(NOW + MINUTE)
    set_standing(revoked, error_code="access_denied", error_since=NOW + 2 * MINUTE)
    look(NOW + 2 * MINUTE)

    assert Alert.objects.count() == 2
    assert [message.subject.partition(":")[0] for message in mail.outbox] == [
        "Amazon orders need attention",
        "Resolved",
        "Amazon orders need attention",
    ]


def test_many_incidents_are_one_mail():
    for _ in range(3):
        make_account()

    assert look(NOW + 15 * MINUTE) == 1

    assert (
        mail.outbox[0].subject
        == "Amazon orders need attention: Orders of an account are no longer being pulled and 2 more"
    )
    assert mail.outbox[0].body.count("What to do: Check that the workers are running") == 3


@pytest.mark.parametrize("kind", [ConnectionRefusedError, SMTPException, ValueError])
def test_a_mail_server_that_fails_loses_nothing(revoked, monkeypatch, caplog, kind):
    def fail(self, messages):
        raise kind("secret of the server")

    with monkeypatch.context() as fault:
        fault.setattr(EmailBackend, "send_messages", fail)
        assert look() == 0
        assert f"1 alerts could not be mailed: {kind.__name__}" in caplog.text
        assert "secret" not in caplog.text

    assert look(NOW + MINUTE) == 0  # still claimed
    assert look(NOW + CLAIM) == 1


def test_a_worker_that_dies_while_it_sends_is_followed_by_one_that_does(revoked, monkeypatch):
    def die(self, messages):
        raise SystemExit

    with monkeypatch.context() as fault:
        fault.setattr(EmailBackend, "send_messages", die)
        with pytest.raises(SystemExit):
            look()

    assert look(NOW + CLAIM) == 1
    assert len(mail.outbox) == 1


def look_in_between(monkeypatch):
    """A second worker looks while the first one's mail is on its way."""
    send = EmailBackend.send_messages
    inner = []

    def send_slowly(self, messages):
        if not inner:
            inner.append(1)
            mail_alerts(clock=lambda: NOW + timedelta(seconds=1))
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_slowly)
    look()


def test_two_workers_that_look_at_once_send_one_mail(revoked, monkeypatch):
    look_in_between(monkeypatch)

    assert len(mail.outbox) == 1


def test_without_the_claim_each_of_them_sends_it(revoked, monkeypatch):
    """The control."""
    monkeypatch.setattr("amazon_channel.services.alerts._claim", lambda due, *, now: list(due))

    look_in_between(monkeypatch)

    assert len(mail.outbox) == 2


def test_what_began_and_ended_before_anybody_was_told_is_not_called_off(revoked, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    look()
    SellerAccount.objects.update(is_active=False)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert look(NOW + MINUTE) == 0
    alert = Alert.objects.get()
    assert (alert.ended_at, alert.mailed_at, mail.outbox) == (NOW + MINUTE, None, [])


def test_shipments_that_amazon_does_not_learn_of_in_time_alert():
    soon = make_amazon_order(ship_by=NOW + timedelta(hours=1))
    set_standing(soon.account, succeeded_at=NOW, cursor=NOW)
    make_confirmation("waiting", order=soon, at=NOW - 16 * MINUTE, ship_by=soon.ship_by)

    look()

    alert = Alert.objects.get()
    assert (alert.kind, alert.since) == ("shipments_overdue", NOW - 16 * MINUTE)


@pytest.mark.parametrize(
    ("ship_by", "age", "state"),
    [(timedelta(hours=3), 16, "waiting"), (timedelta(hours=1), 14, "waiting"), (timedelta(hours=-1), 16, "sent")],
)
def test_shipments_that_have_time_or_are_sent_do_not(ship_by, age, state):
    order = make_amazon_order(ship_by=NOW + ship_by)
    set_standing(order.account, succeeded_at=NOW, cursor=NOW)
    make_confirmation(state, order=order, at=NOW - age * MINUTE, ship_by=order.ship_by)

    assert (look(), Alert.objects.count()) == (0, 0)


def test_words_from_outside_make_no_lines_of_their_own(revoked):
    set_standing(revoked, error_detail="no\nWhat to do: send money")

    look()

    assert "Amazon says: no What to do: send money\n" in mail.outbox[0].body


def test_without_a_list_staff_who_may_act_are_told(settings):
    settings.ALERT_EMAILS = []
    may = Permission.objects.get(codename="sync_selleraccount")
    for name, columns in {
        "may": {"email": "may@example.com", "is_staff": True},
        "left": {"email": "left@example.com", "is_staff": True, "is_active": False},
        "silent": {"email": "", "is_staff": True},
    }.items():
        User.objects.create_user(name, **columns).user_permissions.add(may)
    User.objects.create_user("viewer", email="viewer@example.com", is_staff=True)

    assert recipients() == ["may@example.com"]


def test_looking_costs_few_queries(django_assert_num_queries):
    for _ in range(3):
        set_standing(make_account(), succeeded_at=NOW, cursor=NOW)

    with django_assert_num_queries(5):  # what runs, and the four kinds
        notice_alerts(now=NOW)
