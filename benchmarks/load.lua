-- A script for wrk: send the prepared requests of a file in its order, and wait for every answer before the end.
--
-- wrk URL -- FILE SECONDS CONNECTIONS. One request a line:
--   /path                                       a GET; the lines are repeated until the end of the run
--   {...}                                       the body of an event; each line is sent once
--   id <tab> timestamp <tab> signature <tab> {...}   the same, signed
--
-- wrk itself drops requests in progress at the end of its time, and their effect is then unknown. So `delay`, which wrk calls
-- before each request, parks the connections one by one, and the last one ends the run. The requests are prepared, because
-- an HMAC in Lua would use the cores of the server.
local ffi = require("ffi")
ffi.cdef [[
  struct bench_time { long seconds; long nanoseconds; };
  int clock_gettime(int clock, struct bench_time *now);
  int getpid(void);
  int kill(int pid, int signal);
]]
local MONOTONIC, SIGINT, FOREVER_MS = 1, 2, 1e9

local threads = {}
function setup(thread) table.insert(threads, thread) end

local lines, time_limit, connections, total = {}, 0, 0, 0
local claimed, parked = 0, 0
-- Globals, because `done` reads them from another Lua state.
sent, refused, first, last = -1, 0, 0, 0 -- wrk builds one request before it starts, hence the -1

local clock = ffi.new("struct bench_time")
local function now()
  ffi.C.clock_gettime(MONOTONIC, clock)
  return tonumber(clock.seconds) + tonumber(clock.nanoseconds) / 1e9
end

function init(args)
  for line in io.lines(args[1]) do lines[#lines + 1] = line end
  time_limit, connections = tonumber(args[2]), tonumber(args[3])
  total = lines[1]:sub(1, 1) == "/" and math.huge or #lines
end

function delay()
  local time = now()
  if first == 0 then first = time end
  last = time
  if claimed < total and time - first < time_limit then
    claimed = claimed + 1
    return 0
  end
  parked = parked + 1
  if parked == connections then ffi.C.kill(ffi.C.getpid(), SIGINT) end -- wrk ends early and prints its results on SIGINT
  return FOREVER_MS
end

local json = { ["Content-Type"] = "application/json" }
function request()
  sent = sent + 1
  local line = lines[sent % #lines + 1]
  if line:sub(1, 1) == "/" then return wrk.format("GET", line) end
  local id, timestamp, signature, body = line:match("^(.-)\t(.-)\t(.-)\t(.*)$")
  if not id then return wrk.format("POST", "/webhook/", json, line) end
  return wrk.format("POST", "/webhook/", {
    ["Content-Type"] = "application/json",
    ["webhook-id"] = id, ["webhook-timestamp"] = timestamp, ["webhook-signature"] = signature,
  }, body)
end

function response(status, headers, body)
  if status >= 200 and status < 300 then return end
  refused = refused + 1
  if refused <= 3 then io.stderr:write("answer ", status, ": ", body:sub(1, 200), "\n") end
end

-- Print the line that `wrk.py` reads.
function done(summary, latency)
  local thread, errors = threads[1], summary.errors
  io.write(string.format(
    '{"answered": %d, "refused": %d, "unanswered": %d, "socket_errors": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f}\n',
    summary.requests, thread:get("refused"), thread:get("sent") - summary.requests,
    errors.connect + errors.read + errors.write + errors.timeout,
    thread:get("last") - thread:get("first"), latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
