internal import IMAPCodec
internal import IMAPProtocol
internal import Logging

/// What is said first in a session, and what has to wait for the answers.
extension ConnectionDriver {
    /// Sends these before anything else.
    func settle(_ commands: [IMAPCodec.Command]) throws {
        unsettled = commands.count
        for command in commands {
            if case .enable(let names) = command { awaitsUTF8 = names.contains(Capability.utf8Accept.rawValue) }
            let result = OnceResult<StatusResponse>()
            let id = pipeline.nextID()
            self.commands[id] = Command(result: result, receive: { _ in .passed }, isSettling: true)
            try perform(pipeline.submitted(id, command, encoder: encoder))
        }
        if commands.isEmpty { try allSettled() }
    }

    /// One of them has its answer, or never will have.
    func settledOne() throws {
        unsettled -= 1
        if unsettled == 0 { try allSettled() }
    }

    private func allSettled() throws {
        awaitsUTF8 = false
        let enabled = facts.read(\.enabled).sorted()
        logger.debug("session settled", metadata: ["enabled": "\(enabled)"])
        settled.finish(.success(()))
        let waiting = held
        held = []
        for submission in waiting { try submit(submission) }
    }

    /// Whether it cannot be written before it is known how strings are written, or has to wait behind one that cannot.
    func isHeld(_ command: IMAPCodec.Command) -> Bool {
        guard awaitsUTF8 else { return false }
        guard held.isEmpty else { return true }
        let capabilities = facts.read(\.capabilities)
        func written(utf8Accepted: Bool) -> [EncodedCommand.Part]? {
            try? CommandEncoder(capabilities: capabilities, utf8Accepted: utf8Accepted).encode(command, tag: "A").parts
        }
        return written(utf8Accepted: false) != written(utf8Accepted: true)
    }

    /// Commands are written as the server can read them now.
    func refreshEncoder() {
        encoder = facts.read {
            CommandEncoder(
                capabilities: $0.capabilities, utf8Accepted: $0.enabled.contains(Capability.utf8Accept.rawValue))
        }
    }
}
