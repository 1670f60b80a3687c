"""How long things took, kept so that the records of days and accounts can be put together."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

# Each class is a twentieth wider than the one before, so that what is read out is right to three per cent.
GROWTH = 1.05


class Durations:
    """A histogram with classes of growing width, by the number of the class."""

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self.counts = Counter(counts or {})

    @classmethod
    def of(cls, durations: Iterable[timedelta]) -> "Durations":
        return cls(Counter(map(_class_of, durations)))

    @classmethod
    def merged(cls, documents: Iterable[Mapping[str, int]]) -> "Durations":
        """Of what ``as_json`` gave."""
        merged = cls()
        for document in documents:
            for number, count in document.items():
                merged.counts[int(number)] += count
        return merged

    def as_json(self) -> dict[str, Any]:
        return {str(number): count for number, count in sorted(self.counts.items())}

    def quantile(self, share: float) -> timedelta | None:
        """How long the slowest of the fastest ``share`` took: the median for a half. ``None`` where there are none."""
        wanted = math.ceil(share * self.counts.total())
        for number, count in sorted(self.counts.items()):
            wanted -= count
            if wanted <= 0:
                return timedelta(seconds=2 * GROWTH**number / (GROWTH + 1))
        return None


def _class_of(duration: timedelta) -> int:
    return math.ceil(math.log(max(duration.total_seconds(), 1), GROWTH))
