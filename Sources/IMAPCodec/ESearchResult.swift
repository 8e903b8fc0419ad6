public import IMAPValue

/// The extended answer to SEARCH (RFC 4731, RFC 9051 section 7.3.4).
///
/// ```
/// S: * ESEARCH (TAG "A282") UID MIN 2 COUNT 3 ALL 2,10:11
/// ```
public struct ESearchResult: Sendable, Hashable {
    /// Which command this answers.
    public var tag: [UInt8]?
    /// The numbers are UIDs, not sequence numbers.
    public var isUID: Bool
    public var min: UInt32?
    public var max: UInt32?
    public var count: UInt32?
    public var all: UIDSet?
    /// RFC 7162 section 3.1.10
    public var modSequence: ModSequence?

    public init(
        tag: [UInt8]? = nil, isUID: Bool = false, min: UInt32? = nil, max: UInt32? = nil, count: UInt32? = nil,
        all: UIDSet? = nil, modSequence: ModSequence? = nil
    ) {
        self.tag = tag
        self.isUID = isUID
        self.min = min
        self.max = max
        self.count = count
        self.all = all
        self.modSequence = modSequence
    }
}
