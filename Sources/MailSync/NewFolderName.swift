public import MailModel

/// The name under which a folder is to be made on the server, or why there is none.
public enum NewFolderName: Hashable, Sendable {
    /// As CREATE and RENAME take it.
    case name([UInt8])
    /// EILSEQ: the server could not store it, or would take it for several names.
    case bad
    /// ENAMETOOLONG
    case tooLong
    /// INBOX, which every account has in any case of letters.
    case exists
    /// The parent can have no folders below it.
    case notPermitted

    /// Octets of one component at most, as of a file name; of the whole so many that a command line can hold it twice.
    static let limit = 255
    static let wholeLimit = 1_000

    /// - Parameters:
    ///   - parent: nil for a folder at the top. Its name is the one that it has or is to have on the server.
    ///   - separator: the hierarchy separator of the account, for a folder at the top; else the parent's counts.
    ///   - component: the name in UTF-8.
    ///   - encoded: the same as the server wants it: in modified UTF-7 (RFC 3501 section 5.1.3) or UTF-8.
    public init(parent: Folder?, separator: UInt8?, component: String, encoded: [UInt8]) {
        self = Self.made(parent: parent, separator: separator, component: Array(component.utf8), encoded: encoded)
    }

    private static func made(
        parent: Folder?, separator: UInt8?, component: [UInt8], encoded: [UInt8]
    ) -> NewFolderName {
        let separator = parent == nil ? separator : parent?.separator
        guard !component.isEmpty, !encoded.isEmpty else { return .bad }
        guard !component.contains(where: isControl), !encoded.contains(where: isControl) else { return .bad }
        if let separator, component.contains(separator) || encoded.contains(separator) { return .bad }
        guard component.count <= limit, encoded.count <= limit else { return .tooLong }
        guard let parent else {
            return ListedFolder.isInbox(encoded) ? .exists : .name(encoded)
        }
        guard let separator, !parent.attributes.contains(.noInferiors) else { return .notPermitted }
        let whole = parent.rawName + [separator] + encoded
        return whole.count > wholeLimit ? .tooLong : .name(whole)
    }

    private static func isControl(_ octet: UInt8) -> Bool { octet < 0x20 || octet == 0x7F }
}
