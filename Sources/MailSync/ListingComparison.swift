public import IMAPValue

/// The difference between what is stored of a folder and what the server lists. Both sides in ascending order of UID.
public struct ListingComparison: Hashable, Sendable {
    /// Listed, not stored.
    public private(set) var arrived = UIDSet()
    /// Stored, not listed.
    public private(set) var vanished = UIDSet()
    /// Stored and listed with other flags: the server's.
    public private(set) var changed: [UID: Flags] = [:]

    public init(
        stored: some Collection<(uid: UID, flags: Flags)>, listed: some Collection<(uid: UID, flags: Flags)>
    ) {
        var left = stored.makeIterator()
        var right = listed.makeIterator()
        var known = left.next()
        var seen = right.next()
        while known != nil || seen != nil {
            if let k = known, let s = seen, k.uid == s.uid {
                if k.flags != s.flags { changed[s.uid] = s.flags }
                known = left.next()
                seen = right.next()
            } else if let k = known, seen.map({ k.uid < $0.uid }) ?? true {
                vanished.insert(k.uid)
                known = left.next()
            } else if let s = seen {
                arrived.insert(s.uid)
                seen = right.next()
            }
        }
    }

    /// Whether so much is gone that one listing is not enough evidence (HAZARD 10).
    public static func needsConfirmation(vanished: Int, of known: Int, limits: SyncLimits = SyncLimits()) -> Bool {
        vanished > limits.unconfirmedLoss || (vanished > 10 && vanished * 5 > known)
    }
}
