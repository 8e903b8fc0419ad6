/// Content-Type (RFC 2045 section 5.1), read leniently: what is none, or has no slash, is `text/plain`.
public struct ContentType: Sendable {
    /// In lower case: `text`, `multipart`.
    public var type: String
    /// In lower case.
    public var subtype: String
    public var parameters: MIMEParameters

    /// - Parameters:
    ///   - field: the body of the field; nil where there is none.
    ///   - fallback: type and subtype of a part without the field.
    init(_ field: [UInt8]?, fallback: (type: String, subtype: String) = ("text", "plain")) {
        parameters = MIMEParameters(field ?? [])
        (type, subtype) = fallback
        guard field != nil else { return }
        let parts = String(decoding: parameters.value, as: UTF8.self).split(
            separator: "/", omittingEmptySubsequences: false)
        (type, subtype) = ("text", "plain")
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return }
        type = String(parts[0])
        subtype = String(parts[1])
    }

    public var name: String { type + "/" + subtype }
}
