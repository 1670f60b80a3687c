"""Token buckets per seller and operation. Source: the Amazon page "Usage Plans and Rate Limits"."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class UsagePlan:
    rate: float  # requests per second
    burst: int


PLANS: dict[str, UsagePlan] = {
    "searchOrders": UsagePlan(0.0056, 20),
    "getOrder": UsagePlan(0.5, 30),
    "confirmShipment": UsagePlan(2, 10),
    "getMarketplaceParticipations": UsagePlan(0.016, 15),
    "createFeedDocument": UsagePlan(0.5, 15),
    "createFeed": UsagePlan(0.0083, 15),
    "getFeed": UsagePlan(2, 15),
    "getFeeds": UsagePlan(0.0222, 10),
    "getFeedDocument": UsagePlan(0.0222, 10),
}
UNLIMITED_RATE = 10_000.0


class Buckets:
    def __init__(self) -> None:
        self._left: dict[tuple[str, str], tuple[float, datetime]] = {}

    def take(self, seller: str, operation: str, now: datetime, scale: float) -> bool:
        """Take one request out of the bucket; False when it is empty. `scale` 0 has no limits."""
        if not scale:
            return True
        plan = PLANS[operation]
        left, since = self._left.get((seller, operation), (float(plan.burst), now))
        seconds = max(0.0, (now - since).total_seconds())
        left = min(float(plan.burst), left + seconds * plan.rate * scale)
        # A bucket refilled exactly must not fail over the last bit of a float.
        taken = left >= 1 - 1e-9
        self._left[seller, operation] = (left - 1 if taken else left, now)
        return taken


def advertised_rate(operation: str, scale: float) -> str:
    """What `x-amzn-RateLimit-Limit` says: the rate, never the burst."""
    return str(PLANS[operation].rate * scale if scale else UNLIMITED_RATE)
