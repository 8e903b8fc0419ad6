import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

// What users do, by paths in the mount, and what is to come of it.
extension Scenario.Call {
    static func write(_ number: Int, _ path: String) -> Self {
        Self { mounted in
            try mounted.service.write(Letter.make(number), to: path, mounted.shown)
        } effect: {
            $0.put(Letter.make(number), path)
        }
    }

    /// - Parameter stays: the server keeps the original.
    static func move(
        _ path: String, _ target: String, stays: Bool = false, byDeleting: Bool = false, isLater: Bool = false
    )
        -> Self
    {
        Self(isLater: isLater) { mounted in
            if byDeleting {
                try mounted.service.remove(path, mounted.shown)
            } else {
                try mounted.service.move(path, to: target, mounted.shown)
            }
        } effect: {
            $0.move(path, target, stays: stays)
        }
    }

    static func moveOnto(_ path: String, _ target: String, stays: Bool) -> Self {
        Self { mounted in
            try mounted.service.move(path, to: target, mounted.shown, replacing: target)
        } effect: {
            $0.remove(target, stays: stays)
            $0.move(path, target)
        }
    }

    static func delete(_ path: String, stays: Bool) -> Self {
        Self { mounted in
            try mounted.service.remove(path, mounted.shown)
        } effect: {
            $0.remove(path, stays: stays)
        }
    }

    /// - Parameter number: of the letter.
    static func undelete(_ number: Int, _ path: String, isLater: Bool) -> Self {
        Self(isLater: isLater) { mounted in
            let back = try mounted.service.undelete(nil)
            #expect(back == [path])
        } effect: { expectation in
            for (folder, held) in expectation.folders {
                expectation.folders[folder] = held.map { held in
                    guard held.bytes == Letter.make(number) else { return held }
                    var held = held
                    held.name = path.split(separator: "/").last.map(String.init)
                    held.flags.remove("\\Deleted")
                    return held
                }
            }
        }
    }

    static func flag(_ path: String, _ change: FlagChange, _ effect: @escaping @Sendable (inout Set<String>) -> Void)
        -> Self
    {
        Self { mounted in
            try mounted.service.flag(path, change, mounted.shown)
        } effect: {
            $0.flag(path, effect)
        }
    }

    /// As `cp` does.
    static func copy(_ path: String, _ target: String) -> Self {
        Self { mounted in
            let service = mounted.service
            let source = try await mounted.readable(path)
            let (folder, name) = try mounted.place(target)
            let file = try service.createFile(in: folder, name: name, purpose: .unfinished)
            _ = try await service.copyContent(of: source, to: file.id)
            _ = try service.completed(file.id, isOpen: false, modified: nil)
        } effect: {
            $0.copy(path, target)
        }
    }

    /// As an editor does: another file, which then gets the name.
    static func replace(_ number: Int, _ path: String, stays: Bool) -> Self {
        Self { mounted in
            let service = mounted.service
            let (folder, name) = try mounted.place(path)
            let file = try service.createFile(in: folder, name: Array(".new.tmp".utf8), purpose: .scratch)
            try Data(Letter.make(number)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
            _ = try service.completed(file.id, isOpen: false, modified: nil)
            _ = try service.rename(file.id, to: folder, as: name, replacing: mounted.shown.model.id(path))
        } effect: {
            $0.remove(path, stays: stays)
            $0.put(Letter.make(number), path)
        }
    }

    /// A draft gets another content.
    static func edit(_ number: Int, _ path: String, stays: Bool, isFlushed: Bool = true) -> Self {
        Self { mounted in
            let service = mounted.service
            let file = try await service.edit(try await mounted.readable(path))
            try Data(Letter.make(number)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
            if isFlushed { _ = try service.completed(file.id, isOpen: true, modified: nil) }
            _ = try service.completed(file.id, isOpen: false, modified: nil)
        } effect: {
            let flags = $0.held(path)?.flags ?? []
            $0.remove(path, stays: stays)
            $0.put(Letter.make(number), path, flags: flags)
        }
    }

    static func makeFolder(_ path: String) -> Self {
        Self { mounted in
            let (parent, name) = try mounted.place(path)
            _ = try mounted.service.createFolder(in: parent, name: name)
        } effect: {
            $0.folders[path] = []
        }
    }

    static func removeFolder(_ path: String) -> Self {
        Self { mounted in
            _ = try mounted.service.removeFolder(try #require(mounted.shown.model.folder(path)).id)
        } effect: {
            $0.folders[path] = nil
        }
    }

    static func renameFolder(_ path: String, _ target: String) -> Self {
        Self { mounted in
            let (parent, name) = try mounted.place(target)
            let folder = try #require(mounted.shown.model.folder(path))
            _ = try mounted.service.renameFolder(folder.id, to: parent, name: name)
        } effect: {
            $0.rename(folder: path, to: target)
        }
    }
}

extension Mounted {
    /// The folder and the name that a path is made of.
    func place(_ path: String) throws -> (FolderID, [UInt8]) {
        let parts = path.split(separator: "/")
        let above = parts.dropLast().joined(separator: "/")
        let name = Array((parts.last ?? "").utf8)
        if above.isEmpty { return (.root, name) }
        try look()
        return (try #require(shown.model.folder(above), "\(above)").id, name)
    }

    /// Returns when the message can be read without asking the server.
    func readable(_ path: String) async throws -> MessageID {
        let message = try #require(shown.model.named(path), "\(path)")
        let (folder, _) = try place(path)
        try await readable(message, in: folder)
        return message.id
    }
}
