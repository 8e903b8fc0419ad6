public import IMAPCodec
internal import IMAPValue

/// What came so far for a command, or for none.
struct ResponseTally: Sendable {
    var responses = 0
    var octets = 0

    mutating func count(_ more: Int) {
        responses &+= 1
        octets &+= more
    }
}

extension CommandPipeline {
    /// What an untagged response is to the commands that run.
    public enum Charge: Sendable, Hashable {
        /// An answer. `isEarly`: one of the first of its command, which show that the server is at work on it.
        case answer(isEarly: Bool)
        /// Nobody asked for it; it may be news all the same. `isSign`: the server says that it is at work.
        case news(isSign: Bool)
        /// More than any client has to bear: close.
        case excess(String)
    }

    /// Answers of one command that each count as progress by themselves.
    private static let earlyAnswers = 4

    /// Counts an untagged response against what was asked for (`ResponseAllowance`).
    ///
    /// - Parameter octets: of its frame.
    public mutating func charge(_ response: Untagged, octets: Int) -> Charge {
        if case .exists(let count) = response { exists = Swift.max(exists ?? 0, Int(count)) }
        let kinds = ResponseKinds(response)
        for index in running.indices where !running[index].allowance.kinds.isDisjoint(with: kinds) {
            let allowance = running[index].allowance
            guard running[index].tally.responses < allowance.mostResponses(exists: exists) else { continue }
            guard running[index].tally.octets < allowance.octets else {
                return .excess("\(running[index].tag) is answered by more than \(allowance.octets) octets")
            }
            running[index].tally.count(octets)
            return .answer(isEarly: running[index].tally.responses <= Self.earlyAnswers)
        }
        var isSign = false
        if case .status(let status) = response, status.kind == .ok {
            isSign = running.contains { $0.allowance.isLasting }
        }
        return chargeNews(octets, isSign: isSign)
    }

    /// Counts what nobody asked for, or cannot be read.
    mutating func chargeNews(_ octets: Int, isSign: Bool = false) -> Charge {
        news.count(octets)
        let most =
            running.isEmpty
            ? ResponseAllowance.newsBetween
            : ResponseAllowance.news + 4 * Swift.min(exists ?? 0, ResponseAllowance.mostMessages)
        guard news.responses <= most else {
            let waiting = running.first.map { "\($0.tag) is answered by" } ?? "it sends"
            return .excess("\(waiting) more than \(most) responses that nobody asked for")
        }
        return .news(isSign: isSign)
    }
}
