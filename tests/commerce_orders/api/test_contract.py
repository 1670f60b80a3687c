"""Whatever the description allows, and much that it does not, gets one of the answers that it documents."""

import os
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from commerce_orders.models.tokens import Scope
from project.wsgi import application
from tests.commerce_orders.api.clients import make_token
from tests.commerce_orders.api.furnished import OPERATIONS, furnish_shop

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "2"))  # of each kind, for each operation
SEED = int(os.environ.get("CONTRACT_SEED", "1"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module", autouse=True)
def one_connection() -> Iterator[None]:
    """The tests' connection outlives the requests, as with Django's own client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def contract(one_connection: None) -> Any:
    contract = schemathesis.openapi.from_wsgi("/api/v1/schema/", application)
    contract.config.generation.update(with_security_parameters=False)  # each request has the token
    return contract


def ask(contract: Any, method: str, path: str, parts: dict[str, Any]) -> None:
    """Draw requests to one operation, half of them about what there is (``parts`` of the address); each is undone."""
    operation = contract[path][method]
    takes_more = bool([*operation.query, *operation.body])
    kinds = []
    for named in [{"path_parameters": parts}, {}] if parts else [{}]:
        kinds.append(operation.as_strategy(generation_mode=GenerationMode.POSITIVE, **named))
        if takes_more or ("id" in parts and not named):  # every text may be an order's number
            kinds.append(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE, **named))
    headers = {"Authorization": f"Bearer {make_token(*Scope.values)[1]}"}

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies.tuples(*kinds))
    def draw(cases: tuple[Case, ...]) -> None:
        for case in cases:
            with transaction.atomic():
                response = case.call(headers=headers)
                transaction.set_rollback(True)
            case.validate_response(response, checks=CHECKS)

    draw()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_documented(contract: Any, method: str, path: str) -> None:
    ask(contract, method, path, furnish_shop().parts(path))


@pytest.fixture(scope="module")
def lying_contract(contract: Any) -> Any:
    document = deepcopy(contract.raw_schema)
    del document["paths"]["/api/v1/webhooks/"]["post"]["responses"]["400"]
    document["components"]["schemas"]["Order"]["properties"]["version"]["type"] = "string"
    lying = schemathesis.openapi.from_dict(document)
    lying.app = application
    return lying


@pytest.mark.parametrize(
    ("method", "path", "complaint"),
    [
        ("POST", "/api/v1/webhooks/", "Undocumented status code"),
        ("GET", "/api/v1/orders/{number}/", "Response violates schema"),
    ],
)
def test_answer_that_is_not_documented_would_be_noticed(
    lying_contract: Any, method: str, path: str, complaint: str
) -> None:
    with pytest.raises(FailureGroup, match=complaint):
        ask(lying_contract, method, path, furnish_shop().parts(path))


def test_server_error_would_be_noticed(contract: Any, caplog: pytest.LogCaptureFixture) -> None:
    shop = furnish_shop()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_contact SET data = %s", [b"written with a key that is gone"])
    with pytest.raises(FailureGroup, match="Server error"):
        ask(contract, "GET", "/api/v1/orders/{number}/", shop.parts("/api/v1/orders/{number}/"))
    assert "GET /api/v1/orders/" in caplog.text
