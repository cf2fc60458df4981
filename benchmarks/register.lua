-- Registers somebody new with each request; threads and runs have names of their own.
local number = 0
local run = tostring(os.time()) .. "-" .. tostring(math.random(1e9))

request = function()
  number = number + 1
  local body = '{"email": "' .. run .. "-" .. number .. '@example.com", "name": "Ada"}'
  wrk.headers["Content-Type"] = "application/json"
  return wrk.format("POST", nil, nil, body)
end
