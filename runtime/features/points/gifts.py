"""What users are told when somebody gives them points."""

from runtime.runs.notices import Notice, user_locale
from storage.sql.transaction import Transaction

_TEXTS = {
    "zh-Hans": ("点数到账", "你得到 {} 点。"),
    "zh-Hant": ("點數到帳", "你得到 {} 點。"),
    "en": ("Points for you", "You were given {} points."),
}


def notice_of_grant(tx: Transaction, user_id: str, amount: int) -> Notice:
    title, body = _TEXTS[user_locale(tx, user_id)]
    return Notice(kind="points_granted", title=title, body=body.format(amount))
