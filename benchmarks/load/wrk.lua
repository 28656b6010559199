-- Arguments after "--": method, path, number of files that "#" in the path stands for, then headers as Name=value.
local ready = {}

function init(args)
  wrk.method = args[1]
  local path, count = args[2], tonumber(args[3])
  for index = 4, #args do
    local name, value = args[index]:match("^([^=]+)=(.*)$")
    wrk.headers[name] = value
  end
  if count <= 1 then
    wrk.path = path:gsub("#", "0")
    return
  end
  for number = 0, count - 1 do
    local numbered = path:gsub("#", tostring(number))
    ready[number + 1] = wrk.format(nil, numbered)
  end
  -- Only where files differ: a function costs the generator time for each request.
  request = function() return ready[math.random(count)] end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"microseconds":%d,"bytes":%d,"failures":%d,"p50Microseconds":%d,"p99Microseconds":%d}\n',
    summary.requests, summary.duration, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
