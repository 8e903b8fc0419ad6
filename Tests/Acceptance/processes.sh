# shellcheck shell=bash
# Finding and ending what a test started, daemons that left its session included; sourced.

# processes_of MARK: pids of the processes that were started with MAILMOUNT_ACCEPTANCE=MARK,
# but for this shell and those that it runs under.
processes_of() {
    local file pid
    # The pattern is expanded before grep starts, so that grep is not among its own findings.
    grep -lzxF -e "MAILMOUNT_ACCEPTANCE=$1" /proc/[0-9]*/environ 2>/dev/null | while IFS= read -r file; do
        pid=${file#/proc/}
        pid=${pid%/environ}
        if [ "$pid" != "$BASHPID" ] && ! is_ancestor "$pid"; then printf '%s\n' "$pid"; fi
    done
}

# is_ancestor PID: this shell, or one that it runs under.
is_ancestor() {
    local pid=$BASHPID wanted=$1 fields
    while [ "$pid" -gt 1 ]; do
        [ "$pid" != "$wanted" ] || return 0
        { IFS= read -r fields <"/proc/$pid/stat"; } 2>/dev/null || return 1
        fields=${fields##*) }
        # shellcheck disable=SC2086 # state and parent
        set -- $fields
        pid=$2
    done
    return 1
}

# end_processes MARK: SIGTERM, then SIGKILL for what stays longer than two seconds.
end_processes() {
    local signal try left pid
    for signal in TERM KILL; do
        for try in $(seq 20); do
            left=$(processes_of "$1")
            [ -n "$left" ] || return 0
            if [ "$try" = 1 ]; then
                for pid in $left; do kill "-$signal" "$pid" 2>/dev/null; done
            fi
            sleep 0.1
        done
    done
}
