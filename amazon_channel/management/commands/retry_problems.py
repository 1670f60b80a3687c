from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amazon_channel.accounts_argument import chosen_accounts
from commerce_orders.command import JsonCommand, Report, WrongArguments
from commerce_orders.problems import ProblemSource, sources
from commerce_orders.services.retries import carry_out, retry_all

ACTOR = "retry_problems"


class Command(JsonCommand):
    help = "Have problems tried again by the workers: all of them, or those of one reason or account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", help="Id or name; without it, every account.")
        parser.add_argument("--reason", metavar="CODE", help="Code of one reason; without it, every reason.")

    def report(self, *, account: str | None, reason: str | None, **_options: Any) -> Report:
        references = [each.reference for each in chosen_accounts(account)] if account else [""]
        known = {code: source for source in sources() for code in source.reasons()}
        if reason is not None and reason not in known:
            raise WrongArguments(
                "reason_unknown",
                _("There is no reason “%(reason)s”. Choose one of: %(known)s.")
                % {"reason": reason, "known": ", ".join(known)},
            )
        reasons: dict[str, int] = {}
        for code in [reason] if reason else known:
            for reference in references:
                if count := self._retry(known[code], code, reference):
                    reasons[code] = reasons.get(code, 0) + count
        total = sum(reasons.values())
        words = ngettext(
            "%(count)s problem is tried again by the workers.",
            "%(count)s problems are tried again by the workers.",
            total,
        )
        lines = [words % {"count": total}, *(f"{code}: {count}" for code, count in reasons.items())]
        return Report(data={"retried": total, "reasons": reasons}, text="\n".join(lines))

    @staticmethod
    def _retry(source: ProblemSource, reason: str, account: str) -> int:
        now = timezone.now()
        if not source.rows(reason, now=now, account=account).exists():
            return 0
        retry = retry_all(source=source, reason=reason, account=account, actor=ACTOR, now=now)
        return carry_out(retry_id=retry.pk, now=now).retried
