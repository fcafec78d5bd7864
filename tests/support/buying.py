"""The two calls of a purchase: the app's and Apple's."""

import httpx2

from tests.support import web
from tests.support.api import Api


def buy(api: Api, signed: str, code: str = "points_60") -> httpx2.Response:
    body = {"productCode": code, "signedTransaction": signed}
    return api.post("/payments/apple/transactions", json=body)


def tell(api: Api, signed: str) -> httpx2.Response:
    url = f"{api.url}/api/v1/payments/apple/notifications"
    return web.post(url, json={"signedPayload": signed}, timeout=15)
