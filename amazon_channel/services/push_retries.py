"""When a shipment that Amazon did not take is sent again."""

from datetime import timedelta

from amazon_channel.gateway.errors import NEEDS_A_PERSON, UNREACHABLE, AmazonError, AmazonMisconfigured, AmazonTransient

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(minutes=30)
LONGEST_DENIAL = timedelta(minutes=5)  # somebody may mend it at any time, and one call shows it
OVER_WITH_A_SUCCESS = UNREACHABLE | NEEDS_A_PERSON


def wait_after(error: AmazonError, *, attempts: int) -> timedelta:
    """Until the next attempt: what Amazon says, else longer each time."""
    if isinstance(error, AmazonTransient) and error.retry_after:
        return timedelta(seconds=error.retry_after)
    longest = LONGEST_DENIAL if isinstance(error, AmazonMisconfigured) else LONGEST_RETRY
    return min(FIRST_RETRY * 2 ** min(attempts - 1, 10), longest)
