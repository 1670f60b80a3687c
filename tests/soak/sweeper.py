"""The schedule, faster: rings what the scheduled sweeps ring, every minute of the soak's clock, until it is killed.

The cluster's own scheduler looks twice a minute, which at the speed of the soak's clock is too seldom.
"""

import logging
import os
import time

import django
from django.db import DatabaseError, close_old_connections


def main() -> None:
    from project import jobs
    from project.schedules import SCHEDULES

    while True:
        for task, minutes in SCHEDULES.items():
            if minutes < 60:
                try:
                    jobs.find_task(task)()
                except DatabaseError:
                    logging.getLogger("soak").exception("%s", task)
                close_old_connections()
        time.sleep(3)  # a minute of the soak


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    django.setup()
    main()
