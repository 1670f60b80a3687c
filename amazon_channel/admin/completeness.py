"""How complete an account's orders are, in numbers and words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from amazon_channel.models import OrderDifference, ReconciledDay, Reconciliation, SellerAccount
from commerce_orders.presentation.moments import format_age
from commerce_orders.presentation.pills import Tone, pill
from project.counts import format_count

SUMMED_DAYS = 7
STALE_AFTER = timedelta(days=2)


@dataclass(slots=True)
class Completeness:
    """``amazon`` and ``held`` are the orders of the last days; ``latest`` is the last comparison that was done."""

    amazon: int = 0
    held: int = 0
    latest: Reconciliation | None = None
    unfinished: Reconciliation | None = None

    @property
    def compared_at(self) -> datetime | None:
        return self.latest.finished_at if self.latest else None

    @property
    def words(self) -> str:
        """ "Amazon lists 1,204, we hold 1,204"; empty before the first comparison."""
        return compare_words(self.amazon, self.held) if self.latest else ""

    def state(self, now: datetime) -> SafeString:
        return pill(*self.standing(now))

    def standing(self, now: datetime) -> tuple[str, Tone]:
        if self.latest is None or self.latest.finished_at is None:
            return self._unfinished_standing() or (_("Not compared yet"), Tone.NEUTRAL)
        if open_ones := self.latest.unsettled:
            words = ngettext("%(count)s difference open", "%(count)s differences open", open_ones)
            return words % {"count": format_count(open_ones)}, Tone.DANGER
        if self.amazon > self.held:
            return _("Orders missing"), Tone.DANGER
        if now - self.latest.finished_at > STALE_AFTER:
            age = format_age(self.latest.finished_at, now=now)
            return _("Compared %(age)s") % {"age": age}, Tone.WARNING
        return pgettext("completeness", "Complete"), Tone.SUCCESS

    def progress(self) -> SafeString | None:
        standing = self._unfinished_standing()
        return pill(*standing) if standing else None

    def _unfinished_standing(self) -> tuple[str, Tone] | None:
        if self.unfinished is None:
            return None
        if self.unfinished.outcome == Reconciliation.Outcome.WAITING:
            return _("Waiting for Amazon"), Tone.WARNING
        return _("Comparing now"), Tone.INFO


def compare_words(amazon: int, held: int) -> str:
    return _("Amazon lists %(amazon)s, we hold %(held)s") % {
        "amazon": format_count(amazon),
        "held": format_count(held),
    }


def completeness_of(accounts: Iterable[SellerAccount], *, now: datetime) -> dict[int, Completeness]:
    """By account's key, in two statements; days are summed from a week ago on, UTC."""
    keys = [account.pk for account in accounts]
    found = {key: Completeness() for key in keys}
    if not keys:
        return found
    done = Reconciliation.objects.filter(account=OuterRef("account"), outcome=Reconciliation.Outcome.DONE)
    latest = Subquery(done.order_by("-id").values("pk")[:1])
    runs = Reconciliation.objects.filter(Q(finished_at=None) | Q(pk=latest), account__in=keys).order_by("id")
    for run in runs.defer("place"):
        if run.finished_at is None:
            found[run.account_id].unfinished = run
        else:
            found[run.account_id].latest = run
    days = ReconciledDay.objects.filter(account__in=keys, day__gt=now.date() - timedelta(days=SUMMED_DAYS))
    sums = days.order_by().values("account").annotate(amazon=Sum("amazon"), held=Sum("held"))
    for key, amazon, held in sums.values_list("account", "amazon", "held"):
        found[key].amazon, found[key].held = amazon, held
    return found


def day_rows(account: SellerAccount, *, before: date | None, shown: int) -> list[dict[str, Any]]:
    """The last ``shown`` days, before ``before`` if that is given, each with the differences found in it."""
    days = ReconciledDay.objects.filter(account=account)
    rows = list((days.filter(day__lt=before) if before else days)[:shown])
    found = count_differences(account, [row.day for row in rows])
    return [{"row": row, "found": found.get(row.day, 0)} for row in rows]


def count_differences(account: SellerAccount, days: Sequence[date]) -> dict[date | None, int]:
    """How many orders differed, by the day they were bought on; without days that have none."""
    counted = (
        OrderDifference.objects.filter(account=account, day__in=days)
        .order_by()
        .values("day")
        .annotate(found=Count("amazon_order_id", distinct=True))
        .values_list("day", "found")
    )
    return dict(counted)


def differences_of(account: SellerAccount, day: date | None) -> QuerySet[OrderDifference]:
    """The latest first, of one day if it is given."""
    found = OrderDifference.objects.filter(account=account)
    return found.filter(day=day) if day else found


def outcome_of(difference: OrderDifference) -> tuple[str, Tone]:
    if not difference.is_repaired:
        return _("Open"), Tone.DANGER
    if difference.kind == "extra":
        return _("Found by its number"), Tone.SUCCESS
    return _("Repaired"), Tone.SUCCESS
