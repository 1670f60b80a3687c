"""What is worked out about each order of a page before anything is written."""

from dataclasses import dataclass

from amazon_channel.mapping.drafts import Held, Outcome
from amazon_channel.models import AmazonOrder
from amazon_channel.services.versions import Reading
from customers.models import PersonalDetails


@dataclass(slots=True)
class Plan:
    """One order on its way into the database. ``earlier`` is the row as stored before.

    ``has_stocked_lines``: its Commerce order was there before, with lines that take of our stock.
    ``is_kept``: the reading is what was kept of the order, and not news from Amazon.
    """

    reading: Reading
    earlier: AmazonOrder | None
    details: PersonalDetails
    contact_id: int | None = None
    commerce_order_id: int | None = None
    outcome: Outcome = None
    problem: Held | None = None
    has_stocked_lines: bool = False
    is_kept: bool = False
    conflict: Held | None = None
    units_to_ship: int = 0

    @property
    def shown_problem(self) -> Held | None:
        """A conflict first: what left by mistake cannot wait for amounts or details."""
        return self.conflict or self.problem
