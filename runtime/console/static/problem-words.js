// What people are told when something does not work, in both languages: [简体中文, English].

// By the code of the problem. A test holds them against what the console's calls may refuse.
export const PROBLEMS = {
  POINTS_INSUFFICIENT_BALANCE: [
    "点数不够：要 {price} 点，现有 {balance} 点。",
    "Not enough points: it takes {price}, you have {balance}.",
  ],
  AGENT_SSE_CONNECTION_LIMIT: [
    "同时开着的太多了。关掉别的页面，或等一会儿。",
    "Too many readings are open at once. Close another page, or wait a little.",
  ],
  AUTH_TOO_MANY_REQUESTS: ["试得太勤了，等一会儿。", "Too many tries; wait a little."],
  AUTH_VERIFICATION_CODE_INVALID: [
    "验证码不对，或已用过、过期了。",
    "This code is wrong, used or too old.",
  ],
  AUTH_UNAUTHORIZED: ["请重新登录。", "Please sign in again."],
  AUTH_SERVICE_UNAVAILABLE: ["现在发不出信，稍后再试。", "Mail cannot be sent now; try again later."],
  AGENT_SESSION_RUN_LIMIT_EXCEEDED: [
    "这一卦问完了（{used}/{limit}）。另起一卦吧。",
    "This cast is used up ({used} of {limit}). Cast anew.",
  ],
  AGENT_SESSION_BUSY: [
    "这一卦正在写，或在等你决定。",
    "This reading is still being written, or waits for your decision.",
  ],
  AGENT_SESSION_NOT_FOUND: ["没有这一卦，也许已经删除。", "There is no such reading; it may be deleted."],
  AGENT_FORBIDDEN: ["这不是你的。", "This is not yours."],
  AGENT_APPROVAL_EXPIRED: ["过期了，算作不要。", "Too late; it counts as a no."],
  AGENT_APPROVAL_DECIDED: ["已经决定过了。", "It was decided already."],
  AGENT_DECISION_INVALID: ["改的内容不合适。", "What you changed does not fit."],
  AGENT_PAYLOAD_INVALID: ["这一卦没有被收下。", "This cast was not taken."],
  AGENT_RUN_MESSAGES_INVALID: ["这句话发不出去。", "This message cannot be sent."],
  AGENT_LOG_GONE: ["事件已不再保留，只剩结果。", "The events are no longer kept, only the result."],
  AGENT_MODEL_UNAVAILABLE: ["解卦的模型没有应答。", "The model did not answer."],
  AGENT_MODEL_CUT: ["模型写到一半停了。", "The model stopped half-way."],
  AGENT_RUN_TIMED_OUT: ["写得太久，停了。", "It took too long and was stopped."],
  AGENT_WORKER_LOST: ["服务器出了岔子，没有写完。", "The server lost this run."],
  SERVER_DRAINING: ["服务器正在重启，马上就好。", "The server is restarting; one moment."],
  STORAGE_UNAVAILABLE: ["服务器的存储暂时不行。", "The server's storage is out for the moment."],
  ROUTE_NOT_FOUND: ["这台服务器没有这个功能。", "This server does not offer that."],
  // --- files and voice
  AGENT_ATTACHMENT_EMPTY: ["这个文件是空的。", "This file is empty."],
  AGENT_ATTACHMENT_TOO_LARGE: ["文件太大，最多 10 MB。", "This file is too large; 10 MB at most."],
  AGENT_ATTACHMENT_UNSUPPORTED_TYPE: [
    "不收这种文件。可以是 JPG、PNG、WebP 图片，PDF，或录音。",
    "Files of this kind are not taken. JPG, PNG and WebP pictures, PDF and recordings are.",
  ],
  AGENT_ATTACHMENTS_TOO_MANY: ["一句话最多附四个文件。", "A message has four files at most."],
  AGENT_ATTACHMENTS_FULL: [
    "你存的文件满了（{used}/{limit}）。删掉一次附过文件的解卦，就有地方了。",
    "Your room for files is used up ({used} of {limit}). Deleting a reading that has files makes some.",
  ],
  AGENT_ATTACHMENT_UPLOAD_FAILED: ["文件没能存下，再试一次。", "The file could not be kept; try again."],
  AGENT_ATTACHMENT_STORAGE_UNAVAILABLE: [
    "存文件的地方现在没有应答，稍后再试。",
    "The store of files does not answer right now; try again later.",
  ],
  AGENT_FILES_TOO_OFTEN: ["一分钟里传得太多了，等一会儿。", "Those were many files in a minute; wait a little."],
  AGENT_ATTACHMENT_PATH_SCOPE_INVALID: ["这个文件已不在，请再附一次。", "This file is gone; please add it again."],
  AGENT_AUDIO_EMPTY: ["没有听到话。", "Nothing was said."],
  AGENT_AUDIO_TOO_LARGE: ["录得太长了，说短一些。", "This recording is too long; say it shorter."],
  AGENT_AUDIO_UNSUPPORTED_FORMAT: ["这段录音听不了。", "This recording cannot be listened to."],
  AGENT_ASR_UNAVAILABLE: ["现在没法把话变成字，请打字。", "Nobody can listen right now; please type instead."],

  // --- the account
  PROFILE_PAYLOAD_INVALID: ["有填得不对的地方。", "Something here is not right."],
  PROFILE_DELETE_FAILED: ["没有删成，什么都没动。再试一次。", "It was not deleted; nothing has changed. Try again."],
  AVATAR_FILE_INVALID: [
    "这张图不行。要 JPG、PNG 或 WebP，最多 5 MB。",
    "This picture does not do. JPG, PNG or WebP, 5 MB at most.",
  ],
  AVATAR_UPLOAD_FAILED: ["图没能存下，旧的还在。再试一次。", "The picture could not be kept; the old one stays. Try again."],
  INVITE_CODE_INVALID: ["没有这个邀请码。", "There is no such invite code."],
  INVITE_ALREADY_REDEEMED: ["你已经用过一个邀请码了。", "You have used an invite code before."],
  INVITE_NOT_ELIGIBLE: ["邀请码是给新来的人的。", "An invite is for who is new here, and came after it."],
  INVITE_TOO_MANY_ATTEMPTS: ["试错的太多了，等一会儿。", "Too many wrong codes; wait a little."],
  SHARE_NOT_FOUND: ["这个链接已经没有了。", "This link is gone already."],
  AVATAR_PATH_SCOPE_INVALID: ["这张图不是你的。", "This picture is not one of yours."],
  PROFILE_NOT_FOUND: ["还没有资料。", "There is no profile yet."],
  INVITE_CODE_NOT_FOUND: ["还没有邀请码。", "There is no invite code yet."],
  NOTIFICATION_NOT_FOUND: ["没有这条通知。", "There is no such notice."],
  REMINDER_NOT_FOUND: ["没有这个提醒，也许已经响过。", "There is no such reminder; it may have come already."],
  AUTH_USER_NOT_FOUND: ["这个账号已不在。", "This account is gone."],
  AUTH_REFRESH_TOKEN_INVALID: ["登录过期了，请重新登录。", "Your sign-in has ended; please sign in again."],
  AUTH_REFRESH_TOKEN_MISSING: ["请重新登录。", "Please sign in again."],

  // --- the rest: a server that troubles, and what only a mistake of this page could bring about
  INTERNAL_ERROR: ["服务器出错了。", "The server made a mistake."],
  MISSING_RUNTIME_ARGS: ["服务器的一个工具用不了。", "One of the server's tools cannot be used."],
  AGENT_RUN_TOO_LARGE: ["写得太长，停了。", "It grew too long and was stopped."],
  AGENT_TOO_MANY_STEPS: ["绕来绕去没写完，停了。", "It went round in circles and was stopped."],
  AGENT_OUTPUT_DIVINATION_INVALID: ["卦没有排成。", "The chart could not be made."],
  REQUEST_TIMEOUT: ["传得太慢，断了。再试一次。", "This took too long to arrive; try again."],
  REQUEST_TOO_LARGE: ["内容太大。", "This is too large."],
  REQUEST_VALIDATION_ERROR: ["有填得不对的地方。", "Something here is not right."],
  UNSUPPORTED_MEDIA_TYPE: ["服务器读不了这种内容。", "The server cannot read content of this kind."],
  AGENT_SESSION_HAS_READING: ["这一卦已经解过了。", "This cast has its reading already."],
  AGENT_SESSION_WITHOUT_READING: ["这一卦还没有解，先解再问。", "This cast has no reading yet; that comes first."],
  AGENT_RUN_NOT_FOUND: ["没有这次运行，也许已经删除。", "There is no such run; it may be deleted."],
  AGENT_TOOL_CALL_NOT_FOUND: ["没有这件要决定的事。", "There is nothing of this kind to decide."],
  AGENT_SIGNED_URL_GENERATION_FAILED: ["文件暂时打不开。", "The file cannot be opened right now."],
  AGENT_DIVINATION_PAYLOAD_REQUIRED: ["先起一卦。", "Cast first."],
  AGENT_INVALID_LAST_EVENT_ID: ["接不上了，请重新打开这一卦。", "This cannot be resumed; open the reading again."],
  AGENT_INVALID_RUN_ID: ["地址不对。", "This address is not right."],
  AGENT_RUNTIME_MODE_INVALID: ["服务器不懂这个请求。", "The server does not understand this request."],
  AGENT_RUN_INPUT_INVALID: ["服务器不懂这个请求。", "The server does not understand this request."],
  AGENT_SESSION_ID_INVALID: ["地址不对。", "This address is not right."],
  AGENT_USER_ID_INVALID: ["请重新登录。", "Please sign in again."],
  INVALID_BINARY_URL_BUCKET: ["这个文件不在这里。", "This file is not kept here."],
  INVALID_BINARY_URL_HOST: ["这个文件不在这里。", "This file is not kept here."],
  INVALID_BINARY_URL_PATH_SCOPE: ["这个文件不是你的。", "This file is not one of yours."],
  NOTIFICATION_INVALID_CURSOR: ["列表变了，请重新打开。", "The list has changed; open it again."],
  POINTS_INVALID_CURSOR: ["列表变了，请重新打开。", "The list has changed; open it again."],
};

