"""What order settings would do, in words: to the merchant's own last orders, and to those that wait."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amazon_channel.mapping.drafts import Held, Waiting
from amazon_channel.models import OrderSettings, SellerAccount
from amazon_channel.services.settings_preview import (
    Forecast,
    Kind,
    find_examples,
    forecast_change,
    settings_with,
)
from commerce_orders.services.drafts import OrderDraft
from commerce_orders.services.intake import find_refusals
from commerce_orders.services.numbers import next_order_number
from customers.services.customers import has_customer
from project.counts import format_count
from project.moments import reader_locale

KINDS = {
    "fba_orders": Kind.FBA,
    "reserve_pending_stock": Kind.PENDING,
    "unknown_sku": Kind.UNKNOWN_SKU,
}


class SettingsPreview:
    """The examples and the forecast of one page. ``values`` are the settings as chosen, saved or not."""

    def __init__(self, account: SellerAccount, *, saved: Mapping[str, str], values: Mapping[str, str]) -> None:
        self._account = account
        self._values = values
        self._examples = find_examples(account)
        self._next_number = next_order_number()
        own = self._examples.samples.get(Kind.OWN)
        self._is_customer = has_customer(own.details.buyer_email) if own else False
        self.has_changes = dict(saved) != dict(values)
        self._forecast = forecast_change(account=account, before=saved, after=values)

    def summary(self) -> SafeString | str:
        """What would become of the last order by all that is chosen."""
        if Kind.OWN not in self._examples.samples:
            return _("No order of this account can serve as an example yet. The first ones are shown here.")
        return self._becomes(Kind.OWN, self._settings())

    def forecast(self) -> list[str]:
        return forecast_words(self._forecast)

    def example(self, key: str, value: str) -> SafeString | str:
        """What one choice would do, all others being as chosen; empty where no order can show it."""
        kind = KINDS.get(key, Kind.OWN)
        if kind not in self._examples.samples:
            return ""
        if key != "import_orders" and kind != Kind.PENDING and self._values.get("import_orders") == "disabled":
            return _("Has no effect while “Show Amazon orders only” is chosen.")
        settings = self._settings(**{key: value})
        return {
            "customer_creation": self._buyer,
            "order_number_source": self._number,
            "new_order_status": self._status,
            "reserve_pending_stock": self._reserved,
        }.get(key, lambda chosen: self._becomes(kind, chosen))(settings)

    def _settings(self, **changes: str) -> OrderSettings:
        return settings_with(self._account, self._values, **changes)

    def _becomes(self, kind: Kind, settings: OrderSettings) -> SafeString:
        sample, outcome = self._examples.samples[kind], self._examples.decide(kind, settings)
        which = self._which(kind)
        if isinstance(outcome, Held):
            return sentence(_("%(which)s would wait with a problem: %(detail)s"), which=which, detail=outcome.detail)
        if isinstance(outcome, Waiting):
            missing = ", ".join(map(str, outcome.missing))
            return sentence(_("%(which)s would wait until Amazon sends: %(missing)s."), which=which, missing=missing)
        if outcome is None:
            return sentence(_("%(which)s would be listed on the Orders tab only."), which=which)
        if refusal := self._refusal(outcome):
            return sentence(_("%(which)s would wait with a problem: %(detail)s"), which=which, detail=refusal)
        if unmatched := sorted({item.sku for item in sample.reading.items} - self._examples.products.keys()):
            return sentence(
                _("%(which)s would become Commerce order %(number)s, %(who)s, %(status)s. No product yet: %(skus)s."),
                **self._parts(which, outcome),
                skus=", ".join(unmatched),
            )
        return sentence(
            _("%(which)s would become Commerce order %(number)s, %(who)s, %(status)s."), **self._parts(which, outcome)
        )

    def _parts(self, which: SafeString, draft: OrderDraft) -> dict[str, Any]:
        return {
            "which": which,
            "number": draft.number or self._next_number,
            "who": self._who(draft),
            "status": draft.status.label,
        }

    def _which(self, kind: Kind) -> SafeString:
        sample = self._examples.samples[kind]
        words = {
            Kind.OWN: _("Your last order %(order)s by a buyer in %(country)s"),
            Kind.FBA: _("Your last order shipped by Amazon, %(order)s,"),
            Kind.PENDING: _("Your last pending order %(order)s"),
            Kind.UNKNOWN_SKU: _("Your last order with a SKU that no product has, %(order)s,"),
        }[kind]
        return sentence(words, order=sample.row.amazon_order_id, country=country_name(sample.country_code))

    def _who(self, draft: OrderDraft) -> str:
        if not draft.wants_customer:
            return _("guest")
        return _("an existing customer") if has_customer(draft.buyer_email) else _("a new customer")

    def _refusal(self, draft: OrderDraft) -> str:
        """Why the intake would not take the draft; an order that is in has its own number, which is no reason."""
        row = next(s.row for s in self._examples.samples.values() if s.row.amazon_order_id == draft.channel_order_id)
        refusal = find_refusals([draft]).get(draft.channel_order_id) if row.commerce_order_id is None else None
        return refusal.detail if refusal else ""

    def _buyer(self, settings: OrderSettings) -> SafeString:
        sample = self._examples.samples[Kind.OWN]
        number = sample.row.amazon_order_id
        if settings.customer_creation == "guest":
            return sentence(_("Order %(order)s: a guest."), order=number)
        if not sample.details.buyer_email:
            return sentence(_("Order %(order)s: would wait, as Amazon gives no e-mail address."), order=number)
        words = (
            _("Order %(order)s: an existing customer.") if self._is_customer else _("Order %(order)s: a new customer.")
        )
        return sentence(words, order=number)

    def _number(self, settings: OrderSettings) -> SafeString:
        number = self._examples.samples[Kind.OWN].row.amazon_order_id
        own = number if settings.order_number_source == "amazon" else self._next_number
        return sentence(_("Order %(order)s: number %(number)s."), order=number, number=own)

    def _status(self, settings: OrderSettings) -> SafeString:
        number = self._examples.samples[Kind.OWN].row.amazon_order_id
        status = OrderSettings(new_order_status=settings.new_order_status).get_new_order_status_display()
        return sentence(_("Order %(order)s: would start as %(status)s."), order=number, status=status)

    def _reserved(self, settings: OrderSettings) -> SafeString:
        sample = self._examples.samples[Kind.PENDING]
        units = sample.units_reserved(settings, self._examples.products)
        words = ngettext(
            "%(which)s: %(count)s unit of your products reserved.",
            "%(which)s: %(count)s units of your products reserved.",
            units,
        )
        return sentence(words, which=self._which(Kind.PENDING), count=format_count(units))


def forecast_words(forecast: Forecast) -> list[str]:
    """One sentence for each thing that saving would do to orders that wait; empty when it does nothing."""
    counted = [
        (
            forecast.made,
            ngettext(
                "%(count)s waiting order will become a Commerce order now.",
                "%(count)s waiting orders will become Commerce orders now.",
                forecast.made,
            ),
        ),
        (
            forecast.held,
            ngettext(
                "%(count)s waiting order will get a problem.",
                "%(count)s waiting orders will get a problem.",
                forecast.held,
            ),
        ),
        (
            forecast.freed,
            ngettext(
                "The problem of %(count)s order goes away, as no Commerce order is wanted any more.",
                "The problems of %(count)s orders go away, as no Commerce orders are wanted any more.",
                forecast.freed,
            ),
        ),
    ]
    words = [text % {"count": format_count(count)} for count, text in counted if count]
    units = forecast.units_after - forecast.units_before
    if units > 0:
        more = ngettext("%(count)s more unit will be reserved.", "%(count)s more units will be reserved.", units)
        words.append(more % {"count": format_count(units)})
    elif units < 0:
        less = ngettext("%(count)s reserved unit will be freed.", "%(count)s reserved units will be freed.", -units)
        words.append(less % {"count": format_count(-units)})
    if not forecast.is_whole:
        words.append(_("More orders wait than were counted here."))
    return words


def sentence(words: str, **parts: str | Promise) -> SafeString:
    """``words`` with every part set apart, since numbers and texts from outside may run the other way."""
    shown = {name: format_html("<bdi>{}</bdi>", part) for name, part in parts.items()}
    return mark_safe(conditional_escape(words) % shown)  # noqa: S308 - both are escaped


def country_name(code: str) -> str:
    """In the reader's language; the code itself where there is no name for it."""
    return str(reader_locale().territories.get(code, code or _("an unknown country")))
