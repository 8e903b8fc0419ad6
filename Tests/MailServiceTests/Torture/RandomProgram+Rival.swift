import IMAPValue
import InMemoryIMAP
import SeededNumbers
import Testing

@testable import MailService

// What another client, the line and the server do.
extension RandomProgram {
    func rival() throws {
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

    func disturb() {
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

    func toggle() throws {
        lines.append(isServing ? "server stops" : "server starts")
        if isServing {
            rig.server.stop()
            isServing = false
        } else {
            serve()
        }
    }

    func serve() {
        if isDead { return }
        guard !isServing else { return }
        do {
            try rig.server.start()
            isServing = true
        } catch {
            Issue.record("the server does not start: \(error)")
        }
    }
}
