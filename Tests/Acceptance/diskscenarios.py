"""The scenarios in which calls of the disk fail, and the accounts that they need."""
import collections
import sqlite3

import crash
import diskbed
from crash import NOW
from disksteps import copy, look, read, read_views, rewrite, search, search_finds_all, step, sync_now, upload, views

Scenario = collections.namedtuple("Scenario", "name steps options bed offline from_start without_cache after")


def scenario(name, steps, options=(), bed="plain", offline=False, from_start=False, without_cache=False, after=None):
    return Scenario(name, steps, options, bed, offline, from_start, without_cache, after)


def fast(bed):
    """The server's sizes have been proven."""
    bed.program.end()
    base = sqlite3.connect(bed.program.cache + "/index.sqlite")
    with base:
        base.execute("INSERT OR REPLACE INTO setting VALUES ('server.size-claims', '256 0')")
    base.close()


BEDS = {"plain": lambda bench: diskbed.Bed(bench, "plain"), "large": lambda bench: diskbed.Bed(bench, "large", True, views),
        "fast": lambda bench: diskbed.Bed(bench, "fast", prepare=fast)}

ONE_OF_EACH = [
    upload("new", "Archive", 3000), step("move", crash.move("one", "INBOX", "Archive")), step("rm", crash.delete("two", "INBOX")),
    step("flag", crash.flag("three", "INBOX", "+\\Flagged", ["\\Flagged"])), step("mkdir", crash.make_folder("Fresh")),
    upload("new2", "Fresh"), step("mv", crash.move("six", "Work/Deep", "INBOX"))]
SCENARIOS = [
    scenario("upload", [upload("new", "Archive", 5000)]),
    scenario("upload with fsync", [upload("kept", "Archive", 5000, fsync=True)]),
    scenario("several uploads", [upload("new1", "Archive", 400_000), upload("new2", "Work"), upload("kept", "Archive", 5000, fsync=True)]),
    # Of a message without flags: where the disk has no room for its text it is read and written, and flags do not go along.
    scenario("copy", [copy("two", "INBOX", "Archive")]),
    scenario("move", [step("move", crash.move("one", "INBOX", "Archive")), step("move", crash.move("four", "Work", "INBOX"))]),
    scenario("delete", [step("rm", crash.delete("one", "INBOX")), step("rm", crash.delete("six", "Work/Deep"))], NOW),
    scenario("delete to Trash", [step("rm", crash.delete("one", "INBOX", "Trash"))], ["--delete", "trash"]),
    scenario("replace", [step("replacing", crash.replace("one", "INBOX"), True, crash.text("one.new"))], NOW),
    scenario("flags", [step("flag", crash.flag("one", "INBOX", "+\\Flagged", ["\\Seen", "\\Flagged"]))]),
    scenario("new folder", [step("mkdir", crash.make_folder("Fresh")), step("mv", crash.rename_folder("Work", "Projects"))]),
    scenario("draft", [upload("draft", "Drafts"), look("sync", sync_now), rewrite("draft")], NOW),
    scenario("reading", [read()]),
    scenario("views", [look("views", read_views)], bed="large", after=read_views),
    scenario("first listing", [read("INBOX")], from_start=True, without_cache=True),
    scenario("start", [read("INBOX", "Work")], from_start=True),
    scenario("search", [look("sync", sync_now), look("search", search)], after=search_finds_all),
    scenario("fast mode", [read("INBOX"), upload("new", "Archive", 5000), step("move", crash.move("one", "INBOX", "Work")),
                           copy("two", "INBOX", "Archive"), read("Archive")], bed="fast"),
    scenario("offline", ONE_OF_EACH, NOW, offline=True),
    scenario("waited for", [upload("new", "Archive"), step("move", crash.move("one", "INBOX", "Archive")),
                            step("flag", crash.flag("three", "INBOX", "+\\Flagged", ["\\Flagged"])),
                            step("rm", crash.delete("two", "INBOX"))], [*NOW, "--sync-changes"]),
]
