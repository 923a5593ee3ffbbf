"""Say whether this is the working directory all the time."""

import os

here = os.path.dirname(os.path.abspath(__file__))
places = set()
for _ in range(500):
    places.add(os.getcwd())
    os.listdir(here)  # others may run meanwhile

print("Content-Type: text/plain\n")
print(*places - {here} or ["always here"])
