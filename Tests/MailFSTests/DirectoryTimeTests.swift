import Foundation
import Fuse
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import Synchronization
import Testing

@testable import MailFS

/// The time of a directory: another one after each change, not ahead of the clock, and the same in the next mount.
@Suite("Times of directories")
struct DirectoryTimeTests {
    private func time(_ inode: Inode, _ files: MailFileSystem) async throws -> Int64 {
        let told = try await WithoutKernel.outcome(files.getattr(inode, nil)).attributes
        #expect(told.changed == told.modified && told.changedNanoseconds == told.modifiedNanoseconds)
        return told.modified * 1_000_000_000 + Int64(told.modifiedNanoseconds)
    }

    private func mkdir(_ name: String, in parent: Inode, _ files: MailFileSystem) async throws -> Inode {
        let made = Array(name.utf8).withUnsafeBytes { files.mkdir(parent, $0, mode: 0o700, WithoutKernel.caller) }
        return try await WithoutKernel.outcome(made).inode
    }

    @Test("it moves with each file and each directory, and is not ahead of the clock")
    func moves() async throws {
        let server = try InMemoryServer(.full)
        server.deliver((1...3).map(WithoutKernel.letter), to: "INBOX")
        try await Calls.run(server) { calls, folder in
            let files = calls.files
            for parent in [InodeNumber(folder).rawValue, InodeNumber.root.rawValue] {
                var times = [try await time(parent, files)]
                if parent != InodeNumber.root.rawValue {
                    for number in 1...20 {
                        let made = try await calls.create("\(number).eml", in: folder)
                        try await calls.write(WithoutKernel.letter(100 + number), made)
                        try await calls.close(made)
                        times.append(try await time(parent, files))
                    }
                }
                _ = try await mkdir("A", in: parent, files)
                times.append(try await time(parent, files))
                _ = try await mkdir("B", in: parent, files)
                times.append(try await time(parent, files))
                let renamed = Array("A".utf8).withUnsafeBytes { old in
                    Array("C".utf8).withUnsafeBytes {
                        files.rename(parent, old, parent, $0, flags: 0, WithoutKernel.caller)
                    }
                }
                try await WithoutKernel.outcome(renamed)
                times.append(try await time(parent, files))
                let gone = Array("B".utf8).withUnsafeBytes { files.rmdir(parent, $0, WithoutKernel.caller) }
                try await WithoutKernel.outcome(gone)
                times.append(try await time(parent, files))
                #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "\(times)")
                // The clock of these tests stands still.
                #expect(times.allSatisfy { $0 < 1_800_000_001 * 1_000_000_000 })
            }
        }
    }

    @Test("a directory that was made moves it for the next mount, though the program was killed")
    func outlivesAKill() async throws {
        let server = try InMemoryServer(.full)
        let place = WithoutKernel.newPlace()
        defer { try? FileManager.default.removeItem(atPath: place) }
        var before: [Int64] = []
        try await WithoutKernel.run(server, in: place) { files, folder in
            for parent in [InodeNumber(folder).rawValue, InodeNumber.root.rawValue] {
                for name in ["A", "B"] { _ = try await mkdir(name, in: parent, files) }
                before.append(try await time(parent, files))
            }
            #expect(await files.service.drain(until: .now + .seconds(60)) == 0)
            while files.unkeptTimes.withLock({ $0.isKeeping }) { await Task.yield() }
        }
        try await WithoutKernel.run(server, in: place) { files, folder in
            let after = [
                try await time(InodeNumber(folder).rawValue, files), try await time(InodeNumber.root.rawValue, files),
            ]
            #expect(after == before)
        }
    }

    @Test("it is the same in the next mount where nothing has changed")
    func stays() async throws {
        let server = try InMemoryServer(.full)
        server.deliver((1...3).map(WithoutKernel.letter), to: "INBOX")
        server.createFolder("Empty")
        let place = WithoutKernel.newPlace()
        defer { try? FileManager.default.removeItem(atPath: place) }
        func times(_ files: MailFileSystem) async throws -> [String: Int64] {
            var found = ["": try await time(InodeNumber.root.rawValue, files)]
            for folder in files.tree.withLock({ $0.folders }) {
                found[folder.displayName] = try await time(InodeNumber(folder.id).rawValue, files)
            }
            return found
        }
        var before: [String: Int64] = [:]
        try await WithoutKernel.run(server, in: place) { files, folder in
            let inbox = InodeNumber(folder).rawValue
            _ = try await mkdir("New", in: inbox, files)
            _ = try await mkdir("Other", in: InodeNumber.root.rawValue, files)
            _ = try WithoutKernel.moveFirst(of: folder, to: "Empty", files)
            #expect(await files.service.drain(until: .now + .seconds(60)) == 0)
            try await files.service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            before = try await times(files)
            files.sessionEnded(.unmounted)
        }
        #expect(before.count == 5 && before.values.allSatisfy { $0 > 1_000_000_000 })
        for _ in 1...2 {
            try await WithoutKernel.run(server, in: place) { files, _ in
                #expect(try await times(files) == before)
                try await files.service.synchronise(paths: [], bodies: false, progress: { _, _ in })
                let after = try await times(files)
                #expect(after == before)
                files.sessionEnded(.unmounted)
            }
        }
    }
}
