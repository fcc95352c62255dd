-- Replaces {} in the path by a random number below the argument, for each request.
function init(arguments)
  local before, after = wrk.path:match("^(.-){}(.*)$")
  if not before then return end
  local names = tonumber(arguments[1])
  local requests = {}
  for name = 0, names - 1 do
    requests[name] = wrk.format("GET", before .. name .. after)
  end
  request = function() return requests[math.random(0, names - 1)] end
end

-- Prints the results as one line of JSON: wrk's own report is rounded and has no p99.9.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"p50":%d,"p99":%d,"p99.9":%d,' ..
    '"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
