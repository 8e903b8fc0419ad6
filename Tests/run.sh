#!/bin/bash
# Every check of the project: install what is missing, format and links, build, unit tests, release build, and
# the acceptance scripts in Tests/Acceptance, mounts included.
#
#   Tests/run.sh [--long] [filter...]
#
# A filter selects the parts whose name contains it (format, build, unit, fuzz, release, and the name of each
# acceptance script); one that no part's name contains is handed to `swift test --filter`.
# --long runs them with more mail and with every point of what is only sampled otherwise.
# LIMIT is the longest time that one acceptance script may take, in seconds (900; with --long 7200).
# The last line is `N passed, N failed`; the exit status is 0 only where nothing failed.
set -uo pipefail
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
here=$(dirname "$(readlink -f "$0")")
cd "$(dirname "$here")" || exit 1
# shellcheck source=Acceptance/processes.sh
. "$here/Acceptance/processes.sh"

limit=${LIMIT:-900}
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
running=""
mark=""
# shellcheck disable=SC2317 # called by the trap
leave() {
    trap '' HUP INT TERM
    [ -z "$running" ] || kill -TERM "$running" 2>/dev/null
    [ -z "$running" ] || wait "$running" 2>/dev/null
    [ -z "$mark" ] || end_all
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
parts=(format build unit fuzz release)
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
# Acceptance scripts need the program.
for script in "${scripts[@]}"; do
    if [[ $chosen == *" $(name_of "$script") "* ]]; then chosen+="release "; fi
done
is_chosen() { [[ $chosen == *" $1 "* ]]; }

# --- running one ------------------------------------------------------------------------------
# in_background COMMAND...: runs it so that a signal reaches us at once, not when it has ended.
in_background() {
    local status
    "$@" &
    running=$!
    wait "$running"
    status=$?
    running=""
    return $status
}

# end_all: whatever carries the mark, and the servers of a script that could not stop them itself
# (Dovecot drops its environment, and the mark with it).
end_all() {
    local configuration
    end_processes "$mark"
    for configuration in "$logs"/mm.*/*/dovecot.conf; do
        [ ! -e "$configuration" ] || "$here/dovecot.sh" kill "${configuration%/*}"
    done
}

# show_and_keep FILE COMMAND...: the same, with its output in FILE too. What the command left running is ended
# before the output is waited for, because it may hold the pipe open.
show_and_keep() {
    local file=$1 status showing
    shift
    exec 8> >(exec tee "$file")
    showing=$!
    in_background "$@" >&8 2>&1 8>&-
    status=$?
    exec 8>&-
    end_all
    wait "$showing"
    return $status
}

# Whatever a part starts carries this mark, by which it is found and ended.
marked() { env MAILMOUNT_ACCEPTANCE="$mark" "$@"; }

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

# part NAME COMMAND...: passes or fails as a whole.
part() {
    local name=$1 start=$SECONDS
    shift
    is_chosen "$name" || return 0
    mark=$$-$name
    printf '\n=== %s\n' "$name"
    if in_background "$@"; then
        record "$name" $((SECONDS - start)) 1 0
    else
        record "$name" $((SECONDS - start)) 0 1
        return 1
    fi
}

unit_tests() {
    local start=$SECONDS status count bad
    is_chosen unit || return 0
    printf '\n=== unit\n'
    mark=$$-unit
    show_and_keep "$logs/unit" marked env LONG="$long" \
        swift test --no-parallel --explicit-target-dependency-import-check error "${test_filters[@]}"
    status=$?
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
    record unit $((SECONDS - start)) $((count - bad)) "$bad"
}

acceptance() {
    local script=$1 name start=$SECONDS status line
    name=$(name_of "$script")
    is_chosen "$name" || return 0
    printf '\n=== %s\n' "$name"
    mark=$$-$name-$RANDOM
    # As root each script has a mount namespace of its own: what it mounts ends with it.
    local alone=()
    if [ "$(id -u)" = 0 ]; then alone=(unshare --mount --propagation private); fi
    show_and_keep "$logs/$name" marked \
        env LONG="$long" TMPDIR="$logs" "${alone[@]}" timeout --kill-after=20 "$limit" bash "$script"
    status=$?
    line=$(tail -n 1 "$logs/$name")
    keep_failures "$name" '^FAIL'
    if [ $status = 124 ] || [ $status = 137 ]; then printf '%s took longer than %d s\n' "$name" "$limit"; fi
    if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        local good=${BASH_REMATCH[1]} bad=${BASH_REMATCH[2]}
        if [ $status != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
        record "$name" $((SECONDS - start)) "$good" "$bad"
    else
        # It ended before its last line.
        record "$name" $((SECONDS - start)) "$(grep -c '^ok  ' "$logs/$name")" $(($(grep -c '^FAIL' "$logs/$name") + 1))
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
format() { shell_scripts && "$here/links.py" && marked swift format lint --strict -r Sources Tests Package.swift; }

# What was tried against losses, read out of the logs; a row that tried nothing fails as well.
torture_table() {
    local start=$SECONDS
    [ ${#filters[@]} = 0 ] || [ -n "${TABLE:-}" ] || return 0
    printf '\n=== torture\n'
    if "$here/torture.sh" --from "$logs"; then
        record torture $((SECONDS - start)) 1 0
    else
        record torture $((SECONDS - start)) 0 1
    fi
}

# Another seed each day, so that runs add up; a finding prints its seed.
fuzz() {
    local iterations=20000
    [ -z "$long" ] || iterations=2000000
    show_and_keep "$logs/fuzz" marked swift run --skip-build IMAPFuzz --iterations "$iterations" --seed "$(date +%j)"
}

part format format
if part build marked swift build --build-tests --explicit-target-dependency-import-check error; then
    unit_tests
    part fuzz fuzz
elif is_chosen unit; then
    record unit 0 0 1
fi
if part release marked "$here/../Packaging/program.sh"; then
    for script in "${scripts[@]}"; do acceptance "$script"; done
else
    for script in "${scripts[@]}"; do
        if is_chosen "$(name_of "$script")"; then record "$(name_of "$script")" 0 0 1; fi
    done
fi
torture_table

printf '\n'
[ ${#failures[@]} = 0 ] || printf '%s\n' "${failures[@]}" ''
printf '%s\n' "${summary[@]}"
if [ $((passed + failed)) = 0 ]; then failed=1; fi
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
