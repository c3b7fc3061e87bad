-- Sends requests that were made before, whole and signed: wrk -s requests.lua URL -- FILE. The file holds, over and over, one line
-- with a length in bytes and then that many bytes of HTTP request. Each thread begins at another place. Ends with one line of JSON.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  requests = {}
  while true do
    local length = file:read("*n")
    if not length then break end
    file:read(1)
    requests[#requests + 1] = assert(file:read(length))
  end
  file:close()
  assert(#requests > 0, "no requests in " .. arguments[1])
  next_request = number * 7919 % #requests
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end

function done(summary, latency, counted)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"max_us":%d,"status_errors":%d,"socket_errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
