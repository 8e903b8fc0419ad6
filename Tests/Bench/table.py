#!/usr/bin/env python3
"""The table of a benchmark run.

    table.py [--samples FILE --results FILE --about TEXT] [--json FILE] [--markdown]

With --json, rows take the place of the rows of the same number in FILE; without a run it prints what is in FILE.

The samples have a line `SERIES<tab>VALUE` for each measurement. The results have a line for each row of the table:

    ROW  WORK  BESIDE  UNIT  KIND  REACH  SERIES  PEER       between tabs

SERIES is a name of the samples, PEER another or a number or empty. KIND tells what is held against REACH, made of
medians: `ratio` SERIES / PEER (at most), `times` the same (at least), `plus` SERIES - PEER (of each pair), `value` SERIES
itself. Without REACH it is only reported.
"""
import argparse
import json
import os
import statistics
import sys


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values), "runs": len(values),
            "values": values}


def number(value):
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def told(measured, unit):
    if measured is None:
        return ""
    text = f"{number(measured['median'])} {unit}"
    if measured["runs"] > 1:
        text += f" ({number(measured['min'])}..{number(measured['max'])})"
    return text


def judged(row, own, peer):
    """What is held against the reach: its value, how it is written, whether it is met (None where there is no reach)."""
    kind, reach, unit = row["kind"], row["reach"], row["unit"]
    if kind in ("ratio", "times"):
        if not peer or not peer["median"]:
            return None, "", None
        value = own["median"] / peer["median"]
        met = None if reach is None else value <= reach if kind == "ratio" else value >= reach
        return value, f"{value:.2f}", met
    value = own["median"]
    if kind == "plus":
        value = statistics.median(mine - other for mine, other in zip(own["values"], peer["values"], strict=True))
    return value, f"{'+' if kind == 'plus' else ''}{number(value) if value >= 0 else f'{value:.2f}'} {unit}", \
        None if reach is None else value <= reach


def limit(row):
    if row["reach"] is None:
        return ""
    sign = "≥" if row["kind"] == "times" else "≤"
    unit = "" if row["kind"] in ("ratio", "times") else f" {row['unit']}"
    return f"{sign} {'+' if row['kind'] == 'plus' else ''}{row['reach']:g}{unit}"


def read(samples, results):
    series = {}
    with open(samples, encoding="utf-8") as file:
        for line in file:
            name, value = line.rstrip("\n").split("\t")
            series.setdefault(name, []).append(float(value))
    rows = []
    with open(results, encoding="utf-8") as file:
        for line in file:
            fields = line.rstrip("\n").split("\t")
            row = dict(zip(("row", "work", "beside", "unit", "kind", "reach", "series", "peer"), fields, strict=True))
            row["reach"] = float(row["reach"]) if row["reach"] else None
            own = spread(series[row["series"]])
            peer = None
            if row["peer"]:
                peer = spread(series[row["peer"]] if row["peer"] in series else [float(row["peer"])])
            row["value"], row["text"], row["met"] = judged(row, own, peer)
            row["mailmount"], row["other"] = own, peer
            rows.append(row)
    return rows


def merged(path, rows):
    """The rows of the file, those of this run in the place of older ones of the same number; in the order of the numbers."""
    older = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            older = json.load(file)["rows"]
    measured = {row["row"] for row in rows}
    kept = [row for row in older if row["row"] not in measured]
    return sorted(kept + rows, key=lambda row: int(row["row"][1:]))


def show(rows, is_markdown):
    table = [("", "work", "mailmount", "beside", "", "figure", "reach", "")]
    for row in rows:
        met = {True: "met", False: "not met", None: ""}[row["met"]]
        table.append((row["row"], row["work"], told(row["mailmount"], row["unit"]), row["beside"],
                      told(row["other"], row["unit"]), row["text"], limit(row), met))
    if is_markdown:
        for index, cells in enumerate(table):
            print("| " + " | ".join([*cells[:3], " ".join(filter(None, cells[3:5])), *cells[5:]]) + " |")
            if index == 0:
                print("|" + "---|" * (len(cells) - 1))
        return
    widths = [max(len(cells[column]) for cells in table) for column in range(len(table[0]))]
    for cells in table:
        print("  ".join(text.ljust(width) for text, width in zip(cells, widths)).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", metavar="FILE")
    parser.add_argument("--results", metavar="FILE")
    parser.add_argument("--about", default="", help="what was measured on, for --json")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    if not options.samples:
        show(merged(options.json, []), options.markdown)
        return
    rows = [row | {"about": options.about} for row in read(options.samples, options.results)]
    show(rows, options.markdown)
    if options.json:
        rows = merged(options.json, rows)
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"rows": rows}, file, indent=1, ensure_ascii=False)
            file.write("\n")


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"table.py: {error!r}")
