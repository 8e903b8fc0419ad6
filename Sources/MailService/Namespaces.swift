internal import IMAPClient
internal import IMAPCodec
internal import MailSync
internal import Synchronization

/// The server's name spaces (RFC 2342), asked for beside the LIST that may leave some out.
struct Namespaces {
    private let command: RunningCommand?
    private let found: Found

    private final class Found: Sendable {
        let spaces = Mutex<[Namespace]>([])
    }

    init(on connection: IMAPConnection) {
        let found = Found()
        self.found = found
        guard connection.capabilities.has(.namespace) else {
            command = nil
            return
        }
        command = connection.submit(.namespace, literals: nil) { incoming in
            guard case .namespace(let spaces) = incoming.response else { return .passed }
            found.spaces.withLock { $0 = spaces }
            return .taken
        }
    }

    /// Patterns for those that `LIST "" *` left out (RFC 2342 section 5).
    func patterns(leftOutOf known: [ListedFolder]) async throws -> [String] {
        guard try await command?.outcome().kind == .ok else { return [] }
        return found.spaces.withLock { $0 }.compactMap { space in
            guard !space.prefix.isEmpty, !known.contains(where: { $0.rawName.starts(with: space.prefix) }) else {
                return nil
            }
            return String(decoding: space.prefix, as: UTF8.self) + "*"
        }
    }
}
