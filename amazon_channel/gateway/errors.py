"""The four ways in which Amazon says no, and what to do about each.

Every failed call becomes one of these; nothing of httpx or the SP-API library leaves the gateway.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

ADVICE = {
    "unreachable": gettext_noop("Check this machine's network connection. Nothing is lost; the next run catches up."),
    "timeout": gettext_noop("Nothing to do; the next run tries again."),
    "unavailable": gettext_noop("Amazon has an outage. Nothing is lost; the next run catches up."),
    "throttled": gettext_noop("Nothing to do; calls go on when Amazon allows them."),
    "budget_empty": gettext_noop("Nothing to do; calls go on when Amazon allows them."),
    "time_up": gettext_noop("Nothing to do; there is much to read, and the next run goes on."),
    "window_waits": gettext_noop(
        "New orders are read. Some older changes could not be read; they are tried again automatically."
    ),
    "authorization_revoked": gettext_noop(
        "The seller's authorization has ended. Authorize the application again in Seller Central and enter the new "
        "refresh token on the account's page."
    ),
    "client_credentials_wrong": gettext_noop(
        "The client ID or client secret is wrong or was rotated. Copy both again from the developer console to the "
        "account's page."
    ),
    "access_denied": gettext_noop(
        "The application has no access: check its roles, the account's region and its marketplaces, and authorize it "
        "again after a change of roles."
    ),
    "unreadable_reply": gettext_noop("Amazon sent an answer that cannot be used. The next run asks again."),
    "redirected": gettext_noop("Something between this machine and Amazon redirects calls. Check proxy and addresses."),
    "storage_refused": gettext_noop("Nothing to do; the transfer is tried again with a new address."),
    "page_loop": gettext_noop(
        "Amazon's list kept repeating itself. The next runs continue, reading what is new first."
    ),
    "window_stuck": gettext_noop(
        "Amazon keeps breaking off the list of these changes. It is tried again every hour; to find what is missing, "
        "compare the account under Completeness."
    ),
    "InvalidInput": gettext_noop("Amazon refused the request. Its message says which part."),
    "NotFound": gettext_noop("Amazon does not know this order for this account. Check account and marketplace."),
}


# Everything that ``AmazonMisconfigured`` is raised with: it stays wrong until somebody changes something.
NEEDS_A_PERSON = frozenset({"authorization_revoked", "client_credentials_wrong", "access_denied"})
# Amazon allows no call now, so nothing was asked.
OUT_OF_CALLS = frozenset({"throttled", "budget_empty"})
UNREACHABLE = frozenset({"unreachable", "timeout"})
# What keeps every call of the account back, whatever it is about.
WHOLE_ACCOUNT = OUT_OF_CALLS | UNREACHABLE


class AmazonError(Exception):
    """A call that did not do what was asked. ``code`` is stable; ``detail`` is for people, without secrets."""

    def __init__(self, code: str, detail: str, *, request_id: str = "") -> None:
        super().__init__(f"{code}: {detail}" + (f" (request {request_id})" if request_id else ""))
        self.code = code
        self.detail = detail
        self.request_id = request_id

    @property
    def advice(self) -> str:
        return advice_for(self.code)


class AmazonTransient(AmazonError):
    """Trying again later can help; ``retry_after`` is in seconds. Whether the call had an effect is not known."""

    def __init__(self, code: str, detail: str, *, request_id: str = "", retry_after: float | None = None) -> None:
        super().__init__(code, detail, request_id=request_id)
        self.retry_after = retry_after


class AmazonRejected(AmazonError):
    """Amazon understood and refused; the same call will be refused again."""


class AmazonMisconfigured(AmazonError):
    """Nothing works for this account until a person changes something."""


class AmazonProtocolError(AmazonError):
    """The reply is not what Amazon's models promise; nothing of it may be used."""


def advice_for(code: str) -> str:
    """What to do about an error code, translated; empty for one that is not known."""
    text = ADVICE.get(code)
    return str(_(text)) if text else ""
