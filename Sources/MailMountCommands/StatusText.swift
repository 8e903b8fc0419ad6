/// A mount's status for people.
enum StatusText {
    /// - Parameter left: what is known of how long a folder's listing will take, from how much of it is done.
    static func describe(
        _ status: MountStatus, left: (_ folder: String, _ done: Int, _ total: Int) -> String = { _, _, _ in "" }
    ) -> String {
        var lines = ["\(status.account) on \(status.mountpoint)"]
        lines.append("  connection  \(status.connection)" + (status.reason.map { ": \($0)" } ?? ""))
        if let seconds = status.nextAttempt, status.connection != "online" {
            lines.append("              tried again in \(pause(seconds)), and at once by mailmount sync")
        }
        let messages = status.folders.reduce(0) { $0 + $1.messages }
        lines.append("  folders     \(status.folders.count), \(messages) messages")
        for folder in status.folders {
            if let listing = folder.listing, listing.count == 2 {
                let left = left(folder.path, listing[0], listing[1])
                lines.append(
                    "              listing \(folder.path): \(bar(listing[0], listing[1]))"
                        + (left.isEmpty ? "" : ", \(left)"))
            }
        }
        let unlisted = status.folders.count { !$0.listed && $0.listing == nil && $0.messages == 0 }
        if unlisted > 0, status.connection == "online" { lines.append("              \(unlisted) not listed yet") }
        lines.append(
            "  cache       \(status.cache.messages) messages, \(size(status.cache.bytes)) of \(size(status.cache.limit))"
        )
        if let trouble = status.cache.trouble { lines.append("              \(trouble)") }
        if status.fetching > 0 { lines.append("  fetching    \(status.fetching) messages") }
        if let quota = status.quota, let used = quota["used"], let limit = quota["limit"] {
            lines.append("  quota       \(size(used)) of \(size(limit))")
        }
        lines.append("  changes     \(status.pending) pending, \(status.failed.count) failed")
        if status.pending > 0, status.connection != "online" {
            lines.append("              they are kept, and sent when there is a connection")
        }
        for file in status.late {
            lines.append("              upload \(file.path) waits for this machine: \(file.error)")
        }
        for change in status.barred.prefix(mostHeld) {
            lines.append("              \(describe(change)): \(change.error)")
        }
        let barred = status.barred.count - mostHeld
        if barred > 0 { lines.append("              and \(barred) more that this mount may not send") }
        for change in status.blocked.prefix(mostHeld) {
            lines.append("              \(describe(change)) is sent later: \(change.error)")
        }
        let blocked = status.blocked.count - mostHeld
        if blocked > 0 { lines.append("              and \(blocked) more that wait for a name") }
        for change in status.failed { lines.append("              \(describe(change)): \(change.error)") }
        if !status.failed.isEmpty {
            lines.append("              mailmount retry '\(status.mountpoint)' sends them again;")
            lines.append("              mailmount discard '\(status.mountpoint)' NUMBER gives one up")
        }
        if !status.interrupted.isEmpty {
            lines.append(
                "  interrupted \(status.interrupted.count), not sent: touch them, or mailmount retry \(status.mountpoint)"
            )
            for change in status.interrupted { lines.append("              \(describe(change)): \(change.error)") }
        }
        if !status.unknown.isEmpty {
            lines.append(
                "  outcome unknown of \(status.unknown.count), looked up when the server answers, not sent again")
            for change in status.unknown { lines.append("              \(describe(change))") }
        }
        lines += describe(held: status)
        return lines.joined(separator: "\n")
    }

    private static func describe(held status: MountStatus) -> [String] {
        if status.held.isEmpty { return [] }
        let place = "'\(status.mountpoint)'"
        var lines = ["  held        \(deletions(status.held.count)), not sent: more than --delete-limit lets through"]
        for change in status.held.prefix(mostHeld) { lines.append("              \(describe(change))") }
        let more = status.held.count - mostHeld
        if more > 0 { lines.append("              and \(more) more; mailmount status \(place) --json lists all") }
        lines.append("              mailmount release \(place) sends them;")
        lines.append("              mailmount undelete \(place) brings the messages back")
        return lines
    }

