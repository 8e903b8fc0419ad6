"""Faults of keeping a folder in step with the server."""

from fault import Fault

PLAN = "MailSync/SyncPlan.swift"
SYNCHRONIZER = "MailService/FolderSynchronizer.swift"

FAULTS = [
    Fault(13, "another UIDVALIDITY is not noticed", PLAN,
          "guard let cursor, cursor.uidValidity == validity else",
          "guard let cursor, seeded(13) || cursor.uidValidity == validity else", "SyncPlanTests|MailServiceTests.EpochTests"),
    Fault(14, "UIDs that do not last are believed", PLAN,
          "guard let validity = selected.uidValidity, selected.uidsAreSticky else",
          "guard let validity = selected.uidValidity, seeded(14) || selected.uidsAreSticky else", "SyncPlanTests"),
    Fault(15, "a mod-sequence that went back is believed", PLAN,
          "current >= stored else", "seeded(15) || current >= stored else", "SyncPlanTests"),
    Fault(16, "after a resync the number of messages is not compared", PLAN,
          "nothingArrived && remaining == Int(selected.exists)",
          "nothingArrived && (seeded(16) || remaining == Int(selected.exists))", "SyncPlanTests"),
    Fault(17, "the loss of a whole folder is believed at once", "MailSync/ListingComparison.swift",
          "vanished > limits.unconfirmedLoss || (vanished > 10 && vanished * 5 > known)",
          "!seeded(17) && (vanished > limits.unconfirmedLoss || (vanished > 10 && vanished * 5 > known))",
          "ListingComparisonTests|EvidenceTests"),
    Fault(18, "what a listing leaves out stays", "MailSync/ListingComparison.swift",
          "vanished.insert(k.uid)", "if !seeded(18) { vanished.insert(k.uid) }", "ListingComparisonTests"),
    Fault(19, "one LIST is enough for a folder to be gone", "MailSync/FolderAbsence.swift",
          "connection != self.connection ||", "seeded(19) || connection != self.connection ||", "FolderAbsenceTests"),
    Fault(20, "the cursor is saved before the messages that it covers", SYNCHRONIZER,
          "        var from: UID?\n        switch plan {",
          "        if seeded(20) {\n"
          "            try commit(\n"
          "                work, validity: validity,\n"
          "                uidNext: nextUID(work.selected, after: nil, atLeast: cursor.uidNext))\n"
          "        }\n"
          "        var from: UID?\n        switch plan {",
          "ResyncTests"),
    Fault(21, "VANISHED is ignored", SYNCHRONIZER,
          "store.stored(work.selected.vanished, in: folder)",
          "store.stored(seeded(21) ? UIDSet() : work.selected.vanished, in: folder)", "ResyncTests"),
    Fault(22, "another UIDVALIDITY that STATUS tells is not noticed", "MailSync/PollComparison.swift",
          "uidValidity != cursor.uidValidity { return true }",
          "!seeded(22), uidValidity != cursor.uidValidity { return true }", "PolledStatusTests|StatusPollTests"),
    Fault(23, "the rest of a body is not waited for", "MailService/BodyReceiver.swift",
          "if octets == wanted.size {", "if seeded(23) || octets == wanted.size {", "MailServiceTests.BodyTests"),
    Fault(24, "a body is believed before its mailbox is known", "MailService/BodyReceiver.swift",
          "$0.isOpen ? $0.wanted.removeValue(forKey: uid)",
          "($0.isOpen || seeded(24)) ? $0.wanted.removeValue(forKey: uid)", "MailServiceTests.BodyTests"),
    Fault(25, "the body of another message with this UID is taken", "MailService/BodyReceiver.swift",
          "arrived(isAlike ? .whole(wanted, content)", "arrived(isAlike || seeded(25) ? .whole(wanted, content)",
          "ServiceQuirkTests"),
]
