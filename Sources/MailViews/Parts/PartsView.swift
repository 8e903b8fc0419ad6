internal import Fuse
internal import MailMessage
internal import MailModel
internal import MailTree

/// `.views/parts`: each message as a directory of its parts, decoded, under the names that their sender gave them.
public enum PartsView {
    public static func root(of account: any ViewedAccount, modified: Int64) -> any ViewDirectory {
        FolderView(
            account: account, shape: PartsShape(account: account), folder: .root,
            listingChanged: modified * 1_000_000_000)
    }
}

/// A message's directory has the message's own name.
struct PartsShape: MessageShape {
    let account: any ViewedAccount
    let last = LastParsed()

    var kind: Attributes.Kind { .directory }

    func shown(_ name: some Collection<UInt8>) -> [UInt8]? { Array(name) }

    func original(_ shown: [UInt8]) -> [[UInt8]] { [shown] }

    func shownBesideFolder(_ name: some Collection<UInt8>) -> [UInt8]? { nil }

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

    /// Of a large message that is not here, all but the contents of its parts.
    private func parsed() async throws -> ParsedMessage {
        let parsed = try await last.message(version: message.version(at: account.currentTime)) {
            if let outline = try await account.outline(of: message.id) { return ParsedMessage(outline) }
            return ParsedMessage(try await account.octets(of: message.id))
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
        let most = parsed.outline?.mostOctets(of: PartFile.section(place)) ?? message.size
        return .file(
            PartFile(
                account: account, last: last, message: message, path: place, name: name, mostOctets: most,
                octets: parsed.outline?.contentLength(of: PartFile.section(place))))
    }

    func listing() async throws -> ViewListing {
        let parsed = try await parsed()
        if parsed.outline == nil { account.opened(message.id, inParts: true) }
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
    /// As it was found: a message that turns out to be another one has no such part.
    let name: [UInt8]
    /// No encoding makes anything shorter than it was.
    let mostOctets: UInt64
    /// Octets of its content, where they are known without it.
    let octets: UInt64?

    var modified: Int64 { message.modified }
    var sizeLimit: UInt64 { max(mostOctets, 1) }
    var version: [UInt64] { message.version(at: account.currentTime) + path.map { UInt64(clamping: $0) } }
    var position: UInt64? { path.last.map { UInt64(clamping: $0) } }
    var source: MessageID? { message.id }

    /// As a server counts the parts of a message; in an outline there are no messages in the message.
    static func section(_ path: [Int]) -> [Int] { path.map { $0 + 1 } }

    private var section: [Int] { Self.section(path) }

    func sizeAtHand() -> UInt64? { account.keptPartSize(section, of: message.id) ?? octets }

    func contentAtHand() async throws -> ViewContent? {
        let version = message.version(at: account.currentTime)
        let whole = try await last.message(version: version, isWhole: true) {
            try account.cachedOctets(of: message.id).map { ParsedMessage($0) }
        }
        if let whole { return try content(whole) }
        return account.keptPart(section, of: message.id).map { ViewContent($0) }
    }

    func content() async throws -> ViewContent {
        if let content = try await contentAtHand() { return content }
        let version = message.version(at: account.currentTime)
        let outlined = try await last.message(version: version) {
            try await account.outline(of: message.id).map { ParsedMessage($0) }
        }
        if let outline = outlined?.outline,
            let part = try await account.part(section, of: message.id, in: outline)
        {
            return ViewContent(part)
        }
        let whole = try await last.message(version: version, isWhole: true) {
            ParsedMessage(try await account.octets(of: message.id))
        }
        guard let whole else { throw Errno.stale }
        return try content(whole)
    }

    private func content(_ parsed: ParsedMessage) throws -> ViewContent {
        guard let part = parsed.part(at: path), !part.isContainer,
            parsed.names(at: path.dropLast()).positions[name] == path.last
        else { throw Errno.stale }
        return ViewContent(part.decoded(in: parsed.octets))
    }
}