    /// Lines of deletions that are held, which come in thousands.
    private static let mostHeld = 10

    /// What is to be done about deletions that are held.
    static func held(_ count: Int, on mountpoint: String) -> String {
        "\(deletions(count)) held back by --delete-limit, not sent:"
            + " mailmount release '\(mountpoint)' sends them, mailmount undelete '\(mountpoint)' brings the messages back"
    }

    /// Changes that are not sent yet, for the sake of what `undelete` may bring back.
    static func blocked(_ count: Int) -> String {
        "\(changes(count)) \(count == 1 ? "needs" : "need") the name of a directory that was deleted here, which the"
            + " server keeps until that cannot be brought back any more (--expunge-after)"
    }

    /// Changes that are undone in the mount, so that it shows what the server has.
    static func refused(_ count: Int, on mountpoint: String) -> String {
        "the server refused \(changes(count)), undone here: mailmount status '\(mountpoint)' says which"
    }

    /// Why a mount and its server do not agree after `sync`, the worst last; nothing where they do.
    static func obstacles(
        waiting: Int, blocked: Int, failed: Int, interrupted: Int, held: Int, on mountpoint: String
    ) -> [String] {
        var texts: [String] = []
        if interrupted > 0 {
            let files = interrupted == 1 ? "1 file is" : "\(interrupted) files are"
            texts.append("\(files) not sent, as nobody saw them whole: mailmount status '\(mountpoint)' says which")
        }
        if held > 0 { texts.append(self.held(held, on: mountpoint)) }
        if failed > 0 {
            texts.append(
                "\(failed == 1 ? "1 upload" : "\(failed) uploads") failed: mailmount status '\(mountpoint)' says why,"
                    + " mailmount retry sends again what can be sent, mailmount discard gives them up")
        }
        if blocked > 0 { texts.append(self.blocked(blocked)) }
        if waiting > 0 { texts.append("the server does not have \(changes(waiting)) yet") }
        return texts
    }

    /// What `undelete` could not bring back, or not yet, the worst last; nothing where all is back.
    static func obstacles(waiting: [String], lost: [String], on mountpoint: String) -> [String] {
        var texts: [String] = []
        if !waiting.isEmpty {
            texts.append(
                "shown again, and the server has yet to hear of it: \(named(waiting));"
                    + " it is sent when the server can be reached, mailmount sync '\(mountpoint)' waits for that")
        }
        if !lost.isEmpty {
            texts.append(
                "not back, as the server has them no more or refused it: \(named(lost));"
                    + " mailmount status '\(mountpoint)' says what it refused")
        }
        return texts
    }

    /// Some of them, and how many more there are.
    private static func named(_ paths: [String]) -> String {
        let more = paths.count > mostHeld ? " and \(paths.count - mostHeld) more" : ""
        return paths.prefix(mostHeld).joined(separator: ", ") + more
    }

    /// `1 deletion`, `3 deletions`.
    static func deletions(_ count: Int) -> String { count == 1 ? "1 deletion" : "\(count) deletions" }

    /// `4 move INBOX/x.eml`: the number that `retry`, `discard` and `release` take comes first.
    static func describe(_ change: MountStatus.Failed) -> String { "\(change.id) \(change.operation) \(change.path)" }

    /// `1 change`, `3 changes`.
    static func changes(_ count: Int) -> String { count == 1 ? "1 change" : "\(count) changes" }

    /// `[######----] 60 % (600 of 1000)`
    static func bar(_ done: Int, _ total: Int, width: Int = 20) -> String {
        guard total > 0 else { return "[" + String(repeating: "#", count: width) + "] 100 %" }
        let clamped = min(max(done, 0), total)
        let filled = clamped * width / total
        return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
            + "] \(clamped * 100 / total) % (\(clamped) of \(total))"
    }

    /// `40 s`, `59 min`: rounded up.
    static func pause(_ seconds: Int) -> String {
        seconds < 100 ? "\(max(0, seconds)) s" : "\((seconds + 59) / 60) min"
    }

    /// `12.3 MB`, in powers of 1000.
    static func size(_ octets: UInt64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(octets)
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let tenths = Int((value * 10).rounded())
        return unit == 0 ? "\(octets) B" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
