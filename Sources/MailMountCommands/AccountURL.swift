internal import Foundation
internal import IMAPClient

/// `imaps://user@host:port` or `imap://user@host:port`: who logs in where, and how the connection is protected.
///
/// ```
/// AccountURL("imaps://alice%40example.org@mail.example.org")       port 993, TLS from the first byte
/// ```
struct AccountURL: Hashable, Sendable {
    var user: String
    var endpoint: Endpoint

    /// `user@host:port`: names the account's directories.
    var account: String { "\(user)@\(endpoint.host):\(endpoint.port)" }

    /// - Throws: `UsageError` saying what is wrong.
    init(_ text: String) throws {
        let security: Endpoint.Security
        let rest: Substring
        if text.lowercased().hasPrefix("imaps://") {
            (security, rest) = (.implicit, text.dropFirst(8))
        } else if text.lowercased().hasPrefix("imap://") {
            (security, rest) = (.startTLS, text.dropFirst(7))
        } else {
            throw UsageError(
                "\(Self.shown(text)) is not an account: write imaps://user@host or imap://user@host[:port]")
        }
        // A password may not stand here: it would be in argv for all to see.
        guard let at = rest.lastIndex(of: "@"), at > rest.startIndex else {
            throw UsageError("\(Self.shown(text)) names no user: write imaps://user@host")
        }
        var user = String(rest[..<at])
        guard !user.contains(":") else {
            throw UsageError("a password does not belong into the URL: use --password-command or MAILMOUNT_PASSWORD")
        }
        // A colon that belongs to the name is written %3A.
        if let decoded = user.removingPercentEncoding { user = decoded }
        var place = rest[rest.index(after: at)...]
        if place.hasSuffix("/") { place = place.dropLast() }
        var port: UInt16 = security == .implicit ? 993 : 143
        var host = place
        let colon =
            place.hasPrefix("[")
            ? place.range(of: "]:")?.upperBound : place.firstIndex(of: ":").map { place.index(after: $0) }
        if let colon {
            guard let number = UInt16(place[colon...]), number > 0 else {
                throw UsageError("\(place[colon...]) is not a port")
            }
            port = number
            host = place[..<place.index(before: colon)]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !host.contains(where: { "/?# ".contains($0) }) else {
            throw UsageError("\(Self.shown(text)) names no host: write imaps://user@host")
        }
        self.user = user
        endpoint = Endpoint(host: String(host), port: port, security: security)
    }

    init(user: String, endpoint: Endpoint) {
        self.user = user
        self.endpoint = endpoint
    }

    /// As it is written in a configuration file; reading it gives the same.
    var text: String {
        let isImplicit = endpoint.security == .implicit
        let user = self.user.replacing("%", with: "%25").replacing(":", with: "%3A")
        let host = endpoint.host.contains(":") ? "[\(endpoint.host)]" : endpoint.host
        let port = endpoint.port == (isImplicit ? 993 : 143) ? "" : ":\(endpoint.port)"
        return "\(isImplicit ? "imaps" : "imap")://\(user)@\(host)\(port)"
    }

    /// The text for a message, without what may be a password.
    private static func shown(_ text: String) -> String {
        guard let scheme = text.range(of: "://"), let colon = text[scheme.upperBound...].firstIndex(of: ":") else {
            return text
        }
        return text[..<colon] + ":…"
    }
}
