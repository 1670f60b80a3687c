"""The simulated clock: it can stand still, run faster than real time, and be moved."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from .timestamps import whole_milliseconds

_MILLISECOND = timedelta(milliseconds=1)


class Clock:
    """Simulated time. `speed` is simulated seconds per real second; 0 stands still until moved."""

    def __init__(self, now: datetime, speed: float = 0.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._base = whole_milliseconds(now)
        self._anchor = monotonic()
        self._last_stamp: datetime | None = None
        self.speed = speed

    def now(self) -> datetime:
        if not self.speed:
            return self._base
        return whole_milliseconds(self._base + timedelta(seconds=(self._monotonic() - self._anchor) * self.speed))

    def stamp(self) -> datetime:
        """A moment for an event: later than every stamp before it, so that two updates never share a time.

        Where the clock stands still it is moved by the millisecond this takes.
        """
        moment = self.now()
        if self._last_stamp is not None and moment <= self._last_stamp:
            moment = self._last_stamp + _MILLISECOND
            self._restart_from(moment)
        self._last_stamp = moment
        return moment

    def advance(self, seconds: float) -> None:
        self._restart_from(self.now() + timedelta(seconds=seconds))

    def set(self, now: datetime) -> None:
        """Move to `now`, also backwards; later stamps count from there."""
        self._last_stamp = None
        self._restart_from(now)

    def set_speed(self, speed: float) -> None:
        if speed < 0:
            raise ValueError("speed must be 0 or more")
        self._restart_from(self.now())
        self.speed = speed

    def _restart_from(self, moment: datetime) -> None:
        self._base = whole_milliseconds(moment)
        self._anchor = self._monotonic()
