internal import MailModel

/// Which of the messages that appear are new mail: delivered since somebody began to look, and not told of before.
///
/// A message that is moved keeps its id and its INTERNALDATE, and one that is listed for the first time has an old one: neither is new.
struct NewMail {
    /// Clocks of servers differ from ours by so much, mostly. Seconds.
    static let slack: Int64 = 120

    private let start: Int64
    private var told: Set<MessageID> = []

    /// - Parameter start: seconds since 1970.
    init(since start: Int64) { self.start = start - Self.slack }

    /// The new ones of a batch, in its order.
    mutating func take(_ batch: AppliedBatch) -> [MessageSummary] {
        batch.arrived.filter { message in
            // What is uploaded here shows before it has a UID: it is known by the time the server has it.
            guard message.internalDate >= start, message.standing != .scratch, told.insert(message.id).inserted else {
                return false
            }
            return message.uid != nil && message.standing == .settled
        }
    }
}
