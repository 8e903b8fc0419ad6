/// How a command ended, or a remark of the server (RFC 3501 section 7.1).
///
/// ```
/// S: A3 NO [OVERQUOTA] Sorry       StatusResponse(kind: .no, code: .overQuota, text: "Sorry")
/// ```
public struct StatusResponse: Sendable, Hashable {
    public enum Kind: Sendable, Hashable, CaseIterable {
        case ok
        case no
        case bad
        case preauth
        case bye
    }

    public var kind: Kind
    public var code: ResponseCode?
    /// For people: invalid UTF-8 is replaced. No program decides by it.
    public var text: String

    public init(kind: Kind, code: ResponseCode? = nil, text: String = "") {
        self.kind = kind
        self.code = code
        self.text = text
    }
}
