"""Amounts, times and states in templates, as ``commerce_orders.presentation`` writes them."""

from datetime import datetime
from decimal import Decimal

from django import template
from django.utils.safestring import SafeString

from commerce_orders.presentation.actors import name_actor
from commerce_orders.presentation.moments import format_age, format_day, format_deadline
from commerce_orders.presentation.money import format_money
from commerce_orders.presentation.pills import Tone, pill
from project.counts import format_count
from project.moments import format_moment

register = template.Library()


@register.simple_tag
def money(amount: Decimal | None, currency: str) -> str:
    return format_money(amount, currency)


@register.simple_tag
def count(number: int) -> str:
    return format_count(number)


@register.simple_tag
def moment(at: datetime | None, zone: str) -> SafeString | str:
    return format_moment(at, zone)


@register.simple_tag
def day(at: datetime | None, zone: str) -> str:
    return format_day(at, zone)


@register.simple_tag
def age(since: datetime, now: datetime) -> str:
    return format_age(since, now=now)


@register.simple_tag
def deadline(at: datetime | None, zone: str, now: datetime, is_open: bool) -> SafeString | str:
    return format_deadline(at, zone=zone, now=now, is_open=is_open)


@register.simple_tag
def actor(name: str) -> str:
    return name_actor(name)


@register.simple_tag(name="pill")
def pill_tag(words: str, tone: str) -> SafeString:
    return pill(words, Tone(tone))
