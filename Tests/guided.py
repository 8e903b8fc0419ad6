#!/usr/bin/env python3
"""Fuzzes with coverage: builds GuidedFuzz with libFuzzer and the address sanitizer, and runs each of its subjects for a time.

    Tests/guided.py [--seconds N] [--long] [--artifacts DIRECTORY] [--merge] [--corpus DIRECTORY] [SUBJECT...]

The build has a directory of its own, .build/guided. Inputs start from Tests/Fuzz/SUBJECT, and from the dialogues and odd messages of the
tests. First a fault is planted, and has to be found. --seconds is for all subjects together (120; with --long eight hours). Inputs that
make a finding stay in the directory of --artifacts, and are printed in base64; one is run again by
`GUIDED=SUBJECT ASAN_OPTIONS=detect_leaks=0 .build/guided/release/GuidedFuzz FILE`.
--merge puts what reaches code that no other input does into Tests/Fuzz/SUBJECT afterwards, as few and short inputs as do; --corpus is where
the inputs of a run stay, for a later one to go on from.

For each subject a line `guided: SUBJECT: N runs, N edges covered, N findings`; the exit status is 0 where nothing was found.
"""

import argparse
import base64
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SCRATCH = ROOT / ".build/guided"
SUBJECTS = ["framer", "client", "messages", "queries"]
# Octets of an input at most; what is longer says nothing more.
LONGEST = {"framer": 4096, "client": 8192, "messages": 8192, "queries": 512}
# An input that takes longer will not end: seconds.
PATIENCE = 60
# MiB of memory at most, and asked for at once.
MEMORY = ["-rss_limit_mb=2048", "-malloc_limit_mb=64"]
# Where several findings lie on the way, one subject begins anew after each; so often at most.
FINDINGS = 10
# Octets of an input that is kept: together they are to stay small.
KEPT = {"framer": 384, "client": 400, "messages": 512, "queries": 128}
# What libFuzzer calls an input.
GIVEN = re.compile(r"[0-9a-f]{40}")


# MARK: - Building


def runtime():
    """libFuzzer without its main function, or None where the toolchain has none."""
    compiler = shutil.which("swiftc")
    if not compiler:
        return None
    found = sorted((Path(compiler).resolve().parent.parent / "lib/clang").glob("*/lib/*/libclang_rt.fuzzer_no_main*.a"))
    machine = os.uname().machine
    return next((file for file in found if machine in str(file)), None)


def build():
    """The program, or why there is none."""
    library = runtime()
    if not library:
        return None, "this machine lacks libFuzzer: a Swift toolchain with libclang_rt.fuzzer_no_main"
    SCRATCH.mkdir(parents=True, exist_ok=True)
    # What the other build has fetched is not fetched again.
    for name in ["checkouts", "repositories", "artifacts", "workspace-state.json"]:
        if (SCRATCH.parent / name).exists() and not (SCRATCH / name).exists():
            subprocess.run(["cp", "-a", "--reflink=auto", SCRATCH.parent / name, SCRATCH / name], check=False)
    # The driver would link libFuzzer with its main function, which this program has itself: only the compiler is told of it.
    frontend = ["-Xswiftc", "-Xfrontend", "-Xswiftc", "-sanitize=fuzzer,address"]
    command = ["swift", "build", "--ignore-lock", "--scratch-path", SCRATCH, "-c", "release", "--product", "GuidedFuzz",
               "-Xswiftc", "-sanitize=address", *frontend, "-Xswiftc", "-enable-testing",
               "-Xlinker", library, "-Xlinker", "-lstdc++"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"MAILMOUNT_FUZZER": "1"}, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if "error" in line]
        return None, "\n".join(["it cannot be built", *(lines or [done.stdout[-2000:]])])
    return SCRATCH / "release/GuidedFuzz", None


# MARK: - Where inputs start

