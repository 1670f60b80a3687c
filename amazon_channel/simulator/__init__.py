"""A local Amazon over real HTTP on loopback, for demos, tests and benchmarks.

Speaks Login with Amazon and the operations of the Selling Partner API that run orders: searchOrders and getOrder
(Orders v2026-01-01), confirmShipment (Orders v0), getMarketplaceParticipations (Sellers v1), and the order
acknowledgement feed (Feeds 2021-06-30). Imports nothing of the product. `python -m amazon_channel.simulator --port P`
runs it alone.
"""

from .sellers import CLIENT_ID, CLIENT_SECRET, DEFAULT_SELLER, REFRESH_TOKEN
from .simulator import Simulator, UnknownOrder

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "DEFAULT_SELLER", "REFRESH_TOKEN", "Simulator", "UnknownOrder"]
