"""Many points of disk.py at once: in which order, each in an account that nobody else has, and what came of them."""
import concurrent.futures
import contextlib
import os
import random
import subprocess
import threading
import time

import diskdamage
import diskrot
import diskscenarios
import faultydisk
from crash import ERRORS
from diskattempt import attempt

# They wait more than they work.
WORKERS = 8


class Run:
    def __init__(self, bench, options):
        self.bench, self.options = bench, options
        self.end = None
        self.lock = threading.Lock()
        self.free = {}  # name -> beds
        self.beds = []
        self.tried, self.wrong, self.absent, self.left, self.restarted, self.kept = 0, 0, 0, 0, 0, 0

    @contextlib.contextmanager
    def bed(self, name):
        """One that nobody has now; another is made where there is none."""
        with self.lock:
            bed = self.free[name].pop() if self.free.get(name) else None
        if bed is None:
            bed = {**diskscenarios.BEDS, **diskdamage.BEDS}[name](self.bench)
            with self.lock:
                self.beds.append(bed)
        try:
            yield bed
        finally:
            with self.lock:
                self.free.setdefault(name, []).append(bed)

    def one(self, name, bed_name, act):
        with self.lock:
            if self.end is not None and time.monotonic() > self.end:
                self.left += 1
                return
        path = ""
        try:
            with self.bed(bed_name) as bed:
                try:
                    result, said = act(bed), None
                except ERRORS:
                    path = bed.disk.path
                    self.keep(bed)
                    raise
        except ERRORS as error:
            result, said = False, error
        with self.lock:
            if result is None:
                self.absent += 1
                return
            self.tried += 1
            self.restarted += result is True
            if said:
                self.wrong += 1
                print(f"FAIL  {name}: {said} ({path})", flush=True)

    def keep(self, bed):
        """What was found wrong is there to be looked at, with KEEP=1."""
        if os.environ.get("KEEP"):
            with self.lock:
                self.kept += 1
                to = f"{bed.base}.wrong{self.kept}"
            subprocess.run(["cp", "-a", bed.program.cache, to], check=False)
            subprocess.run(["cp", bed.program.log, to], check=False)

    def dry(self, scenario):
        try:
            with self.bed(scenario.bed) as bed:
                return attempt(bed, scenario)
        except ERRORS as error:
            with self.lock:
                self.tried, self.wrong = self.tried + 1, self.wrong + 1
            print(f"FAIL  {scenario.name}, without a fault: {error}", flush=True)
            return [0] * len(faultydisk.KINDS)

    def all(self, scenarios, seed):
        chance = random.Random(seed)
        if self.options.budget:
            self.end = time.monotonic() + self.options.budget
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            rot = []
            if self.options.point and self.options.point.startswith("rot:"):
                points, calls, rot = [], 0, [diskrot.parsed(self.options.point)]
            elif self.options.point:
                name, text = self.options.point.split("/", 1)
                points = [(one, faultydisk.parsed(text)) for one in scenarios if one.name == name]
                calls = 0
            else:
                counts = list(pool.map(self.dry, scenarios))
                calls = sum(map(sum, counts))
                points = self.sample(zip(scenarios, counts), chance)
                rot = diskrot.jobs(chance, 200) if not self.options.only or "rot" in self.options.only else []
            jobs = [(f"{scenario.name}/{faultydisk.named(point)}", scenario.bed,
                     lambda bed, s=scenario, p=point, again=chance.random() < 1 / 3: attempt(bed, s, p, again)) for scenario, point in points]
            # One of them after each three calls that fail.
            for number, job in enumerate(rot):
                jobs.insert(min(len(jobs), number * 4), job)
            jobs = jobs[:self.options.most] if self.options.most else jobs
            for done in [pool.submit(self.one, *job) for job in jobs]:
                done.result()
        for bed in self.beds:
            bed.close()
        print(f"      {calls} calls of {len(scenarios)} scenarios; {self.absent} points did not come, {self.left} left out, "
              f"{self.restarted} not well again within 8 s, and then by another start")
        print(f"{'ok  ' if self.tried and not self.wrong else 'FAIL'}  a disk that fails\n"
              f"disk: {self.tried} faults tried, {self.wrong} of them wrong", flush=True)

    @staticmethod
    def sample(counted, chance):
        """All points, in an order in which each kind of call of each scenario comes to its turn."""
        keyed, seen = [], {}
        for scenario, counts in counted:
            points = list(faultydisk.points_of(counts))
            chance.shuffle(points)
            for point in points:
                key = scenario.name, point.kind
                seen[key] = seen.get(key, 0) + 1
                keyed.append((seen[key] + chance.random(), scenario, point))
        return [(scenario, point) for _, scenario, point in sorted(keyed, key=lambda one: one[0])]
