"""How much a crash test has to do: little in ``make test``, all of it in ``make soak``, which sets ``CRASH_SEEDS``.

Every checkpoint is passed in either. What Amazon puts on a page is the only thing that is smaller.
"""

import os

SEEDS = range(1, 1 + int(os.environ.get("CRASH_SEEDS", "1")))
FULL_PAGE = 100  # as Amazon's largest
PAGE = FULL_PAGE if "CRASH_SEEDS" in os.environ else 10
ORDERS = PAGE * 6 // 5  # two pages
