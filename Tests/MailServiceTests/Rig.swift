import Foundation
import IMAPClient
import IMAPCodec
import IMAPValue
import InMemoryIMAP
import Logging
import MailModel
import MailStore
import MailSync
import MailTree
import Synchronization
import Testing

@testable import MailService

/// Names messages by their subject.
struct SubjectNaming: MessageNaming {
    func name(for message: MessageMetadata, ordinal: Int) -> [UInt8] {
        let subject = HeaderTexts(message.header).subject ?? "uid\(message.uid)"
        return Array((ordinal == 1 ? "\(subject).eml" : "\(subject)-\(ordinal).eml").utf8)
    }
}

/// Two directories that are removed with this object.
final class Scratch: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/mailservice-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A server, and the services that are started on it.
final class Rig: Sendable {
    struct Options: Sendable {
        var connections = 3
        var timeout: Duration = .seconds(20)
        var limits = StoreLimits()
        var literal: UInt64 = 256 << 20
        var folders: [String] = []
        var excluded: [String] = []
        var polling = Polling(unwatched: .seconds(600), watched: .seconds(600))
        var window = 5_000
        var password = "wonderland"
        /// The service changes mail.
        var isChanging = false
        var isReadOnly = false
        var clock = ServiceClock.continuous
        /// How many times as fast the service's time goes.
        var haste = 1 { didSet { clock = .hastened(haste) } }
        var deletion = DeletionPolicy.expunge
        var expungeAfter: Int64 = 600
        var allowed = ChangeKinds.all
        var downloadLimit: UInt64?
        var deletionLimit = DeletionLimit.Rule.standard
        var sharedMarks: String?
        var largeMessage: UInt64 = 4 << 20

        init(_ change: (inout Options) -> Void = { _ in }) {
            limits.reserve = 0
            change(&self)
        }
    }

    let server: InMemoryServer
    let scratch: Scratch
    let options: Options
    private let clock = Mutex<Int64>(1_800_000_000)

    init(_ configuration: ServerConfiguration = .full, _ options: Options = Options()) throws {
        server = try InMemoryServer(configuration)
        scratch = try Scratch()
        self.options = options
    }

    /// The same account and directories, mounted otherwise.
    func with(_ change: (inout Options) -> Void) -> Rig { Rig(of: self, change) }

    private init(of other: Rig, _ change: (inout Options) -> Void) {
        server = other.server
        scratch = other.scratch
        var options = other.options
        change(&options)
        self.options = options
    }

    func advanceClock(_ seconds: Int64) { clock.withLock { $0 += seconds } }

    func configuration() -> ServiceConfiguration {
        var limits = Limits()
        limits.literal = options.literal
        var logger = Logger(label: "test")
        logger.logLevel = ProcessInfo.processInfo.environment["MAILMOUNT_TEST_LOG"] == nil ? .critical : .trace
        let password = options.password
        let client = ClientConfiguration(
            endpoint: Endpoint(host: "127.0.0.1", port: UInt16(server.port), security: .none), user: "alice",
            credentials: FixedCredentials { .password(octets: Array(password.utf8)) }, timeout: options.timeout,
            limits: limits,
            logger: logger)
        var configuration = ServiceConfiguration(
            client: client, account: "alice@127.0.0.1", cache: scratch.path + "/cache",
            state: scratch.path + "/state", limits: options.limits, connections: options.connections,
            folders: options.folders.map(FolderPattern.init), excluded: options.excluded.map(FolderPattern.init),
            naming: SubjectNaming(),
            paths: { listed, given in
                FolderPaths.resolve(
                    listed.map { ($0.rawName, $0.separator, MailboxName.decode($0.rawName)) }, given: given)
            })
        configuration.polling = options.polling
        configuration.isReadOnly = options.isReadOnly
        configuration.deletion = options.deletion
        configuration.expungeAfter = options.expungeAfter
        configuration.allowed = options.allowed
        configuration.downloadLimit = options.downloadLimit
        configuration.deletionLimit = options.deletionLimit
        configuration.sharedMarks = options.sharedMarks
        configuration.largeMessage = options.largeMessage
        configuration.synchronisation.window = options.window
        return configuration
    }

    /// - Parameter probe: told of each step of each change.
    func makeService(_ probe: Probe? = nil) throws -> MailService {
        let configuration = configuration()
        return try MailService(
            configuration: configuration, logger: configuration.client.logger,
            now: { self.clock.withLock { $0 } }, clock: options.clock, stepped: { try probe?.passed($0) })
    }

    /// Runs a service for as long as `body` does, then looks at what it sent and what it told.
    func run(_ probe: Probe? = nil, _ body: (MailService, Shown) async throws -> Void) async throws {
        let service = try makeService(probe)
        let shown = Shown()
        try await service.start(observer: shown)
        do {
            try await body(service, shown)
        } catch {
            await service.stop()
            throw error
        }
        await service.stop()
        let lines = server.observation.clientLines
        #expect((options.isChanging ? Conduct.recklessness(in: lines) : Conduct.violations(in: lines)) == [])
        #expect(shown.model.contradictions == [])
    }