# The letters of ClientProgram for what was said in a dialogue, the longest beginning first.
LETTERS = [
    ("UID FETCH 1:* (UID FLAGS RFC822.SIZE", "f"), ("UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE", "v"), ("UID FETCH 1:3 (UID FLAGS)", "F"),
    ("UID FETCH 1 (UID BODYSTRUCTURE", "z"), ("UID FETCH 1 (UID BODY.PEEK[]<", "p"), ("UID FETCH 1 (UID BODY.PEEK[", "b"),
    ("UID SEARCH HEADER", "h"), ("UID SEARCH", "R"), ("UID STORE", "w"), ("UID COPY", "c"), ("UID MOVE", "m"),
    ('LIST "" "*" RETURN', "L"), ("LIST", "l"), ("NAMESPACE", "N"), ("EXAMINE", "e"), ("SELECT", "s"), ("UNSELECT", "u"),
    ("STATUS", "y"), ("GETQUOTAROOT", "g"), ("CREATE", "M"), ("SUBSCRIBE", "V"), ("RENAME", "r"), ("DELETE", "d"), ("APPEND", "a"),
    ("NOOP", "n"), ("CHECK", "k"),
]


def session(dialogue):
    """An input for the client out of a recorded dialogue: what this side said as letters, what the server said as it is."""
    letters = ""
    said = []
    for line in dialogue.splitlines():
        if line.startswith("S: "):
            said.append(line[3:].replace("\\r", "\r").replace("\\n", "\n") + "\r\n")
        elif command := re.match(r"C: A\d+ (.*)", line):
            letters += next((letter for start, letter in LETTERS if command.group(1).startswith(start)), "")
    return (letters + "\n" + "".join(said)).encode()


def seeds(subject, directory):
    """Writes into the directory what the tests have already."""
    if subject == "messages":
        for file in (HERE / "OddMessages").glob("*.eml"):
            shutil.copy(file, directory / file.name)
        return
    if subject == "queries":
        return
    for file in (HERE / "Dialogues").glob("*.txt"):
        octets = session(file.read_text())
        # What a server says is a stream for the framer.
        (directory / file.name).write_bytes(octets if subject == "client" else octets.split(b"\n", 1)[1])


# MARK: - Running


