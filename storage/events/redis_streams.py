"""Runs' logs as Redis Streams: the keys, and the scripts that are all that ever changes them.

An entry is what one window brought of a run: its id is `<number of its last frame>-<attempt of
its writer>`, its one field is named for the frame after which that writer began and holds the
frames. So an entry is the same however often it is sent, readers ask for what lies after a
number, and nobody takes another log's frames for the rest of their own.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from storage.errors import LogFenced, LogLost
from storage.redis.client import PREFIX, Lines, Redis, Script

FRAME_END = b"\n\n"
# A log outlives whatever may be waited for in its run; each write renews it.
KEPT_SECONDS = 2 * 86_400
# How long who reads elsewhere has to hear of the end; after that the archive tells.
ENDED_SECONDS = 60
# On a cluster the logs are spread over so many groups; a group's keys live on one server, so that
# one command reads or writes all of them.
GROUPS = 16
AFTER_ALL_ATTEMPTS = 2**64 - 1
END = b"."


@dataclass(frozen=True, slots=True)
class Addition:
    """What one run brings to its log."""

    run_id: str
    attempt: int
    # The frame after which this attempt began.
    begun: int
    first: int
    last: int
    frames: bytes
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """See the module: what one window brought of a run."""

    attempt: int
    begun: int
    last: int
    frames: bytes
    is_end: bool

    def split(self) -> list[bytes]:
        return [frame + FRAME_END for frame in self.frames.split(FRAME_END)[:-1]]


# Become the writer: refused where a later attempt has been here, or this one in another process.
_OPEN = Script("""
local head = redis.call('HMGET', KEYS[1], 'attempt', 'owner', 'last', 'ended')
local attempt = tonumber(head[1] or 0)
local mine = tonumber(ARGV[1])
if head[4] or attempt > mine or (attempt == mine and head[2] ~= ARGV[2]) then
  return false
end
local last = head[3] or '0'
redis.call('HSET', KEYS[1], 'attempt', mine, 'owner', ARGV[2], 'last', last)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return {tonumber(last), redis.call('XRANGE', KEYS[2], '(' .. ARGV[4], '+')}
""")

# Bring many runs' frames. For each the answer: taken, fenced or lost.
_APPEND = Script("""
local function append(head_key, log_key, at)
  local mine, begun, first, last = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3]
  local frames, ends = ARGV[at + 4], ARGV[at + 5] == '1'
  local head = redis.call('HMGET', head_key, 'attempt', 'last')
  if not head[1] then return 'lost' end
  if tonumber(head[1]) > tonumber(mine) then return 'fenced' end
  local there = tonumber(head[2])
  if head[1] ~= mine or there < first - 1 then return 'lost' end
  if there > 0 and redis.call('EXISTS', log_key) == 0 then return 'lost' end
  if there >= first then
    local kept = {}
    for _, entry in ipairs(redis.call('XRANGE', log_key, first, '+')) do
      kept[#kept + 1] = entry[2][2]
    end
    kept = table.concat(kept)
    local shared = math.min(#kept, #frames)
    if string.sub(kept, 1, shared) ~= string.sub(frames, 1, shared) then return 'lost' end
    frames = string.sub(frames, shared + 1)
  end
  if #frames > 0 then
    local field = begun
    if ends then field = begun .. '.' end
    redis.call('XADD', log_key, last .. '-' .. mine, field, frames)
    redis.call('HSET', head_key, 'last', last)
  end
  local time = ARGV[1]
  if ends then
    redis.call('HSET', head_key, 'ended', 1)
    time = ARGV[2]
  end
  redis.call('PEXPIRE', head_key, time)
  redis.call('PEXPIRE', log_key, time)
  return 'taken'
end
local answers = {}
for i = 1, #KEYS / 2 do
  answers[i] = append(KEYS[2 * i - 1], KEYS[2 * i], 3 + (i - 1) * 6)
end
return answers
""")


class RedisStreams:
    """The commands of a log, one method each; every one may be sent twice."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._writing = redis.lines()

    def group(self, run_id: str) -> int:
        if not self._redis.routes.is_cluster:
            return 0
        return zlib.crc32(run_id.encode()) % GROUPS

    def log_key(self, run_id: str) -> str:
        return _keys(run_id)[0]

    def head_key(self, run_id: str) -> str:
        return _keys(run_id)[1]

    async def open(
        self, run_id: str, *, attempt: int, owner: str, have: int
    ) -> tuple[int, list[Entry]]:
        """Become the run's writer: how far the log is, and its entries after what one has."""
        keys = [self.head_key(run_id), self.log_key(run_id)]
        since = f"{have}-{AFTER_ALL_ATTEMPTS}"
        answer = await self._redis.run(_OPEN, keys, attempt, owner, KEPT_SECONDS * 1000, since)
        if answer is None:
            raise LogFenced(run_id)
        last, entries = answer
        return last, [entry_of(*entry) for entry in entries]

    async def append(self, additions: Sequence[Addition]) -> list[Exception | None]:
        """Bring these, which live together; for each what was wrong with it, if anything."""
        keys: list[str] = []
        args: list[str | bytes | int] = [KEPT_SECONDS * 1000, ENDED_SECONDS * 1000]
        for one in additions:
            keys += (self.head_key(one.run_id), self.log_key(one.run_id))
            args += (one.attempt, one.begun, one.first, one.last, one.frames, int(one.is_end))
        answers = await self._writing.run(_APPEND, keys, *args)
        return [_refusal(*pair) for pair in zip(additions, answers, strict=True)]

    async def last(self, run_id: str) -> int:
        """How many frames a log under way has."""
        head = self.head_key(run_id)
        ((last, ended),) = await self._redis.ask(head, ("HMGET", head, "last", "ended"))
        return 0 if ended or last is None else int(last)

    async def drop(self, run_id: str) -> None:
        head = self.head_key(run_id)
        await self._redis.ask(head, ("DEL", head, self.log_key(run_id)))

    async def lasts(self, lines: Lines, run_ids: Sequence[str]) -> list[int | None]:
        """How far these logs are, which live together; None for one that is not there."""
        asked = [("HGET", self.head_key(run_id), "last") for run_id in run_ids]
        answers = await lines.ask(self.head_key(run_ids[0]), asked)
        return [None if answer is None else int(answer) for answer in answers]


def entry_of(entry_id: bytes, fields: Sequence[bytes]) -> Entry:
    last, attempt = entry_id.split(b"-")
    begun, frames = fields
    is_end = begun.endswith(END)
    return Entry(int(attempt), int(begun.rstrip(END)), int(last), frames, is_end)


def _lane(run_id: str) -> int:
    return zlib.crc32(run_id.encode()) % GROUPS


@lru_cache(8_192)  # asked for with each window of each run
def _keys(run_id: str) -> tuple[str, str]:
    lane = _lane(run_id)
    return f"{PREFIX}log:{{{lane}}}:{run_id}", f"{PREFIX}head:{{{lane}}}:{run_id}"


def _refusal(addition: Addition, answer: bytes) -> Exception | None:
    match answer:
        case b"taken":
            return None
        case b"fenced":
            return LogFenced(addition.run_id)
        case _:
            return LogLost(addition.run_id)
