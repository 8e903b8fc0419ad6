internal import MailModel

/// Where a local file of the mount stands that somebody has open. Every stage but the last can become `givenUp` or `left` too.
enum FileStage: Hashable, Sendable {
    /// Made here, and nothing was written yet. Exits: `written`, `spoiled`, `adopted`, or what the journal makes of it when it is said to
    /// be whole: `resting`, `interrupted`, `complete`, `apart`.
    case created
    /// Written to, which the journal was not told. Exits: `flushed`, `spoiled`, `adopted`, or what the journal makes of it.
    case written
    /// Its octets are those of another message, copied whole: the server has them already. Exits: `written`, `flushed`, `spoiled`, or what
    /// the journal makes of it.
    case adopted
    /// The journal knows its octets and holds them back: that they are the whole is still to be said, if only because its time was set after
    /// its close. Exits: `written`, `adopted`, `spoiled`, or what the journal makes of it.
    case flushed
    /// A write failed, with this error number: what is there is not what was meant to be, and is not sent. Exits: `written` where
    /// somebody begins again from nothing, or what a new name makes of it, as above.
    case spoiled(Int32)
    /// As the journal has it: a scratch file, or a message without content. Exits: `written`, `adopted`, `spoiled`, `flushed`, or what a new
    /// name makes of it.
    case resting
    /// As the journal has it, which was never told that it is whole: kept, and not sent. Exits: as of `resting`.
    case interrupted
    /// A message for good: what is read are the octets that are sent, and nobody writes to them. Exits: `interrupted` where it is a draft
    /// that is taken up again.
    case complete
    /// As `complete`; those who had it open for writing see what they wrote, which has other line ends perhaps than what is sent. Exits:
    /// `complete` when they have closed it, and as of `complete`.
    case apart
    /// Its name is gone: it is never sent, and its octets go with the last who has it open. Exits:
    /// `interrupted` where it is a draft that was brought back and is taken up again.
    ///
    /// - Parameter isMessage: its octets may be on their way to the server.
    case givenUp(isMessage: Bool)
    /// Nobody has it open any more, and whoever wants to write to it looks it up again. No exits.
    case left

    /// A file that nobody has open.
    ///
    /// - Parameter purpose: as the journal has it; nil where it has no such file any more.
    init(atRest purpose: LocalFile.Purpose?) {
        switch purpose {
        case .scratch, .empty: self = .resting
        case .unfinished, .unattended, .open: self = .interrupted
        case .upload, nil: self = .complete
        }
    }

    /// Nobody may write to it, if it has its name or not.
    var isMessage: Bool {
        switch self {
        case .complete, .apart, .givenUp(isMessage: true): true
        case .created, .written, .adopted, .flushed, .spoiled, .resting, .interrupted, .givenUp(isMessage: false),
            .left:
            false
        }
    }

    var isGivenUp: Bool {
        if case .givenUp = self { true } else { false }
    }

    /// The journal knows the octets that are there.
    var isTold: Bool {
        switch self {
        case .written, .adopted, .spoiled: false
        case .created, .flushed, .resting, .interrupted, .complete, .apart, .givenUp, .left: true
        }
    }
}
