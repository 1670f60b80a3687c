"""Storing versions of orders that are known to be new, many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from amazon_channel import states
from amazon_channel.mapping.drafts import Held, make_draft
from amazon_channel.mapping.orders import OrderReading
from amazon_channel.mapping.personal import with_earlier_details
from amazon_channel.models import AmazonOrder, OrderSettings, SellerAccount, ShipmentConfirmation
from amazon_channel.services.following import follow_amazon
from amazon_channel.services.mirror import save_items, save_rows
from amazon_channel.services.plans import Plan
from amazon_channel.services.stock import find_page_products, settle_page
from amazon_channel.services.versions import Reading, is_news
from amazon_channel.states import ConfirmationState, Problem
from commerce_orders.services.drafts import OrderDraft
from commerce_orders.services.intake import Intake, create_orders
from customers.models import Contact, PersonalDetails, columns_of
from customers.retention import KEPT_AFTER_DELIVERY, KEPT_WHILE_OPEN
from project.bulk import Row, insert_rows
from project.checkpoints import checkpoint

NOTHING_KNOWN = PersonalDetails()
CONTACT_COLUMNS = ("data", "email_index", "name_index", "erase_after")


@dataclass(slots=True)
class PageResult:
    """What one page did. ``problems`` counts its changed orders that need a person."""

    seen: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: int = 0
    commerce_orders_created: int = 0

    def add(self, other: "PageResult") -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Batch:
    """The steps in which a page is stored. Runs inside the caller's transaction, which holds the account's lock."""

    def __init__(self, *, account: SellerAccount, settings: OrderSettings, now: datetime) -> None:
        self.account = account
        self.settings = settings
        self.now = now

    def store(self, readings: Sequence[Reading], *, kept: Mapping[str, datetime] | None = None) -> PageResult:
        """``kept`` is for readings of what was stored before, at these times by order, to decide about them anew."""
        plans = self._plan(readings, kept=kept)
        self._save_contacts(plans)
        checkpoint("CP_CONTACTS_WRITTEN")
        products = find_page_products(plans)
        self._follow(plans)
        intake = self._take_in(plans, products)
        rows = save_rows(plans, account=self.account, now=self.now)
        checkpoint("CP_MIRROR_WRITTEN")
        save_items(plans, rows)
        checkpoint("CP_ITEMS_WRITTEN")
        self._save_adopted(intake, rows)
        settle_page(plans, account=self.account, settings=self.settings, products=products, now=self.now)
        checkpoint("CP_STOCK_SETTLED")
        created = sum(plan.earlier is None for plan in plans)
        return PageResult(
            created=created,
            updated=len(plans) - created,
            unchanged=len(readings) - len(plans),
            problems=sum(plan.shown_problem is not None for plan in plans),
            commerce_orders_created=len(intake.created),
        )

    def _plan(self, readings: Sequence[Reading], *, kept: Mapping[str, datetime] | None) -> list[Plan]:
        stored = {
            row.amazon_order_id: row
            for row in AmazonOrder.objects.filter(
                account=self.account, amazon_order_id__in=[reading.amazon_order_id for reading in readings]
            )
            .select_related("contact")
            .defer("payload")
        }
        plans = []
        for reading in readings:
            row = stored.get(reading.amazon_order_id)
            if row is None:
                plans.append(Plan(reading=reading, earlier=None, details=NOTHING_KNOWN))
            elif _is_to_store(reading, row, kept):
                plans.append(
                    Plan(
                        reading=reading,
                        earlier=row,
                        details=row.contact.details if row.contact else NOTHING_KNOWN,
                        contact_id=row.contact_id,
                        commerce_order_id=row.commerce_order_id,
                        is_kept=kept is not None,
                    )
                )
        return plans

    def _save_contacts(self, plans: Sequence[Plan]) -> None:
        new: list[tuple[Plan, Row]] = []
        changed: list[Row] = []
        for plan in plans:
            reading = plan.reading
            if not isinstance(reading, OrderReading):
                continue
            contact = plan.earlier.contact if plan.earlier else None
            erase_after = self._erase_after(reading, plan.earlier)
            if contact is None:
                if reading.details != NOTHING_KNOWN:
                    plan.details = reading.details
                    new.append((plan, self._contact_row(plan.details, erase_after)))
            elif contact.erased_at is None:
                details = with_earlier_details(reading.details, plan.details)
                if details != plan.details or erase_after != contact.erase_after:
                    plan.details = details
                    changed.append({"id": contact.pk, **self._contact_row(details, erase_after)})
        for (plan, _row), key in zip(new, insert_rows(Contact, [row for _plan, row in new]), strict=True):
            plan.contact_id = key
        insert_rows(Contact, sorted(changed, key=itemgetter("id")), unique=["id"], update=CONTACT_COLUMNS)

    def _contact_row(self, details: PersonalDetails, erase_after: datetime) -> Row:
        return {
            **columns_of(details),
            "origin": states.CHANNEL,
            "created_at": self.now,
            "erase_after": erase_after,
        }

    @staticmethod
    def _erase_after(reading: OrderReading, earlier: AmazonOrder | None) -> datetime:
        """Amazon's policy counts from delivery; where none is promised, from the last word on the order.

        What happens to a delivered order later, a refund for one, does not keep the data longer; an order that never
        ends does not keep them for ever.
        """
        if reading.status not in states.ENDED:
            return reading.purchased_at + KEPT_WHILE_OPEN
        delivered_at = reading.deliver_by if reading.status == states.SHIPPED else None
        erase_after = max(delivered_at or reading.last_updated_at, reading.last_updated_at) + KEPT_AFTER_DELIVERY
        if earlier and earlier.contact and earlier.contact.erase_after and earlier.status in states.ENDED:
            return min(erase_after, earlier.contact.erase_after)
        return erase_after

    def _follow(self, plans: Sequence[Plan]) -> None:
        existing = {
            plan.earlier.pk: (plan.earlier, plan.reading)
            for plan in plans
            if plan.earlier and plan.earlier.commerce_order_id and isinstance(plan.reading, OrderReading)
        }
        followed = {each.amazon_order.pk: each for each in follow_amazon(existing, actor=states.ACTOR, now=self.now)}
        for plan in plans:
            if isinstance(plan.reading, OrderReading):
                plan.units_to_ship = plan.reading.units_to_ship
            if plan.earlier is not None and plan.earlier.pk in followed:
                each = followed[plan.earlier.pk]
                plan.problem, plan.conflict, plan.units_to_ship = each.problem, each.conflict, each.units_left_at_amazon
                plan.has_stocked_lines = each.takes_stock
            elif plan.earlier is not None and plan.earlier.pk in existing:
                # Its Commerce order was taken out of the database by hand; it is made again.
                plan.commerce_order_id = plan.earlier.commerce_order_id = None
            elif plan.earlier is not None and plan.earlier.conflict_code:
                plan.conflict = Held(Problem(plan.earlier.conflict_code), plan.earlier.conflict_detail)

    def _take_in(self, plans: Sequence[Plan], products: Mapping[str, int]) -> Intake:
        for plan in plans:
            if not isinstance(plan.reading, OrderReading):
                plan.problem = Held(plan.reading.problem, plan.reading.reason)
            elif plan.commerce_order_id is None:
                plan.outcome = make_draft(
                    plan.reading,
                    settings=self.settings,
                    contact_id=plan.contact_id,
                    details=plan.details,
                    products=products,
                )
                if isinstance(plan.outcome, Held):
                    plan.problem = plan.outcome
        intake = create_orders(
            [plan.outcome for plan in plans if isinstance(plan.outcome, OrderDraft)],
            store=self.account.store,
            channel=states.CHANNEL,
            channel_account=self.account.reference,
            actor=states.ACTOR,
            now=self.now,
        )
        orders = intake.created | intake.existing
        for plan in plans:
            order_id = plan.reading.amazon_order_id
            plan.commerce_order_id = orders.get(order_id, plan.commerce_order_id)
            plan.has_stocked_lines |= order_id in intake.existing
            if refusal := intake.refused.get(order_id):
                plan.problem = Held(Problem(refusal.code), refusal.detail)
        return intake

    def _save_adopted(self, intake: Intake, rows: Mapping[str, int]) -> None:
        """Packages that Amazon knew before we knew the order need no sending."""
        insert_rows(
            ShipmentConfirmation,
            [
                {
                    "amazon_order_id": rows[order_id],
                    "shipment_id": shipment_id,
                    "package_reference_id": reference,
                    "state": ConfirmationState.CONFIRMED.value,
                    "not_before": self.now,
                    "created_at": self.now,
                    "confirmed_at": self.now,
                }
                for (order_id, reference), shipment_id in intake.shipments.items()
            ],
        )


def _is_to_store(reading: Reading, row: AmazonOrder, kept: Mapping[str, datetime] | None) -> bool:
    """News; or what was kept, unless another worker has stored the order since it was looked at."""
    if kept is None:
        return is_news(reading, (row.last_updated_at, row.content_hash))
    return kept[row.amazon_order_id] == row.stored_at
