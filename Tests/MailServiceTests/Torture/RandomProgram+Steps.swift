import IMAPValue
import InMemoryIMAP
import MailModel
import SeededNumbers
import Testing

@testable import MailService

// What the user does.
extension RandomProgram {
    func step(_ service: MailService, _ shown: Shown) async throws {
        touched = []
        do {
            switch numbers.next() % 34 {
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
            case 28: kill()
            default: try await wait(service)
            }
        } catch let error as ServiceError {
            // A call that fails has not happened, unless the program ended in it.
            lines.append("    \(error)")
            if isDead { for letter in touched { ledger.uncertain(letter) } }
        }
        if isDead { lines.append("killed") }
    }

    /// Ends the program at one of its next steps.
    func kill() {
        guard mayDie else { return }
        let steps = Int(numbers.next() % 8)
        lines.append("to be killed after \(steps) steps")
        dying?.die(after: steps)
    }

    func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[Int(numbers.next() % UInt64(elements.count))]
    }

    static func text(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }

    /// The first number in a name, or in the last part of a path.
    static func letter(_ name: [UInt8]) -> Int {
        let last = name.split(separator: UInt8(ascii: "/")).last ?? []
        let digits = last.drop { !(48...57).contains($0) }.prefix { (48...57).contains($0) }
        return Int(String(decoding: digits, as: UTF8.self)) ?? -1
    }

    func shownMessage(_ shown: Shown) -> (path: String, message: MessageSummary)? {
        let model = shown.model
        let all = model.paths.flatMap { path in
            model.messages(in: path).filter { !$0.flags.isDeleted }.map { (path, $0) }
        }
        return pick(all.sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) })
    }

    func folder(_ shown: Shown) -> Folder? {
        let model = shown.model
        return pick(model.folders.values.filter(\.holdsMessages).sorted { $0.id < $1.id })
    }

    func move(_ service: MailService, _ shown: Shown) throws {
        guard let (path, message) = shownMessage(shown), let target = folder(shown) else { return }
        let letter = Self.letter(message.name)
        let name = Array("l\(letter)-\(numbers.next() % 3).eml".utf8)
        let place = Shown.Model.text(target.path)
        let replaced = shown.model.named("\(place)/\(Self.text(name))")
        lines.append("mv \(path)/\(Self.text(message.name)) \(place)/\(Self.text(name))")
        if replaced?.id == message.id { return }
        touched = [letter] + (replaced.map { [Self.letter($0.name)] } ?? [])
        _ = try service.rename(message.id, to: target.id, as: name, replacing: replaced?.id)
        if let replaced { deleted(Self.letter(replaced.name), in: place) }
    }

    func write(_ service: MailService, _ shown: Shown) throws {
        guard let target = folder(shown) else { return }
        nextLetter += 1
        let path = "\(Shown.Model.text(target.path))/l\(nextLetter).eml"
        lines.append("write \(path)")
        touched = [nextLetter]
        try service.write(Letter.make(nextLetter), to: path, shown)
        ledger.made(nextLetter)
    }

    func copy(_ service: MailService, _ shown: Shown) throws {
        // Which of two was deleted and which lies in Trash cannot be told.
        guard rig.options.deletion != .trash, let (_, message) = shownMessage(shown), let target = folder(shown) else {
            return
        }
        let letter = Self.letter(message.name)
        let path = "\(Shown.Model.text(target.path))/l\(letter)-c\(numbers.next() % 1000).eml"
        guard shown.model.named(path) == nil else { return }
        lines.append("cp \(Self.text(message.name)) \(path)")
        touched = [letter]
        try service.write(Letter.make(letter), to: path, shown)
        ledger.made(letter)
    }

    func remove(_ service: MailService, _ shown: Shown) throws {
        guard let (path, message) = shownMessage(shown) else { return }
        lines.append("rm \(path)/\(Self.text(message.name))")
        touched = [Self.letter(message.name)]
        _ = try service.delete(message.id)
        deleted(Self.letter(message.name), in: path)
    }

    /// What goes to Trash is still there.
    func deleted(_ letter: Int, in path: String) {
        if rig.options.deletion != .trash || path == "Trash" { ledger.deleted(letter) }
    }

    func flag(_ service: MailService, _ shown: Shown) throws {
        guard let (path, message) = shownMessage(shown) else { return }
        let flags = Flags(system: numbers.next() % 2 == 0 ? .flagged : .seen)
        let change: FlagChange = numbers.next() % 2 == 0 ? .add(flags) : .remove(flags)
        lines.append("flag \(path)/\(Self.text(message.name)) \(change)")
        _ = try service.setFlags(message.id, change)
    }

    func changeFolders(_ service: MailService, _ shown: Shown) throws {
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

    func undelete(_ service: MailService) throws {
        // Which ones it brings back is told at its end.
        touched = ledger.deletedLetters
        let paths = try service.undelete(nil)
        lines.append("undelete: \(paths)")
        for path in paths where path.hasSuffix(".eml") { ledger.back(Self.letter(Array(path.utf8))) }
    }

    func read(_ service: MailService, _ shown: Shown) async throws {
        guard let (path, message) = shownMessage(shown), let folder = shown.model.folder(path), message.uid != nil
        else {
            return
        }
        lines.append("cat \(path)/\(Self.text(message.name))")
        let bytes = try await service.body(of: message, in: folder.id).bytes
        note(bytes == Letter.make(Self.letter(message.name)), "\(path)/\(Self.text(message.name)) is another letter")
    }

    /// Returns when what was recorded is sent, or could not be within a while.
    func wait(_ service: MailService) async throws {
        guard isServing else { return }
        lines.append("wait")
        _ = await service.drain(until: rig.options.clock.now + .seconds(20))
    }
}
