#!/usr/bin/env python3
"""Holds the links between pages against what is there: relative paths, anchors, `<doc:Page>`; and Tests/README.md against Tests.

    links.py [--self-test]

Prints a line for each that leads nowhere; exit status 1 where there is one.
"""
import os
import re
import subprocess
import sys


def pages(root):
    """Every page that is kept."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-co", "--exclude-standard", "*.md"], capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if os.path.exists(os.path.join(root, name))]


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))


def anchors(text):
    """As GitHub makes them of headings."""
    found = set()
    for heading in re.findall(r"^#+ +(.*)$", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M), flags=re.M):
        words = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(words.strip().replace(" ", "-"))
    return found


def dead_links(root, names):
    texts = {}
    for name in names:
        with open(os.path.join(root, name), encoding="utf-8") as file:
            texts[name] = file.read()
    articles = {os.path.basename(name)[:-3] for name in names if ".docc/" in name}
    for name, text in texts.items():
        text = without_code(text)
        for article in re.findall(r"<doc:([^>#]+)[^>]*>", text):
            if article not in articles:
                yield f"{name}: <doc:{article}> is no page"
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            place = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
            if not os.path.exists(os.path.join(root, place)):
                yield f"{name}: {target} is not there"
            elif anchor and place in texts and anchor not in anchors(texts[place]):
                yield f"{name}: {target} has no such heading"


def unnamed(root):
    """Scripts and programs that Tests/README.md does not name."""
    with open(os.path.join(root, "Tests/README.md"), encoding="utf-8") as file:
        text = file.read()
    for directory in ("Tests", "Tests/Acceptance"):
        for name in sorted(os.listdir(os.path.join(root, directory))):
            if name.endswith((".sh", ".py")) and f"`{name}`" not in text:
                yield f"Tests/README.md does not name {directory}/{name}"


def self_test():
    import tempfile
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(root + "/a.docc")
        with open(root + "/a.docc/One.md", "w", encoding="utf-8") as file:
            file.write("# One thing\n<doc:Two> <doc:One> [x](../none.md) [y](#one-thing) [z](#two) [w](https://x.org) `[v](u)`\n")
        found = list(dead_links(root, ["a.docc/One.md"]))
    wanted = ["<doc:Two> is no page", "../none.md is not there", "#two has no such heading"]
    if len(found) != len(wanted) or not all(any(want in line for line in found) for want in wanted):
        sys.exit(f"links.py does not see what is planted: {found}")


def main():
    self_test()
    if "--self-test" in sys.argv[1:]:
        return
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    wrong = list(dead_links(root, pages(root))) + list(unnamed(root))
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


main()
