/// A message as the server keeps it.
struct StoredMessage: Sendable {
    var uid: UInt32
    var bytes: [UInt8]
    var flags: [String]
    /// Seconds since 1970.
    var internalDate: Int64
    var modSeq: UInt64
    /// What RFC 8474 calls EMAILID; copies share it.
    var emailID: UInt64

    func has(_ flag: String) -> Bool {
        let flag = flag.lowercased()
        return flags.contains { $0.lowercased() == flag }
    }
}

/// A folder and its mail. Every change raises `highestModSeq`, whatever the server claims to support.
struct Folder: Sendable {
    /// Stays when the name changes.
    let id: Int
    var name: Name
    var attributes: [String]
    var specialUse: String?
    var isSelectable: Bool
    var uidValidity: UInt32
    var uidNext: UInt32
    var highestModSeq: UInt64 = 1
    /// Ascending by UID.
    private(set) var messages: [StoredMessage] = []
    /// All expunges in their order; sessions remember how far they have read.
    private(set) var vanished: [(uid: UInt32, modSeq: UInt64)] = []
    /// All flag changes in their order, likewise.
    private(set) var flagged: [(uid: UInt32, modSeq: UInt64)] = []
    /// How many of `vanished` a VANISHED (EARLIER) does not know any more.
    private(set) var forgotten = 0
    /// Moves with every change that a session may have to be told.
    private(set) var revision = 0

    init(id: Int, name: Name, attributes: [String], specialUse: String?, uidValidity: UInt32, uidNext: UInt32) {
        self.id = id
        self.name = name
        self.attributes = attributes
        self.specialUse = specialUse
        isSelectable = !attributes.contains { ["\\noselect", "\\nonexistent"].contains($0.lowercased()) }
        self.uidValidity = uidValidity
        self.uidNext = uidNext
    }

    var uids: [UInt32] { messages.map(\.uid) }

    func position(of uid: UInt32) -> Int? {
        let position = position(atOrAfter: uid)
        return position < messages.count && messages[position].uid == uid ? position : nil
    }

    /// The position of the first message with this UID or a greater one.
    func position(atOrAfter uid: UInt32) -> Int {
        var low = 0
        var high = messages.count
        while low < high {
            let middle = (low + high) / 2
            if messages[middle].uid < uid { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The UIDs of the set that exist, ascending.
    func members(of set: NumberSet) -> [UInt32] {
        guard let largest = messages.last?.uid else { return [] }
        return set.resolved(largest: largest).flatMap { range in
            messages[position(atOrAfter: range.lowerBound)...].prefix { $0.uid <= range.upperBound }.map(\.uid)
        }
    }

    func message(_ uid: UInt32) -> StoredMessage? {
        position(of: uid).map { messages[$0] }
    }

    mutating func nextModSeq() -> UInt64 {
        revision += 1
        highestModSeq += 1
        return highestModSeq
    }

    mutating func append(_ bytes: [UInt8], flags: [String], internalDate: Int64, emailID: UInt64) -> UInt32 {
        let uid = uidNext
        uidNext &+= 1
        messages.append(
            StoredMessage(
                uid: uid, bytes: bytes, flags: flags, internalDate: internalDate, modSeq: nextModSeq(),
                emailID: emailID))
        return uid
    }

    /// - Returns: whether anything changed; only then the mod-sequence moves.
    @discardableResult
    mutating func setFlags(_ uid: UInt32, _ flags: [String]) -> Bool {
        guard let position = position(of: uid) else { return false }
        if Set(messages[position].flags.map { $0.lowercased() }) == Set(flags.map { $0.lowercased() }) { return false }
        messages[position].flags = flags
        messages[position].modSeq = nextModSeq()
        flagged.append((uid, highestModSeq))
        return true
    }

    /// Moves the mod-sequence of a message whose flags stay.
    mutating func touch(_ uid: UInt32) {
        guard let position = position(of: uid) else { return }
        messages[position].modSeq = nextModSeq()
    }

    mutating func setBytes(_ uid: UInt32, _ bytes: [UInt8]) {
        guard let position = position(of: uid) else { return }
        messages[position].bytes = bytes
    }

    mutating func expunge(_ uids: Set<UInt32>) {
        let gone = uids.filter { position(of: $0) != nil }.sorted()
        guard !gone.isEmpty else { return }
        let modSeq = nextModSeq()
        if gone.count < 64 {
            for uid in gone {
                if let position = position(of: uid) { messages.remove(at: position) }
            }
        } else {
            messages.removeAll { uids.contains($0.uid) }
        }
        vanished += gone.map { ($0, modSeq) }
    }

    /// Gives all messages new UIDs under a new UIDVALIDITY, in their old order.
    mutating func renumber(uidValidity: UInt32, from first: UInt32) {
        self.uidValidity = uidValidity
        vanished = []
        flagged = []
        forgotten = 0
        uidNext = first
        for index in messages.indices {
            messages[index].uid = uidNext
            messages[index].modSeq = nextModSeq()
            uidNext &+= 1
        }
        _ = nextModSeq()
    }

    mutating func forgetVanished() {
        forgotten = vanished.count
    }
}
