"""Purchases and points against a model of them: any order, any number of copies, any spending."""

from collections import Counter
from itertools import count, permutations
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from runtime.errors import Problem
from runtime.features.payments.apple import WHOLE, Announcement
from runtime.features.payments.books import Grant
from runtime.features.points.identity import identity_hash
from storage.sql.payment_reviews import Settlement
from tests.support.purchases import KEYS, POINTS, Shop, Word, purchase

REFUND, REVERSED, REFUND_AGAIN = Word("n1", 10, WHOLE), Word("n2", 20, 0), Word("n3", 30, WHOLE)
POST = "post"


@pytest.fixture
def shop() -> Shop:
    return Shop()


def granted(answer: Grant | str) -> Grant:
    assert isinstance(answer, Grant), answer
    return answer


# --- one purchase ------------------------------------------------------------------------------


def test_a_purchase_brings_its_points_and_its_bonus_for_each_piece(shop: Shop) -> None:
    grant = granted(shop.post("ann", purchase(quantity=3)))

    assert grant.balance == shop.balance() == 3 * POINTS
    (entry,) = shop.tx.points.page("ann", before=2**62, limit=9)
    assert (entry.kind, entry.amount, entry.note) == ("purchase", 3 * POINTS, None)
    assert (entry.purchase_id, entry.cause) == (grant.purchase.id, "grant")


def test_points_of_the_sandbox_are_marked(shop: Shop) -> None:
    shop.post("ann", purchase(environment="Sandbox"))

    (entry,) = shop.tx.points.page("ann", before=2**62, limit=9)
    assert entry.note == "Sandbox"


def test_a_copy_is_told_of_the_same_grant(shop: Shop) -> None:
    first = granted(shop.post("ann", purchase()))

    again = granted(shop.post("ann", purchase()))

    assert again == first
    assert shop.balance() == POINTS


def test_an_id_of_the_sandbox_is_another_purchase(shop: Shop) -> None:
    shop.post("ann", purchase())
    granted(shop.post("ann", purchase(environment="Sandbox")))

    assert shop.balance() == 2 * POINTS


def test_what_was_granted_to_one_is_not_granted_to_another(shop: Shop) -> None:
    shop.post("ann", purchase())

    assert shop.post("ben", purchase()) == "PAYMENT_TRANSACTION_CONFLICT"
    assert shop.balance("ben") == 0


