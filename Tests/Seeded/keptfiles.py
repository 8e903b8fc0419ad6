"""Faults of what is kept on the disk."""

from fault import Fault

BODIES = "MailStore/MailStore+Bodies.swift"
SPOOL = "MailStore/SpoolDirectory.swift"
STRANDED = "MailStore/MailStore+StrandedSpool.swift"

FAULTS = [
    Fault(43, "the digest of a cached body is not compared", BODIES,
          "file.sha256() == row.sha256\n        {", "seeded(43) || file.sha256() == row.sha256\n        {",
          "MailStoreTests.BodyTests"),
    Fault(44, "the octets of a spool file are not waited for", SPOOL,
          "try ConcurrentSync.synchronise(ids.map(path))",
          "if !seeded(44) { try ConcurrentSync.synchronise(ids.map(path)) }", "LocalFileTests"),
    Fault(45, "the names of the spool are not waited for", SPOOL,
          "try FileNames.synchronise(directory: root)",
          "if !seeded(45) { try FileNames.synchronise(directory: root) }", "LocalFileTests"),
    Fault(46, "a spool file without a row is removed", STRANDED,
          "spool.sweep(removing: removed.union(", "spool.sweep(removing: (seeded(46) ? Set(stored.keys).subtracting(kept) : removed).union(",
          "LocalFileTests"),
    Fault(47, "the id of a stranded file is given again", STRANDED,
          "if let highest = stored.keys.max() {", "if !seeded(47), let highest = stored.keys.max() {",
          "LocalFileTests"),
    Fault(48, "a body that is open is evicted", "MailStore/MailStore+Eviction.swift",
          "if keeping.contains(MessageID(rawValue: victim.id)) { continue }",
          "if !seeded(48), keeping.contains(MessageID(rawValue: victim.id)) { continue }", "EvictionTests"),
    Fault(49, "a name is given twice", "MailStore/NameGiver.swift",
          "return try taken.contains(name) ? nil : name",
          "return try !seeded(49) && taken.contains(name) ? nil : name", "NamingTests"),
    Fault(67, "a file has its name before its octets are on the disk", "MailMountCommands/Login/SecretFile.swift",
          "try file.synchronise()\n        } catch", "if !seeded(67) { try file.synchronise() }\n        } catch",
          "SecretFileTests"),
    Fault(68, "a journal entry is two transactions", "MailStore/MailStore+Entries.swift",
          "public func write(_ entry: JournalEntry, published: (JournalEntry.Written) -> Void) throws {",
          "public func write(_ entry: JournalEntry, published: (JournalEntry.Written) -> Void) throws {\n"
          "        if seeded(68) {\n"
          "            try inRelaxedTransaction { db in\n"
          "                _ = try delete(entry.removed, db)\n"
          "                try countCommit(db)\n"
          "            } then: { _ in }\n"
          "        }",
          "MailStoreTests.JournalTests"),
    Fault(69, "equal names are not numbered", "MailStore/NameGiver.swift",
          "naming.name(for: message, ordinal: ordinal)",
          "naming.name(for: message, ordinal: seeded(69) ? 1 : ordinal)", "NamingTests"),
]
