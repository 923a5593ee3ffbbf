"""A CGI script."""

print("Content-Type: text/plain")
print()
print("Hello, World!")
