#!/usr/bin/env python3
"""Write the manual pages from what the program says of itself.

    manual.py PROGRAM OUTPUT_DIRECTORY

Commands, options and their texts come from `PROGRAM --experimental-dump-help`, from which `--help` is made as well; what a page says
beyond that stands in man/*.man beside this file, as roff. Names of the pages: mailmount.1, mailmount.toml.5, mount.mailmount.8.
"""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def roff(text):
    """Plain text as roff: nothing in it is taken for a request, and a hyphen can be copied as one."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def dashed(name):
    return ("-" if name["kind"] == "short" else "--") + name["name"]


def shown(arguments):
    return [argument for argument in arguments if argument.get("shouldDisplay", True)]


def positional(argument):
    text = "\\fI" + roff(argument["valueName"]) + "\\fR"
    if argument.get("isRepeating"):
        text += " ..."
    return "[" + text + "]" if argument["isOptional"] else text


def synopsis(command, path):
    words = ["\\fB" + roff(" ".join(path)) + "\\fR"]
    words += [positional(argument) for argument in shown(command["arguments"]) if argument["kind"] == "positional"]
    if any(argument["kind"] != "positional" for argument in shown(command["arguments"])):
        words.append("[\\fIoptions\\fR]")
    return " ".join(words)


def term(argument):
    """What stands before an option's text: its names, short ones first, and the name of its value."""
    names = sorted(argument.get("names", []), key=lambda name: name["kind"] == "long")
    text = ", ".join("\\fB" + roff(dashed(name)) + "\\fR" for name in names)
    if argument["kind"] == "option":
        text += " \\fI" + roff(argument["valueName"]) + "\\fR"
    return text


def options(command):
    lines = []
    for argument in shown(command["arguments"]):
        if argument["kind"] == "positional":
            lines += [".TP", positional(argument)]
        else:
            lines += [".TP", term(argument)]
        text = argument.get("abstract", "")
        if argument.get("discussion"):
            text += " " + argument["discussion"]
        lines.append(roff(text) if text else "\\&")
    return lines


def commands(root):
    return [command for command in root["subcommands"] if shown([command]) and command["commandName"] != "help"]


def fragment(name, values):
    with open(os.path.join(HERE, "man", name), encoding="utf-8") as file:
        text = file.read()
    for key, value in values.items():
        text = text.replace("@" + key + "@", value)
    return text.rstrip("\n").split("\n")


def program_page(root, values):
    lines = fragment("mailmount.1.head.man", values)
    lines.append(".SH COMMANDS")
    for command in commands(root):
        lines += [".SS " + synopsis(command, ["mailmount", command["commandName"]]), roff(command.get("abstract", ""))]
        if command.get("discussion"):
            lines += [".PP", roff(command["discussion"])]
        lines += options(command)
    lines += fragment("mailmount.1.tail.man", values)
    return lines


def configuration_page(root, values):
    mount = next(command for command in commands(root) if command["commandName"] == "mount")
    lines = fragment("mailmount.toml.5.head.man", values)
    for argument in shown(mount["arguments"]):
        longs = [name["name"] for name in argument.get("names", []) if name["kind"] == "long"]
        if not longs or longs[0] in ("config", "help", "version", "log", "all"):
            continue
        kind = "true or false" if argument["kind"] == "flag" else argument["valueName"]
        lines += [".TP", "\\fB" + roff(longs[0]) + "\\fR = \\fI" + roff(kind) + "\\fR", roff(argument.get("abstract", ""))]
    lines += fragment("mailmount.toml.5.tail.man", values)
    return lines


def example_configuration():
    path = os.path.join(HERE, "..", "examples", "config.toml")
    with open(path, encoding="utf-8") as file:
        return roff(file.read().rstrip("\n"))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, output = sys.argv[1:]
    dump = subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True).stdout
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.split()[0]
    root = json.loads(dump)["command"]
    values = {"VERSION": version, "EXAMPLE": example_configuration()}
    os.makedirs(output, exist_ok=True)
    pages = {
        "mailmount.1": program_page(root, values),
        "mailmount.toml.5": configuration_page(root, values),
        "mount.mailmount.8": fragment("mount.mailmount.8.man", values),
    }
    for name, lines in pages.items():
        with open(os.path.join(output, name), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


main()
