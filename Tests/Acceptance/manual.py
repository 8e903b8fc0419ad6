#!/usr/bin/env python3
"""Whether the manual pages say what --help says, no more and no less.

    manual.py PROGRAM DIRECTORY_OF_MAN
"""
import gzip
import os
import re
import subprocess
import sys


def help_of(program, *command):
    return subprocess.run([program, *command, "--help"], check=True, capture_output=True, text=True).stdout


def options_in(text):
    """Long options that stand at the beginning of an entry."""
    return {option for line in text.splitlines() if re.match(r"^  -", line) for option in re.findall(r"--[a-z][a-z-]+", line[:60])}


def page(directory, name):
    section = name.rsplit(".", 1)[1]
    with gzip.open(os.path.join(directory, f"man{section}", name + ".gz"), "rt", encoding="utf-8") as file:
        return file.read().replace("\\-", "-").replace("\\fB", "").replace("\\fI", "").replace("\\fR", "")


def sections(text):
    """The part of each command."""
    parts = re.split(r"(?m)^\.SS mailmount ([a-z]+).*$", text)
    return dict(zip(parts[1::2], (part.split("\n.SH ", 1)[0] for part in parts[2::2])))


def main():
    program, directory = sys.argv[1:]
    wrong = []
    told = re.search(r"(?s)SUBCOMMANDS:\n(.*?)\n\n", help_of(program)).group(1)
    commands = set(re.findall(r"(?m)^  ([a-z]+)", told)) - {"help"}
    manual = page(directory, "mailmount.1")
    written = sections(manual)
    if commands != set(written):
        wrong.append(f"commands: --help has {sorted(commands)}, the page {sorted(written)}")
    for command in sorted(commands & set(written)):
        entries = set(re.findall(r"--[a-z][a-z-]+", "\n".join(
            line for line in written[command].splitlines() if line.startswith("-"))))
        wanted = options_in(help_of(program, command)) - {"--help", "--version"}
        entries -= {"--help", "--version"}
        if wanted != entries:
            wrong.append(f"{command}: only in --help {sorted(wanted - entries)}, only in the page {sorted(entries - wanted)}")
    keys = set(re.findall(r"(?m)^([a-z-]+) = ", page(directory, "mailmount.toml.5").split(".SH EXAMPLE")[0])) - {"url"}
    options = {option[2:] for option in options_in(help_of(program, "mount"))}
    unknown = keys - options
    if unknown:
        wrong.append(f"keys that are no options: {sorted(unknown)}")
    if not commands or not keys:
        wrong.append("nothing was compared")
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


main()
