internal import IMAPClient

/// How many connections a server lets an account have at once, tried out.
enum ConnectionLimit {
    /// - Parameters:
    ///   - first: one that is open.
    ///   - wanted: how many a mount would use.
    /// - Returns: a line for people.
    static func line(_ configuration: ClientConfiguration, first: IMAPConnection, wanted: Int) async -> String {
        var open: [IMAPConnection] = []
        var reason: String?
        while open.count + 1 < wanted, reason == nil {
            do {
                open.append(
                    try await IMAPConnection.open(configuration, unsolicited: { _ in }, closed: { _ in }))
            } catch {
                reason = "\(error)"
            }
        }
        let count = open.count + 1
        for connection in open { await connection.logout() }
        guard let reason else { return "connections: \(count) at once, as many as a mount uses" }
        return "note: the server allows \(count) connection\(count == 1 ? "" : "s") of \(wanted) (\(reason));"
            + " connections = \(count) in the account's table keeps to that"
    }
}
