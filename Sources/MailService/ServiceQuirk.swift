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
    /// A Dovecot session that has a folder open when it is deleted and made again reads the new one's files under the old UIDs
    /// (2.3, sdbox). A body whose header is not the one that was listed is believed when the folder, opened anew, still has its
    /// UIDVALIDITY (`BodyRetrieval.lookAgain`).
    case readsRecreatedFolder
    /// Courier (5.0) says NO to DELETE and RENAME of the folder that the session has selected, to RENAME of one above it too, and has no
    /// UNSELECT. INBOX is selected before (`ChangeExchange.leave`). And it says NO to APPEND to a folder that the session has opened with
    /// EXAMINE: that is opened with SELECT before (`ChangeExchange.openForArrivals`).
    case refusesSelectedFolder
    /// pymap (0.36.7, maildir): COPY says OK, with COPYUID, and makes an empty message; MOVE does as it should. The first copy on each
    /// server is compared with its original; after one that differs messages are uploaded instead (`ChangeSender.areTrue`).
    case copiesNothing
    /// LIST with RETURN is refused by servers that offer LIST-EXTENDED, or by proxies that offer it for them. LIST is asked as RFC 3501
    /// has it then, for as long as the same is offered, and STATUS for each folder (`FolderLister`).
    case refusesExtendedList
    /// STATUS of a Dovecot session (2.3, maildir) has told of messages that another session had expunged a moment before: seen once in
    /// twenty times with a folder of 5,000. A folder that STATUS says is not empty is opened before it is believed
    /// (`ChangeExchange.hasMessages`).
    case countsExpungedMail
    /// A Dovecot session (2.3, sdbox) that has asked LIST goes on without folders that another session makes and that has listed before, too:
    /// 32 of 68 were left out, for as long as nobody else looked; a session that asks for the first time has them, and so has the old one from
    /// then on. Whoever wants to know now asks over a connection that has not asked before (`AccountSteward.leased`).
    case listsAsBefore
}
