"""Entries of a stream in their order."""

ORDER = """
local function parts(entry)
  return string.match(entry or '', '^(%d+)%-(%d+)$')
end
local function compare(a, b)
  if #a ~= #b then return #a < #b and -1 or 1 end
  if a == b then return 0 end
  return a < b and -1 or 1
end
local function older(entry, than)
  local ms, number = parts(entry)
  local than_ms, than_number = parts(than)
  if not ms or not than_ms then return false end
  local order = compare(ms, than_ms)
  return order < 0 or (order == 0 and compare(number, than_number) < 0)
end
"""
"""Lua functions that compare entries; as text, since their numbers have more digits than Lua's."""


def order(entry: str) -> tuple[int, ...]:
    """What entries are sorted by."""
    return tuple(int(part) for part in entry.split("-"))
