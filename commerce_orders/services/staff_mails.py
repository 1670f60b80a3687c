"""Who of the staff is told of what by mail. Buyers are never written to."""

from django.conf import settings
from django.contrib.auth.models import User

NOBODY_IS_REACHED = "django.core.mail.backends.dummy.EmailBackend"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def one_line(text: str) -> str:
    """Words from outside cannot pretend to be lines of ours."""
    return " ".join(text.split())


def staff_addresses(*, may_act: str) -> list[str]:
    """The addresses in ``ALERT_EMAILS``, else of all staff with that permission; none where no mail server is known."""
    if settings.EMAIL_BACKEND == NOBODY_IS_REACHED:
        return []
    if settings.ALERT_EMAILS:
        return list(settings.ALERT_EMAILS)
    staff = User.objects.with_perm(may_act, backend=BACKEND)
    return list(staff.filter(is_staff=True).exclude(email="").order_by("pk").values_list("email", flat=True))
