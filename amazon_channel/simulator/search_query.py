"""The parameters of searchOrders, read and checked. Source: Amazon's Orders API v2026-01-01 reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from . import statuses
from .projection import INCLUDED_DATA
from .rejections import invalid_parameter
from .timestamps import read_timestamp

_MAX_MARKETPLACES = 50
_MAX_PAGE = 100
_FULFILLED_BY = frozenset({statuses.MERCHANT, statuses.AMAZON})


@dataclass(frozen=True, slots=True)
class Filters:
    """What a pagination token freezes: which orders are searched for."""

    by_creation: bool  # createdAfter was given, not lastUpdatedAfter
    after: datetime
    before: datetime | None
    fulfillment_statuses: frozenset[str]
    marketplace_ids: frozenset[str]
    fulfilled_by: frozenset[str]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    filters: Filters
    included: frozenset[str]
    page_size: int
    token: str | None


def read_search(parameters: Mapping[str, str], latest: datetime) -> SearchQuery:
    """The query these parameters ask; `latest` is the newest moment a window may end at (now - 2 minutes).

    Raises Rejection 400 for the first rule that is broken. Parameters Amazon does not know are ignored.
    """
    by_creation = _has_created_window(parameters)
    name = "created" if by_creation else "lastUpdated"
    after = _moment(parameters, f"{name}After")
    before = _moment(parameters, f"{name}Before") if parameters.get(f"{name}Before") else None
    if before is not None and before < after:
        raise invalid_parameter(f"{name}Before must be equal to or after {name}After")
    if before is not None and before > latest:
        raise invalid_parameter(f"{name}Before must be at least two minutes before the time of the request")
    filters = Filters(
        by_creation=by_creation,
        after=after,
        before=before,
        fulfillment_statuses=_choices(parameters, "fulfillmentStatuses", frozenset(statuses.ALL)),
        marketplace_ids=_marketplaces(parameters),
        fulfilled_by=_choices(parameters, "fulfilledBy", _FULFILLED_BY),
    )
    return SearchQuery(
        filters=filters,
        included=read_included_data(parameters),
        page_size=_page_size(parameters),
        token=parameters.get("paginationToken") or None,
    )


def read_included_data(parameters: Mapping[str, str]) -> frozenset[str]:
    return _choices(parameters, "includedData", INCLUDED_DATA)


def _has_created_window(parameters: Mapping[str, str]) -> bool:
    created = [name for name in ("createdAfter", "createdBefore") if parameters.get(name)]
    updated = [name for name in ("lastUpdatedAfter", "lastUpdatedBefore") if parameters.get(name)]
    if created and updated:
        raise invalid_parameter(f"{created[0]} and {updated[0]} cannot be given together")
    if "createdAfter" in created:
        return True
    if "lastUpdatedAfter" in updated:
        return False
    raise invalid_parameter("Either createdAfter or lastUpdatedAfter is required")


def _moment(parameters: Mapping[str, str], name: str) -> datetime:
    try:
        return read_timestamp(parameters[name])
    except ValueError as error:
        raise invalid_parameter(f"Invalid date/time field [{name}]: timestamp must follow ISO8601") from error


def _choices(parameters: Mapping[str, str], name: str, known: frozenset[str]) -> frozenset[str]:
    values = _listed(parameters, name)
    if unknown := sorted(values - known):
        raise invalid_parameter(f"Invalid value [{', '.join(unknown)}] for {name}")
    return values


def _marketplaces(parameters: Mapping[str, str]) -> frozenset[str]:
    values = _listed(parameters, "marketplaceIds")
    if len(parameters.get("marketplaceIds", "").split(",")) > _MAX_MARKETPLACES:
        raise invalid_parameter(f"marketplaceIds holds at most {_MAX_MARKETPLACES} values")
    return values


def _listed(parameters: Mapping[str, str], name: str) -> frozenset[str]:
    """Values of a csv parameter; an empty one is as good as none."""
    text = parameters.get(name)
    return frozenset(text.split(",")) if text else frozenset()


def _page_size(parameters: Mapping[str, str]) -> int:
    text = parameters.get("maxResultsPerPage", str(_MAX_PAGE))
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    if not 1 <= size <= _MAX_PAGE:
        raise invalid_parameter(f"maxResultsPerPage must be between 1 and {_MAX_PAGE}")
    return size
