import Foundation

extension Session {
    mutating func login(
        _ arguments: inout Arguments, _ state: inout ServerState, _ answer: inout Answer
    ) throws(Refusal) {
        if isAuthenticated { throw .bad("Already logged in") }
        if state.configuration.offers("LOGINDISABLED", authenticated: false) {
            throw .no("[PRIVACYREQUIRED] LOGIN is disabled")
        }
        let user = try arguments.astring()
        let password = try arguments.astring()
        try arguments.end()
        try accept(
            user == [UInt8](state.configuration.user.utf8) && password == [UInt8](state.configuration.password.utf8),
            &state, &answer)
    }

    private mutating func accept(
        _ isRight: Bool, _ state: inout ServerState, _ answer: inout Answer
    ) throws(Refusal) {
        guard isRight else { throw .no("[AUTHENTICATIONFAILED] Wrong user or password") }
        if let limit = state.configuration.sessionLimit,
            state.connections.values.count(where: \.isAuthenticated) >= limit
        {
            throw .no("[LIMIT] Too many sessions")
        }
        isAuthenticated = true
        let list = capabilities(state).joined(separator: " ")
        answer.completion =
            state.configuration.tellsCapabilities ? "OK [CAPABILITY \(list)] Logged in" : "OK Logged in"
    }

    /// The challenges of a mechanism, sent one by one; nil where it is not offered.
    static func challenges(_ mechanism: String, _ state: ServerState) -> [String]? {
        guard state.configuration.mechanisms.contains(where: { $0.uppercased() == mechanism }) else { return nil }
        return mechanism == "LOGIN" ? ["Username:", "Password:"] : [""]
    }

    /// Judges the decoded answers of the client to the challenges.
    mutating func authenticate(
        _ mechanism: String, _ responses: [[UInt8]], _ state: inout ServerState, _ answer: inout Answer
    ) {
        let configuration = state.configuration
        let user = [UInt8](configuration.user.utf8)
        let password = [UInt8](configuration.password.utf8)
        let first = responses.first ?? []
        let isRight: Bool
        switch mechanism {
        case "PLAIN":
            let parts = first.split(separator: 0, omittingEmptySubsequences: false).map { [UInt8]($0) }
            isRight =
                parts.count == 3 && (parts[0].isEmpty || parts[0] == user) && parts[1] == user
                && parts[2] == password
        case "LOGIN":
            isRight = responses == [user, password]
        case "XOAUTH2":
            isRight =
                first == [UInt8]("user=\(configuration.user)\u{1}auth=Bearer \(configuration.token)\u{1}\u{1}".utf8)
        case "OAUTHBEARER":
            let text = String(decoding: first, as: UTF8.self)
            isRight =
                text.hasPrefix("n,a=\(configuration.user),\u{1}")
                && text.hasSuffix("\u{1}auth=Bearer \(configuration.token)\u{1}\u{1}")
        default:
            isRight = false
        }
        do throws(Refusal) {
            try accept(isRight, &state, &answer)
        } catch {
            answer.completion = error.text
        }
    }

    /// Base64 as SASL sends it; `=` alone is an empty response (RFC 4959 section 3).
    static func decode(_ text: [UInt8]) -> [UInt8]? {
        if text == [UInt8(ascii: "=")] { return [] }
        return Data(base64Encoded: Data(text)).map { [UInt8]($0) }
    }
}
