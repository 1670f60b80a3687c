"""Charts as the theme's script draws them, with the same figures as a table for those who do not see them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from project.moments import day_words, reader_locale

# Each at least 3:1 on a light and on a dark page.
GOOD, BAD = "#059669", "#e11d48"
COLOURS = ("#3b82f6", "#d97706", "#059669", "#8b5cf6", "#e11d48", "#0891b2", "#a16207", "#6b7280")


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each day; ``None`` where there is nothing to say of a day."""

    label: str
    values: Sequence[float | None]
    is_dashed: bool = False
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """``summary`` says in words what the picture says; ``write`` how a value is written in the table."""

    code: str
    title: str
    summary: str
    days: Sequence[date]
    series: Sequence[Series]
    write: Callable[[Any], str]
    kind: str = "bar"

    @property
    def data(self) -> str:
        return json.dumps(
            {
                "labels": [day_words("MMMd", day, reader_locale()) for day in self.days],
                "datasets": [self._dataset(number, series) for number, series in enumerate(self.series)],
            }
        )

    @property
    def options(self) -> str:
        """All of them: the theme's own have neither a legend nor a scale."""
        is_stacked = self.kind == "bar"
        key = {} if is_stacked else {"usePointStyle": True, "pointStyle": "line", "pointStyleWidth": 24}
        return json.dumps(
            {
                "responsive": True,
                "maintainAspectRatio": False,
                "animation": False,
                "locale": str(reader_locale()).replace("_", "-"),
                "interaction": {"mode": "index", "intersect": False},
                "plugins": {
                    "legend": {
                        "display": len(self.series) > 1,
                        "position": "bottom",
                        "align": "start",
                        "labels": {"boxWidth": 10, "boxHeight": 10, **key},
                    }
                },
                "scales": {
                    "x": {
                        "stacked": is_stacked,
                        "grid": {"display": False},
                        "ticks": {"maxTicksLimit": 8, "maxRotation": 0},
                    },
                    "y": {"stacked": is_stacked, "beginAtZero": True, "ticks": {"maxTicksLimit": 6}},
                },
            }
        )

    @property
    def headers(self) -> list[str]:
        return [series.label for series in self.series]

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The newest day first."""
        rows = [
            (
                day_words("yMMMd", day, reader_locale()),
                ["–" if series.values[number] is None else self.write(series.values[number]) for series in self.series],
            )
            for number, day in enumerate(self.days)
        ]
        return rows[::-1]

    def _dataset(self, number: int, series: Series) -> dict[str, Any]:
        colour = series.colour or COLOURS[number % len(COLOURS)]
        looks = {"label": series.label, "data": list(series.values), "backgroundColor": colour, "borderColor": colour}
        if self.kind == "line":
            dash = [5, 4] if series.is_dashed else []
            return looks | {"borderWidth": 2, "borderDash": dash, "pointRadius": 2, "spanGaps": True}
        return looks | {"maxBarThickness": 24}
