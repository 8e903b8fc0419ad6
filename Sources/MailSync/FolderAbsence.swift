/// Since when LIST leaves a folder out, and over which connection that was seen first.
///
/// One connection may have it wrong for a moment: absence is believed when another one agrees, or after a while. Then STATUS is asked,
/// because what it has is not gone (HAZARD 20).
public struct FolderAbsence: Hashable, Sendable {
    /// In seconds of a clock that nobody turns.
    public let since: Int64
    /// Whatever tells connections apart.
    public let connection: Int

    /// Seconds after which one connection is enough.
    public static let time: Int64 = 30

    public init(since: Int64, connection: Int) {
        self.since = since
        self.connection = connection
    }

    /// Whether a LIST at this moment over this connection that leaves the folder out too is a second piece of evidence.
    public func isConfirmed(at moment: Int64, over connection: Int) -> Bool {
        connection != self.connection || moment >= since.addingReportingOverflow(Self.time).partialValue
    }
}
