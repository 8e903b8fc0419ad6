"""One run of a scenario of diskscenarios.py in which a call of the disk fails."""
import time

import crash
import diskcheck
import mounted
from mounted import Failure


def started(bed, scenario):
    """Mounts while calls may fail. A start that says why not is an answer; then the disk is healed and it has to."""
    try:
        bed.start(scenario.options)
    except Failure:
        code = bed.program.process.poll()
        if code != 1 or not bed.program.last_words():
            raise
        bed.program.process = None
        bed.disk.heal()
        bed.start(scenario.options)
        # The folders that were stored are shown at once, and the others when they are listed.
        bed.program.run("sync", bed.program.place)


def is_online(bed):
    bed.alive()
    return bed.program.status()["connection"] == "online"


def attempt(bed, scenario, point=None, starts_again=False):
    """A run of a scenario in which `point` fails. Where it is None: the calls of each kind; else None where the point did not come,
    or whether another start was needed."""
    bed.put_back(scenario.without_cache)
    ledger = diskcheck.Ledger(bed)
    if scenario.from_start:
        bed.disk.arm(point)
        started(bed, scenario)
    else:
        bed.start(scenario.options)
        mounted.until("the connection", mounted.SETTLE, lambda: is_online(bed))
        if scenario.offline:
            bed.wire.unplug()
        bed.disk.arm(point)
    for step in scenario.steps:
        ledger.call(step)
    if scenario.offline:
        bed.wire.plug()
    enough, end = (3 if point and point.how != "once" else 1), time.monotonic() + 2

    def is_over():
        bed.alive()
        return bed.disk.strikes >= enough or (crash.is_settled(bed.program) and not bed.disk.strikes) or time.monotonic() > end
    mounted.until("the end", mounted.SETTLE, is_over)
    if point is None:
        mounted.until("the end", mounted.SETTLE, lambda: crash.is_settled(bed.program))
    counts, strikes = bed.disk.counts, bed.disk.strikes
    bed.disk.heal()
    if point and not strikes:
        return None
    status, restarted = diskcheck.settle(bed)
    ledger.check(status)
    if scenario.after:
        scenario.after(bed, ledger.worlds[0])
    if starts_again or point is None:
        bed.program.end()
        bed.start(scenario.options)
        ledger.check(diskcheck.settle(bed)[0])
    bed.program.end()
    return restarted if point else counts
