"""Apple's server, asked what it knows of a transaction."""

from typing import Any

import anyio

from runtime.errors import Code, Problem

PATIENCE_SECONDS = 5.0
# Calls that may hang at once; who finds no thread free in time is told that Apple is not there.
THREADS = 8
UNKNOWN = 404


class AppleApi:
    """One client of Apple's library for each environment, in threads of their own."""

    def __init__(
        self, *, key: bytes, key_id: str, issuer_id: str, bundle_id: str, url: str
    ) -> None:
        from appstoreserverlibrary.models.Environment import Environment  # noqa: PLC0415

        client = _client_class()
        self._clients = {
            environment.value: client(key, key_id, issuer_id, bundle_id, environment)
            for environment in (Environment.SANDBOX, Environment.PRODUCTION)
        }
        if url:
            for each in self._clients.values():
                each._base_url = url
        self._threads = anyio.CapacityLimiter(THREADS)

    async def signed_transaction(self, environment: str, transaction_id: str) -> str:
        """The transaction as Apple signs it now; a verified id only, as it goes into a path."""
        client = self._clients[environment]
        try:
            with anyio.fail_after(PATIENCE_SECONDS):
                signed = await anyio.to_thread.run_sync(
                    _ask, client, transaction_id, limiter=self._threads, abandon_on_cancel=True
                )
        except TimeoutError:
            raise unavailable("Apple's server did not answer in time.") from None
        if signed is None:
            raise Problem(Code.PAYMENT_TRANSACTION_INVALID, "Apple does not know this transaction.")
        return signed


def _ask(client: Any, transaction_id: str) -> str | None:
    from appstoreserverlibrary.api_client import APIException  # noqa: PLC0415

    try:
        answer = client.get_transaction_info(transaction_id)
    except APIException as exc:
        if exc.http_status_code == UNKNOWN and exc.raw_api_error is not None:
            return None
        raise unavailable(f"Apple's server answered {exc.http_status_code}.") from exc
    except Exception as exc:
        # Connections that break, answers that are no JSON or not of its shape: whatever its
        # client raises, nothing was learned.
        raise unavailable("Apple's server could not be asked.") from exc
    signed = answer.signedTransactionInfo
    if not isinstance(signed, str):
        raise unavailable("Apple's server did not tell of the transaction.")
    return signed


def _client_class() -> Any:
    import requests  # noqa: PLC0415
    from appstoreserverlibrary.api_client import AppStoreServerAPIClient  # noqa: PLC0415

    class Client(AppStoreServerAPIClient):
        """Theirs waits for thirty seconds and follows redirects, with the token."""

        def _execute_request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            params, headers, json, data = args
            return requests.request(
                method,
                url,
                params=params,
                headers=headers,
                json=json,
                data=data,
                timeout=PATIENCE_SECONDS,
                allow_redirects=False,
            )

    return Client


def unavailable(detail: str) -> Problem:
    return Problem(Code.PAYMENT_APPLE_UNAVAILABLE, detail)
