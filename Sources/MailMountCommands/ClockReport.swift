internal import Foundation
internal import HTTPFetch
internal import IMAPClient
internal import IMAPCodec
internal import OAuth2
internal import Synchronization

/// Whether this machine's clock agrees with the servers'. IMAP has no command that asks for the time: what is known is when the newest message
/// came, and, where tokens are used, what the server that gives them says.
enum ClockReport {
    /// Clocks differ by so much without harm. Seconds.
    private static let slack: Int64 = 300

    /// - Returns: a line for people where the clock is wrong, or may be.
    static func lines(_ connection: IMAPConnection, _ plan: AccountPlan) async -> [String] {
        let newest = await newest(connection).flatMap { describe(newest: $0, now: now) }
        return [newest, await served(plan)].compactMap { $0 }
    }

    /// - Parameters:
    ///   - newest: when the newest message of INBOX came, by the mail server's clock. Seconds since 1970, as `now`.
    static func describe(newest: Int64, now: Int64) -> String? {
        let (ahead, overflows) = newest.subtractingReportingOverflow(now)
        guard !overflows, ahead > slack else { return nil }
        return "note: the newest message of INBOX came \(words(ahead)) from now, by the server's clock: this machine's"
            + " clock may be slow, or that message was put there with such a date"
    }

    /// - Parameter time: what a server says the time is. Seconds since 1970, as `now`.
    static func describe(time: Int64, of host: String, now: Int64) -> String? {
        let (ahead, overflows) = time.subtractingReportingOverflow(now)
        guard !overflows, ahead.magnitude > slack.magnitude else { return nil }
        let difference = "\(words(Int64(clamping: ahead.magnitude))) \(ahead > 0 ? "slow" : "fast")"
        return "note: this machine's clock is \(difference), by that of \(host): certificates are refused where that is"
            + " too much"
    }

    private static func words(_ seconds: Int64) -> String {
        if seconds < 7_200 { return "\(seconds / 60) minutes" }
        return seconds < 172_800 ? "\(seconds / 3_600) hours" : "\(seconds / 86_400) days"
    }

    private static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    /// INTERNALDATE of the last message of INBOX, which is opened to be read only; nil where there is none.
    private static func newest(_ connection: IMAPConnection) async -> Int64? {
        let date = Mutex<Int64?>(nil)
        guard let opened = try? await connection.perform(.examine(Array("INBOX".utf8), .plain)),
            opened.kind == .ok,
            (try? await connection.perform(
                .uidFetch(.last, [.internalDate], changedSince: nil, vanished: false)
            ) { incoming in
                guard case .fetch(let message) = incoming.response else { return .passed }
                date.withLock { $0 = message.internalDate ?? $0 }
                return .taken
            }) != nil
        else { return nil }
        return date.withLock { $0 }
    }

    private static func served(_ plan: AccountPlan) async -> String? {
        guard plan.usesTokens,
            let account = try? TokenAccount(plan.settings, url: plan.url, name: plan.name),
            let server = try? await account.authorizationServer(),
            let time = try? await HTTPFetch.perform(HTTPRequest(url: server.tokenEndpoint, limit: .seconds(5))).date
        else { return nil }
        return describe(time: time, of: URL(string: server.tokenEndpoint)?.host ?? server.name, now: now)
    }
}
