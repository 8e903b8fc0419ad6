internal import Foundation
internal import Glibc
internal import OAuth2

/// Where the tokens of an account are kept between runs: the Secret Service, else a file that only its owner may read.
struct TokenKeeper: Sendable {
    /// What is kept: the tokens, and whom to ask for others.
    struct Kept: Codable, Sendable {
        var tokens: TokenSet
        var endpoint: String
        var client: String
    }

    /// The file, which says where they are where it does not have them.
    private struct Content: Codable {
        var kept: Kept?
        var isInSecretService = false
    }

    let path: String
    private let key: SecretService.Key

    /// - Parameter account: `user@host:port`.
    init(account: String) {
        path = Directories.state("tokens") + "/" + account.replacing("/", with: "%2F") + ".json"
        key = SecretService.Key(account: account, kind: "oauth2")
    }

    /// nil where there are none.
    ///
    /// - Throws: `Failure` where there are some that cannot be read now.
    func load() throws -> Kept? {
        guard let data = FileManager.default.contents(atPath: path) else {
            guard access(path, F_OK) == 0 else { return nil }
            throw Failure("cannot read the tokens in \(path): \(FileCheck.reason(path))")
        }
        guard let content = try? JSONDecoder().decode(Content.self, from: data) else { return nil }
        guard content.isInSecretService else { return content.kept }
        guard let octets = SecretService.lookup(key) else {
            throw Failure("the Secret Service does not give the tokens of \(key.account): is it running, and unlocked?")
        }
        return try? JSONDecoder().decode(Kept.self, from: Data(octets))
    }

    /// Keeps tokens where the ones before were; the first ones in the Secret Service, where one is running.
    ///
    /// - Parameter isNew: nothing is known of where they were.
    /// - Throws: `Failure` where they are not kept; the ones before still are.
    func save(_ kept: Kept, isNew: Bool = false) throws {
        let wasInService =
            FileManager.default.contents(atPath: path).flatMap { try? JSONDecoder().decode(Content.self, from: $0) }?
            .isInSecretService ?? false
        let octets = [UInt8](try JSONEncoder().encode(kept))
        if isNew || wasInService {
            if (wasInService || SecretServiceBus.isPresent), SecretService.store(octets, key) {
                // Also where nothing else changes, so that whoever waits for new tokens sees it.
                try write(Content(isInSecretService: true))
                return
            }
            guard isNew else { throw Failure("the Secret Service does not keep the tokens of \(key.account)") }
        }
        try write(Content(kept: kept))
    }

    private func write(_ content: Content) throws {
        try SecretFile.write([UInt8](try JSONEncoder().encode(content)), to: path)
    }

    /// Holds the lock of this account's tokens while `body` runs: of all mounts and commands one at a time.
    ///
    /// - Throws: `Failure` where another one holds it for longer than any exchange may take.
    func locked<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        try? FileManager.default.createDirectory(
            atPath: Directories.state("tokens"), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let descriptor = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure("cannot lock \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let deadline = ContinuousClock.now + .seconds(30)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, ContinuousClock.now < deadline else {
                throw Failure("\(path) is locked by another program")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try await body()
    }

    /// Tells one state of the file from another.
    var version: String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "none" }
        return "\(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
    }
}

/// Whether a desktop's message bus is there to ask.
enum SecretServiceBus {
    static var isPresent: Bool {
        let environment = ProcessInfo.processInfo.environment
        if environment["DBUS_SESSION_BUS_ADDRESS"] != nil { return true }
        return environment["XDG_RUNTIME_DIR"].map { access($0 + "/bus", F_OK) == 0 } ?? false
    }
}
