"""I10: how often Amazon said no to a call for its rate, and how often a token was asked for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

MOST_REFUSED = 0.01


def share_refused(calls: Sequence[dict[str, Any]], *, injected: int = 0) -> float:
    """The share of 429 among the calls, those left out that a fault put in."""
    asked = [call for call in calls if call["operation"] != "token"]
    refused = sum(call["status"] == 429 for call in asked) - injected
    return max(refused, 0) / len(asked) if asked else 0.0


def tokens_per_hour(calls: Sequence[dict[str, Any]]) -> float:
    """Calls to Login with Amazon, by Amazon's clock."""
    if len(calls) < 2:
        return 0.0
    hours = (datetime.fromisoformat(calls[-1]["at"]) - datetime.fromisoformat(calls[0]["at"])).total_seconds() / 3600
    return sum(call["operation"] == "token" for call in calls) / max(hours, 1.0)


def i10_budget(calls: Sequence[dict[str, Any]], *, injected: int = 0) -> list[str]:
    share = share_refused(calls, injected=injected)
    return [f"I10 refused for their rate: {share:.2%} of the calls"] if share >= MOST_REFUSED else []
