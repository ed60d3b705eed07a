-- Single events for wrk, each of its own id. KEY is in the environment.
local threads = 0
function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end

function init()
  math.randomseed(os.time() + id * 7919)
  run, counter = math.random(1, 1000000000), 0
  head = "POST /api/v2/events HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer " .. os.getenv("KEY") ..
    "\r\nContent-Type: application/cloudevents+json\r\nContent-Length: "
end

function request()
  counter = counter + 1
  local body = '{"specversion":"1.0","type":"org.example.bench","source":"/bench/hub","id":"' .. run .. "-" .. id .. "-" ..
    counter .. '","hub":"probe","author":"bench","summary":"A step of the benchmark is done","data":{"step":"build",' ..
    '"outcome":"success","durationMs":1234,"n":' .. counter .. '}}'
  return head .. #body .. "\r\n\r\n" .. body
end
