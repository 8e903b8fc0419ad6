import Fuse
import Glibc
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import Synchronization
import Testing

@testable import MailFS

/// The calls of a program that writes files, as the kernel hands them on.
struct Calls {
    let files: MailFileSystem

    struct Open {
        var inode: Inode
        var handle: Handle
        var id: MessageID
    }

    /// - Parameter body: is given INBOX, which is listed.
    static func run(
        _ server: InMemoryServer, isFast: Bool = false, waitsForServer: Bool = false,
        _ body: (Calls, FolderID) async throws -> Void
    ) async throws {
        try await WithoutKernel.run(server, waitsForServer: waitsForServer) { files, folder in
            if isFast { #expect(files.files.becomeFast()) }
            #expect(files.mode == (isFast ? "fast" : "exact"))
            try await body(Calls(files: files), folder)
        }
    }

    func create(_ name: String, in folder: FolderID, flags: Int32 = O_RDWR) async throws -> Open {
        let made = Array(name.utf8).withUnsafeBytes {
            files.create(
                InodeNumber(folder).rawValue, $0, mode: S_IFREG | 0o600, flags: flags | O_CREAT, WithoutKernel.caller)
        }
        let reply = try await WithoutKernel.outcome(made)
        let id = try #require(InodeNumber(rawValue: reply.entry.inode).message)
        return Open(inode: reply.entry.inode, handle: reply.open.handle, id: id)
    }

    func open(_ id: MessageID, flags: Int32 = O_RDWR) async throws -> Open {
        let inode = InodeNumber(id).rawValue
        let reply = try await WithoutKernel.outcome(files.open(inode, flags: flags, WithoutKernel.caller))
        return Open(inode: inode, handle: reply.handle, id: id)
    }

    func write(_ bytes: [UInt8], at offset: Int = 0, _ open: Open, flags: Int32 = O_RDWR) async throws {
        let written = bytes.withUnsafeBytes {
            files.write(open.inode, open.handle, offset: Int64(offset), $0, flags: flags)
        }
        #expect(try await WithoutKernel.outcome(written) == bytes.count)
    }

    /// As many octets as `stat` tells, and no more than there are.
    func content(_ open: Open) async throws -> [UInt8] {
        let size = try await WithoutKernel.outcome(files.getattr(open.inode, nil)).attributes.size
        let reply = try await WithoutKernel.outcome(
            files.read(open.inode, open.handle, offset: 0, count: Int(clamping: size)))
        guard case .file(let descriptor, let offset, let count, let keepAlive) = reply else { return [] }
        return try withExtendedLifetime(keepAlive) {
            var bytes = [UInt8](repeating: 0, count: count)
            let read = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, count, off_t(offset)) }
            try #require(read >= 0)
            return Array(bytes.prefix(read))
        }
    }

    func flush(_ open: Open) async throws {
        try await WithoutKernel.outcome(files.flush(open.inode, open.handle))
    }

    func synchronise(_ open: Open) async throws {
        try await WithoutKernel.outcome(files.fsync(open.inode, open.handle, dataOnly: false))
    }

    func release(_ open: Open) async throws {
        try await WithoutKernel.outcome(files.release(open.inode, open.handle, flags: O_RDWR))
    }

    func close(_ open: Open) async throws {
        try await flush(open)
        try await release(open)
    }

    func change(_ id: MessageID, size: UInt64? = nil, modified: Int64? = nil) async throws {
        let time = modified.map { SetAttributes.Time.at(seconds: $0, nanoseconds: 0) }
        _ = try await WithoutKernel.outcome(
            files.setattr(
                InodeNumber(id).rawValue, nil, SetAttributes(size: size, modified: time), WithoutKernel.caller))
    }

    func rename(_ name: String, to new: String, in folder: FolderID) async throws {
        let inode = InodeNumber(folder).rawValue
        let renamed = Array(name.utf8).withUnsafeBytes { old in
            Array(new.utf8).withUnsafeBytes { files.rename(inode, old, inode, $0, flags: 0, WithoutKernel.caller) }
        }
        try await WithoutKernel.outcome(renamed)
    }

    func unlink(_ name: String, in folder: FolderID) async throws {
        let gone = Array(name.utf8).withUnsafeBytes {
            files.unlink(InodeNumber(folder).rawValue, $0, WithoutKernel.caller)
        }
        try await WithoutKernel.outcome(gone)
    }

    func rmdir(_ name: String) async throws {
        let gone = Array(name.utf8).withUnsafeBytes {
            files.rmdir(InodeNumber(.root).rawValue, $0, WithoutKernel.caller)
        }
        try await WithoutKernel.outcome(gone)
    }

    /// Until the server has answered for all that is waiting.
    func drain() async { #expect(await files.service.drain(until: .now + .seconds(60)) == 0) }

    /// What is sent at once has been sent.
    func look() async { _ = await files.service.drain(until: .now) }

    func stage(_ id: MessageID) -> FileStage? { files.files.written(id)?.work.withLock { $0.stage } }

    func purpose(_ id: MessageID) -> LocalFile.Purpose? { files.service.localFile(id)?.purpose }
}
