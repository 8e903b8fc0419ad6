import MailModel

/// Which folder each message of a loaded listing is in, in 8 octets a message where the numbers are not beyond all that is met.
struct MessageHomes {
    private var near: [UInt32: UInt32] = [:]
    private var far: [MessageID: FolderID] = [:]

    subscript(id: MessageID) -> FolderID? {
        get {
            if let key = UInt32(exactly: id.rawValue), let folder = near[key] {
                return FolderID(rawValue: Int64(folder))
            }
            return far.isEmpty ? nil : far[id]
        }
        set {
            guard let key = UInt32(exactly: id.rawValue) else {
                far[id] = newValue
                return
            }
            if let newValue, UInt32(exactly: newValue.rawValue) == nil {
                near[key] = nil
                far[id] = newValue
            } else {
                near[key] = newValue.map { UInt32(truncatingIfNeeded: $0.rawValue) }
                if !far.isEmpty { far[id] = nil }
            }
        }
    }

    /// Makes room for so many more.
    mutating func reserve(_ count: Int) { near.reserveCapacity(near.count + count) }
}
