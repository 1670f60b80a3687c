"""Loaded by every Python of the soak before anything else: lets its clock run fast, and not quite right.

``SOAK_CLOCK`` is the moment at which the soak began (seconds since 1970), how many seconds pass in one, and by how many
seconds this process is wrong.
"""

import os
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

BEGAN, SPEED, SKEW = (float(part) for part in os.environ["SOAK_CLOCK"].split(","))


class Clock(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> Any:
        began = datetime.fromtimestamp(BEGAN, tz)
        return began + (datetime.now(tz) - began) * SPEED + timedelta(seconds=SKEW)


timezone.datetime = Clock
