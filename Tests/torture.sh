#!/bin/bash
# The torture: faults at every step, hostile streams and random programs, in one table of what was tried and what went wrong.
#
#   Tests/torture.sh [--long]
#   Tests/torture.sh --from DIRECTORY
#
# 2,000 random programs in the process and 40 through a mount, of which Tests/run.sh has 200 and 16, and two minutes of inputs that are
# guided by coverage, which it has not. --long tries every point, 200,000 random programs, 2 million inputs and eight hours of guided ones.
# --from prints the table of a run whose output lies in DIRECTORY, as Tests/run.sh does at its end. The exit status is 0 where nothing went
# wrong and no row is empty.
set -uo pipefail
export LC_ALL=C.UTF-8
here=$(dirname "$(readlink -f "$0")")

# In the output of `swift test` a case is "Test case passing ... to NAME(...) started", what it finds "Test NAME(...) recorded an
# issue". cases NAMES: how many cases of these tests, then how many findings.
cases() {
    awk -v names="$1" '
        BEGIN { name = "(" names ")" }
        $0 ~ "Test case passing .* to \"?" name && / started\.$/ { many++; next }
        $0 ~ "Test \"?" name && / started\.$/ && !/case passing/ { single++ }
        $0 ~ "Test \"?" name && / recorded an issue/ { wrong++ }
        END { print (many ? many : single) + 0, wrong + 0 }' "$logs/unit" 2>/dev/null
}

# points FILE PATTERN: sums of the first two numbers of PATTERN, an extended expression with two groups.
points() {
    sed -nE "s/$2/\1 \2/p" "$logs/$1" 2>/dev/null | awk '{ many += $1; wrong += $2 } END { print many + 0, wrong + 0 }'
}

