public import MailModel

/// Decides how far ahead of a reader to fetch: nothing for single opens, a window that doubles while opens follow the listing's order.
///
/// One value serves one folder; the bytes of what is under way are the caller's to count.
public struct ReadAhead: Hashable, Sendable {
    private var last: MessageID?
    private var run = 0
    /// Octets to have fetched or under way ahead of the reader.
    public private(set) var window: UInt64 = 0

    public static let smallest: UInt64 = 256 << 10
    public static let largest: UInt64 = 16 << 20
    /// Opens in order before anything is fetched ahead.
    static let patience = 2

    public init() {}

    /// A reader opened a message.
    /// - Parameter distance: listed messages between the one opened last and this one; nil where it lies before it or far behind.
    public mutating func opened(_ id: MessageID, distance: Int?) {
        defer { last = id }
        guard let last else { return }
        if last == id { return }
        if let distance, distance < 16 {
            run += 1
            if run >= Self.patience {
                window = window == 0 ? Self.smallest : min(window * 2, Self.largest)
            }
        } else {
            run = 0
            window /= 4
            if window < Self.smallest { window = 0 }
        }
    }

    public var previous: MessageID? { last }
}
