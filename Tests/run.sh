#!/bin/bash
# Every check of the project: install what is missing, format and links, build, unit tests, release build, and
# the acceptance scripts in Tests/Acceptance, mounts included. The program is built for release while the unit tests run, and
# the acceptance scripts run two at a time; what each prints is shown whole, one part after the other.
#
#   Tests/run.sh [--long] [filter...]
#
# A filter selects the parts whose name contains it (format, build, unit, fuzz, seeded, guided, release, and the name of each
# acceptance script); one that no part's name contains is handed to `swift test --filter`.
# --long runs them with more mail and with every point of what is only sampled otherwise, and the parts seeded and guided, which are run
# otherwise only where a filter names them: each builds all once more.
# LIMIT is the longest time that one acceptance script may take, in seconds (900; with --long 7200), LANES how many run at a time
# (2; always 1 but for root).
# The last line is `N passed, N failed`; the exit status is 0 only where nothing failed.
set -uo pipefail
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
here=$(dirname "$(readlink -f "$0")")
cd "$(dirname "$here")" || exit 1
# shellcheck source=Acceptance/processes.sh
. "$here/Acceptance/processes.sh"

limit=${LIMIT:-900}
lanes=${LANES:-2}
# Without a mount namespace each, a script that asks for every mount sees those of the other.
[ "$(id -u)" = 0 ] || lanes=1
long=
filters=()
for argument in "$@"; do
    case $argument in
    --long)
        long=1
        limit=${LIMIT:-7200}
        ;;
    -h | --help)
        sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"
        exit 0
        ;;
    -*)
        printf 'run.sh: unknown option %s\n' "$argument" >&2
        exit 64
        ;;
    *) filters+=("$argument") ;;
    esac
done

passed=0 failed=0
summary=() failures=()
logs=$(mktemp -d "${TMPDIR:-/tmp}/run.XXXXXX")
chmod 711 "$logs"
# What a part starts carries its mark, $run-NAME, by which it is found and ended.
run=$$-$RANDOM
waiting="" lanes_running=()
# shellcheck disable=SC2317 # called by the trap
leave() {
    local file name lane
    trap '' HUP INT TERM
    [ -z "$waiting" ] || kill "$waiting" 2>/dev/null
    # Lanes first: they begin nothing more.
    for lane in "${lanes_running[@]}"; do kill -TERM "$lane" 2>/dev/null; done
    for file in "$logs"/*.pid; do
        name=$(basename "$file" .pid)
        [ ! -e "$file" ] || [ -e "$logs/$name.ended" ] || end_all "$name"
    done
    wait
    rm -rf --one-file-system "$logs"
}
trap leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# --- which parts ------------------------------------------------------------------------------
scripts=()
for script in "$here"/Acceptance/*.sh; do
    # What cannot be run is there to be sourced.
    [ -x "$script" ] || continue
    scripts+=("$script")
done
name_of() {
    local name=${1##*/}
    printf '%s\n' "${name%.sh}"
}
parts=(format build unit fuzz seeded guided release)
for script in "${scripts[@]}"; do parts+=("$(name_of "$script")"); done

chosen=" " test_filters=()
for filter in "${filters[@]}"; do
    matched=
    for part in "${parts[@]}"; do
        if [[ $part == *"$filter"* ]]; then
            chosen+="$part "
            matched=1
        fi
    done
    if [ -z "$matched" ]; then
        test_filters+=(--filter "$filter")
        chosen+="unit "
    fi
