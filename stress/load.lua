-- For wrk: sends METHOD and the file BODY until there were COUNT requests (0: without end), and prints its summary as
-- JSON. Arguments behind "--".

local count, sent, text = 0, 0, nil

function init(args)
    wrk.method = args[1]
    local file = assert(io.open(args[2], "rb"))
    wrk.body = file:read("*a")
    file:close()
    count = tonumber(args[3])
end

function request()
    sent = sent + 1
    if count > 0 and sent >= count + 8 and sent % 8 == 0 then -- those on their way are not answered yet
        print("enough")
        io.flush()
    end
    text = text or wrk.format()
    return text
end

function done(summary, latency)
    local errors = summary.errors
    print(string.format(
        '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "max": %d, "statuses": %d, "sockets": %d}',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
        errors.status, errors.connect + errors.read + errors.write + errors.timeout))
    io.flush()
end
