"""Delivers notices as rows that the app reads: see runs.notices.Notices."""

import json

from runtime.clock import Clock, micros
from runtime.ids import Ids
from runtime.runs.notices import Notice
from storage.sql.notifications import NotificationRow
from storage.sql.transaction import Transaction


class StoredNotices:
    """Each notice is a row in the transaction that tells it."""

    def __init__(self, *, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids

    def tell(self, tx: Transaction, user_id: str, notice: Notice) -> None:
        self._tell(tx, user_id, notice, key=None)

    def announce(self, tx: Transaction, user_id: str, notice: Notice, *, key: str) -> bool:
        """False where the user was told under this key before."""
        return self._tell(tx, user_id, notice, key=key)

    def _tell(self, tx: Transaction, user_id: str, notice: Notice, *, key: str | None) -> bool:
        at = tx.notifications.next_time(user_id, micros(self._clock.now()))
        return tx.notifications.add(
            NotificationRow(
                id=self._ids.new(),
                user_id=user_id,
                kind=notice.kind,
                title=notice.title,
                body=notice.body,
                payload=json.dumps(_payload(notice)),
                created_at=at,
                key=key,
            )
        )


def _payload(notice: Notice) -> dict[str, str]:
    if notice.url:
        return {"type": "open_url", "url": notice.url}
    if notice.route:
        return {"type": "open_route", "route": notice.route}
    return {"type": "none"}