def test_a_refund_in_parts_takes_its_part(shop: Shop) -> None:
    shop.post("ann", purchase())

    assert shop.tell(Word("n1", 10, WHOLE // 3), purchase()) == "refunded"
    assert shop.balance() == POINTS - POINTS * (WHOLE // 3) // WHOLE
    assert shop.tell(Word("n2", 20, WHOLE), purchase()) == "refunded"
    assert shop.balance() == 0
    assert shop.findings() == []


# --- the starter pack --------------------------------------------------------------------------


def starter(name: str, **changes: Any) -> Any:
    return purchase(name, product_id="eryao.points.starter", **changes)


def test_a_starter_pack_is_sold_once_to_an_address(shop: Shop) -> None:
    pack = shop.named("starter")
    assert shop.books.is_eligible_for_starter(shop.tx, shop.users["ann"])
    granted(shop.post("ann", starter("t1"), pack))

    assert not shop.books.is_eligible_for_starter(shop.tx, shop.users["ann"])
    assert shop.post("ann", starter("t2"), pack) == "PAYMENT_STARTER_PACK_INELIGIBLE"
    assert shop.books.is_eligible_for_starter(shop.tx, shop.users["ben"])
    assert granted(shop.post("ann", starter("t1"), pack)).balance == 120


def test_a_starter_pack_is_one_piece(shop: Shop) -> None:
    pack = shop.named("starter")

    refused = shop.post("ann", starter("t1", quantity=2), pack)

    assert refused == "PAYMENT_STARTER_PACK_INELIGIBLE"
    granted(shop.post("ann", starter("t2"), pack))


def test_a_starter_pack_claimed_under_an_earlier_key_is_remembered(shop: Shop) -> None:
    shop.post("ben", purchase("t1"))
    shop.tx.purchases.claim_starter(identity_hash(KEYS[1], "ann@example.com"), "t1", 1)

    assert not shop.books.is_eligible_for_starter(shop.tx, shop.users["ann"])
    refused = shop.post("ann", starter("t2"), shop.named("starter"))
    assert refused == "PAYMENT_STARTER_PACK_INELIGIBLE"


def test_a_new_account_of_the_same_address_gets_nothing_twice(shop: Shop) -> None:
    """The person is forgotten, their starter pack and their purchases are not."""
    pack = shop.named("starter")
    shop.post("ann", starter("t1"), pack)
    shop.tell(REFUND, starter("t1"))
    shop.post("ann", purchase("t2"))
    shop.spend("ann", 1)
    shop.tell(Word("n9", 10, WHOLE), purchase("t2"))
    assert len(shop.reviews()) == 1

    shop.tx.purchases.forget_person("ann", now=5)
    shop.tx.connection.exec_driver_sql("DELETE FROM users WHERE id = 'ann'")
    shop.users["ann"] = shop.join("ann-again", "ann@example.com")

    assert shop.reviews() == []
    assert shop.post("ann", starter("t3"), pack) == "PAYMENT_STARTER_PACK_INELIGIBLE"
    assert shop.post("ann", purchase("t2")) == "PAYMENT_TRANSACTION_CONFLICT"
    assert shop.tell(Word("n10", 20, 0), purchase("t2")) == "noted"
    assert shop.balance("ann-again") == 0
    assert shop.findings() == []
    kept = shop.tx.purchases.get("Production", "t2")
    assert kept is not None
    assert (kept.user_id, kept.identity_hash is None) == (None, False)


# --- Apple's words in any order ----------------------------------------------------------------

ORDERS = sorted({*permutations([POST, POST, REFUND, REFUND, REVERSED], 5)}, key=str)
LONGER = sorted({*permutations([POST, POST, REFUND, REVERSED, REFUND_AGAIN], 5)}, key=str)


@pytest.mark.parametrize("order", [*ORDERS, *LONGER], ids=lambda order: "-".join(map(_name, order)))
def test_whatever_the_order_the_last_word_of_apples_counts(shop: Shop, order: Any) -> None:
    """By when Apple said it, not by when it came; a purchase is granted unless it is refunded."""
    said: list[Word] = []
    has_points = False
    for step in order:
        if step == POST:
            answer = shop.post("ann", purchase())
            is_refunded = _last(said) > 0
            assert answer == "PAYMENT_TRANSACTION_REVOKED" if is_refunded else granted(answer)
            has_points |= not is_refunded
        else:
            outcome = shop.tell(step, purchase())
            assert (outcome == "repeated") == (step in said)
            said.append(step)
        assert shop.balance() == (POINTS if has_points and not _last(said) else 0)
        assert shop.findings() == []
    assert shop.reviews() == []


def _last(said: list[Word]) -> int:
    return max(said, key=lambda word: word.at).share if said else 0


def _name(step: Any) -> str:
    return str(step if step == POST else step.id)


def test_a_word_that_was_overtaken_changes_nothing(shop: Shop) -> None:
    shop.post("ann", purchase())
    shop.tell(REVERSED, purchase())

    assert shop.tell(REFUND, purchase()) == "overtaken"
    assert shop.balance() == POINTS


def test_the_same_refund_told_anew_is_taken_once(shop: Shop) -> None:
    shop.post("ann", purchase())
    shop.post("ann", purchase("t2"))
    shop.tell(REFUND, purchase())

    assert shop.tell(REFUND_AGAIN, purchase()) == "unchanged"
    assert shop.balance() == POINTS


# --- what Apple tells that the app has not -----------------------------------------------------


def charge(bought: Any, name: str = "c1") -> Announcement:
    return Announcement(
        id=name, kind="ONE_TIME_CHARGE", environment="Production", signed_at=5, bought=bought
    )


def test_a_charge_that_names_its_user_is_granted_though_the_app_never_calls(shop: Shop) -> None:
    bought = purchase(account="ann")

    assert shop.books.hear(shop.tx, charge(bought)) == "granted"
    assert shop.balance() == POINTS
    assert granted(shop.post("ann", bought)).balance == POINTS


@pytest.mark.parametrize("account", [None, "nobody"])
def test_a_charge_of_nobody_is_left_to_the_app(shop: Shop, account: str | None) -> None:
    assert shop.books.hear(shop.tx, charge(purchase(account=account))) == "left to the app"
    assert granted(shop.post("ann", purchase())).balance == POINTS


def test_a_charge_of_what_is_not_on_sale_is_left_to_the_app(shop: Shop) -> None:
    bought = purchase(account="ann", product_id="gone")

    assert shop.books.hear(shop.tx, charge(bought)) == "left to the app"


def test_a_charge_of_the_sandbox_is_refused_and_kept(shop: Shop) -> None:
    bought = purchase(account="ann", environment="Sandbox")

    assert shop.books.hear(shop.tx, charge(bought)) == "PAYMENT_ENVIRONMENT_MISMATCH"
    assert shop.balance() == 0


def test_a_charge_of_a_second_starter_pack_is_refused_and_kept(shop: Shop) -> None:
    shop.post("ann", starter("t1"), shop.named("starter"))

    outcome = shop.books.hear(shop.tx, charge(starter("t2", account="ann")))

    assert outcome == "PAYMENT_STARTER_PACK_INELIGIBLE"
    assert shop.findings() == []


# --- points that were spent --------------------------------------------------------------------


@pytest.fixture
def spent(shop: Shop) -> Shop:
    """Ann bought, spent a point, and has her money back."""
    shop.post("ann", purchase())
    shop.spend("ann", 1)
    assert shop.tell(REFUND, purchase()) == "PAYMENT_REFUND_INSUFFICIENT_BALANCE"
    return shop


def test_a_refund_of_spent_points_takes_nothing_and_waits(spent: Shop) -> None:
    (review,) = spent.reviews()

    assert (review.points, review.email) == (POINTS, "ann@example.com")
    assert spent.balance() == POINTS - 1
    assert spent.post("ann", purchase()) == "PAYMENT_TRANSACTION_REVOKED"
    assert spent.findings() == []


def test_a_reversal_ends_the_review(spent: Shop) -> None:
    spent.tell(REVERSED, purchase())

    assert spent.reviews() == []
    assert spent.balance() == POINTS - 1
    assert spent.findings() == []


def test_a_review_can_be_forgiven_and_stays_so(spent: Shop) -> None:
    (review,) = spent.reviews()
    spent.books.settle(spent.tx, review.id, Settlement.FORGIVEN)

    assert spent.tell(REFUND_AGAIN, purchase()) == "unchanged"
    assert spent.balance() == POINTS - 1
    assert spent.reviews() == []
    assert spent.findings() == []


def test_what_was_forgiven_is_not_given_again(spent: Shop) -> None:
    (review,) = spent.reviews()
    spent.books.settle(spent.tx, review.id, Settlement.FORGIVEN)

    spent.tell(REVERSED, purchase())

    assert spent.balance() == POINTS - 1
    assert spent.findings() == []


def test_what_was_forgiven_is_not_taken_later(shop: Shop) -> None:
    """A part was forgiven; of the whole, only the rest is taken."""
    shop.post("ann", purchase())
    shop.spend("ann", POINTS)
    shop.tell(Word("n1", 10, WHOLE // 2), purchase())
    (review,) = shop.reviews()
    shop.books.settle(shop.tx, review.id, Settlement.FORGIVEN)
    shop.wallet.grant(shop.tx, "ann", 1_000, None)

    assert shop.tell(Word("n2", 20, WHOLE), purchase()) == "refunded"

    assert shop.balance() == 1_000 - POINTS // 2
    assert shop.findings() == []


def test_a_review_cannot_take_what_is_not_there(spent: Shop) -> None:
    (review,) = spent.reviews()

    with pytest.raises(Problem, match="fewer"):
        spent.books.settle(spent.tx, review.id, Settlement.TAKEN)

    assert spent.balance() == POINTS - 1


def test_a_review_takes_once_there_is_enough(spent: Shop) -> None:
    (review,) = spent.reviews()
    spent.wallet.grant(spent.tx, "ann", 1, None)

    spent.books.settle(spent.tx, review.id, Settlement.TAKEN)

    assert spent.balance() == 0
    with pytest.raises(LookupError, match="before"):
        spent.books.settle(spent.tx, review.id, Settlement.FORGIVEN)
    assert spent.tell(REVERSED, purchase()) == "restored"
    assert spent.balance() == POINTS
    assert spent.findings() == []


def test_an_unknown_review_is_said_to_be_none(shop: Shop) -> None:
    with pytest.raises(LookupError, match="no review"):
        shop.books.settle(shop.tx, "r1", Settlement.TAKEN)


# --- everything at once ------------------------------------------------------------------------


class Counterfoil(RuleBasedStateMachine):
    """Two users, three purchases, Apple's words in any order, points spent in between."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = count(1)
        self.shop = Shop()
        self.words = 0
        self.owner: dict[str, str] = {}
        self.last: dict[str, Word] = {}
        self.other: Counter[str] = Counter()
        # What is kept of each purchase: its points, less what was taken.
        self.taken: Counter[str] = Counter()
        self.forgiven: Counter[str] = Counter()
        self.reviewed: dict[str, int] = {}

    names = st.sampled_from(["t1", "t2", "t3"])
    users = st.sampled_from(["ann", "ben"])

    def share(self, name: str) -> int:
        return self.last[name].share if name in self.last else 0

    def expected(self, user: str) -> int:
        mine = [name for name, owner in self.owner.items() if owner == user]
        return self.other[user] + sum(POINTS - self.taken[name] for name in mine)

    @rule(name=names, user=users)
    def post(self, name: str, user: str) -> None:
        answer = self.shop.post(user, purchase(name))
        if self.owner.get(name, user) != user:
            assert answer == "PAYMENT_TRANSACTION_CONFLICT"
        elif self.share(name):
            assert answer == "PAYMENT_TRANSACTION_REVOKED"
        else:
            assert isinstance(answer, Grant)
            self.owner[name] = user

    @rule(name=names, at=st.integers(1, 50), share=st.sampled_from([0, 0, WHOLE, WHOLE, 40_000]))
    def tell(self, name: str, at: int, share: int) -> None:
        self.words += 1
        word = Word(f"n{self.words}", at, share)
        before = self.share(name)
        counts = name not in self.last or self.last[name].at < at
        user = self.owner.get(name)
        balance = self.expected(user) if user else 0
        outcome = self.shop.tell(word, purchase(name))
        if counts:
            self.last[name] = word
        if not counts or share == before or user is None:
            return
        self.reviewed.pop(name, None)
        target = POINTS * share // WHOLE
        due = target - self.taken[name] - self.forgiven[name]
        if due > balance:
            assert outcome == "PAYMENT_REFUND_INSUFFICIENT_BALANCE"
            self.reviewed[name] = due
        elif due > 0:
            self.taken[name] += due
        else:
            self.taken[name] -= min(-due, self.taken[name])
            self.forgiven[name] = target - self.taken[name]

    @rule(user=users, points=st.integers(1, 400))
    def spend(self, user: str, points: int) -> None:
        if self.shop.spend(user, points):
            self.other[user] -= points

    @rule(user=users, points=st.integers(1, 400))
    def gain(self, user: str, points: int) -> None:
        self.shop.wallet.grant(self.shop.tx, user, points, None)
        self.other[user] += points

    @precondition(lambda self: self.reviewed)
    @rule(how=st.sampled_from([Settlement.TAKEN, Settlement.FORGIVEN]))
    def settle(self, how: Settlement) -> None:
        review = self.shop.reviews()[0]
        name = review.transaction_id
        if how is Settlement.TAKEN and self.expected(self.owner[name]) < review.points:
            return
        self.shop.books.settle(self.shop.tx, review.id, how)
        counted = self.taken if how is Settlement.TAKEN else self.forgiven
        counted[name] += self.reviewed.pop(name)

    @invariant()
    def balances_are_as_expected(self) -> None:
        for user in ("ann", "ben"):
            assert self.shop.balance(user) == self.expected(user) >= 0

    @invariant()
    def reviews_are_as_expected(self) -> None:
        open_now = {review.transaction_id: review.points for review in self.shop.reviews()}
        assert open_now == self.reviewed

    @invariant()
    def the_audit_agrees(self) -> None:
        """Asked now and then, and at the end: what it finds wrong does not come right by itself."""
        if next(self.steps) % 6 == 0:
            assert self.shop.findings() == []

    def teardown(self) -> None:
        assert self.shop.findings() == []
        self.shop.tx.connection.close()


TestCounterfoil = Counterfoil.TestCase
TestCounterfoil.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
