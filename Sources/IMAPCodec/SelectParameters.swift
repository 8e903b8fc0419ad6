public import IMAPValue

/// How SELECT or EXAMINE opens a mailbox (RFC 7162 sections 3.1.8 and 3.2.5).
///
/// ```
/// C: A02 SELECT INBOX (QRESYNC (67890007 20050715194045000 41:211))
/// ```
public enum SelectParameters: Sendable, Hashable {
    case plain
    case condstore
    /// What was known last; `known`: the UIDs of which the server tells the vanished ones, nil for all.
    case qresync(UIDValidity, ModSequence, known: UIDSet?)
}