class Fuzzing:
    """One subject."""

    def __init__(self, program, subject, work, artifacts, corpus):
        self.program = program
        self.subject = subject
        self.artifacts = artifacts
        self.corpus = corpus / subject
        self.seeds = work / f"{subject}-seeds"
        self.kept = HERE / "Fuzz" / subject
        for directory in (self.corpus, self.seeds, self.kept, artifacts):
            directory.mkdir(parents=True, exist_ok=True)
        seeds(subject, self.seeds)
        self.options = [f"-max_len={LONGEST[subject]}", f"-timeout={PATIENCE}", *MEMORY, "-detect_leaks=0", "-print_final_stats=1"]
        if (dictionary := HERE / "Fuzz" / f"{subject}.dict").exists():
            self.options.append(f"-dict={dictionary}")

    def run(self, *options, prefix="", directories=None, limit=None, planted=False):
        """What libFuzzer says, and its exit status."""
        prefix = self.artifacts / f"{self.subject}-{prefix}"
        command = [self.program, *self.options, *options, f"-artifact_prefix={prefix}",
                   *(directories if directories is not None else [self.corpus, self.kept, self.seeds])]
        environment = os.environ | {"GUIDED": self.subject} | ({"PLANTED": "1"} if planted else {})
        # Swift's own backtraces would take a minute for each finding.
        environment |= {"SWIFT_BACKTRACE": "enable=no", "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0"}
        try:
            done = subprocess.run(list(map(str, command)), env=environment, timeout=limit, text=True, errors="replace",
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except subprocess.TimeoutExpired:
            return "ERROR: libFuzzer had no end", 1
        return done.stdout, done.returncode

    def fuzz(self, seconds):
        """How many findings, of which each is printed; no run at all is one."""
        runs = edges = 0
        findings = set()
        end = time.monotonic() + seconds
        while (left := round(end - time.monotonic())) >= 1 and len(findings) < FINDINGS:
            said, status = self.run(f"-max_total_time={left}", limit=left + 20 * PATIENCE)
            runs += sum(map(int, re.findall(r"stat::number_of_executed_units: (\d+)", said)))
            edges = max([edges, *map(int, re.findall(r" cov: (\d+)", said))])
            # What begins with an input that makes a finding gets no further.
            if status == 0 or (finding := self.finding(said, status)) in findings:
                break
            findings.add(finding)
            print(f"FAIL guided: {self.subject}: {finding}")
        print(f"guided: {self.subject}: {runs} runs, {edges} edges covered, {len(findings)} findings")
        return len(findings) + (runs == 0)

    @staticmethod
    def finding(said, status):
        """What was found, where, and the input that leads to it."""
        what = re.search(r"^finding: .*|(?:Fatal error|AddressSanitizer|libFuzzer|ERROR): .*", said, re.MULTILINE)
        where = re.search(r"^ +#\d+ .*/((?:Sources|Tests)/(?!GuidedFuzz)\S+)", said, re.MULTILINE)
        written = re.search(r"Test unit written to (\S+)", said)
        text = re.sub(r" on (?:unknown )?address .*", "", what.group(0))[:300] if what else f"status {status}: {said[-500:]}"
        octets = base64.b64encode(Path(written.group(1)).read_bytes()).decode() if written else "no input"
        return f"{text}{f' at {where.group(1)}' if where else ''}: {octets}"

    def finds_planted(self):
        """Whether the fault that is planted is found, and as what it is. From an empty corpus: by following coverage alone."""
        said, status = self.run("-max_total_time=60", "-max_len=16", prefix="planted-", directories=[], limit=300, planted=True)
        return status != 0 and "heap-buffer-overflow" in said and "PlantedFault" in said

    def merge(self):
        """Of the inputs in Tests/Fuzz/SUBJECT those that have names stay; the others become those that reach what these do not."""
        fresh = self.seeds.with_name(f"{self.subject}-merged")
        shutil.copytree(self.seeds, fresh)
        for file in self.kept.iterdir():
            if not GIVEN.fullmatch(file.name):
                shutil.copy(file, fresh)
        _, status = self.run("-merge=1", "-set_cover_merge=1", "-use_counters=0", f"-max_len={KEPT[self.subject]}",
                             directories=[fresh, self.kept, self.corpus])
        if status == 0:
            for file in filter(lambda file: GIVEN.fullmatch(file.name), self.kept.iterdir()):
                file.unlink()
            for file in filter(lambda file: GIVEN.fullmatch(file.name), fresh.iterdir()):
                shutil.copy(file, self.kept)
        sizes = [file.stat().st_size for file in self.kept.iterdir()]
        print(f"{self.subject}: {len(sizes)} inputs kept, {sum(sizes)} octets")
        return status != 0


def run(options, work):
    program, lack = build()
    if not program:
        print(f"FAIL guided: {lack}")
        return 1
    artifacts = Path(options.artifacts or work / "artifacts")
    corpus = Path(options.corpus or work / "corpus")
    subjects = [Fuzzing(program, subject, work, artifacts, corpus) for subject in options.subjects or SUBJECTS]
    findings = 0
    planted = subjects[0].finds_planted()
    print(f"{'ok  ' if planted else 'FAIL'} planted: guided: an octet beyond memory that four octets of an input lead to")
    findings += not planted
    for subject in subjects:
        findings += subject.fuzz((options.seconds or (8 * 3600 if options.long else 120)) // len(subjects))
        if options.merge:
            findings += subject.merge()
    return 1 if findings else 0


def main():
    parser = argparse.ArgumentParser(description="Fuzzes with coverage.")
    parser.add_argument("--seconds", type=int, help="for all subjects together")
    parser.add_argument("--long", action="store_true", help="eight hours")
    parser.add_argument("--artifacts", help="where inputs that make a finding stay")
    parser.add_argument("--corpus", help="where the inputs of a run stay")
    parser.add_argument("--merge", action="store_true", help="keep in Tests/Fuzz what reaches more")
    parser.add_argument("subjects", nargs="*", help=f"only these of {', '.join(SUBJECTS)}")
    options = parser.parse_args()
    if unknown := set(options.subjects) - set(SUBJECTS):
        parser.error(f"no subject: {', '.join(sorted(unknown))}")
    sys.stdout.reconfigure(line_buffering=True)
    with tempfile.TemporaryDirectory(prefix="guided.", ignore_cleanup_errors=True) as work:
        return run(options, Path(work))


if __name__ == "__main__":
    sys.exit(main())
