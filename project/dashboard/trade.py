"""What the charts say of the trade of the last days, from the counted days alone: no orders are read."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta
from babel.numbers import format_decimal, format_percent
from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Sum, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amazon_channel.models import OrderDay, SellerAccount
from amazon_channel.models.durations import Durations
from amazon_channel.states import FULFILLED_BY_LABELS
from commerce_orders.presentation.money import format_money
from project.counts import format_count
from project.dashboard.charts import BAD, GOOD, Chart, Series
from project.moments import reader_locale

PERIODS = (30, 90)  # days
PARTS = ("fulfilment", "account")
ACCOUNTS_APART = 7
OTHER_ACCOUNTS = 0
MEDIAN, NINE_OF_TEN = 0.5, 0.9

Sums = Mapping[Any, Mapping[date, Any]]  # by part, then by day


@dataclass(frozen=True, slots=True)
class View:
    """How many days are shown, and what the orders are told apart by."""

    period: int = PERIODS[0]
    part: str = PARTS[0]

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "View":
        """Whatever an address says: what cannot be is the usual."""
        period = next((each for each in PERIODS if str(each) == query.get("days")), PERIODS[0])
        return cls(period, next((each for each in PARTS if each == query.get("by")), PARTS[0]))

    @property
    def periods(self) -> list[tuple[str, str, bool]]:
        """Words, address and whether it is this one."""
        words = {each: ngettext("%(count)s day", "%(count)s days", each) % {"count": each} for each in PERIODS}
        return [(words[each], f"?days={each}&by={self.part}", each == self.period) for each in PERIODS]

    @property
    def parts(self) -> list[tuple[str, str, bool]]:
        words = {"fulfilment": _("By fulfillment"), "account": _("By account")}
        return [(words[each], f"?days={self.period}&by={each}", each == self.part) for each in PARTS]


def trade_charts(view: View, *, now: datetime) -> list[Chart]:
    """Empty when nothing was bought in the period. Six statements at most, whatever the number of orders."""
    days = shown_days(view.period, now=now)
    counted = OrderDay.objects.filter(day__gte=days[0], day__lte=days[-1]).order_by()
    column, names = _by_account(counted) if view.part == "account" else _by_fulfilment()
    orders: dict[Any, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    revenue: dict[str, dict[Any, dict[date, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    rows = counted.annotate(part=column).values("day", "part", "currency")
    for row in rows.annotate(all_orders=Sum("orders"), all_revenue=Sum("revenue")):
        orders[row["part"]][row["day"]] += row["all_orders"]
        if row["currency"]:
            revenue[row["currency"]][row["part"]][row["day"]] = row["all_revenue"]
    if not orders:
        return []
    total = sum(sum(by_day.values()) for by_day in orders.values())
    words = ngettext("%(count)s order", "%(count)s orders", total) % {"count": format_count(total)}
    charts = [Chart("orders", _("Orders per day"), words, days, _series(orders, names, days), format_count)]
    for currency, parts in sorted(revenue.items()):
        charts.append(_revenue_chart(currency, parts, names, days))
    return [*charts, *_shipping_charts(counted, days)]


def shown_days(period: int, *, now: datetime) -> list[date]:
    """Up to the day that it is by now on the clock of the account that is furthest ahead."""
    zones = SellerAccount.objects.order_by().values_list("time_zone", flat=True).distinct()
    today = max((now.astimezone(ZoneInfo(zone)).date() for zone in zones), default=now.date())
    return [today - timedelta(days=age) for age in reversed(range(period))]


def _by_fulfilment() -> tuple[Any, Callable[[Any], str]]:
    return F("fulfilled_by"), lambda code: str(FULFILLED_BY_LABELS.get(code, code or _("Unknown")))


def _by_account(counted: QuerySet[OrderDay]) -> tuple[Any, Callable[[Any], str]]:
    """The accounts with most orders, and all others together."""
    most = counted.values("account").annotate(all_orders=Sum("orders")).order_by("-all_orders", "account")
    keys = [row["account"] for row in most[:ACCOUNTS_APART]]
    names = dict(SellerAccount.objects.filter(pk__in=keys).values_list("pk", "name"))
    other = Value(OTHER_ACCOUNTS, output_field=BigIntegerField())
    apart = Case(When(account__in=keys, then=F("account_id")), default=other) if keys else other
    return apart, lambda key: names.get(key) or _("Other accounts")


def _series(sums: Sums, names: Callable[[Any], str], days: list[date], nothing: Any = 0) -> list[Series]:
    """The largest part first, as the lowest in the stack."""
    ranked = sorted(sums, key=lambda part: (-sum(sums[part].values()), str(part)))
    return [Series(names(part), [float(sums[part].get(day, nothing)) for day in days]) for part in ranked]


def _revenue_chart(currency: str, parts: Sums, names: Callable[[Any], str], days: list[date]) -> Chart:
    total = sum((amount for by_day in parts.values() for amount in by_day.values()), Decimal(0))
    return Chart(
        f"revenue-{currency}",
        _("Revenue per day in %(currency)s") % {"currency": currency},
        format_money(total, currency),
        days,
        _series(parts, names, days),
        lambda value: format_money(Decimal(str(value)), currency),
    )


def _shipping_charts(counted: QuerySet[OrderDay], days: list[date]) -> list[Chart]:
    """Of the orders that were bought on each day and have left; none where nothing left yet."""
    left = counted.filter(Q(shipped_on_time__gt=0) | Q(shipped_late__gt=0))
    on_time, late = defaultdict(int), defaultdict(int)  # type: ignore[var-annotated]
    times: dict[date, list[dict[str, int]]] = defaultdict(list)
    for day, timely, tardy, histogram in left.values_list(
        "day", "shipped_on_time", "shipped_late", "confirmation_times"
    ):
        on_time[day] += timely
        late[day] += tardy
        times[day].append(histogram)
    timely, all_left = sum(on_time.values()), sum(on_time.values()) + sum(late.values())
    if not all_left:
        return []
    words = _("%(share)s on time: %(timely)s of %(all)s orders") % {
        "share": format_percent(timely / all_left, locale=reader_locale()),
        "timely": format_count(timely),
        "all": format_count(all_left),
    }
    series = [
        Series(_("On time"), [on_time[day] for day in days], colour=GOOD),
        Series(_("Late"), [late[day] for day in days], colour=BAD),
    ]
    charts = [Chart("shipping", _("Shipped on time and late"), words, days, series, format_count)]
    overall = Durations.merged(histogram for each in times.values() for histogram in each)
    median, nine_of_ten = overall.quantile(MEDIAN), overall.quantile(NINE_OF_TEN)
    if median is None or nine_of_ten is None:
        return charts
    by_day = {day: Durations.merged(each) for day, each in times.items()}
    return [*charts, _times_chart(by_day, median, nine_of_ten, days)]


def _times_chart(
    by_day: Mapping[date, Durations], median: timedelta, nine_of_ten: timedelta, days: list[date]
) -> Chart:
    def hours(share: float) -> list[float | None]:
        found: Iterable[timedelta | None] = (by_day.get(day, Durations()).quantile(share) for day in days)
        return [None if each is None else round(each.total_seconds() / 3600, 1) for each in found]

    return Chart(
        "confirmation",
        _("Hours from order to confirmation"),
        _("Half within %(median)s, nine of ten within %(most)s")
        % {
            "median": format_timedelta(median, locale=reader_locale(), threshold=2),
            "most": format_timedelta(nine_of_ten, locale=reader_locale(), threshold=2),
        },
        days,
        [Series(_("Half within"), hours(MEDIAN)), Series(_("Nine of ten within"), hours(NINE_OF_TEN), is_dashed=True)],
        lambda value: str(format_decimal(value, locale=reader_locale())),
        kind="line",
    )