# planted: the faults that scripts plant and have to see, and how many they did not.
planted() {
    cat "$logs"/* 2>/dev/null | awk '/^(ok|FAIL) +planted: / { many++; if (/^FAIL/) wrong++ } END { print many + 0, wrong + 0 }'
}

status=0
row() {
    local what=$1 many=$2 wrong=$3
    printf '| %-81s | %7d | %5d |\n' "$what" "$many" "$wrong"
    # A row that tried nothing sees nothing.
    if [ "$many" = 0 ] || [ "$wrong" != 0 ]; then status=1; fi
}

table() {
    printf '| %-81s | %7s | %5s |\n|%s|%s|%s|\n' tried many wrong "$(printf -- '-%.0s' {1..83})" --------: ------:
    # shellcheck disable=SC2046 # two numbers
    {
        row 'cut, killed or at a step of its own, in the process: points of 24 scenarios' \
            $(points unit '^.*: ([0-9]+) points tried, [0-9]+ not met, ([0-9]+) failed;.*')
        row 'the same by kill -9 and a cut wire, the real daemon, Dovecot: points' \
            $(points crash '^.*: [0-9]+ events, ([0-9]+) points tried, ([0-9]+) of them wrong.*')
        row 'power lost (what was not durable is torn or gone), older state put back: points' \
            $(points power '^.*: [0-9]+ fsyncs, ([0-9]+) points tried, ([0-9]+) of them wrong.*')
        row 'a disk that is full or fails at a call, and files that rot: points' \
            $(points disk '^disk: ([0-9]+) faults tried, ([0-9]+) of them wrong.*')
        row 'connection ended after an octet of an answer, in the process: octets, by day' \
            $(points unit '^.*: ([0-9]+) octets tried, [0-9]+ not met, ([0-9]+) failed;.*')
        row 'recorded dialogues ended, reset, silent or dripping after an octet: breaks' \
            $(points unit '^.*: ([0-9]+) breaks tried, ([0-9]+) of them wrong')
        row 'connection ended after octets or between answers, whole client' \
            $(cases 'byeAtAnyPoint|goesOnWhereTheConnectionWasCut|garbageBetweenAnswers|anAnswer\\(command|a literal cut by|what ends the connection|a dialogue cut at')
        row 'random octets at framer and parser: inputs' \
            $(points fuzz '^([0-9]+) iterations, seed [0-9]+, ([0-9]+) findings.*')
        row 'mutated messages at everything that makes parts, names and texts: inputs' \
            $(points fuzz '^[0-9]+ messages, ([0-9]+) iterations, seed [0-9]+, ([0-9]+) findings.*')
        # A build of its own.
        if [ -e "$logs/guided" ]; then
            row 'framer, client, messages, queries, guided by coverage (libFuzzer): inputs' \
                $(points guided '^guided: [a-z]+: ([0-9]+) runs, [0-9]+ edges covered, ([0-9]+) findings')
        else
            printf '| %-81s | %7s | %5s |\n' 'framer, client, messages, queries, guided by coverage (torture.sh)' 'not run' ''
        fi
        row 'random programs with another client, refusals, cuts and kills, by seed' \
            $(points unit '^random programs in the process: ([0-9]+) tried, ([0-9]+) of them wrong.*')
        row 'the same through a real mount, Dovecot: programs of 40 to 120 steps' \
            $(points chance '^random programs through a mount: ([0-9]+) played, ([0-9]+) of them wrong.*')
        row 'attacks on certificates, TLS, STARTTLS and the login' \
            $(points attacks '^attacks: ([0-9]+) tried, ([0-9]+) of them accepted')
        row 'silence in a state of the protocol' $(cases 'silence at any step|silence\\(connections|keep no wait alive')
        row 'every kind of call against silence, and Ctrl-C, the real program: calls' \
            $(points silence '^silence: ([0-9]+) calls, ([0-9]+) of them wrong')
        row 'answers without end, memory measured: shapes' \
            $(points bombs '^bombs: ([0-9]+) shapes, ([0-9]+) of them wrong.*')
        row 'hostile names, subjects, senders, dates, charsets' \
            $(points unit '^hostile names: ([0-9]+) tried, ([0-9]+) findings')
        row 'answers without end' $(cases 'floods\\(flood')
        row 'full, failing or removed cache disk' $(cases 'theCacheCannotBeWritten|noRoomForAnother')
        row 'calls while another client changes hundreds of messages a second' \
            $(points notices '^notices: ([0-9]+) calls at .*, ([0-9]+) findings')
        row 'listings while messages come and go, and trees removed in one pass' \
            $(points notices '^listings: ([0-9]+) tried, ([0-9]+) of them wrong')
        row 'suspended, standing still, ended with a full queue, started six times: checks' \
            $(points ends '^ends: ([0-9]+) checks, ([0-9]+) of them wrong')
        row 'POSIX on folders, scratch files and messages, through a mount: checks' \
            $(points posix '^posix: ([0-9]+) checks, ([0-9]+) of them wrong, [1-9].*')
        row 'faults built into servers, disks, calls and listings: seen by these scripts' $(planted)
        # Only a long run builds them.
        if [ -e "$logs/seeded" ]; then
            row 'faults built into the program: caught by its tests' \
                $(points seeded '^seeded: ([0-9]+) faults, ([0-9]+) of them not caught')
        else
            printf '| %-81s | %7s | %5s |\n' 'faults built into the program: caught by its tests (--long)' 'not run' ''
        fi
        row 'faults built in on purpose: seen by these checks' $(cases 'anUploadIsStored|aMovedMessage|anotherMessageIsLost|aDeletedMessageComesBack|flagsAreLost')
    }
}

case ${1:-} in
--from)
    logs=${2:?a directory}
    table
    exit $status
    ;;
-h | --help)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"
    exit 0
    ;;
'' | --long) ;;
*)
    printf 'torture.sh: unknown option %s\n' "$1" >&2
    exit 64
    ;;
esac

export TORTURE=1
# shellcheck disable=SC2086 # a word or none
TABLE=1 exec "$here/run.sh" "$@" build fuzz guided ${1:+seeded} crash power disk chance attacks bombs ends notices silence posix Torture RandomProgram Outage FirstListing HostileStream LostAnswer Literal Opening Drip \
    Command BrokenDialogue CacheTests SpoolFault PlantedFault HostileName
