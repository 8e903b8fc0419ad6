"""One seeded fault: a change of one place of the source that the project's own tests have to see."""

from typing import NamedTuple


class Fault(NamedTuple):
    # Never given to another fault; `seeded(number)` in `wrong` says whether it is the chosen one.
    number: int
    # What is wrong then.
    what: str
    # Below Sources.
    file: str
    # Occurs there once.
    right: str
    wrong: str
    # A regular expression of suites or tests, as `swift test --filter` takes it.
    tests: str
