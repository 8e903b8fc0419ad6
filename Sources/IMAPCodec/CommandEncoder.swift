internal import IMAPValue

/// Writes commands. One writer writes every argument, so that none can become a command of its own.
///
/// ```
/// try CommandEncoder(capabilities: .none, utf8Accepted: false).encode(.noop, tag: "A1")       C: A1 NOOP
/// ```
public struct CommandEncoder: Sendable {
    private let capabilities: Capabilities
    let utf8Accepted: Bool

    /// - Parameter capabilities: decide about `{n+}` and SASL-IR only; whether the server knows the command is the caller's
    ///   business.
    /// - Parameter utf8Accepted: `ENABLE UTF8=ACCEPT` succeeded (RFC 6855 section 3), so that strings may hold UTF-8.
    public init(capabilities: Capabilities, utf8Accepted: Bool) {
        self.capabilities = capabilities
        self.utf8Accepted = utf8Accepted
    }

    /// The line that ends IDLE (RFC 2177).
    public static let done: [UInt8] = Array("DONE\r\n".utf8)

    /// `{n+}` is used only where LITERAL+ or LITERAL- is offered and n is at most 4,096; for messages of APPEND up to 1 MiB with LITERAL+.
    /// - Parameter tag: letters and digits.
    /// - Throws: `EncodingError`; nothing may be sent then.
    ///
    ///     command = tag SP (command-any / command-auth / command-nonauth / command-select) CRLF
    public func encode(_ command: Command, tag: String) throws(EncodingError) -> EncodedCommand {
        guard !tag.utf8.contains(UInt8(ascii: "+")) else { throw .notAnAtom(tag) }
        var writer = CommandWriter(capabilities: capabilities, utf8Accepted: utf8Accepted)
        try writer.write(atom: tag)
        writer.write(" ")
        try write(command, &writer)
        return writer.finish()
    }

    private func write(_ command: Command, _ writer: inout CommandWriter) throws(EncodingError) {
        switch command {
        case .capability: writer.write("CAPABILITY")
        case .noop: writer.write("NOOP")
        case .logout: writer.write("LOGOUT")
        case .startTLS: writer.write("STARTTLS")
        case .namespace: writer.write("NAMESPACE")
        case .idle: writer.write("IDLE")
        case .unselect: writer.write("UNSELECT")
        case .check: writer.write("CHECK")
        case .compressDeflate: writer.write("COMPRESS DEFLATE")
        case .login(let user, let password):
            writer.write("LOGIN ")
            try writer.write(string: user)
            writer.write(" ")
            try writer.write(secret: password)
        case .authenticate(let mechanism, let initial):
            try authenticate(mechanism, initial, &writer)
        case .id(let fields):
            try id(fields, &writer)
        case .enable(let names):
            guard !names.isEmpty else { throw .empty }
            writer.write("ENABLE")
            for name in names {
                writer.write(" ")
                try writer.write(atom: name)
            }
        case .list(let reference, let patterns, let options):
            try list(reference, patterns, options, &writer)
        case .status(let name, let items):
            guard !items.isEmpty else { throw .empty }
            try mailbox("STATUS", name, &writer)
            writer.write(" (" + items.map(\.rawValue).joined(separator: " ") + ")")
        case .select(let name, let parameters):
            try mailbox("SELECT", name, &writer)
            try select(parameters, &writer)
        case .examine(let name, let parameters):
            try mailbox("EXAMINE", name, &writer)
            try select(parameters, &writer)
        case .uidFetch(let set, let items, let changedSince, let vanished):
            try fetch(set, items, changedSince, vanished, &writer)
        case .uidSearch(let search):
            try self.search(search, &writer)
        case .uidStore(let set, let action, let flags, let silent, let unchangedSince):
            try store(set, action, flags, silent, unchangedSince, &writer)
        case .uidStoreLabels(let set, let action, let labels): try storeLabels(set, action, labels, &writer)
        case .uidCopy(let set, let name):
            writer.write("UID COPY " + (try text(set)) + " ")
            try writer.write(string: name)
        case .uidMove(let set, let name):
            writer.write("UID MOVE " + (try text(set)) + " ")
            try writer.write(string: name)
        case .uidExpunge(let set):
            writer.write("UID EXPUNGE " + (try text(set)))
        case .create(let name, let use):
            try mailbox("CREATE", name, &writer)
            if let use { writer.write(" (USE (\(use.rawValue)))") }
        case .delete(let name): try mailbox("DELETE", name, &writer)
        case .rename(let old, let new):
            try mailbox("RENAME", old, &writer)
            writer.write(" ")
            try writer.write(string: new)
        case .subscribe(let name): try mailbox("SUBSCRIBE", name, &writer)
        case .unsubscribe(let name): try mailbox("UNSUBSCRIBE", name, &writer)
        case .append(let name, let messages): try append(name, messages, &writer)
        case .notify(let set): try notify(set, &writer)
        case .getQuotaRoot(let name): try mailbox("GETQUOTAROOT", name, &writer)
        }
    }

    private func mailbox(
        _ command: String, _ name: [UInt8], _ writer: inout CommandWriter
    ) throws(EncodingError) {
        writer.write(command + " ")
        try writer.write(string: name)
    }

    ///     sequence-set = (seq-number / seq-range) ["," sequence-set]
    func text(_ set: UIDSet) throws(EncodingError) -> String {
        guard !set.isEmpty else { throw .empty }
        return set.description
    }

    ///     flag-list = "(" [flag *(SP flag)] ")"
    func flagList(_ flags: Flags, _ writer: inout CommandWriter) throws(EncodingError) {
        writer.write("(")
        for (index, name) in flags.names.enumerated() {
            if index > 0 { writer.write(" ") }
            try writer.write(flag: name)
        }
        writer.write(")")
    }

    ///     authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64)
    private func authenticate(
        _ mechanism: String, _ initial: Secret?, _ writer: inout CommandWriter
    ) throws(EncodingError) {
        writer.write("AUTHENTICATE ")
        try writer.write(atom: mechanism)
        guard let initial else { return }
        if capabilities.has(.saslIR) {
            writer.write(" ")
            writer.write(base64: initial)
        } else {
            writer.endLine()
            writer.awaitContinuation()
            if !initial.isEmpty { writer.write(base64: initial) }
        }
    }

    ///     id             = "ID" SP id-params-list
    ///     id-params-list = "(" *(string SP nstring) ")" / nil
    private func id(_ fields: [IDField], _ writer: inout CommandWriter) throws(EncodingError) {
        guard !fields.isEmpty else { return writer.write("ID NIL") }
        guard fields.count <= 30 else { throw .contradictory("more than 30 ID fields") }
        writer.write("ID (")
        for (index, field) in fields.enumerated() {
            if index > 0 { writer.write(" ") }
            guard field.name.utf8.count <= 30, (field.value?.utf8.count ?? 0) <= 1_024 else {
                throw .contradictory("ID field too long")
            }
            try writer.write(string: Array(field.name.utf8))
            writer.write(" ")
            if let value = field.value {
                try writer.write(string: Array(value.utf8))
            } else {
                writer.write("NIL")
            }
        }
        writer.write(")")
    }
}