done
[ ${#filters[@]} -gt 0 ] || chosen=" ${parts[*]} "
if [ ${#filters[@]} = 0 ] && [ -z "$long" ]; then chosen=${chosen/ seeded guided / }; fi
# Unit tests, fuzz and seeded faults need the build, acceptance scripts the program.
if [[ $chosen == *" unit "* || $chosen == *" fuzz "* || $chosen == *" seeded "* ]]; then chosen+="build "; fi
for script in "${scripts[@]}"; do
    if [[ $chosen == *" $(name_of "$script") "* ]]; then chosen+="release "; fi
done
is_chosen() { [[ $chosen == *" $1 "* ]]; }

# --- running one ------------------------------------------------------------------------------
# end_all PART: whatever carries its mark, and the servers of a script that could not stop them itself
# (Dovecot drops its environment, and the mark with it).
end_all() {
    local configuration
    end_processes "$run-$1"
    for configuration in "$logs/$1.tmp"/mm.*/*/dovecot.conf; do
        [ ! -e "$configuration" ] || "$here/dovecot.sh" kill "${configuration%/*}"
    done
}

# job PART COMMAND...: what it prints goes to $logs/PART; when it has ended, its status and its seconds are in $logs/PART.ended.
job() {
    local name=$1 start=$SECONDS status
    shift
    : >"$logs/$name"
    printf '%s\n' "$BASHPID" >"$logs/$name.starts" && mv "$logs/$name.starts" "$logs/$name.pid"
    MAILMOUNT_ACCEPTANCE=$run-$name "$@" >"$logs/$name" 2>&1 </dev/null
    status=$?
    end_all "$name"
    printf '%d %d\n' "$status" $((SECONDS - start)) >"$logs/$name.ends" && mv "$logs/$name.ends" "$logs/$name.ended"
}

# begin PART COMMAND...: in the background.
begin() { job "$@" & }

# show PART: what it prints, as it prints it, until it has ended; sets $status and $seconds.
show() {
    printf '\n=== %s\n' "$1"
    status=1 seconds=0
    until [ -e "$logs/$1.pid" ]; do
        # No lane is left that could begin it.
        [ -n "$(jobs -pr)" ] || return 1
        sleep 0.1
    done
    tail -n +1 -s 0.2 -f --pid="$(<"$logs/$1.pid")" "$logs/$1" &
    # Waited for in the background, so that a signal reaches us at once.
    waiting=$!
    wait "$waiting"
    waiting=""
    [ ! -e "$logs/$1.ended" ] || read -r status seconds <"$logs/$1.ended"
}

# lane COMMAND SCRIPT...: one after the other, those that no other lane has taken.
lane() {
    local script name stopped='' running=''
    trap 'stopped=1' TERM
    for script in "$@"; do
        name=$(name_of "$script")
        mkdir "$logs/$name.tmp" 2>/dev/null || continue
        job "$name" acceptance "$script" &
        running=$!
        until wait "$running" || ! kill -0 "$running" 2>/dev/null; do :; done
        [ -z "$stopped" ] || return 0
    done
}

# record PART SECONDS PASSED FAILED
record() {
    passed=$((passed + $3))
    failed=$((failed + $4))
    summary+=("$(printf '%-24s %6d passed %6d failed %6d s' "$1" "$3" "$4" "$2")")
}

# keep_failures PART PATTERN: the lines of its output that say what failed are repeated before the summary,
# because the end of a log is what is read.
keep_failures() {
    local line
    while IFS= read -r line; do failures+=("$1: $line"); done < <(grep -E "$2" "$logs/$1" | head -n 50)
}

# judge PART: one that was begun passes or fails as a whole.
judge() {
    show "$1"
    if [ "$status" = 0 ]; then
        record "$1" "$seconds" 1 0
    else
        record "$1" "$seconds" 0 1
        keep_failures "$1" 'error: '
        return 1
    fi
}

# part NAME COMMAND...: begun and judged, where it is chosen.
part() {
    is_chosen "$1" || return 0
    begin "$@"
    judge "$1"
}

unit_tests() {
    LONG=$long swift test --skip-build --ignore-lock --no-parallel --explicit-target-dependency-import-check error \
        "${test_filters[@]}"
}

judge_unit_tests() {
    local count bad
    show unit
    # The totals are in the last line that each test library prints.
    count=$(sed -n 's/.*Test run with \([0-9]*\) test.*/\1/p' "$logs/unit" | awk '{ sum += $1 } END { print sum + 0 }')
    bad=$(grep -E '^[^ ]+ +Test .* failed after ' "$logs/unit" | grep -cvE '^[^ ]+ +Test run with ')
    if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
    if [ "$count" = 0 ] && [ "$bad" = 0 ]; then
        printf 'no test was run\n'
        bad=1
    fi
    [ "$count" -ge "$bad" ] || count=$bad
    keep_failures unit 'recorded an issue|^[^ ]+ +Test .* failed after |error: '
    record unit "$seconds" $((count - bad)) "$bad"
}

acceptance() {
    # As root each script has a mount namespace of its own: what it mounts ends with it.
    local alone=() name
    name=$(name_of "$1")
    if [ "$(id -u)" = 0 ]; then alone=(unshare --mount --propagation private); fi
    chmod 711 "$logs/$name.tmp"
    LONG=$long TMPDIR=$logs/$name.tmp "${alone[@]}" timeout --kill-after=20 "$limit" bash "$1"
}

judge_acceptance() {
    local name line
    name=$(name_of "$1")
    show "$name"
    line=$(tail -n 1 "$logs/$name")
    keep_failures "$name" '^FAIL'
    if [ "$status" = 124 ] || [ "$status" = 137 ]; then printf '%s took longer than %d s\n' "$name" "$limit"; fi
    if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        local good=${BASH_REMATCH[1]} bad=${BASH_REMATCH[2]}
        if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
        record "$name" "$seconds" "$good" "$bad"
    else
        # It ended before its last line.
        record "$name" "$seconds" "$(grep -c '^ok  ' "$logs/$name")" $(($(grep -c '^FAIL' "$logs/$name") + 1))
    fi
}

# --- the run ----------------------------------------------------------------------------------
lacks=()
for list in packages.txt packages.tests.txt; do
    "$here/install.sh" --list "$list" || lacks+=("packages that Tests/$list lists and that could not be installed")
done
command -v swift >/dev/null || lacks+=("swift (https://www.swift.org/install)")
[ -e /dev/fuse ] || lacks+=("/dev/fuse: nothing can be mounted")
if [ "$(id -u)" != 0 ] && [ -e /dev/fuse ] && ! { [ -r /dev/fuse ] && [ -w /dev/fuse ]; }; then
    lacks+=("leave to open /dev/fuse: run as root, or ask for mode 0666")
fi
if [ "$(id -u)" = 0 ] && ! unshare --mount true 2>/dev/null; then
    lacks+=("the right to make a mount namespace (unshare --mount)")
fi
for lack in "${lacks[@]}"; do printf 'This machine lacks %s\n' "$lack"; done
[ ${#lacks[@]} = 0 ] || record "what the machine has" 0 0 ${#lacks[@]}

shell_scripts() {
    local file status=0
    while IFS= read -r file; do
        bash -n "$file" || status=1
    done < <(find Tests examples .ci -name '*.sh' -o -path .ci/run)
    return $status
}
format() { shell_scripts && "$here/links.py" && swift format lint --strict -r Sources Tests Package.swift; }

# What was tried against losses, read out of the logs. A row that counts a finding fails, though its part has failed already, and one
# that tried nothing as well.
torture_table() {
    [ ${#filters[@]} = 0 ] || [ -n "${TABLE:-}" ] || return 0
    begin torture "$here/torture.sh" --from "$logs"
    judge torture || keep_failures torture '\| +0 \| +[0-9]+ \|$|\| +[1-9][0-9]* \|$'
}

# Another seed each day, so that runs add up; a finding prints its seed.
fuzz() {
    local answers=20000 messages=5000 status=0
    [ -z "$long" ] || answers=2000000 messages=500000
    # Not by `swift run`: what it says of the other build would stand before the program's line.
    .build/debug/IMAPFuzz --iterations "$answers" --seed "$(date +%j)" || status=1
    .build/debug/MailFuzz --corpus Tests/OddMessages --iterations "$messages" --seed "$(date +%j)" || status=1
    return $status
}

part format format
if part build swift build --build-tests --explicit-target-dependency-import-check error; then
    # Tests wait much of their time, and go first. Both have directories of their own in .build: no test builds or waits for the lock.
    if is_chosen release; then begin release nice -n 10 "$here/../Packaging/program.sh"; fi
    if is_chosen unit; then
        begin unit unit_tests
        judge_unit_tests
    fi
    part fuzz fuzz
    part seeded "$here/seeded.py" || keep_failures seeded '^FAIL'
else
    if is_chosen unit; then record unit 0 0 1; fi
    if is_chosen release; then begin release "$here/../Packaging/program.sh"; fi
fi
part guided "$here/guided.py" ${long:+--long} || keep_failures guided '^FAIL'
chosen_scripts=()
for script in "${scripts[@]}"; do
    if is_chosen "$(name_of "$script")"; then chosen_scripts+=("$script"); fi
done
if ! is_chosen release || judge release; then
    for ((count = 0; count < lanes; count++)); do
        lane "${chosen_scripts[@]}" &
        lanes_running+=($!)
    done
    for script in "${chosen_scripts[@]}"; do judge_acceptance "$script"; done
    wait
    lanes_running=()
else
    for script in "${chosen_scripts[@]}"; do record "$(name_of "$script")" 0 0 1; done
fi
torture_table

printf '\n'
[ ${#failures[@]} = 0 ] || printf '%s\n' "${failures[@]}" ''
printf '%s\n' "${summary[@]}"
for name in seeded guided; do
    if [ ${#filters[@]} = 0 ] && ! is_chosen "$name"; then printf '%-24s not run: a second build, by --long or its name\n' "$name"; fi
done
printf '%-24s %38d s\n' 'from start to end' "$SECONDS"
if [ $((passed + failed)) = 0 ]; then failed=1; fi
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
