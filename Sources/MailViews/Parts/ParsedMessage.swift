internal import MailMessage
internal import Synchronization

/// A message taken apart, with the names of its parts.
final class ParsedMessage: Sendable {
    struct Names: Sendable {
        let ordered: [[UInt8]]
        let positions: [[UInt8]: Int]
    }

    /// Those of the outline where there is one.
    let octets: [UInt8]
    let root: MIMEPart
    /// Of a message whose contents are not here; nil for a whole one.
    let outline: MessageOutline?
    private let names = Mutex<[[Int]: Names]>([:])

    init(_ octets: [UInt8]) {
        self.octets = octets
        root = MIMEParser.parse(octets)
        outline = nil
    }

    init(_ outline: MessageOutline) {
        octets = outline.octets
        root = outline.root
        self.outline = outline
    }

    /// The parts inside of one; nil where there is no such part.
    ///
    /// - Parameter path: positions, from the outermost on.
    func parts(at path: [Int]) -> [MIMEPart]? {
        var parts = Self.inside(root)
        for position in path {
            guard parts.indices.contains(position), parts[position].isContainer else { return nil }
            parts = Self.inside(parts[position])
        }
        return parts
    }

    /// Of a message that is attached, the parts of that message. A message that has none is its own only part.
    private static func inside(_ part: MIMEPart) -> [MIMEPart] {
        switch part.content {
        case .leaf: [part]
        case .multipart(let parts): parts
        case .message(let inner):
            inner.first.map { if case .multipart(let parts) = $0.content { parts } else { inner } } ?? []
        }
    }

    func part(at path: [Int]) -> MIMEPart? {
        guard let last = path.last, let parts = parts(at: path.dropLast()), parts.indices.contains(last) else {
            return nil
        }
        return parts[last]
    }

    func names(at path: [Int]) -> Names {
        if let known = names.withLock({ $0[path] }) { return known }
        let ordered = PartName.all(of: parts(at: path) ?? [], in: octets)
        let made = Names(
            ordered: ordered,
            positions: Dictionary(ordered.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first }))
        names.withLock { $0[path] = made }
        return made
    }
}

/// The message that was looked into last: whoever lists a directory asks for each of its entries. It is let go when nobody has asked for a while.
final class LastParsed: Sendable {
    private struct Kept {
        let version: [UInt64]
        let message: ParsedMessage
        var uses: UInt64
    }

    private let last = Mutex<Kept?>(nil)
    private static let patience = Duration.seconds(10)

    /// - Parameters:
    ///   - version: of the message.
    ///   - isWhole: an outline does not do.
    ///   - parsed: asked where it is another one.
    func message(
        version: [UInt64], isWhole: Bool = false, _ parsed: () async throws -> ParsedMessage?
    ) async throws -> ParsedMessage? {
        let known = last.withLock { last -> ParsedMessage? in
            guard let kept = last, kept.version == version, !isWhole || kept.message.outline == nil else { return nil }
            last?.uses += 1
            return kept.message
        }
        if let known { return known }
        guard let parsed = try await parsed() else { return nil }
        let before = last.withLock { last in
            let before = last
            last = Kept(version: version, message: parsed, uses: 0)
            return before
        }
        // The one before goes outside the lock.
        _ = before
        Task { [weak self] in await self?.letGo(of: version) }
        return parsed
    }

    /// Returns when the message is no longer kept.
    private func letGo(of version: [UInt64]) async {
        var seen: UInt64?
        while true {
            try? await Task.sleep(for: Self.patience)
            let (isOver, gone) = last.withLock { last -> (Bool, Kept?) in
                guard let kept = last, kept.version == version else { return (true, nil) }
                guard kept.uses == seen else {
                    seen = kept.uses
                    return (false, nil)
                }
                last = nil
                return (true, kept)
            }
            _ = gone
            if isOver { return }
        }
    }
}
