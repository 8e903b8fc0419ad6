internal import IMAPClient
internal import IMAPCodec

/// What a server's capabilities mean for a mount.
enum CapabilityReport {
    private static let meanings: [(capability: Capability, has: String, lacks: String)] = [
        (.qresync, "comes back in step with one answer for each folder", "comes back in step by comparing flags"),
        (.condstore, "sees which flags changed", "lists the flags of a folder again to see what changed"),
        (.idle, "hears of new mail at once", "asks for new mail every half minute"),
        (.notify, "hears of every folder over one connection", "asks for other folders every half minute"),
        (.listStatus, "asks for all folders in one command", "asks for each folder"),
        (.specialUse, "knows Sent, Drafts, Trash", "cannot tell which folder is Sent, Drafts or Trash"),
        (
            .createSpecialUse, "can make a Trash folder where there is none (--delete trash)",
            "cannot make a folder marked as Trash: where there is none, rm with --delete trash is refused"
        ),
        (.uidPlus, "can remove exactly the deleted messages", "leaves deleted messages flagged on the server"),
        (.move, "moves in one step", "moves by copying and deleting"),
        (.objectID, "knows a message again in any folder", "knows a message again by Message-ID, date and size"),
        (.quota, "shows how much room there is", "shows plenty of room"),
        (.compressDeflate, "can compress (--compress)", "cannot compress"),
    ]

    static func lines(for connection: IMAPConnection, account: String) -> [String] {
        let capabilities = connection.capabilities
        var lines = ["\(account): logged in"]
        let server = ["name", "vendor", "version"].compactMap { connection.serverID[$0] }.joined(separator: " ")
        if !server.isEmpty { lines.append("server: \(server)") }
        lines.append("offers: \(capabilities.names.sorted().joined(separator: " "))")
        for meaning in meanings {
            let has = capabilities.has(meaning.capability)
            let name = meaning.capability.rawValue
            lines.append("  \(has ? "yes" : "no ") \(name): \(has ? meaning.has : meaning.lacks)")
        }
        return lines
    }
}
