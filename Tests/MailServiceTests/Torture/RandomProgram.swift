import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// Numbers that are the same for the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// What a user, another client and a bad line do to one account. What is tried follows from the seed; what it meets hangs on threads too.
///
/// One task has it at a time. Every file that is made here has the number of its letter as the first number of its name.
final class RandomProgram: @unchecked Sendable {
    let rig: Rig
    let hasRival: Bool
    private(set) var ledger = Ledger()
    /// What was done, one line each.
    private(set) var lines: [String] = []
    private var numbers: SeededNumbers
    private var nextLetter = 100
    private var isServing = true

    init(seed: UInt64) throws {
        var numbers = SeededNumbers(state: seed)
        let kinds: [ServerConfiguration] = [.full, .full, .noQResync, .noCondStore, .full.without("MOVE"), .minimal]
        let number = Int(numbers.next() % UInt64(kinds.count))
        let kind = kinds[number]
        let deletion = DeletionPolicy.allCases[Int(numbers.next() % UInt64(DeletionPolicy.allCases.count))]
        // Without MOVE two clients can bring one message to two places.
        let hasRival = kind.capabilities == ServerConfiguration.full.capabilities && numbers.next() % 2 == 0
        self.hasRival = hasRival
        rig = try Rig.changing(kind, letters: 1...9) {
            $0.haste = 20
            $0.deletion = deletion
        }
        rig.server.createFolder("Trash", specialUse: "\\Trash")
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        for letter in 1...9 { ledger.made(letter) }
        self.numbers = numbers
        lines.append("server \(number), \(deletion), \(hasRival ? "with" : "without") a rival")
    }

    /// Runs it over several starts of the program.
    func run(starts: Int, steps: Int) async throws {
        for start in 0..<starts {
            let body = { (service: MailService, shown: Shown) async throws in
                for _ in 0..<steps {
                    try await self.step(service, shown)
                    self.note(shown.model.contradictions == [], "\(shown.model.contradictions)")
                }
                self.serve()
                self.rig.server.behave()
                if start == starts - 1 { try await self.end(service, shown) }
            }
            lines.append("start \(start)")
            if start == 0 { try await rig.synchronised(body) } else { try await rig.resumed(body) }
        }
        rig.server.clearObservation()
        try await rig.resumed { service, shown in
            try await rig.drained(service, shown)
            note(service.failedChanges.isEmpty || hasRival, "failed: \(service.failedChanges)")
            note(rig.server.changingCommands == [], "sent after all was done: \(rig.server.changingCommands)")
        }
    }

    private func end(_ service: MailService, _ shown: Shown) async throws {
        try await rig.drained(service, shown)
        note(hasRival || service.failedChanges.isEmpty, "failed: \(service.failedChanges)")
        let account = rig.server.account
        var found: [Int: Int] = [:]
        for folder in account.folders {
            var letters: [UInt32: Int] = [:]
            for message in account.messages(in: folder) where !message.flags.contains("\\Deleted") {
                letters[message.uid] = Letter.number(message.bytes)
                found[Letter.number(message.bytes), default: 0] += 1
            }
            for message in shown.model.messages(in: folder) where !message.flags.isDeleted {
                guard let uid = message.uid?.rawValue else { continue }
                note(letters[uid] == Self.letter(message.name), "\(folder): \(Self.text(message.name)) is \(uid)")
            }
        }
        // What could not be uploaded is still here.
        for failed in service.failedChanges where failed.operation == "upload" {
            found[Self.letter(Array(failed.path.utf8)), default: 0] += 1
        }
        for contradiction in ledger.contradictions(of: found) { note(false, contradiction) }
    }

    private func note(_ holds: Bool, _ text: @autoclosure () -> String) {
        guard !holds else { return }
        let text = text()
        lines.append("WRONG: \(text)")
        Issue.record("\(text)")
    }

    // MARK: - Steps

