internal import Fuse
internal import MailMessage
internal import MailModel
internal import MailTree

/// `.views/parts`: each message as a directory of its parts, decoded, under the names that their sender gave them.
public enum PartsView {
    public static func root(of account: any ViewedAccount, modified: Int64) -> any ViewDirectory {
        FolderView(account: account, shape: PartsShape(account: account), folder: .root, modified: modified)
    }
}

/// A message's directory has the message's own name.
struct PartsShape: MessageShape {
    let account: any ViewedAccount
    let last = LastParsed()

    var kind: Attributes.Kind { .directory }

    func shown(_ name: some Collection<UInt8>) -> [UInt8]? { Array(name) }

    func original(_ shown: [UInt8]) -> [[UInt8]] { [shown] }

    func node(_ message: MessageAttributes) -> ViewNode {
        .directory(PartsDirectory(account: account, last: last, message: message, path: []))
    }
}

/// The parts of a message, or inside of one of them. A message without parts has one file, its text.
struct PartsDirectory: ViewDirectory {
    let account: any ViewedAccount
    let last: LastParsed
    let message: MessageAttributes
    /// As of ``ParsedMessage/parts(at:)``.
    let path: [Int]

    var modified: Int64 { message.modified }
    var position: UInt64? { UInt64(clamping: path.last.map(Int64.init) ?? message.id.rawValue) }

    private func parsed() async throws -> ParsedMessage {
        let parsed = try await last.message(version: message.version(at: account.currentTime)) {
            try await account.octets(of: message.id)
        }
        guard let parsed else { throw Errno.stale }
        return parsed
    }

    func lookup(_ name: [UInt8]) async throws -> ViewNode? {
        let parsed = try await parsed()
        guard let position = parsed.names(at: path).positions[name] else { return nil }
        let place = path + [position]
        guard let part = parsed.part(at: place) else { return nil }
        if part.isContainer {
            return .directory(PartsDirectory(account: account, last: last, message: message, path: place))
        }
        return .file(PartFile(account: account, last: last, message: message, path: place))
    }

    func listing() async throws -> ViewListing {
        account.opened(message.id)
        let parsed = try await parsed()
        var listing = ViewListing()
        for (position, (part, name)) in zip(parsed.parts(at: path) ?? [], parsed.names(at: path).ordered).enumerated() {
            listing.append(name, part.isContainer ? .directory : .regularFile, at: UInt64(position))
        }
        return listing
    }
}

/// One part, as it was before it was encoded.
struct PartFile: ViewFile {
    let account: any ViewedAccount
    let last: LastParsed
    let message: MessageAttributes
    let path: [Int]

    var modified: Int64 { message.modified }
    /// No encoding makes anything shorter than it was.
    var sizeLimit: UInt64 { max(message.size, 1) }
    var version: [UInt64] { message.version(at: account.currentTime) + path.map { UInt64(clamping: $0) } }
    var position: UInt64? { path.last.map { UInt64(clamping: $0) } }
    var source: MessageID? { message.id }

    func contentAtHand() async throws -> ViewContent? {
        try await last.message(version: message.version(at: account.currentTime)) {
            try account.cachedOctets(of: message.id)
        }.map(content)
    }

    func content() async throws -> ViewContent {
        let parsed = try await last.message(version: message.version(at: account.currentTime)) {
            try await account.octets(of: message.id)
        }
        guard let parsed else { throw Errno.stale }
        return try content(parsed)
    }

    private func content(_ parsed: ParsedMessage) throws -> ViewContent {
        guard let part = parsed.part(at: path) else { throw Errno.stale }
        return ViewContent(part.decoded(in: parsed.octets))
    }
}
