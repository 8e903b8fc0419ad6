#!/bin/bash
# The benchmarks: builds the program as it is installed, starts a private server, fills it, and prints one table of ratios, each
# beside its peer or limit.
#
#   Tests/bench.sh [OPTION...] [ROW...]      rows P1 to P14; all without one
#
#   --count N          messages of the folder that is read (20000); the others follow: 5 times as many are listed,
#                      50 times as many are listed in P10, a quarter is read over the slow line
#   --quick            --count 5000, --runs 3: to try it
#   --rtt MS           the slow line's round trip in milliseconds (40)
#   --runs N           runs of what is short (5); what is long is run --long-runs N times (3)
#   --json FILE        the table for machines as well; rows take the place of older ones in FILE, and
#                      Tests/Bench/table.py --json FILE [--markdown] prints all that are there
#   --markdown         the table as Markdown
#   --data DIR         keep the server and its mail there, and take what is there already
#   --without-million  leave out the largest folder of P10 and P14
#   --no-build         take .build/release as it is (MAILMOUNT names another program)
#   --no-install       fail where a peer is missing
#
# Each run of mailmount takes turns with its peer (ABAB). Nothing here passes or fails by a time: what is read is compared,
# counted and checked, and a wrong one ends the run. What the rows measure is told in
# Sources/mailmount/mailmount.docc/Benchmarks.md.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; }
wrong() {
    printf 'bench.sh: %s\n' "$*" >&2
    exit 64
}

every=(P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P13 P14)
count=20000 rtt=40 runs=5 long_runs=3
json="" markdown="" data="" million=1 build=1 install=1
arguments=("$@")
rows=()
while [ $# -gt 0 ]; do
    case $1 in
    --count) count=${2:?} && shift ;;
    --quick) count=5000 runs=3 long_runs=1 ;;
    --rtt) rtt=${2:?} && shift ;;
    --runs) runs=${2:?} && shift ;;
    --long-runs) long_runs=${2:?} && shift ;;
    --json) json=$(realpath -m "${2:?}") && shift ;;
    --markdown) markdown=--markdown ;;
    --data) data=$(realpath -m "${2:?}") && shift ;;
    --without-million) million="" ;;
    --no-build) build="" ;;
    --no-install) install="" ;;
    -h | --help)
        usage
        exit 0
        ;;
    P[1-9] | P1[0-4]) rows+=("$1") ;;
    *) wrong "unknown: $1" ;;
    esac
    shift
done
for number in "$count" "$rtt" "$runs" "$long_runs"; do
    [[ $number =~ ^[1-9][0-9]*$ ]] || wrong "not a number: $number"
done
[ "$count" -ge 400 ] || wrong "--count is at least 400"
[ ${#rows[@]} -gt 0 ] || rows=("${every[@]}")

# What is mounted here ends with the run.
if [ "$(id -u)" = 0 ] && [ -z "${MAILMOUNT_BENCH_ALONE:-}" ]; then
    MAILMOUNT_BENCH_ALONE=1 exec unshare --mount --propagation private bash "$0" "${arguments[@]}"
fi
# shellcheck source=Acceptance/lib.sh
. "$here/Acceptance/lib.sh"
for part in measuring filling reading listing changing views; do
    # shellcheck source=/dev/null
    . "$here/Bench/$part.sh"
done

if [ -n "$install" ]; then "$here/install.sh" && "$here/install.sh" --list packages.bench.txt; fi
for peer in mbsync:isync notmuch:notmuch mu:maildir-utils; do
    command -v "${peer%:*}" >/dev/null || stop "${peer%:*} is missing: apt-get install ${peer#*:}"
done
if [ -n "$build" ]; then
    for product in mailmount MailBench; do
        "$root/Packaging/program.sh" "$product" >&2 || stop "$product was not built"
    done
fi
bench=$root/.build/release/MailBench
[ -x "$bench" ] || stop "no program at $bench (Packaging/program.sh MailBench)"

listed=$((count * 5)) slow=$((count / 4)) huge=$((count * 50)) moved=$((count / 20))
[ "$moved" -le 1000 ] || moved=1000

# Read as a whole before it runs, so that the file may change meanwhile.
measure() {
    local row
    begin
    [ -z "$data" ] || { mkdir -p "$data" && chmod a+x "$data" && server=$data/imap; }
    samples=$work/samples results=$work/results maildir=${data:-$work}/maildir aside=${data:-$work}/aside
    : >"$samples" >"$results"
    NOFSYNC=1 start_server
    know_the_machine
    try_the_line
    for row in "${rows[@]}"; do
        note "$row"
        "row_$row"
        is_not_mounted || unmount_mail
    done
    tell_results
    rm -rf "$aside"
    exit
}
measure
