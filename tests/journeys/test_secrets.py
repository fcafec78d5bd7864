"""What users ask, and what lets them in, is written nowhere but where it belongs."""

from tests.support.api import CAST, Body
from tests.support.server import Serve

CANARY = "canary-7f3a-whom-shall-i-marry"


def test_no_question_token_or_address_reaches_logs_metrics_or_problems(serve: Serve) -> None:
    server = serve(LOG_LEVEL="INFO")
    with server.api("canary-address@example.com") as ann:
        cast = {**CAST, "question": CANARY}
        body = Body(f"{CANARY}; fail error after 2")
        props = {"runtime_mode": "divination", "divinationPayload": cast}
        ann.perform(body, forwardedProps=props)
        ann.perform(Body('call save_reading {"title": 7}'), forwardedProps=props)
        refused = ann.start(Body(CANARY), forwardedProps={**props, "runtime_mode": CANARY})
        missing = ann.get(f"/agent/{CANARY}")
        metrics = ann.http.get(server.url + "/metrics")
    server.terminate()
    server.wait()

    log = "".join(server.lines)
    for told in (log, refused.text, missing.text, metrics.text):
        assert CANARY not in told
        assert ann.token not in told
        assert "canary-address" not in told


def test_members_that_nobody_asked_for_are_ignored_and_kept_nowhere(serve: Serve) -> None:
    """No field of a body can say who someone is or what they have."""
    server = serve()
    with server.api() as ann:
        wishes = {"user_id": "x", "userId": "x", "price": 0, "balance": 999, "role": "admin"}
        body = Body("say 1")
        ann.perform(body, **wishes)

        assert ann.balance() == 90
        assert ann.run(body.run)["price"] == 10
        assert "admin" not in ann.get(f"/agent/sessions/{body.thread}").text
