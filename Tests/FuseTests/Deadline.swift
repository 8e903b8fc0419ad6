import Foundation

/// A test that hangs on a mount must fail instead: whoever waits here gives up after this.
enum Deadline {
    static let seconds = 20.0

    static var end: Date { Date(timeIntervalSinceNow: seconds) }
}

/// Something did not happen before the deadline.
struct DeadlineMissed: Error, CustomStringConvertible {
    let description: String
}

/// A file the child writes to, read line by line as it grows.
final class Lines: @unchecked Sendable {
    private let condition = NSCondition()
    private var lines: [String] = []
    private var rest = Data()
    private var ended = false

    init(_ handle: FileHandle) {
        let thread = Foundation.Thread { [self] in
            while true {
                let data = handle.availableData
                condition.lock()
                if data.isEmpty { ended = true } else { take(data) }
                condition.broadcast()
                condition.unlock()
                if data.isEmpty { return }
            }
        }
        thread.start()
    }

    private func take(_ data: Data) {
        rest += data
        while let newline = rest.firstIndex(of: 10) {
            lines.append(String(decoding: rest[rest.startIndex..<newline], as: UTF8.self))
            rest = Data(rest[rest.index(after: newline)...])
        }
    }

    /// Waits for a line with this beginning, takes it out and gives the rest of it.
    func wait(for beginning: String) throws -> String {
        condition.lock()
        defer { condition.unlock() }
        let end = Deadline.end
        while true {
            if let index = lines.firstIndex(where: { $0.hasPrefix(beginning) }) {
                return String(lines.remove(at: index).dropFirst(beginning.count))
            }
            if ended || !condition.wait(until: end) {
                throw DeadlineMissed(description: "no line “\(beginning)”; there are: \(lines)")
            }
        }
    }

    /// Everything, once the writer has closed.
    func all() throws -> [String] {
        condition.lock()
        defer { condition.unlock() }
        let end = Deadline.end
        while !ended {
            if !condition.wait(until: end) { throw DeadlineMissed(description: "no end after \(lines)") }
        }
        return lines
    }
}
