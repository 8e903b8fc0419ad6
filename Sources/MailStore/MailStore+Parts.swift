internal import GRDB
public import MailModel

/// Parts that were fetched without their message, so that they need not be fetched again. They count to what the cache may hold; a message is not
/// cached for them.
extension MailStore {
    /// What was kept of a message under a name; nil where it is to be fetched.
    ///
    /// - Parameter length: octets of the message: what was kept of one of another length is not this one's.
    public func keptPart(_ name: String, of id: MessageID, length: UInt64) -> [UInt8]? {
        parts.part(name, of: id.rawValue, length: length)
    }

    /// Octets of what `keptPart` gives, without reading it.
    public func keptPartSize(_ name: String, of id: MessageID) -> UInt64? { parts.size(name, of: id.rawValue) }

    /// Keeps a part where the cache has room for it.
    ///
    /// - Parameter name: digits, letters and dots.
    public func keep(part: [UInt8], _ name: String, of id: MessageID, length: UInt64) {
        guard UInt64(part.count) < limits.bodies else { return }
        parts.keep(part, name, of: id.rawValue, length: length)
    }

    /// Octets that the kept parts take.
    public var keptPartOctets: UInt64 { parts.octets }

    /// Forgets the parts of messages that are gone, or whose bodies are here.
    func sweepParts() throws {
        let ids = parts.ids
        guard !ids.isEmpty else { return }
        let wanted = try onReader { db in
            let query = try Query(
                db,
                """
                SELECT 1 FROM state.message AS m WHERE m.id = ?1
                    AND NOT EXISTS (SELECT 1 FROM main.body AS b WHERE b.id = ?1 AND b.limbo IS NULL)
                """)
            return Set(
                try ids.filter { id in
                    query.bind(1, id)
                    return try query.exists()
                })
        }
        parts.remove(allOf: ids.filter { !wanted.contains($0) })
    }
}
