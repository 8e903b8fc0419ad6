import InMemoryIMAP

/// What happens in an undisturbed course, to be disturbed one by one.
struct Events: Sendable {
    /// The lines of each answer, by command.
    var answers: [String: [Int]] = [:]
    /// The octets of each answer, by command.
    var octets: [String: [Int]] = [:]
    /// Literals that were asked for, of APPEND.
    var literals = 0
    var steps = 0

    /// What keeps a session going, and what tells nothing of mail.
    private static let dull: Set<String> = [
        "", "IDLE", "NOOP", "LOGIN", "AUTHENTICATE", "CAPABILITY", "ENABLE", "ID", "NOTIFY", "NAMESPACE", "LOGOUT",
        "GETQUOTAROOT", "UNSELECT",
    ]

    mutating func answered(_ answer: Answer) {
        guard !Self.dull.contains(answer.command) else { return }
        answers[answer.command, default: []].append(answer.untagged.count + 1)
        octets[answer.command, default: []].append(answer.bytes.count)
    }

    mutating func formUnion(_ other: Events) {
        for (command, lines) in other.answers where lines.count > answers[command]?.count ?? 0 {
            answers[command] = lines
            octets[command] = other.octets[command]
        }
        literals = max(literals, other.literals)
        steps = max(steps, other.steps)
    }

    /// These change nothing on the server: to end there is to end at the step before.
    private static let looks: Set<String> = ["EXAMINE", "LIST", "SELECT", "STATUS"]

    /// - Parameters:
    ///   - most: lines of one answer that are cut each.
    ///   - isThorough: the program ends at commands too that only look.
    func faults(most: Int, isThorough: Bool) -> [Fault] {
        var kinds: [Fault.Kind] = []
        for (command, lines) in answers.sorted(by: { $0.key < $1.key }) {
            for (number, count) in lines.enumerated() {
                for moment in [Fault.Moment.received, .obeyed] {
                    kinds.append(.cut(command, number, moment))
                    if isThorough || !Self.looks.contains(command) { kinds.append(.end(command, number, moment)) }
                }
                for line in 0..<min(count, most) { kinds.append(.cut(command, number, .line(line))) }
            }
        }
        for number in 0..<literals { kinds += [.cut("APPEND", number, .literal), .end("APPEND", number, .literal)] }
        for number in 0..<steps { kinds.append(.step(number)) }
        return kinds.map(Fault.init)
    }
}

extension Events {
    /// The connection ends after each octet of each answer.
    var octetFaults: [Fault] {
        octets.sorted { $0.key < $1.key }.flatMap { command, counts in
            counts.enumerated().flatMap { number, count in
                (1..<max(count, 1)).map { Fault(kind: .octets(command, number, $0)) }
            }
        }
    }
}

extension Fault {
    /// What a server does for it.
    var rule: Misbehaviour? {
        let (command, number, moment, isEnd) =
            switch kind {
            case .none, .step: ("", 0, Moment.received, false)
            case .octets(let command, let number, _): (command, number, .obeyed, false)
            case .cut(let command, let number, let moment): (command, number, moment, false)
            case .end(let command, let number, let moment): (command, number, moment, true)
            }
        guard !command.isEmpty else { return nil }
        var action = isEnd ? Misbehaviour.Action.stall : .close
        if case .octets(_, _, let count) = kind { action = .closeAfter(bytes: count) }
        return switch moment {
        case .received: Misbehaviour(on: command, at: .received, skip: number, times: 1, action)
        case .literal: Misbehaviour(on: command, at: .continuation, skip: number, times: 1, action)
        case .obeyed: Misbehaviour(on: command, at: .answer, skip: number, times: 1, action)
        case .line(let line): Misbehaviour(on: command, at: .answer, skip: number, times: 1, .cutLine(line))
        }
    }
}

extension Misbehaviour.Action {
    /// Ends the connection in the middle of a line of the answer; the tagged one is the last.
    static func cutLine(_ line: Int) -> Self {
        .alter { answer in
            if line < answer.untagged.count {
                answer.untagged.removeSubrange((line + 1)...)
                answer.untagged[line].removeSubrange((answer.untagged[line].count / 2)...)
            } else if let completion = answer.completion {
                let last = [UInt8]("\(answer.tag) \(completion)".utf8)
                answer.untagged.append([UInt8](last.prefix(last.count / 2)))
            }
            answer.completion = nil
            answer.closesAfterwards = true
        }
    }
}