    /// As `run`, once the account is there and all its folders are listed.
    func synchronised(_ probe: Probe? = nil, _ body: (MailService, Shown) async throws -> Void) async throws {
        try await run(probe) { service, shown in
            try await service.waitUntilReady()
            try await self.settle(service, shown)
            try await body(service, shown)
        }
    }

    /// Suspends until every folder is shown as the server has it.
    func settle(_ service: MailService, _ shown: Shown) async throws {
        try await synchronise(service)
        expectEqual(shown)
    }

    /// Suspends until every folder was compared with the server's and nothing is on its way.
    func synchronise(_ service: MailService) async throws {
        let parts = try #require(service.running)
        await parts.steward.rest()
        try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
        await parts.scheduler.rest()
        while await parts.pool.isOpening { await Task.yield() }
    }

    /// What is shown is what the server has.
    func expectEqual(_ shown: Shown, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(differences(from: shown) == [], sourceLocation: sourceLocation)
    }

    /// Where what is shown is not what the server has.
    func differences(from shown: Shown) -> [String] {
        let account = server.account
        let model = shown.model
        // What is deleted here and not expunged yet is hidden by the one and flagged in the other.
        let isDeleted = { (flags: [String]?) in self.options.isChanging && flags?.contains("\\Deleted") == true }
        return account.folders.flatMap { name -> [String] in
            let path =
                model.folders.values.first { $0.rawName == Array(name.utf8) }.map { Shown.Model.text($0.path) } ?? ""
            let messages = model.messages(in: path)
            let flags = Dictionary(messages.map { ($0.uid?.rawValue ?? 0, $0.flags.names.sorted()) }) { first, _ in
                first
            }
            let shown = messages.filter { !isDeleted($0.flags.names) }.compactMap(\.uid?.rawValue)
            let there = account.messages(in: name).filter { !isDeleted($0.flags) }
            let missing = shown == there.map(\.uid) ? [] : ["\(name): shows \(shown), not \(there.map(\.uid))"]
            return missing
                + there.compactMap { message in
                    flags[message.uid] == message.flags.sorted()
                        ? nil : "\(name) \(message.uid): \(flags[message.uid] ?? []), not \(message.flags)"
                }
        }
    }
}

/// Mail to deliver.
enum Letter {
    static func make(_ number: Int, octets: Int = 0) -> [UInt8] {
        var text = [UInt8](
            """
            From: Alice <alice@example.org>\r
            Subject: letter \(number)\r
            Date: Sat, 12 Oct 2024 06:32:00 +0000\r
            Message-ID: <\(number)@example.org>\r
            \r
            This is letter \(number).\r

            """.utf8)
        let line = [UInt8]("All work and no play makes Jack a dull boy \(number).\r\n".utf8)
        while text.count + line.count <= octets { text += line }
        return text
    }

    /// Whether these octets hold this text.
    static func contains(_ octets: [UInt8], _ text: String) -> Bool {
        String(decoding: octets, as: UTF8.self).utf8.firstRange(of: Array(text.utf8)) != nil
    }

    /// As letter 1 to whoever looks at header and length.
    static func twin(_ letter: Character) -> [UInt8] {
        Array(
            String(decoding: make(1), as: UTF8.self).replacing("This is letter 1.", with: "This is letter \(letter).")
                .utf8)
    }

    static func make(_ numbers: some Sequence<Int>, octets: Int = 0) -> [[UInt8]] {
        numbers.map { make($0, octets: octets) }
    }
}

extension OpenBody {
    /// All octets.
    var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(size) + 1)
        var offset = 0
        while true {
            let count = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset, off_t(offset))
            }
            guard count > 0 else { break }
            offset += count
        }
        return Array(bytes[..<offset])
    }
}

extension MailService {
    /// Reads a message that is shown.
    func read(_ uid: UInt32, in path: String, _ shown: Shown) async throws -> [UInt8] {
        let model = shown.model
        let message = try #require(model.message(uid, in: path))
        let folder = try #require(model.folder(path))
        return try await body(of: message, in: folder.id).bytes
    }

    func expect(
        _ expected: [UInt8], reading uid: UInt32, in path: String, _ shown: Shown,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let bytes = try await read(uid, in: path, shown)
        #expect(bytes == expected, sourceLocation: sourceLocation)
    }
}

extension Observation {
    /// Commands since the observation was cleared, without those that keep a session going.
    var commandNames: [String] {
        clientLines.compactMap { line in
            let words = line.split(separator: " ").map { $0.uppercased() }
            guard words.count > 1, !["NOOP", "IDLE", "CAPABILITY"].contains(words[1]) else { return nil }
            return words[1] == "UID" ? "UID \(words[2])" : words[1]
        }
    }

    /// Headers that were sent.
    var fetchedHeaders: [FetchedBody] { bodies.filter { $0.section.hasPrefix("HEADER") } }
}
