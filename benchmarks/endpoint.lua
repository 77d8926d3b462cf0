-- For wrk: asks the paths in the file PATHS one after another, with the Accept header ACCEPT.
local paths, i = {}, 0
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
local headers = { ["Accept"] = os.getenv("ACCEPT") }
request = function()
  i = i % #paths + 1
  return wrk.format("GET", paths[i], headers)
end
