internal import IMAPValue
internal import MailModel

/// Bodies of a folder by their SHA-256. Each is read once for all that is looked for: k uploads are found among n messages by
/// reading n bodies at most.
struct DigestIndex {
    /// What comes next in looking for an upload.
    enum Step: Equatable {
        /// It has these octets.
        case found(UID)
        /// Its body is to be read, and its digest noted.
        case read(UID)
        case nowhere
    }

    /// Those not read yet, by size. Descending: the lowest is taken first.
    private var unread: [UInt64: [UID]]
    /// Those read, in the order in which that was done.
    private var read: [[UInt8]: ArraySlice<UID>] = [:]

    /// - Parameter messages: ascending by UID.
    init(_ messages: some BidirectionalCollection<MessageMetadata>) {
        unread = Dictionary(grouping: messages.reversed(), by: \.size).mapValues { $0.map(\.uid) }
    }

    /// - Parameters:
    ///   - lowest: from which UID on.
    ///   - isOwned: whether something else brought it; that is not taken back.
    mutating func step(
        to digest: [UInt8], size: UInt64, from lowest: UID, isOwned: (UID) -> Bool
    ) -> Step {
        while let first = read[digest]?.first, isOwned(first) { read[digest]?.removeFirst() }
        if let known = read[digest]?.first(where: { $0 >= lowest && !isOwned($0) }) { return .found(known) }
        let end = unread[size]?.partitioned { $0 < lowest } ?? 0
        var start = end
        while start > 0 {
            start -= 1
            guard let uid = unread[size]?[start], !isOwned(uid) else { continue }
            unread[size]?.removeSubrange(start..<end)
            return .read(uid)
        }
        unread[size]?.removeSubrange(0..<end)
        return .nowhere
    }

    mutating func note(_ digest: [UInt8], of uid: UID) {
        read[digest, default: []].append(uid)
    }
}

extension [UID] {
    /// The first place whose element, and all after it, fulfil a condition.
    fileprivate func partitioned(by condition: (UID) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
