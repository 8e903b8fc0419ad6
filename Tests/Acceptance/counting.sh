# shellcheck shell=bash
# Counting the lines of a program that checks by itself; sourced after lib.sh.

# count_checks_of SECONDS COMMAND...: its lines `ok ...` and `FAIL ...` are counted, all are shown; it has to end with 0.
count_checks_of() {
    local line limit=$1 status
    shift
    while IFS= read -r line; do
        case $line in
        'ok '*) passed=$((passed + 1)) ;;
        FAIL*) failed=$((failed + 1)) ;;
        'ended '*)
            status=${line#ended }
            continue
            ;;
        esac
        say "$line"
    done < <(
        timeout --kill-after=5 "$limit" "$@" 2>&1
        echo "ended $?"
    )
    [ "${status:-1}" = 0 ] || fail "$(basename "$1") ended with ${status:-a signal}"
}
