// What people are told when something does not work, in both languages: [简体中文, English].

// What people are told, by the code of the problem; where there is nothing better, the server's own.
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
  AGENT_PAYLOAD_INVALID: ["这些爻不成一卦。", "These lines make no cast."],
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
  PROFILE_PAYLOAD_INVALID: ["有一处填得不对。", "Something here is not right."],
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
  INTERNAL_ERROR: ["服务器出错了。", "The server made a mistake."],
};
