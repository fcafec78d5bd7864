"""What workers are nudged under; who misses a nudge finds the same by asking, a little later."""

WORK = "work"  # a run waits to be taken
CANCEL = "cancel"  # a run that is under way is to stop
