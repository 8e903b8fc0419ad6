#!/usr/bin/env python3
"""Looks for a secret in the command line of every process until it is ended.

    secrets.py FILE     the secret is the file's first line; prints `looking`, at SIGTERM how often it
                        looked; exit 1 as soon as it finds the secret
"""
import os
import signal
import sys

ended = False


def end(*_):
    global ended
    ended = True


def look(secret):
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                words = file.read()
        except OSError:
            continue
        if secret in words:
            print(f"process {process}:", words.replace(b"\0", b" ").decode(errors="replace"), flush=True)
            sys.exit(1)


with open(sys.argv[1], "rb") as file:
    secret = file.readline().rstrip(b"\n")
signal.signal(signal.SIGTERM, end)
print("looking", flush=True)
count = 0
while not ended:
    look(secret)
    count += 1
print(f"looked {count} times", flush=True)