    private func step(_ service: MailService, _ shown: Shown) async throws {
        do {
            switch numbers.next() % 32 {
            case 0...6: try move(service, shown)
            case 7...9: try write(service, shown)
            case 10: try copy(service, shown)
            case 11...13: try remove(service, shown)
            case 14...15: try flag(service, shown)
            case 16: try changeFolders(service, shown)
            case 17: try undelete(service)
            case 18...21: try rival()
            case 22...23: disturb()
            case 24: try toggle()
            case 25: rig.server.cutConnections()
            case 26: rig.advanceClock(Int64(numbers.next() % 700))
            case 27: try await read(service, shown)
            default: try await wait(service)
            }
        } catch let error as ServiceError {
            // A call that fails has not happened.
            lines.append("    \(error)")
        }
    }

    private func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[Int(numbers.next() % UInt64(elements.count))]
    }

    private static func text(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }

    /// The first number in a name, or in the last part of a path.
    static func letter(_ name: [UInt8]) -> Int {
        let last = name.split(separator: UInt8(ascii: "/")).last ?? []
        let digits = last.drop { !(48...57).contains($0) }.prefix { (48...57).contains($0) }
        return Int(String(decoding: digits, as: UTF8.self)) ?? -1
    }

    private func shownMessage(_ shown: Shown) -> (path: String, message: MessageSummary)? {
        let model = shown.model
        let all = model.paths.flatMap { path in
            model.messages(in: path).filter { !$0.flags.isDeleted }.map { (path, $0) }
        }
        return pick(all.sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) })
    }

    private func folder(_ shown: Shown) -> Folder? {
        let model = shown.model
        return pick(model.folders.values.filter(\.holdsMessages).sorted { $0.id < $1.id })
    }

    private func move(_ service: MailService, _ shown: Shown) throws {
        guard let (path, message) = shownMessage(shown), let target = folder(shown) else { return }
        let letter = Self.letter(message.name)
        let name = Array("l\(letter)-\(numbers.next() % 3).eml".utf8)
        let place = Shown.Model.text(target.path)
        let replaced = shown.model.named("\(place)/\(Self.text(name))")
        lines.append("mv \(path)/\(Self.text(message.name)) \(place)/\(Self.text(name))")
        if replaced?.id == message.id { return }
        _ = try service.rename(message.id, to: target.id, as: name, replacing: replaced?.id)
        if let replaced { deleted(Self.letter(replaced.name), in: place) }
    }

    private func write(_ service: MailService, _ shown: Shown) throws {
        guard let target = folder(shown) else { return }
        nextLetter += 1
        let path = "\(Shown.Model.text(target.path))/l\(nextLetter).eml"
        lines.append("write \(path)")
        try service.write(Letter.make(nextLetter), to: path, shown)
        ledger.made(nextLetter)
    }

    private func copy(_ service: MailService, _ shown: Shown) throws {
        // Which of two was deleted and which lies in Trash cannot be told.
        guard rig.options.deletion != .trash, let (_, message) = shownMessage(shown), let target = folder(shown) else {
            return
        }
        let letter = Self.letter(message.name)
        let path = "\(Shown.Model.text(target.path))/l\(letter)-c\(numbers.next() % 1000).eml"
        guard shown.model.named(path) == nil else { return }
        lines.append("cp \(Self.text(message.name)) \(path)")
        try service.write(Letter.make(letter), to: path, shown)
        ledger.made(letter)
    }

    private func remove(_ service: MailService, _ shown: Shown) throws {
        guard let (path, message) = shownMessage(shown) else { return }
        lines.append("rm \(path)/\(Self.text(message.name))")
        _ = try service.delete(message.id)
        deleted(Self.letter(message.name), in: path)
    }

    /// What goes to Trash is still there.
    private func deleted(_ letter: Int, in path: String) {
        if rig.options.deletion != .trash || path == "Trash" { ledger.deleted(letter) }
    }

    private func flag(_ service: MailService, _ shown: Shown) throws {
        guard let (path, message) = shownMessage(shown) else { return }
        let flags = Flags(system: numbers.next() % 2 == 0 ? .flagged : .seen)
        let change: FlagChange = numbers.next() % 2 == 0 ? .add(flags) : .remove(flags)
        lines.append("flag \(path)/\(Self.text(message.name)) \(change)")
        _ = try service.setFlags(message.id, change)
    }

    private func changeFolders(_ service: MailService, _ shown: Shown) throws {
        let name = "F\(numbers.next() % 4)"
        let model = shown.model
        guard let folder = model.folder(name) else {
            lines.append("mkdir \(name)")
            _ = try service.createFolder(in: .root, name: Array(name.utf8))
            return
        }
        if model.messages(in: name).allSatisfy(\.flags.isDeleted), numbers.next() % 2 == 0 {
            lines.append("rmdir \(name)")
            _ = try service.removeFolder(folder.id)
        } else if case let other = "F\(4 + numbers.next() % 4)", model.folder(other) == nil {
            lines.append("mv \(name)/ \(other)/")
            _ = try service.renameFolder(folder.id, to: .root, name: Array(other.utf8))
        }
    }

    private func undelete(_ service: MailService) throws {
        let paths = try service.undelete(nil)
        lines.append("undelete: \(paths)")
        for path in paths where path.hasSuffix(".eml") { ledger.back(Self.letter(Array(path.utf8))) }
    }

    private func read(_ service: MailService, _ shown: Shown) async throws {
        guard let (path, message) = shownMessage(shown), let folder = shown.model.folder(path), message.uid != nil
        else {
            return
        }
        lines.append("cat \(path)/\(Self.text(message.name))")
        let bytes = try await service.body(of: message, in: folder.id).bytes
        note(bytes == Letter.make(Self.letter(message.name)), "\(path)/\(Self.text(message.name)) is another letter")
    }

    /// Returns when what was recorded is sent, or could not be within a while.
    private func wait(_ service: MailService) async throws {
        guard isServing else { return }
        lines.append("wait")
        _ = await service.drain(until: rig.options.clock.now + .seconds(20))
    }

    // MARK: - The rival and the line

    private func rival() throws {
        let account = rig.server.account
        guard hasRival, let folder = pick(account.folders.sorted()) else { return }
        if numbers.next() % 3 == 0 {
            nextLetter += 1
            lines.append("rival: new mail \(nextLetter) in \(folder)")
            rig.server.deliver(Letter.make(nextLetter), to: folder)
            ledger.made(nextLetter)
            return
        }
        guard let message = pick(account.messages(in: folder)) else { return }
        let letter = Letter.number(message.bytes)
        switch numbers.next() % 4 {
        case 0:
            lines.append("rival: expunges \(letter) in \(folder)")
            rig.server.expunge(message.uid, in: folder)
            ledger.expunged(letter)
        case 1:
            lines.append("rival: flags \(letter) in \(folder)")
            rig.server.setFlags(["\\Answered"], of: message.uid, in: folder)
            ledger.contested(letter)
        default:
            guard let target = pick(account.folders.sorted()), target != folder else { return }
            lines.append("rival: moves \(letter) from \(folder) to \(target)")
            _ = rig.server.move(message.uid, from: folder, to: target)
            ledger.contested(letter)
        }
    }

    private func disturb() {
        let commands = [
            "UID MOVE", "UID COPY", "APPEND", "UID STORE", "UID EXPUNGE", "CREATE", "DELETE", "RENAME", "SELECT",
            "UID FETCH", "LIST",
        ]
        guard let command = pick(commands) else { return }
        let rule: Misbehaviour =
            switch numbers.next() % 4 {
            case 0: Misbehaviour(on: command, at: .received, times: 1, .close)
            case 1: Misbehaviour(on: command, at: .answer, times: 1, .close)
            case 2: Misbehaviour(on: command, at: .answer, times: 1, .closeAfter(bytes: Int(numbers.next() % 60)))
            default: Misbehaviour(on: command, at: .received, times: 2, .refuse("NO [UNAVAILABLE] not just now"))
            }
        lines.append("disturb \(rule)")
        rig.server.install(rule)
    }

    private func toggle() throws {
        lines.append(isServing ? "server stops" : "server starts")
        if isServing {
            rig.server.stop()
            isServing = false
        } else {
            serve()
        }
    }

    private func serve() {
        guard !isServing else { return }
        do {
            try rig.server.start()
            isServing = true
        } catch {
            Issue.record("the server does not start: \(error)")
        }
    }
}
