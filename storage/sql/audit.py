"""The books, checked: each question finds the rows that break a promise."""

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Finding:
    """One row that should not be."""

    rule: str
    subject: str
    detail: str


RULES: dict[str, str] = {
    "a balance is never negative": """
        SELECT user_id, 'balance ' || balance FROM accounts WHERE balance < 0
    """,
    "a balance is the sum of its ledger": """
        SELECT a.user_id, 'balance ' || a.balance || ', entries ' || coalesce(sum(l.amount), 0)
        FROM accounts a LEFT JOIN ledger l ON l.user_id = a.user_id
        GROUP BY a.user_id, a.balance HAVING a.balance <> coalesce(sum(l.amount), 0)
    """,
    "each entry starts from the balance that the one before it left": """
        SELECT id, 'after ' || balance_after || ', amount ' || amount || ', before ' || before
        FROM (SELECT id, amount, balance_after,
              coalesce(lag(balance_after) OVER (PARTITION BY user_id ORDER BY created_at), 0)
              AS before FROM ledger) AS chain
        WHERE balance_after <> before + amount
    """,
    "every user has an account": """
        SELECT u.id, u.email FROM users u
        LEFT JOIN accounts a ON a.user_id = u.id WHERE a.user_id IS NULL AND u.closed_at IS NULL
    """,
    "a closed account is being erased, and nothing can be booked on it": """
        SELECT u.id, 'closed' FROM users u
        LEFT JOIN accounts a ON a.user_id = u.id LEFT JOIN erasures e ON e.user_id = u.id
        WHERE u.closed_at IS NOT NULL AND (a.user_id IS NOT NULL OR e.id IS NULL)
    """,
    "points for an invite went to one of its two sides": """
        SELECT l.id, l.kind || ' ' || l.amount FROM ledger l
        JOIN invite_redemptions r ON r.id = l.invite_id
        WHERE NOT (l.kind = 'invited' AND l.user_id = r.user_id
                   OR l.kind = 'invite' AND l.user_id = r.inviter_id AND r.rewarded)
    """,
    "a run with a price is charged exactly once": """
        SELECT r.id, 'price ' || r.price || ', charged ' || coalesce(-sum(l.amount), 0)
        FROM runs r LEFT JOIN ledger l ON l.run_id = r.id AND l.kind = 'run'
        GROUP BY r.id, r.price HAVING r.price <> coalesce(-sum(l.amount), 0)
    """,
    "a refund gives back what was charged, once": """
        SELECT g.run_id, 'given back ' || sum(g.amount) FROM ledger g
        LEFT JOIN ledger c ON c.run_id = g.run_id AND c.kind = 'run'
        WHERE g.kind = 'refund' GROUP BY g.run_id, c.amount
        HAVING count(*) <> 1 OR sum(g.amount) <> -coalesce(c.amount, 0)
    """,
    "a run marked as given back was": """
        SELECT r.id, 'price ' || r.price FROM runs r
        JOIN users u ON u.id = r.user_id AND u.closed_at IS NULL
        LEFT JOIN ledger l ON l.run_id = r.id AND l.kind = 'refund'
        WHERE r.price > 0 AND r.refunded <> (l.id IS NOT NULL)
    """,
    "a failed run is given back": """
        SELECT f.id, 'root ' || r.id FROM runs f JOIN runs r ON r.id = f.root_run_id
        WHERE f.status = 'failed' AND NOT r.refunded
    """,
    "a run that answered keeps its charge": """
        SELECT r.id, r.status FROM runs r WHERE r.status = 'succeeded' AND r.refunded
        AND NOT EXISTS (SELECT 1 FROM runs f WHERE f.root_run_id = r.id AND f.id <> r.id
                        AND f.status IN ('failed', 'cancelled'))
    """,
    "a run that ended says so everywhere": """
        SELECT r.id, r.status FROM runs r
        WHERE (r.ended_at IS NULL) <> (r.status IN ('queued', 'running'))
    """,
    "a run that waits for its user has an open approval": """
        SELECT r.id, 'no open call' FROM runs r WHERE r.status = 'interrupted'
        AND NOT EXISTS (SELECT 1 FROM tool_calls t WHERE t.run_id = r.id
                        AND (t.state = 'waiting' OR t.continued_by IS NOT NULL))
    """,
    "a purchase is booked as it stands": """
        SELECT p.id, 'points ' || p.points || ', taken ' || p.taken || ', booked '
               || coalesce(sum(l.amount), 0)
        FROM purchases p LEFT JOIN ledger l ON l.purchase_id = p.id
        WHERE p.user_id IS NOT NULL GROUP BY p.id, p.points, p.taken
        HAVING p.points - p.taken <> coalesce(sum(l.amount), 0)
    """,
    "what a purchase brought belongs to its buyer": """
        SELECT l.id, l.kind FROM ledger l
        LEFT JOIN purchases p ON p.id = l.purchase_id
                              AND coalesce(p.user_id, l.user_id) = l.user_id
        WHERE (l.kind LIKE 'purchase%' OR l.purchase_id IS NOT NULL) AND p.id IS NULL
    """,
    "what Apple took back is taken, forgiven, or under review": """
        SELECT p.id, 'share ' || p.revoked_share || ', taken ' || p.taken FROM purchases p
        LEFT JOIN payment_reviews r ON r.purchase_id = p.id AND r.settled_at IS NULL
        WHERE p.user_id IS NOT NULL AND p.granted_at IS NOT NULL
        AND p.taken + p.forgiven + coalesce(r.points, 0) <> p.points * p.revoked_share / 100000
    """,
    "a starter pack is claimed by what was granted": """
        SELECT c.purchase_id, 'no grant' FROM starter_claims c
        LEFT JOIN purchases p ON p.id = c.purchase_id AND p.identity_hash = c.identity_hash
        WHERE p.granted_at IS NULL
    """,
}

# Ended, and its log neither archived nor old enough to have been dropped.
_UNARCHIVED = text("""
    SELECT r.id, r.status FROM runs r
    JOIN users u ON u.id = r.user_id AND u.closed_at IS NULL
    LEFT JOIN archived_logs a ON a.run_id = r.id
    WHERE r.ended_at IS NOT NULL AND r.ended_at > :kept_since AND a.run_id IS NULL
""")
_OVERDUE = text("""
    SELECT id, status FROM runs
    WHERE status = 'running' AND lease_until < :overdue
    OR status = 'queued' AND created_at < :overdue
""")
_ARCHIVES = text("SELECT run_id FROM archived_logs ORDER BY run_id")
_STATEMENTS = {rule: text(statement) for rule, statement in RULES.items()}


class Audit:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def findings(self, *, kept_since: int, overdue: int) -> list[Finding]:
        if self._connection.dialect.name == "postgresql":  # to read all takes its time
            self._connection.execute(text("SET LOCAL statement_timeout = 0"))
        found = [
            Finding(rule, str(row[0]), str(row[1]))
            for rule, statement in _STATEMENTS.items()
            for row in self._connection.execute(statement)
        ]
        unarchived = self._connection.execute(_UNARCHIVED, {"kept_since": kept_since})
        found += [Finding("a run that ended has its log", row[0], row[1]) for row in unarchived]
        late = self._connection.execute(_OVERDUE, {"overdue": overdue})
        return found + [Finding("every charged run has an ending", row[0], row[1]) for row in late]

    def archived_run_ids(self) -> list[str]:
        return list(self._connection.execute(_ARCHIVES).scalars())
