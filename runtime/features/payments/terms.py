"""Which purchases count here: the shelf, the environment, the person."""

from collections.abc import Collection

from runtime.errors import Code, Problem
from runtime.features.payments.apple import SANDBOX, Bought
from runtime.features.payments.catalogue import Catalogue, Package
from storage.sql.users import UserRow


class Terms:
    """The refusals that need no look at what was bought before, in their order."""

    def __init__(
        self, *, catalogue: Catalogue, environment: str, reviewers: Collection[str]
    ) -> None:
        self.catalogue = catalogue
        self._environment = environment
        self._reviewers = frozenset(address.lower() for address in reviewers)

    def package(self, code: str, bought: Bought) -> Package:
        package = self.catalogue.by_code(code)
        if package is None:
            raise Problem(Code.PAYMENT_PRODUCT_NOT_FOUND, f"{code} is not on sale.")
        if package.apple_product_id != bought.product_id:
            raise Problem(
                Code.PAYMENT_PRODUCT_MISMATCH,
                f"Apple signed {bought.product_id}; {code} is {package.apple_product_id}.",
            )
        return package

    def check(self, bought: Bought, buyer: UserRow) -> None:
        self.check_environment(bought.environment, buyer.email)
        if bought.revoked_share is not None:
            raise revoked()
        if bought.account is not None and bought.account != buyer.id:
            raise conflict()

    def check_environment(self, environment: str, address: str | None = None) -> None:
        """Without an address: whether anybody's purchases from there could count."""
        if environment == self._environment:
            return
        reviewed = bool(self._reviewers) if address is None else address in self._reviewers
        if environment == SANDBOX and reviewed:
            return
        raise Problem(
            Code.PAYMENT_ENVIRONMENT_MISMATCH,
            f"It is from {environment}; this server takes {self._environment}.",
        )


def revoked() -> Problem:
    return Problem(Code.PAYMENT_TRANSACTION_REVOKED, "Apple has taken this purchase back.")


def conflict() -> Problem:
    return Problem(Code.PAYMENT_TRANSACTION_CONFLICT, "This purchase belongs to another account.")
