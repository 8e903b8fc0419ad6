#!/usr/bin/env python3
"""Builds the program with every fault of Tests/Seeded in it, none of them chosen, and has the tests find each.

    Tests/seeded.py [--check] [--scratch DIRECTORY] [NUMBER...]

The tree is copied to a scratch directory with its .build; the sources of the checkout stay as they are. There each fault is written
into its place, as a choice by the environment variable SEEDED, and the tests are built once. A fault is caught where its tests pass
without it, and with it one of them says what is wrong, or crashes; then the rest of them is not waited for. A test that has no end, or
has waited in vain, catches nothing. --check only looks whether each place is still there. As root the copy is mounted over the checkout for the commands
that are run, so that what .build holds is not built anew. LANES is how many run at a time (2).

The last line is `seeded: N faults, N of them not caught`; the exit status is 0 where all were caught.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE / "Seeded"))

import keeping  # noqa: E402
import keptfiles  # noqa: E402
import sending  # noqa: E402
import session  # noqa: E402
import shown  # noqa: E402
import wire  # noqa: E402

FAULTS = [fault for module in (wire, session, keeping, sending, keptfiles, shown) for fault in module.FAULTS]
BUNDLE = ".build/debug/mailmountPackageTests.xctest"
# What is built.
PARTS = ["Sources", "Tests", "Package.swift", "Package.resolved"]
# Seconds for the tests of one fault.
LIMIT = 180
CHOICE = """{glibc}

/// Whether this seeded fault is the chosen one.
func seeded(_ number: Int) -> Bool { chosen == number }

