internal import IMAPCodec
internal import IMAPProtocol
internal import MailModel

// Refusals that may pass.
extension StatusResponse {
    /// Not refused for good: the same may be done later.
    var isBusy: Bool {
        guard isRefusal else { return false }
        return code == .serverBug || BackoffAdvice.isThrottling(self)
            || PassingRefusal.allCases.contains { $0.matches(self) }
    }

    /// What somebody is told who waits for it meanwhile: a bug of the server may pass, but it did not ask to wait.
    var busyError: ServiceError { code == .serverBug ? .refused(text) : .busy(text) }

    /// Refused for no reason that a program understands.
    var isUnexplained: Bool { isRefusal && !isBusy && ChangeFailure(self).kind == .refused }

    private var isRefusal: Bool { kind == .no || kind == .bad }
}

/// Servers that say "not now" in words of their own, and where that was seen.
enum PassingRefusal: String, CaseIterable {
    /// Exchange and Office 365, with a number behind it (OfflineIMAP/offlineimap#291, lefcha/imapfilter#146).
    case serverUnavailable = "server unavailable"
    /// Office 365, to every command of a session until it is closed (mscdex/node-imap#523, #689).
    case notConnected = "user is authenticated but not connected"
    /// Gmail, with the code OVERQUOTA, which says something else elsewhere (ljmerza/ha-email-sensor#16).
    case bandwidth = "exceeded command or bandwidth limits"
    /// Yahoo, as a code of its own or in the text behind one (mscdex/node-imap#340).
    case temporaryFailure = "temporary failure"
    /// Mailo (imapsync/imapsync#338).
    case temporarilyUnavailable = "temporary unavailable"

    func matches(_ status: StatusResponse) -> Bool { status.text.lowercased().contains(rawValue) }
}
