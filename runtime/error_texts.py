"""The two sentences of every error code: when it is raised, and what to do about it."""

from collections.abc import Iterator, Mapping

# NAME, then indented: when it is raised -> what the caller should do.
_SOURCE = """\
AUTH_SERVICE_UNAVAILABLE
    The one-time code could not be sent: the mail service does not answer. -> Try again shortly.
AUTH_TOO_MANY_REQUESTS
    Codes were requested or tried too often for this address or from this network.
    -> Wait for the seconds in retryAfter, then try again.
AUTH_VERIFICATION_CODE_INVALID
    The code is wrong, was used already, or is too old. -> Check it, or request a new one.
AUTH_REFRESH_TOKEN_INVALID
    The token is unknown, expired, revoked, or was spent before. -> Forget it and sign in again.
AUTH_REFRESH_TOKEN_MISSING
    A call that needs a refresh token came without one. -> Treat the user as signed out.
AUTH_USER_NOT_FOUND
    The token is genuine, but its user has been deleted. -> Sign out and tell the user.
AUTH_UNAUTHORIZED
    The access token is missing, malformed, expired or revoked.
    -> Refresh it and repeat the request; if that fails, sign in again.
POINTS_INSUFFICIENT_BALANCE
    The run costs more points than the user has. -> Offer a recharge; nothing was charged.
POINTS_INVALID_CURSOR
    The cursor is not a date and time as the ledger gives them. -> Start from the first page.
AGENT_SESSION_RUN_LIMIT_EXCEEDED
    The session holds as many user messages as it may. -> Start a new session.
AGENT_RUNTIME_MODE_INVALID
    The mode in forwardedProps is absent or is none of the known ones. -> Send a known mode.
AGENT_DIVINATION_PAYLOAD_REQUIRED
    A divination came without the cast in forwardedProps. -> Cast again and send the lines.
AGENT_OUTPUT_DIVINATION_INVALID
    The chart that the worker derived does not have its expected shape.
    -> Show the text without the chart, and suggest another reading.
AGENT_SESSION_ID_INVALID
    The session id is not a lower-case UUID. -> Reload the list of sessions.
AGENT_SESSION_NOT_FOUND
    There is no session of that id. -> Reload the list of sessions.
AGENT_USER_ID_INVALID
    The token's user id is not a lower-case UUID. -> Sign in again.
AGENT_AUDIO_UNSUPPORTED_FORMAT
    The recording is in a format that the transcriber cannot read. -> Send WAV audio.
AGENT_AUDIO_TOO_LARGE
    The recording is longer or larger than the transcriber takes. -> Record a shorter one.
AGENT_AUDIO_EMPTY
    The uploaded recording holds no bytes. -> Record again.
AGENT_ASR_UNAVAILABLE
    The speech service failed or does not answer. -> Try again, or type the text.
AGENT_PAYLOAD_INVALID
    The input is well-formed but breaks a rule: an impossible cast, or a run id that was used
    with another body. -> Correct what errors names, or take a new run id.
AGENT_RUN_INPUT_INVALID
    The body is not JSON or does not have the shape of a run input. -> Correct what errors names.
AGENT_RUN_MESSAGES_INVALID
    The last message is not the user's, is empty, or is over a limit. -> Correct the messages.
AGENT_INVALID_RUN_ID
    The run id is absent, is no lower-case UUID, or names no run of this session.
    -> Ask the session for its runs.
AGENT_INVALID_LAST_EVENT_ID
    The id is malformed, belongs to another log, or lies past the end of this one.
    -> Open the stream again without it.
AGENT_SSE_CONNECTION_LIMIT
    The user has as many streams open as are allowed at once.
    -> Close one, or wait for the seconds in retryAfter.
AGENT_FORBIDDEN
    The session, run or file is somebody else's. -> Reload what is shown.
AGENT_ATTACHMENT_EMPTY
    The uploaded file holds no bytes. -> Choose the file again.
AGENT_ATTACHMENT_TOO_LARGE
    The file is over the limit for attachments. -> Choose a smaller one.
AGENT_ATTACHMENTS_TOO_MANY
    The message carries more attachments than it may. -> Remove some.
AGENT_ATTACHMENT_UNSUPPORTED_TYPE
    The file's content is of a type that is not taken. -> Choose a file of an accepted type.
AGENT_ATTACHMENTS_FULL
    The user has as many files, or as many bytes of them, as one may have.
    -> Forget a session that has files.
AGENT_FILES_TOO_OFTEN
    More files or recordings came within a minute than one user may send.
    -> Wait as long as retryAfter says.
AGENT_ATTACHMENT_UPLOAD_FAILED
    The file store did not keep the upload. -> Upload again.
AGENT_ATTACHMENT_STORAGE_UNAVAILABLE
    The file store does not answer. -> Try again shortly.
AGENT_ATTACHMENT_BUCKET_INVALID
    The bucket named is none of this server's. -> Use the bucket that the upload returned.
AGENT_ATTACHMENT_PATH_SCOPE_INVALID
    The path leads to something that is not the user's. -> Use the path that the upload returned.
AGENT_SIGNED_URL_GENERATION_FAILED
    The file store refused to sign a URL. -> Try again.
AGENT_SIGNED_IMAGE_URL_INVALID
    The URL has expired, or its signature does not match. -> Ask for a new one.
INVALID_BINARY_URL_HOST
    A message refers to a file on a host that is not allowed. -> Upload the file here.
INVALID_BINARY_URL_BUCKET
    A message refers to a file in a bucket that is not allowed. -> Upload the file here.
INVALID_BINARY_URL_PATH_SCOPE
    A message refers to a file outside the user's own. -> Upload the file here.
AGENT_SESSION_BUSY
    A run of the session is under way, or its approvals are still open.
    -> Follow the run named, answer its interrupts, then send again.
AGENT_SESSION_HAS_READING
    A divination was asked for in a session that has one. -> Follow up, or start a new session.
AGENT_SESSION_WITHOUT_READING
    A follow-up was sent where the reading failed or was called off. -> Send the divination again.
AGENT_RUN_NOT_FOUND
    There is no run of that id. -> Ask the session for its runs.
AGENT_TOOL_CALL_NOT_FOUND
    The run has no tool call of that id. -> Ask the run for its tool calls.
AGENT_APPROVAL_EXPIRED
    The decision came after the approval's deadline. -> Nothing to do: it counts as rejected.
AGENT_APPROVAL_DECIDED
    Another decision was taken first, and it stands. -> Show that one.
AGENT_DECISION_INVALID
    The decision is unknown, or its edited arguments do not fit the tool. -> Decide again.
AGENT_LOG_GONE
    The run is so old that its events were dropped. -> Open the stream without a cursor.
AGENT_MODEL_UNAVAILABLE
    The model does not answer, or refused the request; any points were given back.
    -> Try again as a new run.
AGENT_MODEL_CUT
    The model's answer broke off before its end; any points were given back.
    -> Try again as a new run.
AGENT_RUN_TIMED_OUT
    The run went past its time limit; any points were given back. -> Try again as a new run.
AGENT_WORKER_LOST
    The process that worked on the run died, or the store that carried its events forgot them; any
    points were given back.
    -> Try again as a new run.
AGENT_RUN_TOO_LARGE
    The answer went past the size that is kept; any points were given back.
    -> Ask a narrower question as a new run.
AGENT_TOO_MANY_STEPS
    The model kept calling tools without coming to an end; any points were given back.
    -> Try again as a new run.
PROFILE_PAYLOAD_INVALID
    A field of the profile is empty, too long, or of the wrong type. -> Correct what errors names.
PROFILE_NOT_FOUND
    The user has no profile so far. -> Create it with POST.
PROFILE_DELETE_FAILED
    A store did not take the deletion, and nothing was deleted. -> Offer a retry.
AVATAR_FILE_INVALID
    The image is too large, or of a type that is not taken. -> Choose another one.
AVATAR_PATH_SCOPE_INVALID
    The path leads to something that is not the user's. -> Use the path that the upload returned.
AVATAR_SIGNED_URL_FAILED
    The file store refused to sign an upload. -> Keep the old avatar and try again.
AVATAR_UPLOAD_FAILED
    The file store did not keep the image. -> Keep the old avatar and try again.
NOTIFICATION_NOT_FOUND
    The user has no notification of that id. -> Reload the list.
NOTIFICATION_INVALID_CURSOR
    The cursor is not a date and time as the list gives them. -> Start from the first page.
INVITE_CODE_NOT_FOUND
    The user has not made an invite code. -> Make one with POST.
INVITE_CODE_INVALID
    Nobody has the invite code that was given, or it is one's own. -> Ask for the code again.
INVITE_ALREADY_REDEEMED
    The user has used an invite code before. -> Say so; one user uses one code.
INVITE_NOT_ELIGIBLE
    The account is too old, older than its inviter's, or not its owner's first. -> Say so.
INVITE_TOO_MANY_ATTEMPTS
    The user gave too many wrong invite codes. -> Show how long to wait.
FEEDBACK_CONTENT_EMPTY
    The feedback has no text. -> Write something.
FEEDBACK_CONTENT_TOO_LONG
    The text has more characters than are taken. -> Shorten it.
FEEDBACK_TOO_MANY_IMAGES
    The feedback has more images than are taken. -> Remove some.
FEEDBACK_IMAGE_TOO_LARGE
    One of the images is over the limit. -> Choose a smaller one.
FEEDBACK_INVALID_IMAGE_TYPE
    One of the images is of a type that is not taken. -> Send JPEG or PNG.
FEEDBACK_SUBMIT_FAILED
    The feedback could not be kept. -> Send it again.
FEEDBACK_TOO_MANY
    Feedback was sent too often by this user, from this network or by all together. -> Wait.
PAYMENT_PRODUCT_NOT_FOUND
    The product is unknown or not on sale. -> Reload the packages.
PAYMENT_PRODUCT_MISMATCH
    Apple signed another product than the one named. -> Send the transaction's own product.
PAYMENT_ENVIRONMENT_MISMATCH
    A sandbox purchase came to a production server, or the other way round.
    -> Tell the user that the purchase could not be verified.
PAYMENT_TRANSACTION_INVALID
    The transaction is malformed, or its signature does not lead to Apple.
    -> Tell the user that the purchase could not be verified.
PAYMENT_TRANSACTION_REVOKED
    Apple took the purchase back. -> Tell the user that it is no longer available.
PAYMENT_TRANSACTION_CONFLICT
    The purchase was granted to another account, or changed meanwhile.
    -> Reload the balance; if it is wrong, contact support.
PAYMENT_STARTER_PACK_INELIGIBLE
    This address had its starter pack before. -> Reload the packages.
PAYMENT_APPLE_UNAVAILABLE
    Apple's service does not answer where its word is needed, or payments are not set up here.
    -> Keep the transaction unfinished and try again later.
PAYMENT_GRANT_FAILED
    The purchase is genuine, but the points were not booked.
    -> Keep the transaction unfinished and try again: it is granted once.
PAYMENT_REFUND_INSUFFICIENT_BALANCE
    Apple refunded points that the user has spent. -> Nothing to do: a person looks into it.
MISSING_RUNTIME_ARGS
    A tool ran outside a run, so it does not know for whom. -> Report it: this is our mistake.
TOOL_REJECTED
    The user said no to the call, or did not answer in time. -> Show that it was not done.
TOOL_PENDING_APPROVAL
    The call needs the user's consent and has none so far. -> Ask the user, then decide it.
REQUEST_VALIDATION_ERROR
    The body, a parameter or a header is malformed. -> Correct what errors names.
INTERNAL_ERROR
    The server met something it did not expect. -> Try again; if it lasts, report the instance.
READING_NOT_FOUND
    The user's journal holds no reading of that id. -> Reload the list of saved readings.
FILE_NOT_FOUND
    The user's folder holds no file of that name. -> Reload what refers to it.
FILE_RANGE_UNSATISFIABLE
    The range asked for begins beyond the end of the file. Carries its `size`.
    -> Ask for bytes that it has, or for the whole.
FILE_TOO_MANY_READERS
    As many files are being sent as this server sends at once, of this user or in all.
    -> Wait for the seconds in retryAfter, then try again.
REMINDER_NOT_FOUND
    The user has set no reminder of that id. -> Reload the list of reminders.
SHARE_NOT_FOUND
    The link is none that this server gave, or ended long ago, or its session was forgotten.
    -> Check the link.
SHARE_GONE
    The link has run out, or its owner has revoked it. -> Ask its owner for a new one.
ROUTE_NOT_FOUND
    The address belongs to no call of this server. -> Check it against the API document.
METHOD_NOT_ALLOWED
    The address exists, but not for this method. -> Use one of those in the Allow header.
NOT_ACCEPTABLE
    The call cannot answer in any type that the Accept header allows. -> Widen Accept.
REQUEST_TIMEOUT
    The headers or the body came too slowly. -> Send the request again.
REQUEST_TOO_LARGE
    The headers or the body are over the limit. -> Send less.
UNSUPPORTED_MEDIA_TYPE
    The body is of a type, a charset or a compression that the call does not read.
    -> Send what the API document asks for, uncompressed and in UTF-8.
SERVER_DRAINING
    The server is about to stop and takes nothing new. -> Try again: another one answers.
STORAGE_UNAVAILABLE
    The database or the event log does not answer, or has no room. -> Try again shortly.
"""


def _parsed(source: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for entry in source.replace("\n    ", " ").splitlines():
        name, _, sentences = entry.partition(" ")
        when, arrow, advice = sentences.partition(" -> ")
        if not arrow:
            raise ValueError(f"{name} lacks its advice")
        yield name, (when, advice)


TEXTS: Mapping[str, tuple[str, str]] = dict(_parsed(_SOURCE))