private let chosen = getenv("SEEDED").flatMap { Int(String(cString: $0)) } ?? 0
"""
# What a test says that has waited for something: it may have been slow.
WAIT = r"Time limit was exceeded|Caught error: (?:not met|never shown)|ContinuousClock\.now"
TEST = r'Test "?(.+?)"?(?: with \d+ test cases)?'


class Outcome(NamedTuple):
    """What came of some tests; both false where they passed, or were not run."""

    isCaught: bool
    isPassed: bool
    text: str


# MARK: - The copy


def planted():
    """The sources with all faults in them, by their paths, and the faults whose place is not there once."""
    texts = {}
    stale = []
    for fault in FAULTS:
        path = ROOT / "Sources" / fault.file
        text = texts.get(fault.file) or (path.read_text() if path.exists() else "")
        if text.count(fault.right) != 1:
            stale.append(fault)
            continue
        texts[fault.file] = text.replace(fault.right, fault.wrong)
    for module in {file.split("/")[0] for file in texts}:
        # All imports of a module say with which access, or none does.
        plain = any(re.search("^import Glibc$", file.read_text(), re.MULTILINE)
                    for file in (ROOT / "Sources" / module).rglob("*.swift"))
        texts[f"{module}/Seeded.swift"] = CHOICE.replace("{glibc}", "import Glibc" if plain else "internal import Glibc")
    return texts, stale


def files(root):
    """The files that are built, by their paths below the root."""
    found = {}
    for part in PARTS:
        path = root / part
        for file in [path] if path.is_file() else path.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                found[str(file.relative_to(root))] = file
    return found


def copy(tree, texts):
    """Makes the tree the checkout with these sources; what is so already keeps its time, and is not built anew."""
    if not (tree / "Sources").exists():
        tree.parent.mkdir(parents=True, exist_ok=True)
        # The release build beside it makes and removes files meanwhile, which nobody needs here.
        subprocess.run(["cp", "-a", "--reflink=auto", str(ROOT), str(tree)], stderr=subprocess.DEVNULL)
    wanted = {path: file.read_bytes() for path, file in files(ROOT).items()}
    wanted |= {f"Sources/{path}": text.encode() for path, text in texts.items()}
    there = files(tree)
    for path, octets in wanted.items():
        if path not in there or there[path].read_bytes() != octets:
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(octets)
    for path in there.keys() - wanted.keys():
        there[path].unlink()


# MARK: - Running


def inside(tree, command):
    """The command in the tree; as root under the name of the checkout."""
    if os.geteuid() != 0:
        return ["bash", "-c", f"cd {shlex.quote(str(tree))} && {command}"]
    root = shlex.quote(str(ROOT))
    script = f"mount --bind {shlex.quote(str(tree))} {root} && cd {root} && {command}"
    return ["unshare", "--mount", "--propagation", "private", "bash", "-c", script]


def tried(tree, number, tests):
    """Runs tests with a fault chosen, until one says that something is wrong."""
    with tempfile.TemporaryDirectory(prefix="seeded.", ignore_cleanup_errors=True) as directory:
        command = f"exec {BUNDLE} --testing-library swift-testing --no-parallel --filter {shlex.quote(tests)}"
        process = subprocess.Popen(
            ["timeout", "--kill-after=10", str(LIMIT), *inside(tree, command)],
            env=os.environ | {"SEEDED": str(number), "TMPDIR": directory}, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        begun = None
        waited = None
        ran = 0
        last = ""
        for line in process.stdout:
            last = line.strip() or last
            if issue := re.match(rf"\S+ +{TEST} recorded an issue", line):
                # What a test was given can have line ends.
                while not (said := re.search(r" at \S+\.swift:\d+:\d+: (.*)", line)):
                    line = process.stdout.readline()
                    if not line:
                        break
                if said and re.search(WAIT, said.group(1)):
                    waited = issue.group(1)
                    continue
                process.terminate()
                process.stdout.read()
                process.wait()
                return Outcome(True, False, f"{issue.group(1)}: {said.group(1)[:100] if said else 'an issue'}")
            if (start := re.match(rf"\S+ +{TEST} started\.", line)) and start.group(1) != "run":
                begun = start.group(1)
            if end := re.search(r"Test run with (\d+) test", line):
                ran = int(end.group(1))
        status = process.wait()
    if status == 0 and ran > 0:
        return Outcome(False, True, "")
    # A filter that nothing matches catches nothing.
    if status == 0:
        return Outcome(False, False, "no test was run")
    if status in (124, 137):
        return Outcome(False, False, f"{begun or 'nothing'} had no end")
    if waited:
        return Outcome(False, False, f"{waited} waited in vain, and said no more")
    # The signals of what traps, aborts, or goes to memory that is not there.
    if begun and status in (132, 133, 134, 135, 136, 139):
        return Outcome(True, False, f"{begun}: signal {status - 128}")
    return Outcome(False, False, f"status {status} in {begun or 'nothing'}: {last[-200:]}")


def judged(fault, baseline, tree):
    """The line that says what became of a fault, and whether it was caught."""
    what = f"seeded {fault.number}: {fault.what}"
    if not baseline.isPassed:
        return f"FAIL {what}: no baseline: {baseline.text}", False
    outcome = tried(tree, fault.number, fault.tests)
    if outcome.isCaught:
        return f"ok  {what}: caught by {outcome.text}", True
    return f"FAIL {what}: " + ("nobody saw it" if outcome.isPassed else outcome.text), False


def run(options, scratch):
    tree = scratch / "tree"
    texts, stale = planted()
    for fault in stale:
        print(f"FAIL seeded {fault.number}: stale: its place is not once in Sources/{fault.file}")
    if options.check:
        print(f"seeded: {len(FAULTS)} places, {len(stale)} of them stale")
        return 1 if stale else 0
    copy(tree, texts)
    build = subprocess.run(inside(tree, "swift build --ignore-lock --build-tests"), text=True, errors="replace",
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if build.returncode != 0:
        print("\n".join(line for line in build.stdout.splitlines() if "error" in line) or build.stdout[-2000:])
        print("FAIL seeded: the tests cannot be built")
        return 1
    chosen = [fault for fault in FAULTS if not options.numbers or fault.number in options.numbers]
    there = [fault for fault in chosen if fault not in stale]
    missed = len(chosen) - len(there)
    with ThreadPoolExecutor(max(1, int(os.environ.get("LANES", "2")))) as lanes:
        filters = sorted({fault.tests for fault in there})
        baselines = dict(zip(filters, lanes.map(lambda tests: tried(tree, 0, tests), filters)))
        for line, isCaught in lanes.map(lambda fault: judged(fault, baselines[fault.tests], tree), there):
            print(line)
            missed += not isCaught
    print(f"seeded: {len(chosen)} faults, {missed} of them not caught")
    return 1 if missed else 0


def main():
    parser = argparse.ArgumentParser(description="Has the tests find seeded faults.")
    parser.add_argument("--check", action="store_true", help="only look whether each place is still there")
    parser.add_argument("--scratch", help="where the copy goes, and stays")
    parser.add_argument("numbers", nargs="*", type=int, help="only these faults")
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    assert len({fault.number for fault in FAULTS}) == len(FAULTS)
    scratch = Path(options.scratch or tempfile.mkdtemp(prefix="seeded."))
    try:
        return run(options, scratch)
    finally:
        if not options.scratch:
            shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
