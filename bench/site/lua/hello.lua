function handle(r)
    r.content_type = "text/plain"
    r:write("Hello, World!")
    return apache2.OK
end
