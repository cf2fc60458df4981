-- Reads one user after another, of those whose ids stand in the file that IDS names.
local ids = {}
for id in io.lines(os.getenv("IDS")) do ids[#ids + 1] = id end
math.randomseed(os.time())

request = function()
  return wrk.format("GET", "/api/v1/users/" .. ids[math.random(#ids)])
end
