#!/usr/bin/env python3
"""Holds what pages name against what is there: relative paths, anchors, `<doc:Page>`, ``Symbol(arguments:)``, `TypeName`; in the
tables of KEPT every suite, file, type and script; the numbers of hazards in comments against the list of them; and Tests/README.md against Tests.

    links.py [--self-test]

Prints a line for each that leads nowhere; exit status 1 where there is one.
"""
import os
import re
import subprocess
import sys

# The tables that say which suite, script or type it is: whatever looks like a name in them has to be one.
KEPT = ("Hazards", "Guarantees", "Standards")
DECLARATION = re.compile(r"\b(?:struct|class|enum|actor|protocol|extension|typealias|case|func|var|let) +(?:\w+\.)*`?(\w+)")
NUMBERED = re.compile(r"\bhazards? (\d+(?:(?:, | and | to |, hazard )\d+)*)", flags=re.I)


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


def sources(root):
    """The text of every Swift file, by its path."""
    texts = {}
    for top in ("Sources", "Tests"):
        for directory, _, names in os.walk(os.path.join(root, top)):
            for name in names:
                if name.endswith(".swift"):
                    with open(os.path.join(directory, name), encoding="utf-8") as file:
                        texts[os.path.relpath(os.path.join(directory, name), root)] = file.read()
    return texts


def names_of(texts):
    """What can be named: declarations, files, targets."""
    found = set()
    for path, text in texts.items():
        found.update(DECLARATION.findall(text))
        found.add(os.path.basename(path)[:-len(".swift")])
        found.update(path.split(os.sep)[:-1])
    return found


def unknown_names(name, text, known, scripts):
    """``Symbol``s that are declared nowhere, and `TypeNames`; in the tables of KEPT also `Suite`, `Type.member` and `script.sh`."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    for symbol in re.findall(r"``([^`\n]+)``", text):
        if re.sub(r"\(.*", "", symbol.split("/")[-1]) not in known:
            yield f"{name}: ``{symbol}`` is declared nowhere"
    kept = os.path.basename(name)[:-3] in KEPT
    for word in re.findall(r"(?<!`)`([A-Za-z][\w.+-]*)`(?!`)", text):
        if word.endswith((".sh", ".py")):
            if kept and word not in scripts:
                yield f"{name}: there is no script {word}"
        elif re.match(r"[A-Z].*[a-z]" if kept else r"[A-Z][a-z]+[A-Z]", word) and word not in known:
            if not known.issuperset(word.removesuffix(".swift").split(".")):
                yield f"{name}: there is no {word}"


def wrong_arguments(name, text, texts):
    """``Type/function(a:b:)`` where no function of that name takes these arguments in this order."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    for symbol, function, labels in re.findall(r"``([\w/]*?(\w+)\(((?:\w+:)*)\))``", text):
        heads = re.compile(rf"\b(?:func +)?{function}(?:<[^>]*>)?\(")
        if not any(labels == labels_at(source, head.end()) for source in texts.values() for head in heads.finditer(source)):
            yield f"{name}: nothing takes the arguments of ``{symbol}``"


def labels_at(source, start):
    """The labels `a:b:` of the parameters that are declared from there on."""
    depth, found, begins = 0, "", True
    for place in range(start, len(source)):
        sign = source[place]
        if depth == 0 and begins and not sign.isspace():
            if sign == ")":
                break
            found += re.compile(r"\w*").match(source, place).group() + ":"
            begins = False
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
            if depth < 0:
                break
        elif sign == "," and depth == 0:
            begins = True
    return found


def unlisted_hazards(texts, page):
    """Numbers of hazards that comments and tests name, and the list does not have."""
    listed = set()
    for first, last in re.findall(r"^\| (\d+)(?:–(\d+))? \|", page, flags=re.M):
        listed.update(range(int(first), int(last or first) + 1))
    for path, text in texts.items():
        for numbers in NUMBERED.findall(text):
            for number in re.findall(r"\d+", numbers):
                if int(number) not in listed:
                    yield f"{path}: hazard {number} is not in the list of hazards"


def scripts_of(root):
    for directory in ("Tests", "Tests/Acceptance"):
        for name in sorted(os.listdir(os.path.join(root, directory))):
            if name.endswith((".sh", ".py")):
                yield directory, name


def unnamed(root):
    """Scripts and programs that Tests/README.md does not name."""
    with open(os.path.join(root, "Tests/README.md"), encoding="utf-8") as file:
        text = file.read()
    for directory, name in scripts_of(root):
        if f"`{name}`" not in text:
            yield f"Tests/README.md does not name {directory}/{name}"


def self_test():
    import tempfile
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(root + "/a.docc")
        with open(root + "/a.docc/One.md", "w", encoding="utf-8") as file:
            file.write("# One thing\n<doc:Two> <doc:One> [x](../none.md) [y](#one-thing) [z](#two) [w](https://x.org) `[v](u)`\n")
        found = list(dead_links(root, ["a.docc/One.md"]))
    found += unknown_names("Hazards.md", "``One/two(_:)`` ``three`` `One.two` `None` `one.sh` `two.sh`", {"One", "two"}, {"one.sh"})
    found += wrong_arguments("a", "``T/f(_:b:)`` ``f()`` ``f(b:_:)``", {"x": "func f(_ a: (Int, Int) = (1, 2), b: Int)", "y": "func f() {}"})
    found += unlisted_hazards({"a.swift": "/// HAZARDS 1, 3 and 5.", "b.swift": "(HAZARD 2, HAZARD 4)"}, "| 1 | x |\n| 2–4 | y |\n")
    wanted = ["<doc:Two> is no page", "../none.md is not there", "#two has no such heading",
              "``three`` is declared", "no None", "no script two.sh", "arguments of ``f(b:_:)``", "hazard 5 is not"]
    if len(found) != len(wanted) or not all(any(want in line for line in found) for want in wanted):
        sys.exit(f"links.py does not see what is planted: {found}")


def main():
    self_test()
    if "--self-test" in sys.argv[1:]:
        return
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    names, texts = pages(root), sources(root)
    known, scripts = names_of(texts), {name for _, name in scripts_of(root)}
    wrong = list(dead_links(root, names)) + list(unnamed(root))
    for name in names:
        if ".docc/" in name:
            with open(os.path.join(root, name), encoding="utf-8") as file:
                page = file.read()
            wrong += unknown_names(name, page, known, scripts)
            wrong += wrong_arguments(name, page, texts)
            if os.path.basename(name) == "Hazards.md":
                wrong += unlisted_hazards(texts, page)
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


main()
