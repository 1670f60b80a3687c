"""Refusals in Amazon's own words: status, code, message, details.

Sources: the Amazon page "SP-API Errors" and replies seen in production (GitHub, amzn/selling-partner-api-models 5037,
5094 and 5144).
"""

from dataclasses import dataclass
from typing import Any

ERROR_TYPES = {
    400: "ValidationException",
    401: "UnauthorizedException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    413: "RequestEntityTooLargeException",
    415: "UnsupportedMediaTypeException",
    429: "QuotaExceededException",
    500: "InternalFailureException",
    503: "ServiceUnavailableException",
}


@dataclass(frozen=True)
class Rejection(Exception):
    status: int
    code: str
    message: str
    details: str | None = ""

    def body(self) -> dict[str, Any]:
        error = {"code": self.code, "message": self.message}
        if self.details is not None:
            error["details"] = self.details
        return {"errors": [error]}


def invalid_input(message: str, details: str = "") -> Rejection:
    return Rejection(400, "InvalidInput", message, details)


def invalid_parameter(details: str) -> Rejection:
    return invalid_input("Invalid Input", details)


def unauthorized(details: str = "") -> Rejection:
    return Rejection(403, "Unauthorized", "Access to requested resource is denied.", details)


MISSING_TOKEN = unauthorized("Access token is missing in the request header.")
EXPIRED_TOKEN = unauthorized("The access token you provided has expired.")
INVALID_TOKEN = unauthorized("The access token you provided is revoked, malformed or invalid.")
NO_ROLE = unauthorized()

NOT_FOUND = Rejection(404, "NotFound", "The requested resource doesn't exist.")
QUOTA_EXCEEDED = Rejection(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")
CHANGED_FILTERS = invalid_input("The input you have submitted is not valid. Please check your input and try again.")
UNREADABLE_BODY = invalid_input("Request has missing or invalid parameters and cannot be parsed.")
WRONG_ORDER_ID = Rejection(400, "InvalidInput", "Invalid Input", None)
WRONG_SHIP_DATE = Rejection(400, "Invalid Input", "Invalid Input", None)
WRONG_PACKAGE_REFERENCE = invalid_input("PackageReferenceId: is invalid, must be a positive numeric value.")
WRONG_ORDER_ITEM = invalid_input(
    "OrderItemId  is invalid, please obtain the value through the getOrderItems API or Manage Orders page"
)
TOO_MANY_UPDATES = invalid_input(
    "ErrorCode: InvalidPackageVersion Description: The package has reached the maximum number of allowed updates."
)


def wrong_types(fields: list[str]) -> Rejection:
    return invalid_input(
        f"The input you have submitted is not valid. Please check the fields with invalid type [{', '.join(fields)}]."
    )


def nonexistent_items(order_id: str) -> Rejection:
    return invalid_input(
        f"ErrorCode: NonexistentOrderItem Description: Failed to find order item list by order ID: {order_id}"
    )


def already_fulfilled(order_id: str) -> Rejection:
    return invalid_input(
        "Failed to create package due to not finding a matching package or order already fulfilled.  "
        "ErrorMessage(errorCode=GeneralError, errorDescription=Unable to find package to update for order "
        f"({order_id}), errorMetric=PackageToUpdateNotFound, packageIndex=null)"
    )
