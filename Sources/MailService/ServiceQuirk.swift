/// What servers do to UIDs and connections otherwise than RFC 3501 has it, and what is done about it: who does so, and where that was
/// seen. Parsing has its own in `Quirk`, logging in in `SessionQuirk`.
enum ServiceQuirk: String, CaseIterable {
    /// `UID FETCH` of a UID that is not there is BAD in GNU mailutils (imap4d 3.15); others say OK. BAD for one message therefore means
    /// that it is gone, until a listing still has it.
    case refusesAbsentUID
    /// GNU mailutils gives mail in a maildir's `new/` another UID, and the folder another UIDVALIDITY, in each session that opens
    /// it with EXAMINE or asks its STATUS, until one that opened it with SELECT has ended. A message that is gone under its UID
    /// is looked for once more after a listing.
    case renumbersUnseenMail
    /// Dovecot says BYE to a session when the folder that it has selected is renamed or deleted. The next one to use that
    /// connection finds it dead and takes another (`ConnectionPool.Lease.isStale`).
    case dropsRenamedSelection
}
