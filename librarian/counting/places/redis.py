"""How are the places of a quota kept in Redis? By scripts, each of which runs whole or not at all.

A bucket has two keys, on the same node of a cluster: the count of what is stored, and the places
held, a sorted set of uid and attempt by the Unix time until which they are.
"""

import time
from typing import Any

from librarian.uid import LENGTH

TAKE = f"""
redis.call('zremrangebyscore', KEYS[2], '-inf', ARGV[1])
local taken, seen = tonumber(redis.call('get', KEYS[1]) or '0'), {{}}
seen[ARGV[4]] = true
for _, member in ipairs(redis.call('zrange', KEYS[2], 0, -1)) do
  local uid = string.sub(member, 1, {LENGTH})
  if not seen[uid] then
    seen[uid] = true
    taken = taken + 1
  end
end
if taken >= tonumber(ARGV[3]) then
  return 0
end
redis.call('zadd', KEYS[2], ARGV[2], ARGV[4] .. ARGV[5])
redis.call('expireat', KEYS[2], math.ceil(tonumber(ARGV[2])) + 1)
return 1
"""
KEEP = f"""
for _, member in ipairs(redis.call('zrange', KEYS[2], 0, -1)) do
  if string.sub(member, 1, {LENGTH}) == ARGV[1] then
    redis.call('zrem', KEYS[2], member)
  end
end
redis.call('incr', KEYS[1])
if ARGV[2] ~= '' then
  redis.call('expireat', KEYS[1], ARGV[2])
end
return 1
"""


class RedisPlaces:
    """Places in one Redis; its errors pass through, to whoever lends it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._take, self._keep = client.register_script(TAKE), client.register_script(KEEP)

    def take(self, bucket: str, uid: str, attempt: str, *, most: int, seconds: float) -> bool:
        """Hold a place, if there is one."""
        now = time.time()
        return bool(self._take(_keys(bucket), [now, now + seconds, most, uid, attempt]))

    def keep(self, bucket: str, uid: str, *, until: float | None) -> None:
        """Count a stored record."""
        self._keep(_keys(bucket), [uid, "" if until is None else int(until)])

    def free(self, bucket: str, uid: str, attempt: str) -> None:
        """Give back what an attempt holds."""
        self._client.zrem(_keys(bucket)[1], uid + attempt)


def _keys(bucket: str) -> list[str]:
    return [f"librarian:{{{bucket}}}:stored", f"librarian:{{{bucket}}}:held"]
