internal import Fuse
internal import IMAPValue
internal import MailModel
internal import MailQuery
internal import MailTree
internal import Synchronization

/// A directory of directories of links, one for each value that something has: `.views/tag`, `.views/year`, `.views/from`, `.views/threads`.
///
/// Listed are the values that messages have; a keyword or year that none has is found too, and is an empty directory, so that links can be made
/// in it.
public struct LinkGroup: ViewDirectory {
    /// What a group is made by.
    public enum Kind: Sendable {
        /// Keywords (RFC 3501 section 2.3.2), in any case; a link can be made and removed.
        case keyword
        /// The year of INTERNALDATE, in UTC.
        case year
        /// The address of an author (RFC 5322 section 3.6.2), in lower case; it is found in any. As a name it is escaped as a folder's is.
        case sender
        /// The conversation (RFC 5256 section 3, by References and In-Reply-To alone): each message is in one, be it by itself.
        case thread

        /// nil where the messages that fit are found by a query.
        fileprivate var index: (any GroupIndex)? {
            switch self {
            case .keyword, .year: nil
            case .sender: SenderIndex()
            case .thread: ThreadIndex()
            }
        }
    }

    private final class Known: Sendable {
        let directories = Mutex<[[UInt8]: LinkDirectory]>([:])
        let names = Mutex<(changes: UInt64, names: [[UInt8]])?>(nil)
        let index: (any GroupIndex)?

        init(_ index: (any GroupIndex)?) { self.index = index }
    }

    /// Directories that are remembered; their links are found again after that.
    private static let limit = 256

    private let account: any ViewedAccount
    private let kind: Kind
    private let depth: Int
    private let known: Known
    public let modified: Int64

    /// - Parameter depth: directories from the root of the mount down to this one: 2 for `.views/tag`.
    public init(_ account: any ViewedAccount, _ kind: Kind, depth: Int) {
        self.account = account
        self.kind = kind
        self.depth = depth
        modified = account.currentTime
        known = Known(kind.index)
    }

    public func lookup(_ name: [UInt8]) async throws -> ViewNode? {
        let directory: LinkDirectory?
        if let index = known.index {
            directory = try await indexed(name, index)
        } else {
            if kind == .keyword, try await !isKeyword(name) { return nil }
            directory = remembered(kind == .keyword ? name.map(Self.lowered) : name) { valued(name) }
        }
        return directory.map { .directory($0) }
    }

    private func indexed(_ name: [UInt8], _ index: any GroupIndex) async throws -> LinkDirectory? {
        guard let found: IndexedDirectory = try await index.find(name, in: account) else { return nil }
        let selection = IndexSelection(index: index, name: found.name)
        let directory = remembered(found.name) { LinkDirectory(account, to: selection, depth: depth + 1) }
        guard let directory, let time = found.modified else { return directory }
        return directory.modified(at: time)
    }

    private func remembered(_ key: [UInt8], _ make: () -> LinkDirectory?) -> LinkDirectory? {
        known.directories.withLock { directories in
            if let directory = directories[key] { return directory }
            guard let directory = make() else { return nil }
            if directories.count >= Self.limit { directories.removeAll() }
            directories[key] = directory
            return directory
        }
    }

    /// Whether messages can be given the keyword of that name, or have it.
    private func isKeyword(_ name: [UInt8]) async throws -> Bool {
        guard let keyword = Self.keyword(name) else { return false }
        if Self.isAtom(keyword) { return true }
        let lowered = name.map(Self.lowered)
        return try await names().contains { $0.map(Self.lowered) == lowered }
    }

    private func valued(_ name: [UInt8]) -> LinkDirectory? {
        switch kind {
        case .keyword:
            guard let keyword = Self.keyword(name) else { return nil }
            let flags = Flags(keywords: [keyword])
            return LinkDirectory(
                account, .keyword(keyword), depth: depth + 1,
                effect: Self.isAtom(keyword) ? .init(made: .add(flags), removed: .remove(flags)) : nil)
        case .year:
            guard name.count == 4, let year = Int(String(decoding: name, as: UTF8.self)), year >= 1970,
                let query = try? Query(
                    parsing: "since:\(year)-01-01 before:\(year + 1)-01-01", now: account.currentTime)
            else { return nil }
            return LinkDirectory(account, query, depth: depth + 1, effect: nil)
        case .sender, .thread: return nil
        }
    }

    public func listing() async throws -> ViewListing {
        if let index = known.index { return try await index.listing(in: account) }
        var listing = ViewListing()
        for name in try await names() { listing.append(name, .directory) }
        return listing
    }

    private func names() async throws -> [[UInt8]] {
        // Read before: what changes meanwhile makes the answer old at once.
        let changes = account.changes
        if let names = known.names.withLock({ $0?.changes == changes ? $0?.names : nil }) { return names }
        var found: [[UInt8]: [UInt8]] = [:]
        try await account.forEachMessage { message in
            switch kind {
            case .keyword:
                for keyword in message.flags.keywords {
                    let name = Self.shown(keyword)
                    guard name.count <= 255 else { continue }
                    let key = name.map(Self.lowered)
                    if found[key] == nil { found[key] = name }
                }
            case .year:
                guard message.internalDate >= 0 else { return }
                let name = Array(Timestamp.iso8601(message.internalDate).utf8.prefix(4))
                found[name] = name
            case .sender, .thread: break
            }
        }
        let names = found.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
        known.names.withLock { $0 = (changes, names) }
        return names
    }

    // MARK: - Keywords as names

    private static let percent = UInt8(ascii: "%")
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// `%XX` for what no name can have, for `%` itself, and for all of `.` and `..`: one for one.
    private static func shown(_ keyword: String) -> [UInt8] {
        let octets = Array(keyword.utf8)
        let isReserved = octets == Array(".".utf8) || octets == Array("..".utf8)
        return octets.flatMap { octet in
            isReserved || octet == percent || octet == UInt8(ascii: "/") || octet < 0x20 || octet == 0x7F
                ? [percent, digits[Int(octet >> 4)], digits[Int(octet & 15)]] : [octet]
        }
    }

    /// The keyword that is shown by that name; nil where there can be none.
    private static func keyword(_ name: [UInt8]) -> String? {
        var octets: [UInt8] = []
        var rest = name[...]
        while let octet = rest.popFirst() {
            guard octet == percent else {
                octets.append(octet)
                continue
            }
            guard let high = rest.popFirst().flatMap(digits.firstIndex),
                let low = rest.popFirst().flatMap(digits.firstIndex)
            else { return nil }
            octets.append(UInt8(high << 4 | low))
        }
        guard let keyword = String(validating: octets, as: UTF8.self), !keyword.isEmpty, shown(keyword) == name else {
            return nil
        }
        return keyword
    }

    /// Whether a command can name it (RFC 3501 section 9, `flag-keyword`). Servers have others too, which messages keep.
    private static func isAtom(_ keyword: String) -> Bool {
        keyword.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#"(){%*"\]"#.utf8.contains($0) }
    }

    private static func lowered(_ octet: UInt8) -> UInt8 {
        octet >= UInt8(ascii: "A") && octet <= UInt8(ascii: "Z") ? octet | 0x20 : octet
    }
}
