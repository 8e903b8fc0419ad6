/// What a connection is wanted for, most urgent first. Fetching ahead never takes the last of several connections.
public enum Lane: Int, Comparable, Sendable, CaseIterable {
    /// Somebody waits for this message.
    case reading
    /// Somebody waits for this listing.
    case listing
    /// Sending what was changed here.
    case changing
    /// Keeping in step.
    case watching
    /// Fetching ahead.
    case bulk

    public static func < (left: Lane, right: Lane) -> Bool { left.rawValue < right.rawValue }
}
