/// Bounds on one step of synchronisation.
public struct SyncLimits: Hashable, Sendable {
    /// Messages asked for in one metadata command.
    public var window = 2_500
    /// Metadata commands that are sent before the first of them is answered.
    public var windowsUnderWay = 6
    /// Octets of one UID set in a command, well under the 8,192 octets that a whole command may have (RFC 7162 section 4).
    public var setBytes = 4_000
    /// A loss of more messages than this, or of more than a fifth of the folder, is believed only when seen twice.
    public var unconfirmedLoss = 500

    public init() {}
}
