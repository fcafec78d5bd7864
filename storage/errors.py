"""The few things that go wrong below the server; the edge alone knows their HTTP status."""


class StorageUnavailable(Exception):
    """The store did not take the work, or its word that it did was lost; the call may be repeated.

    Nothing is ever kept by half. Whatever is repeated finds what was kept: by its unique key.
    """


class LogClosed(Exception):
    """The log has its final event; nothing may follow it."""


class LogFenced(Exception):
    """Another writer has taken this run over; this one must stop without a word."""


class LogLost(Exception):
    """The store has lost what was written to this log; nothing can follow it."""


class Taken(Exception):
    """A unique key has this value already, or a reference points nowhere."""


class AlreadyBooked(Exception):
    """This run has an entry of this kind in the ledger; there is never a second one."""


class DataFolderInUse(Exception):
    """Another server owns this data folder."""


class BlobsUnavailable(Exception):
    """The store of files did not do it; what was there before is there still."""


class BlobsRefused(BlobsUnavailable):
    """It answered, and the answer was no: it is full, or does not let us."""
