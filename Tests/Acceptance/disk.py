#!/usr/bin/env python3
"""A disk that is full or fails at a call, and files that rot: what is served, what is kept, and what the server has then.

    disk.py --program FILE --work DIR --shim FILE --full PORT --nomove PORT --minimal PORT [--budget SECONDS] [--only NAME] [--point POINT]
    disk.py --self-test ...

A run of each scenario (diskscenarios.py) without a fault counts the calls that the program makes on its cache and state (disk.c). Then one
of them fails: open, write, fsync, rename, link, unlink, truncate or mkdir, with ENOSPC, EIO or EDQUOT, once, or until the disk is healed
again. After that everything is sent that can be, by another start where nothing else helps, and held against what the calls have said
(diskcheck.py). Files that rot, are cut off or come from another time are diskrot.py's.

A point is told as SCENARIO/KIND/NUMBER/ERROR/HOW, by which --point tries it again. The last lines count.
"""
import signal
import sys

import crash
import diskplanted
import diskscenarios
from diskrun import Run


def main():
    parser = crash.arguments(__doc__, "--shim")
    parser.add_argument("--most", type=int, help="points at most")
    parser.add_argument("--point", help="this one only")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    # The end of a child that one thread has started would interrupt what another waits for in a call.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    bench = crash.Bench(options)
    if options.self_test:
        bench.begin_at(crash.USERS // 2)
        return diskplanted.self_test(bench)
    run = Run(bench, options)
    chosen = [one for one in diskscenarios.SCENARIOS if not options.only or one.name.startswith(tuple(options.only))]
    print(f"      seed {options.seed}", flush=True)
    run.all(chosen, options.seed)
    return run.wrong == 0 and run.tried > 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
