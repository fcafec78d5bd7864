"""The data model on one page.

Times are whole microseconds since 1970 in UTC, ids are UUIDs as text, JSON is text: what SQLite
and Postgres store alike. Exactly-once rests on the unique keys here, not on careful callers.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only for INTEGER keys; Postgres wants the wide type.
RowNumber = BigInteger().with_variant(Integer, "sqlite")


def _user_id(*, primary_key: bool = False, index: bool = False) -> Column[str]:
    owner = ForeignKey("users.id", ondelete="CASCADE")
    return Column("user_id", Text, owner, nullable=False, primary_key=primary_key, index=index)


# --- people and their points -------------------------------------------------------------------

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    # Closed for good: what is left of the user is being erased, and nobody is this user any more.
    Column("closed_at", BigInteger),
)

# One sign-in's chain of refresh tokens. They are made again from the salt and the server's key,
# so that an answer that was lost can be repeated; neither of the two alone makes one.
# `counter` is the newest one's number, `seen` the newest whose access token came back.
refresh_families = Table(
    "refresh_families",
    metadata,
    Column("id", Text, primary_key=True),
    _user_id(index=True),
    Column("salt", LargeBinary, nullable=False),
    Column("counter", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("rotated_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("revoked_at", BigInteger),
)

# One-time codes, as keyed hashes, each with the tries it has left: those that name its challenge,
# and, apart from them, those that only name the address. `unsent`: the mail did not go out, so
# the next one for that address is free.
codes = Table(
    "codes",
    metadata,
    Column("challenge", Text, primary_key=True),
    Column("email", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("tries_left", Integer, nullable=False),
    Column("blind_tries_left", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("used_at", BigInteger),
    Column("unsent", Boolean, nullable=False, server_default=false()),
    Index("ix_codes_by_email", "email", "created_at"),
)

# Users whom another issuer vouches for.
identities = Table(
    "identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    _user_id(index=True),
    Column("created_at", BigInteger, nullable=False),
)

# The balance stands beside the ledger so that one conditional UPDATE can decide; the audit
# holds the two together.
accounts = Table(
    "accounts",
    metadata,
    _user_id(primary_key=True),
    Column("balance", BigInteger, nullable=False),
    Column("last_entry_at", BigInteger, nullable=False),
    CheckConstraint("balance >= 0", name="never_negative"),
)

# kind: signup, run, refund, grant, correction, purchase, purchase_refund, purchase_restored, invite
# (for whose code was used), invited (for who used it). `created_at` is strictly increasing per
# user: it is the cursor of the ledger's pages. An entry of a purchase names it and its cause (the
# grant, a notification of Apple's, a review), once each.
ledger = Table(
    "ledger",
    metadata,
    Column("number", RowNumber, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    _user_id(),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("balance_after", BigInteger, nullable=False),
    Column("run_id", Text),
    Column("note", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("purchase_id", Text),
    Column("cause", Text),
    Column("invite_id", Text),
    UniqueConstraint("run_id", "kind"),
    UniqueConstraint("invite_id", "kind"),
    UniqueConstraint("user_id", "created_at"),
    Index("uq_ledger_purchase_id_cause", "purchase_id", "cause", unique=True),
)

# --- sessions and runs -------------------------------------------------------------------------

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    _user_id(),
    Column("title", Text, nullable=False),
    Column("cast", Text),
    Column("derived", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index("ix_sessions_by_user", "user_id", "created_at", "id"),
)

# status: queued, running, interrupted, succeeded, failed, cancelled.
# kind: divination, follow_up, resume. A resume belongs to the paid run at the root of its chain:
# that one's charge is given back if the chain ends without an answer.
# `attempt` fences: each claim adds one, and a write that carries an older one changes nothing.
runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("session_id", Text, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    _user_id(index=True),
    Column("kind", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("input", Text, nullable=False),
    Column("parent_run_id", Text),
    Column("root_run_id", Text, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("refunded", Boolean, nullable=False, server_default=false()),
    Column("status", Text, nullable=False),
    Column("log_tag", Text, nullable=False),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("worker", Text),
    Column("lease_until", BigInteger, nullable=False, server_default=text("0")),
    Column("cancel_requested", Boolean, nullable=False, server_default=false()),
    Column("showed_text", Boolean, nullable=False, server_default=false()),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("usage", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Index("ix_runs_by_session", "session_id", "created_at"),
    Index(
        "ix_runs_waiting",
        "created_at",
        sqlite_where=text("status IN ('queued', 'running')"),
        postgresql_where=text("status IN ('queued', 'running')"),
    ),
)

# What was said, in AG-UI's shape. `number` is the order; an id is unique in its session.
messages = Table(
    "messages",
    metadata,
    Column("number", RowNumber, primary_key=True, autoincrement=True),
    Column("session_id", Text, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("session_id", "id"),
)

# state: waiting, approved, rejected, expired, pending (the client's own tool, which it answers),
# running, completed, failed.
tool_calls = Table(
    "tool_calls",
    metadata,
    Column("number", RowNumber, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("session_id", Text, nullable=False),
    _user_id(),
    Column("name", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("question", Text),
    Column("decision", Text),
    Column("reason", Text),
    Column("edited_arguments", Text),
    Column("result", Text),
    Column("error", Text),
    Column("expires_at", BigInteger),
    Column("decided_at", BigInteger),
    Column("continued_by", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    UniqueConstraint("run_id", "id"),
    Index("ix_tool_calls_by_session", "session_id", "state"),
    Index(
        "ix_tool_calls_open",
        "expires_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)

# --- a run's event log -------------------------------------------------------------------------

# A finished log: every frame in the bytes that clients saw, compressed, in one row.
archived_logs = Table(
    "archived_logs",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", Text, nullable=False),
    Column("events", Integer, nullable=False),
    Column("frames", LargeBinary, nullable=False),
    # The cleaning must not read past all those frames to find what is old.
    Column("created_at", BigInteger, nullable=False, index=True),
)

# Logs under way, when no Redis carries them: one row for what a run wrote in one commit, all runs'
# rows one after the other. A key by run would touch a page for each run at every commit. The one
# process that owns the file numbers the rows; its key is the fence: a second writer loses.
live_frames = Table(
    "live_frames",
    metadata,
    Column("number", RowNumber, primary_key=True, autoincrement=False),
    Column("run_id", Text, nullable=False),
    Column("first", Integer, nullable=False),
    Column("frames", LargeBinary, nullable=False),
)

# --- what tools leave behind -------------------------------------------------------------------

# The key is the tool call's id, so that a retried worker saves once.
saved_readings = Table(
    "saved_readings",
    metadata,
    Column("id", Text, primary_key=True),
    _user_id(),
    Column("session_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_saved_readings_by_user", "user_id", "created_at"),
)

# Due ones become notifications, in the transaction that says so in `told_at`. One that its user
# has cancelled stays, so that a retried call does not set it again.
reminders = Table(
    "reminders",
    metadata,
    Column("id", Text, primary_key=True),
    _user_id(index=True),
    Column("session_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("told_at", BigInteger),
    Column("cancelled_at", BigInteger),
    Index(
        "ix_reminders_open",
        "due_at",
        sqlite_where=text("told_at IS NULL"),
        postgresql_where=text("told_at IS NULL"),
    ),
)

# A reading as it stood when its user shared it: what is said later is not in `content`.
# Of the link only a hash is kept, and the salt from which the server's key makes it again.
shares = Table(
    "shares",
    metadata,
    Column("id", Text, primary_key=True),
    _user_id(),
    Column("session_id", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("include_question", Boolean, nullable=False),
    Column("content", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("revoked_at", BigInteger),
    Index("ix_shares_by_user", "user_id", "created_at"),
    Index("ix_shares_by_session", "session_id"),
)

# The row is the file's place in its user's quota; one that is `dropped` has no place any more and
# waits for the sweep, which removes the file first. One that is never `stored` is dropped in time.
drawings = Table(
    "drawings",
    metadata,
    Column("id", Text, primary_key=True),
    _user_id(index=True),
    Column("session_id", Text, nullable=False),
    Column("path", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("dropped", Boolean, nullable=False, server_default=false()),
    Column("stored", Boolean, nullable=False, server_default=true()),
    Index("ix_drawings_by_session", "session_id"),
    Index(
        "ix_drawings_reserved",
        "created_at",
        sqlite_where=text("stored = 0"),
        postgresql_where=text("NOT stored"),
    ),
    Index(
        "ix_drawings_dropped",
        "id",
        sqlite_where=text("dropped = 1"),
        postgresql_where=text("dropped"),
    ),
)

# Files that users brought. The row comes before the bytes and goes after them, so that no bytes are
# without one. state: awaited (a signed upload), reserved (bytes on their way), kept.
# `expires_at` is when the sweep takes it: a day after it came, unless a session claims it; 0 once
# its session is forgotten. `upload_path` is where a signed URL let the client write: what was read
# there is checked and kept under `path`, which no URL can write to.
attachments = Table(
    "attachments",
    metadata,
    Column("id", Text, primary_key=True),
    _user_id(index=True),
    Column("session_id", Text),
    Column("path", Text, nullable=False, unique=True),
    Column("upload_path", Text),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("transcript", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Index("ix_attachments_by_session", "session_id"),
    Index(
        "ix_attachments_expiring",
        "expires_at",
        sqlite_where=text("expires_at IS NOT NULL"),
        postgresql_where=text("expires_at IS NOT NULL"),
    ),
    Index(
        "ix_attachments_uploaded",
        "created_at",
        sqlite_where=text("upload_path IS NOT NULL"),
        postgresql_where=text("upload_path IS NOT NULL"),
    ),
)

# --- feedback ----------------------------------------------------------------------------------

# Without a user it is nobody's. `retry_key` tells a client's second try from a second feedback;
# `digest` tells whether it says the same.
feedback = Table(
    "feedback",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), index=True),
    Column("kind", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("device", Text),
    Column("app_version", Text),
    Column("retry_key", LargeBinary, unique=True),
    Column("digest", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
)

# A picture is nobody's until its feedback is stored, and again when that is gone: then the sweep
# takes it, once `expires_at` has passed. So no picture is left behind, whoever deletes what.
feedback_pictures = Table(
    "feedback_pictures",
    metadata,
    Column("path", Text, primary_key=True),
    Column("feedback_id", Text, ForeignKey("feedback.id", ondelete="SET NULL"), index=True),
    Column("expires_at", BigInteger, nullable=False),
    Index(
        "ix_feedback_pictures_nobodys",
        "expires_at",
        sqlite_where=text("feedback_id IS NULL"),
        postgresql_where=text("feedback_id IS NULL"),
    ),
)

# One row for each day and reader. Who holds the lease sends; `attempt` fences, so that one who
# comes back late marks nothing.
feedback_reports = Table(
    "feedback_reports",
    metadata,
    Column("day", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("lease_until", BigInteger, nullable=False, server_default=text("0")),
    Column("sent_at", BigInteger),
)

# --- profiles and notifications ----------------------------------------------------------------

profiles = Table(
    "profiles",
    metadata,
    _user_id(primary_key=True),
    Column("birth_year", Integer),
    Column("gender", Text),
    Column("updated_at", BigInteger, nullable=False),
    Column("display_name", Text),
    Column("bio", Text),
    Column("locale", Text),
    # A date as text; where it is known, `birth_year` is its year.
    Column("birthday", Text),
    Column("avatar_path", Text),
)

# One for each user, whose bytes have one key: a new URL takes the place of the one before.
avatar_uploads = Table(
    "avatar_uploads",
    metadata,
    _user_id(primary_key=True),
    Column("upload_id", Text, nullable=False),
    Column("adopted", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
)

# Which calls have changed a profile: what the user has changed since is not changed back by a
# retried one.
profile_changes = Table(
    "profile_changes",
    metadata,
    Column("id", Text, primary_key=True),
    _user_id(index=True),
    Column("created_at", BigInteger, nullable=False),
)

# `created_at` is strictly increasing per user, as it is the cursor of the pages.
notifications = Table(
    "notifications",
    metadata,
    Column("id", Text, primary_key=True),
    _user_id(),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("read_at", BigInteger),
    # What an announcement is known by: told again under its key, it is told once.
    Column("key", Text),
    UniqueConstraint("user_id", "created_at"),
    UniqueConstraint("user_id", "key"),
)

# The newest of a user's notifications: the row that makes their writers take turns.
notification_clocks = Table(
    "notification_clocks",
    metadata,
    _user_id(primary_key=True),
    Column("last_at", BigInteger, nullable=False),
)

# --- purchases ---------------------------------------------------------------------------------

# One row for each transaction of Apple's, whoever tells of it first: the app, or a notification.
# It outlives its user, whose id goes while the keyed hash of their address stays, so that nothing
# is granted twice. `revoked_share` is Apple's last word, of `told_at`: how much of it they took
# back, in thousandths of a percent. Of the points, `taken` went back and `forgiven` never will.
purchases = Table(
    "purchases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("environment", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("product_id", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("user_id", Text, ForeignKey("users.id", ondelete="SET NULL"), index=True),
    Column("identity_hash", LargeBinary),
    Column("product_code", Text),
    Column("points", BigInteger, nullable=False, server_default=text("0")),
    Column("granted_at", BigInteger),
    Column("revoked_share", Integer, nullable=False, server_default=text("0")),
    Column("told_at", BigInteger, nullable=False, server_default=text("0")),
    Column("taken", BigInteger, nullable=False, server_default=text("0")),
    Column("forgiven", BigInteger, nullable=False, server_default=text("0")),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("environment", "transaction_id"),
)

# Who has had the starter pack; no user is named, so that a new account changes nothing.
starter_claims = Table(
    "starter_claims",
    metadata,
    Column("identity_hash", LargeBinary, primary_key=True),
    Column("purchase_id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# Refunds of points that were spent: a person decides. At most one is open for a purchase.
# settlement: taken, forgiven, superseded (by a later word of Apple's), erased (with the account).
payment_reviews = Table(
    "payment_reviews",
    metadata,
    Column("id", Text, primary_key=True),
    Column("purchase_id", Text, ForeignKey("purchases.id", ondelete="CASCADE"), nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Column("settlement", Text),
    Index(
        "uq_payment_reviews_open",
        "purchase_id",
        unique=True,
        sqlite_where=text("settled_at IS NULL"),
        postgresql_where=text("settled_at IS NULL"),
    ),
)

# What Apple told us, once each; `outcome` is what came of it.
apple_notifications = Table(
    "apple_notifications",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("transaction_id", Text),
    Column("signed_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("outcome", Text),
    Index("ix_apple_notifications_by_transaction", "environment", "transaction_id"),
)

# Runs that ended with nobody there; who comes back before `due_at` needs no notification.
unseen_endings = Table(
    "unseen_endings",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    _user_id(index=True),
    Column("session_id", Text, nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Column("due_at", BigInteger, nullable=False, index=True),
    Index("ix_unseen_endings_by_session", "session_id"),
)

# --- invites -----------------------------------------------------------------------------------

invites = Table(
    "invites",
    metadata,
    _user_id(primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
)

# The key is who used a code: nobody uses a second one. The inviter may be erased before them.
invite_redemptions = Table(
    "invite_redemptions",
    metadata,
    _user_id(primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("inviter_id", Text, ForeignKey("users.id", ondelete="SET NULL")),
    Column("rewarded", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_invite_redemptions_by_inviter", "inviter_id", "created_at"),
)

# How often a user has tried codes that nobody has, since when.
invite_guesses = Table(
    "invite_guesses",
    metadata,
    _user_id(primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("wrong", Integer, nullable=False),
)

# --- erasure -----------------------------------------------------------------------------------

# One row for each account that was deleted, under the receipt that its user got. `user_id` leads
# to what is left of it, and goes when nothing can be.
erasures = Table(
    "erasures",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, unique=True),
    Column("requested_at", BigInteger, nullable=False),
    Column("completed_at", BigInteger),
)

# Addresses that had an account, as keyed hashes: what is given once is not given again.
former_identities = Table(
    "former_identities",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
)
