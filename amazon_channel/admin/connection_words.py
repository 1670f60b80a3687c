"""What a test of the connection showed, and what to do, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from amazon_channel.gateway.errors import advice_for
from amazon_channel.marketplaces import MARKETPLACES
from amazon_channel.models import ConnectionTest
from amazon_channel.models.connection_tests import Result, Step
from commerce_orders.presentation.pills import Tone, pill
from commerce_orders.wording import read
from project.counts import format_count

TONES = {Result.PASSED: Tone.SUCCESS, Result.FAILED: Tone.DANGER, Result.UNKNOWN: Tone.WARNING}
# What is tried, for whoever does not know Amazon's words.
MEANINGS = {
    Step.APPLICATION: gettext_lazy("Login with Amazon knows your application."),
    Step.AUTHORISATION: gettext_lazy("The seller has authorized it, and the authorization is valid."),
    Step.REGION: gettext_lazy("The seller's marketplaces belong to the region that you chose."),
    Step.MARKETPLACES: gettext_lazy("The seller takes part in each marketplace that you chose."),
    Step.ORDERS: gettext_lazy("The application may read orders; a first page of them is asked for."),
    Step.PERSONAL_DATA: gettext_lazy("Orders that you ship yourself come with the buyer's address."),
}
# Where a code means something else in this step than elsewhere.
ADVICE = {
    (Step.APPLICATION, "client_credentials_wrong"): gettext_lazy(
        "Open your application in Seller Central (Apps and Services, Develop Apps), press View under LWA credentials "
        "and enter both values below. A client secret expires after 180 days; a new one replaces the old one."
    ),
    (Step.AUTHORISATION, "authorization_revoked"): gettext_lazy(
        "The refresh token is mistyped, or the seller has revoked the authorization. Press Authorize beside the "
        "application in Seller Central, signed in as this seller, and enter the new refresh token below."
    ),
    (Step.REGION, "access_denied"): gettext_lazy(
        "Amazon refuses the application in this region. Check that the seller account belongs to this region; connect "
        "a seller of another region as a separate account. If roles were changed recently, authorize the application "
        "again and enter the new refresh token below."
    ),
    (Step.REGION, "sells_elsewhere"): gettext_lazy(
        "This seller does not sell in any marketplace of this region. Connect the seller again under the right "
        "region, and switch this account off."
    ),
    (Step.MARKETPLACES, "not_sold_in"): gettext_lazy(
        "Untick these marketplaces on the account's page, or start selling in them in Seller Central first."
    ),
    (Step.ORDERS, "access_denied"): gettext_lazy(
        "The application may not read orders. Add the role Inventory and Order Tracking to it in Seller Central, "
        "authorize it again and enter the new refresh token below: an old one does not include new roles. If the "
        "application already has the role, untick the marketplaces one by one; Amazon refuses all of them when it "
        "refuses one."
    ),
    (Step.ORDERS, "InvalidInput"): gettext_lazy(
        "Amazon refused the request, most often for one of the marketplaces. Untick them one by one and test again."
    ),
    (Step.ORDERS, "budget_empty"): gettext_lazy(
        "Amazon limits the number of searches, and pulls have used them up. Pulling continues automatically; test "
        "again later."
    ),
    (Step.PERSONAL_DATA, "role_missing"): gettext_lazy(
        "Amazon sends orders without addresses. Add the role Direct-to-Consumer Shipping (Restricted) to the "
        "application, wait for Amazon's approval, authorize it again and enter the new refresh token below. Until "
        "then orders wait for their details."
    ),
    (Step.PERSONAL_DATA, "no_order_to_tell_by"): gettext_lazy(
        "None of the orders on the first page is for you to ship. Test again when there is one."
    ),
}


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step on the page; ``is_now`` while a worker is at it."""

    title: str
    meaning: str
    state: SafeString
    shown: str
    amazon: str
    advice: str
    is_now: bool = False


def describe_test(test: ConnectionTest | None) -> list[StepWords]:
    """All steps, whether or not they were tried."""
    words: list[StepWords] = []
    is_waiting = test is not None and test.is_running
    for step in Step:
        entry = test.result_of(step) if test else None
        if entry is not None:
            words.append(_tried(step, entry))
        else:
            title, meaning = str(step.label), str(MEANINGS[step])
            state = pill(_("Being tried"), Tone.INFO) if is_waiting else pill(_("Not tried"), Tone.NEUTRAL)
            words.append(StepWords(title, meaning, state, "", "", "", is_now=is_waiting))
            is_waiting = False
    return words


def _tried(step: Step, entry: Mapping[str, Any]) -> StepWords:
    result, code = Result(entry["result"]), entry["code"]
    advice = str(ADVICE.get((step, code), "")) or (advice_for(code) if code else "")
    return StepWords(
        title=str(step.label),
        meaning=str(MEANINGS[step]),
        state=pill(result.label, TONES[result]),
        shown=_facts_in_words(step, entry["facts"]),
        amazon=read(entry["detail"]),
        advice=advice,
    )


def _facts_in_words(step: Step, facts: Mapping[str, Any]) -> str:
    if step == Step.ORDERS and "orders" in facts:
        count = facts["orders"]
        words = ngettext(
            "%(count)s order on the first page of the last 30 days.",
            "%(count)s orders on the first page of the last 30 days.",
            count,
        )
        return words % {"count": format_count(count)}
    if facts.get("wrong"):
        return _("The seller does not sell in: %(names)s.") % {"names": _names(facts["wrong"])}
    if facts.get("more"):
        return _("The seller also sells in: %(names)s.") % {"names": _names(facts["more"])}
    if facts.get("marketplaces"):
        return _("The seller sells in: %(names)s.") % {"names": _names(facts["marketplaces"])}
    return ""


def _names(marketplaces: list[str]) -> str:
    return ", ".join(MARKETPLACES[place].name if place in MARKETPLACES else place for place in marketplaces)


def state_of(test: ConnectionTest | None) -> SafeString:
    if test is None:
        return pill(_("Not tested yet"), Tone.NEUTRAL)
    if test.is_running:
        return pill(_("Being tested"), Tone.INFO)
    if not test.has_passed:
        return pill(_("Does not work"), Tone.DANGER)
    if any(entry["result"] == Result.UNKNOWN for entry in test.results):
        return pill(_("Works as far as can be told"), Tone.WARNING)
    return pill(_("Works"), Tone.SUCCESS)
