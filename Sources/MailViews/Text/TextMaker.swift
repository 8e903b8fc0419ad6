internal import BlockingWork
internal import MailText
internal import Synchronization

/// Makes texts of messages, on threads of its own: one that takes long holds up neither another text nor whatever else is asked of a view.
/// Who asks for one that is being made gets that.
final class TextMaker: Sendable {
    /// As many at once. More than there are processors: of those that take long each has its share of them only.
    static let threads = 4

    private let executor = BlockingExecutor(threads: threads)
    private struct State {
        var running: [[UInt64]: Task<[UInt8], Never>] = [:]
        var askers = 0
    }

    private let state = Mutex(State())
    private let make: @Sendable ([UInt8]) -> [UInt8]

    /// - Parameter make: the text of a message.
    init(make: @escaping @Sendable ([UInt8]) -> [UInt8] = { ReadableText.text(of: $0) }) { self.make = make }

    /// Who waits for a text.
    var askerCount: Int { state.withLock { $0.askers } }

    /// - Parameters:
    ///   - version: tells it from all other texts.
    ///   - keep: is told of it once.
    func text(
        of octets: [UInt8], version: [UInt64], keep: @escaping @Sendable ([UInt8]) -> Void
    ) async -> [UInt8] {
        let task = state.withLock { state in
            state.askers += 1
            if let known = state.running[version] { return known }
            let task = Task(executorPreference: executor) { [self] in
                let text = make(octets)
                keep(text)
                self.state.withLock { _ = $0.running.removeValue(forKey: version) }
                return text
            }
            state.running[version] = task
            return task
        }
        defer { state.withLock { $0.askers -= 1 } }
        return await task.value
    }
}
