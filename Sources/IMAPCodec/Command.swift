public import IMAPValue

/// A command of this client (RFC 3501 section 6 and extensions). Mailbox names are the raw octets that the server knows.
///
/// There is no case for EXPUNGE without UIDs, for CLOSE, or for anything with sequence numbers: what cannot be written down
/// cannot destroy the wrong message.
///
/// ```
/// C: A7 UID MOVE 42:69 "Archive/2024"       .uidMove(UIDSet(…), Array("Archive/2024".utf8))
/// ```
public enum Command: Sendable, Hashable {
    case capability
    case noop
    case logout
    case startTLS
    /// RFC 2342
    case namespace
    /// RFC 2177; ended by `CommandEncoder.done`.
    case idle
    /// RFC 3691
    case unselect
    case check
    case login(user: [UInt8], password: Secret)
    /// `initial`: the first response's octets, not yet base64. Without SASL-IR it is sent after the server's `+`.
    case authenticate(mechanism: String, initial: Secret?)
    /// RFC 2971; no fields: `ID NIL`.
    case id([IDField])
    /// RFC 5161
    case enable([String])
    /// RFC 4978
    case compressDeflate
    /// Plain LIST where `options` are empty and there is one pattern; else RFC 5258.
    case list(reference: [UInt8], patterns: [[UInt8]], options: ListOptions)
    case status([UInt8], [StatusItem])
    case select([UInt8], SelectParameters)
    case examine([UInt8], SelectParameters)
    /// `changedSince`, `vanished`: RFC 7162 sections 3.1.4.1 and 3.2.6; the second needs the first.
    case uidFetch(FetchSet, [FetchItem], changedSince: ModSequence?, vanished: Bool)
    case uidSearch(UIDSearch)
    /// `silent`: no FETCH answers wanted. `unchangedSince`: RFC 7162 section 3.1.3.
    case uidStore(UIDSet, StoreAction, Flags, silent: Bool, unchangedSince: ModSequence?)
    /// X-GM-EXT-1: `UID STORE … ±X-GM-LABELS (…)`; at least one label, as the server spells it.
    case uidStoreLabels(UIDSet, StoreAction, [[UInt8]])
    case uidCopy(UIDSet, [UInt8])
    /// RFC 6851
    case uidMove(UIDSet, [UInt8])
    /// RFC 4315
    case uidExpunge(UIDSet)
    /// The use: RFC 6154 section 3.
    case create([UInt8], SpecialUse?)
    case delete([UInt8])
    case rename([UInt8], [UInt8])
    case subscribe([UInt8])
    case unsubscribe([UInt8])
    /// Several messages: MULTIAPPEND (RFC 3502).
    case append([UInt8], [AppendMessage])
    /// RFC 5465
    case notify(NotifySet)
    /// RFC 9208
    case getQuotaRoot([UInt8])
}
