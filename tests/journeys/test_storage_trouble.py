"""The store does not answer for a while: what was promised before and after still holds."""

from tests.support.api import Body, events_in
from tests.support.locking import locked
from tests.support.problems import assert_problem
from tests.support.server import Serve
from tests.support.viewer import Viewer, wait_until


def test_a_store_that_stumbles_refuses_the_new_and_ends_what_was_under_way(serve: Serve) -> None:
    """What cannot be kept is refused whole; a run goes on, or is ended and given back."""
    server = serve(LEASE_SECONDS=6)
    with server.api() as ann:
        under_way, new = Body("say 400 pace 20"), Body("say 2")
        viewer = Viewer.starting(ann, under_way).seen("TEXT_MESSAGE_CONTENT", 3)

        with locked(server):
            refused = ann.start(new)

        problem = assert_problem(refused, "STORAGE_UNAVAILABLE", 503)
        assert problem["detail"]
        assert ann.get(f"/agent/runs/{new.run}").status_code == 404
        assert ann.perform(new)[-1].type == "RUN_FINISHED"
        wait_until(lambda: ann.run(under_way.run)["status"] != "running", seconds=12)
        # Which of the two: whose turn it was when the lock was let go.
        lost = ann.run(under_way.run)["status"] == "failed"
        events = events_in(ann.log(under_way))
        assert events[-1].type == ("RUN_ERROR" if lost else "RUN_FINISHED")
        assert b"".join(viewer.ended().frames) == ann.log(under_way)
        assert ann.run(under_way.run)["refunded"] is lost
        assert ann.balance() == (90 if lost else 80)
    assert not server.audit()["findings"]
