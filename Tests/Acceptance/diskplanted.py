"""Whether what goes wrong would be seen: faults of the program itself, planted."""
import os
import shutil

import crash
import diskbed
import diskcheck
import disksteps
import faultydisk
from expected import Difference
from mounted import Failure


def other_octets(bed, ledger):
    """One octet of what is served is another one (disk.c)."""
    bed.disk.plant()
    ledger.call(disksteps.read())


def dropped_upload(bed, ledger):
    """An upload was accepted, and the program knows nothing of it any more."""
    bed.wire.unplug()
    ledger.call(disksteps.upload("new", "Archive"))
    bed.program.end()
    shutil.rmtree(bed.program.cache)
    bed._copy(bed.base + ".kept", bed.program.cache)
    bed.wire.plug()
    bed.start()


def done_all_the_same(bed, ledger):
    """`rm` failed, and the message goes."""
    os.unlink(f"{bed.program.place}/INBOX/{crash.name_of(bed.state, 'INBOX', 'one')}")


def sent_twice(bed, ledger):
    ledger.call(disksteps.upload("new", "Archive"))
    session = bed.session()
    session.deliver("Archive", disksteps.upload("new", "Archive").text)
    session.close()


def other_error(bed, ledger):
    def do(bed, state):
        os.stat(bed.program.place + "/INBOX/nobody.eml")
    ledger.call(disksteps.look("stat", do))


def ended(bed, ledger):
    bed.program.process.kill()
    bed.program.process.wait()
    bed.alive()


PLANTED = {"an octet is another one": other_octets, "an accepted upload is dropped": dropped_upload, "a failed call is done all the same": done_all_the_same,
           "an upload is there twice": sent_twice, "an error that no disk has": other_error, "the program ends": ended}


def self_test(bench):
    bed = diskbed.Bed(bench, "planted")
    right = True
    for text, plant in PLANTED.items():
        try:
            bed.put_back()
            bed.start(crash.NOW)
            ledger = diskcheck.Ledger(bed)
            plant(bed, ledger)
            ledger.check(diskcheck.settle(bed)[0])
            seen = False
        except Difference:
            seen = True
        print(f"{'ok  ' if seen else 'FAIL'}  planted: {text}", flush=True)
        right = right and seen
    right = is_heard(bed) and right
    bed.close()
    return right


def is_heard(bed):
    """A call that is to fail does, and its error is told."""
    bed.put_back()
    bed.start()
    ledger = diskcheck.Ledger(bed)
    bed.disk.arm(faultydisk.parsed("open/1/ENOSPC/lasting"))
    ledger.call(disksteps.upload("new", "Archive"))
    bed.disk.heal()
    try:
        ledger.check(diskcheck.settle(bed)[0])
        heard = bed.disk.strikes > 0 and ledger.failed == ["upload of new: ENOSPC"]
    except (Difference, Failure) as error:
        heard = False
        print(f"      {error}")
    print(f"{'ok  ' if heard else 'FAIL'}  planted: a disk without room is heard of ({bed.disk.strikes} calls failed; {ledger.failed})", flush=True)
    return heard
