"""Amazon's budgets on screen: what is left of them, and when the backlog will be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amazon_channel.models import SellerAccount
from amazon_channel.services.budgets import CONFIRM_SHIPMENT, GET_ORDER, SEARCH_ORDERS
from amazon_channel.services.forecasts import BudgetForecast, describe_budgets

OPERATIONS = {
    SEARCH_ORDERS: gettext_lazy("Reading what changed"),
    GET_ORDER: gettext_lazy("Asking for single orders"),
    CONFIRM_SHIPMENT: gettext_lazy("Confirming shipments"),
}


@dataclass(frozen=True, slots=True)
class AccountBudgets:
    """The budgets of one account, that of reading first."""

    forecasts: Sequence[BudgetForecast]

    @property
    def rows(self) -> list[tuple[str, str, int, datetime | None]]:
        """What for, calls left in words, how much waits, and when that is done at the earliest."""
        return [
            (str(OPERATIONS[forecast.operation]), calls_left(forecast), forecast.waiting, forecast.done_at)
            for forecast in self.forecasts
        ]

    @property
    def summary(self) -> str:
        return calls_left(self.forecasts[0])

    @property
    def done_at(self) -> datetime | None:
        """When all that waits can be done at the earliest; ``None`` where nothing waits."""
        return max((forecast.done_at for forecast in self.forecasts if forecast.done_at), default=None)


def calls_left(forecast: BudgetForecast) -> str:
    return _("%(left)s of %(burst)s calls left") % {
        "left": int(forecast.calls_left),
        "burst": int(forecast.burst),
    }


def budgets_of(accounts: Sequence[SellerAccount], *, now: datetime) -> dict[int, AccountBudgets]:
    """By account; five queries, and none for no account."""
    if not accounts:
        return {}
    return {
        account_id: AccountBudgets(forecasts)
        for account_id, forecasts in describe_budgets(accounts=accounts, now=now).items()
    }
