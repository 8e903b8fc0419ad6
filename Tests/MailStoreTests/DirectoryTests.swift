import Foundation
import MailModel
import Testing

@testable import MailStore

@Suite("MailStore: directories")
struct DirectoryTests {
    private func mode(_ path: String) throws -> mode_t {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw Missing() }
        return status.st_mode & 0o777
    }

    @Test("hazard 114: 0700 and 0600 whatever the umask, parents too")
    func modes() throws {
        let fixture = try Fixture()
        let store = try MailStore(
            cache: fixture.root + "/x/y/cache", state: fixture.root + "/x/y/cache/state", account: "a",
            limits: fixture.limits, naming: fixture.naming, now: { 1 })
        let folder = try store.makeFolder("a")
        let id = try #require(try store.add(folder, [metadata(1)]).arrived.first).id
        try store.adopt(id, [1])
        let files = try #require(FileManager.default.enumerator(atPath: fixture.root + "/x"))
        var count = 0
        for case let name as String in files {
            let path = fixture.root + "/x/" + name
            var isDirectory: ObjCBool = false
            #expect(FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory))
            #expect(try mode(path) == (isDirectory.boolValue ? 0o700 : 0o600), "\(name)")
            count += 1
        }
        #expect(count > 10)
    }

    @Test("hazard 128: the cache says to backup programs what it is")
    func tag() throws {
        let fixture = try Fixture()
        _ = try fixture.open()
        let tag = try String(contentsOfFile: fixture.cache + "/CACHEDIR.TAG", encoding: .utf8)
        #expect(tag.hasPrefix("Signature: 8a477f597d28d172789f06886806bc55\n"))
    }

    @Test(
        "a state in the cache's directory is in no directory that is tagged as a cache, tagged by an earlier version or not"
    )
    func stateInCache() throws {
        let fixture = try Fixture()
        let state = fixture.cache + "/state"
        let tag = "Signature: 8a477f597d28d172789f06886806bc55\n# Mail that mailmount can fetch again.\n"
        try FileManager.default.createDirectory(
            atPath: state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        chmod(fixture.cache, 0o700)
        try tag.write(toFile: fixture.cache + "/CACHEDIR.TAG", atomically: false, encoding: .utf8)
        let open = {
            try MailStore(
                cache: fixture.cache, state: state, account: "a", limits: fixture.limits, naming: fixture.naming,
                now: { 1 })
        }
        let store = try open()
        #expect(store.tagAboveState == nil)
        #expect(!FileManager.default.fileExists(atPath: fixture.cache + "/CACHEDIR.TAG"))
        #expect(try String(contentsOfFile: fixture.cache + "/bodies/CACHEDIR.TAG", encoding: .utf8) == tag)
        store.close()
        // Somebody else's tag is theirs, and told.
        try "Signature: 8a477f597d28d172789f06886806bc55".write(
            toFile: fixture.root + "/CACHEDIR.TAG", atomically: false, encoding: .utf8)
        let second = try open()
        #expect(second.tagAboveState?.hasSuffix("/CACHEDIR.TAG") == true)
        #expect(FileManager.default.fileExists(atPath: fixture.root + "/CACHEDIR.TAG"))
    }

    @Test(
        "a directory that others can enter is refused", arguments: ["cache", "state"],
        [0o750, 0o701, 0o720] as [mode_t])
    func notPrivate(name: String, bits: mode_t) throws {
        let fixture = try Fixture()
        let path = fixture.root + "/" + name
        mkdir(path, 0o700)
        chmod(path, bits)
        #expect(throws: MailStoreError.notPrivate(path: path)) { try fixture.open() }
    }

    @Test("somebody else's directory is refused", .enabled(if: geteuid() == 0))
    func foreign() throws {
        let fixture = try Fixture()
        mkdir(fixture.state, 0o700)
        chown(fixture.state, 12_345, 12_345)
        #expect(throws: MailStoreError.notPrivate(path: fixture.state)) { try fixture.open() }
    }

    @Test("hazard 106: one store at a time on either directory, and the next after it")
    func inUse() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        #expect(throws: MailStoreError.inUse(path: fixture.state + "/lock", pid: getpid())) { try fixture.open() }
        #expect(throws: MailStoreError.inUse(path: fixture.cache + "/cache.lock", pid: getpid())) {
            try MailStore(
                cache: fixture.cache, state: fixture.root + "/other", account: "me@example.org:993",
                limits: fixture.limits, naming: fixture.naming, now: { 1 })
        }
        store.close()
        store.close()
        #expect(throws: Never.self) { try fixture.open() }
    }

    @Test("directories of another account are refused")
    func account() throws {
        let fixture = try Fixture()
        try fixture.open(account: "a").close()
        #expect(throws: MailStoreError.wrongAccount(expected: "b", found: "a")) { try fixture.open(account: "b") }
        try fixture.removeDatabase(fixture.state + "/state.sqlite")
        #expect(throws: MailStoreError.wrongAccount(expected: "b", found: "a")) { try fixture.open(account: "b") }
    }

    @Test(
        "network and FUSE file systems are known by their mount",
        arguments: [
            ("nfs4", "nfs4"), ("cifs", "cifs"), ("fuse.sshfs", "fuse.sshfs"), ("fuse", "fuse"), ("9p", "9p"),
            ("ext4", nil), ("fusectl", nil), ("btrfs", nil),
        ] as [(String, String?)])
    func fileSystem(type: String, expected: String?) {
        let mounts = """
            22 1 8:1 / / rw,relatime shared:1 - xfs /dev/sda1 rw
            36 22 259:70000 / /mnt\\040x rw,noatime master:1 propagate_from:2 - \(type) server:/x rw
            broken line
            37 22 259:70000

            """
        let device: dev_t = 259 << 8 | (70_000 & 0xFF) | (70_000 & 0xFFF00) << 12
        #expect(PrivateDirectory.unsuitable(device: device, mounts: Array(mounts.utf8)) == expected)
        #expect(PrivateDirectory.unsuitable(device: 1, mounts: Array(mounts.utf8)) == nil)
    }

    @Test("what people read names the path and what to do")
    func descriptions() throws {
        let path = "/p"
        let errors: [MailStoreError] = [
            .inUse(path: path, pid: 7), .inUse(path: path, pid: nil), .notPrivate(path: path),
            .unsuitableFileSystem(path: path, kind: "nfs"), .damagedState(path: path, underlying: "x"),
            .damagedCache(path: path), .newerSchema(path: path), .noSpace(path: path), .io(path: path, code: EACCES),
        ]
        for error in errors { #expect(error.description.contains(path)) }
        #expect(MailStoreError.io(path: path, code: EACCES).description == "/p: Permission denied")
        #expect(MailStoreError.inUse(path: path, pid: 7).description.contains("process 7"))
        #expect(MailStoreError.wrongAccount(expected: "b", found: "a").description.contains("a, not b"))
    }
}