// By the kind of a mistake in a field; of one that is just `invalid` the server's own words stand.
export const FLAWS = {
  missing: ["这一项要填。", "This is needed."],
  unknown: ["没有这样的一项。", "There is no such thing."],
  wrong_type: ["填得不对。", "This is of the wrong kind."],
  malformed: ["写法不对。", "This is not written as it should be."],
  not_offered: ["没有这个选择。", "This is not one of the choices."],
  out_of_range: ["不在可填的范围内。", "This is out of range."],
  too_small: ["太小，以 {limit} 为限。", "Too small; the limit is {limit}."],
  too_large: ["太大，以 {limit} 为限。", "Too large; the limit is {limit}."],
  too_short: ["至少 {limit} 个字。", "Write at least {limit} characters."],
  too_long: ["最多 {limit} 个字。", "Write at most {limit} characters."],
  too_few: ["至少 {limit} 个。", "At least {limit}."],
  too_many: ["最多 {limit} 个。", "At most {limit}."],
  letters: ["有不能用的字符。", "It has characters that cannot be used."],
  own: ["这是你自己的，是给别人用的。", "This is your own; it is for others."],
};

// Where the place of a mistake says more than its kind.
export const PLACES = {
  castAt: ["这台设备的时钟不准，校准后再试。", "The clock of this device is wrong; set it and try again."],
};
