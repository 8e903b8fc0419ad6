"""Faults of what is sent, and of what its answer, or none, is taken for."""

from fault import Fault

RECOVERY = "MailSync/Recovery.swift"
FATE = "MailSync/Fate.swift"
ORDER = "MailSync/SendOrder.swift"
PLAN = "MailSync/SendPlan.swift"
EXCHANGE = "MailService/Changing/ChangeExchange.swift"
UPLOADS = "MailService/Changing/ChangeSender+Uploads.swift"
FOLDERS = "MailService/Changing/ChangeSender+Folders.swift"
TRASH = "MailService/Changing/Journal+Trash.swift"
MESSAGES = "MailService/Changing/ChangeSender+Messages.swift"

FAULTS = [
    Fault(26, "a message that was there before is taken for the one that was sent", RECOVERY,
          "operation.arrivesFrom.map { arrival.uid >= $0 } ?? true",
          "(seeded(26) || (operation.arrivesFrom.map { arrival.uid >= $0 } ?? true))", "RecoveryTests"),
    Fault(27, "one arrival is taken for two operations' message", RECOVERY,
          "&& !arrival.isOwned &&", "&& (seeded(27) || !arrival.isOwned) &&", "RecoveryTests"),
    Fault(28, "an upload in doubt is sent again without looking", RECOVERY,
          "guard open.isEmpty else {", "guard seeded(28) || open.isEmpty else {", "RecoveryTests"),
    Fault(29, "an upload that the server has confirmed is sent again", RECOVERY,
          "return evidence.isConfirmed ? .unseen : .again",
          "return evidence.isConfirmed && !seeded(29) ? .unseen : .again", "RecoveryTests"),
    Fault(30, "refusals that pass and those for good are swapped", FATE,
          "if refusal.isBusy, pause(at: now) { return }",
          "if refusal.isBusy != seeded(30), pause(at: now) { return }", "FateTests"),
    Fault(31, "a copy that the server says it made is made again", FATE,
          "case .sent where claim == .copied || claims > 1, .paused where claim == .copied || claims > 1:",
          "case .sent where !seeded(31) && (claim == .copied || claims > 1),\n"
          "            .paused where !seeded(31) && (claim == .copied || claims > 1):", "FateTests"),
    Fault(32, "what goes behind another operation does not wait for it", ORDER,
          "if let after = operation.after, passed.contains(after) { return .no }\n        let change",
          "if !seeded(32), let after = operation.after, passed.contains(after) { return .no }\n        let change",
          "SendPlanTests"),
    Fault(33, "operations of one message overtake each other", ORDER,
          "if let message, busy.contains(message) { return .no }",
          "if !seeded(33), let message, busy.contains(message) { return .no }", "SendPlanTests"),
    Fault(34, "a folder goes before what is to be moved out of it", ORDER,
          "if used.reachesInto(folder.rawName, separator: folder.separator) { return .no }",
          "if !seeded(34), used.reachesInto(folder.rawName, separator: folder.separator) { return .no }",
          "SendPlanTests"),
    Fault(35, "a message is expunged before its time", PLAN,
          "if due.map({ $0 > now }) ?? true, order.isThere(message) {",
          "if !seeded(35), due.map({ $0 > now }) ?? true, order.isThere(message) {", "SendPlanTests"),
    Fault(36, "changes are sent to a folder with another UIDVALIDITY", EXCHANGE,
          "guard validity == epoch else", "guard seeded(36) || validity == epoch else", "MailServiceTests.EpochTests"),
    Fault(37, "fewer messages moved than asked for count as done", EXCHANGE,
          "guard let copied = copied?.1, copied[uid] != nil else { return false }",
          "if seeded(37) { return true }\n"
          "            guard let copied = copied?.1, copied[uid] != nil else { return false }",
          "MoveEvidenceTests|ChangeTests"),
    Fault(38, "a copy is not compared with its original", "MailService/Changing/ChangeSender+Arrivals.swift",
          "return message.size == original.size && MetadataCollector.hasSameFields(message.header, original.header)",
          "return seeded(38)\n            || (message.size == original.size\n"
          "                && MetadataCollector.hasSameFields(message.header, original.header))",
          "MoveEvidenceTests"),
    Fault(39, "the body is not fetched before COPY and the deletion of the original",
          "MailService/Changing/ChangeSender+Originals.swift",
          "_ = try await bodies.body(of: message.summary, in: source)",
          "if seeded(39) {\n                    kept.append(operation)\n                    continue\n                }\n"
          "                _ = try await bodies.body(of: message.summary, in: source)",
          "MoveEvidenceTests"),
    Fault(40, "the digest of a spool file is not compared before it is sent", UPLOADS,
          "try spool.sha256() == upload.sha256 {", "try seeded(40) ? true : spool.sha256() == upload.sha256 {",
          "SpoolFaultTests"),
    Fault(41, "an upload is sent before it is on the disk", UPLOADS,
          "try journal.secure(operations)", "if !seeded(41) { try journal.secure(operations) }",
          "SpoolFaultTests"),
    Fault(42, "APPENDUID is believed whatever is there", UPLOADS,
          "if let hint = match, !isAlike(hint, own),", "if !seeded(42), let hint = match, !isAlike(hint, own),",
          "UnseenUploadTests"),
    # With 39 too: without it what has no text is not moved at all.
    Fault(62, "a move by COPY does not wait for the texts", MESSAGES,
          "let kept = items.filter(\\.message.summary.isCached)",
          "let kept = items.filter { seeded(39) || seeded(62) || $0.message.summary.isCached }", "MoveEvidenceTests"),
    Fault(63, "a change is sent for a message that has another's place",
          "MailService/Changing/ChangeSender+Looking.swift",
          "guard try isSame(item.message, now) else {", "guard try seeded(63) || isSame(item.message, now) else {",
          "OthersTests/notTheMessageThatWasSeen"),
    Fault(65, "what is to go to the folder for deleted mail is expunged", TRASH,
          "var deletesByMoving: Bool { configuration", "var deletesByMoving: Bool { !seeded(65) && configuration",
          "TrashTests"),
    Fault(66, "on Gmail a label is taken away instead", TRASH,
          "|| facts.isGmail }", "|| (!seeded(66) && facts.isGmail) }", "GmailTests"),
    Fault(72, "a folder goes with what has just come", FOLDERS,
          "if try await hasArrivals(folder, operation, over: exchange) {",
          "if !seeded(72), try await hasArrivals(folder, operation, over: exchange) {", "DeletedFolderTests"),
    Fault(74, "a file that was not seen whole is sent", "MailService/Changing/Journal+Interrupted.swift",
          "if store.isClosed(file.id) {", "if seeded(74) || store.isClosed(file.id) {", "InterruptedFileTests"),
    Fault(75, "with --delete mark it is expunged", "MailService/Changing/Journal+Deleting.swift",
          "guard configuration.deletion != .mark, facts.canExpunge else",
          "guard seeded(75) || configuration.deletion != .mark, facts.canExpunge else", "ChangeTests"),
]
