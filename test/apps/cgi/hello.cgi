#!/usr/bin/env python3
import helper

if __name__ == "__main__":
    print("Content-Type: text/plain")
    print("")
    print(helper.greeting("world"))
