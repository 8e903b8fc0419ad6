/// One response could not be read. It costs only itself: the frame's end is known, the next response is sound.
public struct ParseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was due at `offset`, or what was wrong there.
    public enum Reason: String, Sendable {
        case emptyResponse = "empty response"
        case tagExpected = "tag expected"
        case spaceExpected = "space expected"
        case statusExpected = "OK, NO, BAD, PREAUTH or BYE expected"
        case nameExpected = "response name expected"
        case numberExpected = "number expected"
        case numberTooLarge = "number too large"
        case listExpected = "( expected"
        case listEndExpected = ") expected"
        case stringExpected = "string expected"
        case stringUnterminated = "quoted string without end"
        case literalTruncated = "literal longer than its response"
        case sectionUnterminated = "section without ]"
        case uidSetExpected = "UID set expected"
        case nestingTooDeep = "too many parentheses inside each other"
        case tooMany = "too many elements"
        case valueExpected = "value expected"
        case excess = "text after the end"
    }

    public let reason: Reason
    /// Octets from the start of the frame.
    public let offset: Int

    public init(reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    public var description: String { "\(reason.rawValue) at octet \(offset)" }
}
