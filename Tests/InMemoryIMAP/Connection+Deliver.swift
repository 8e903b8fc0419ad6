import Foundation
import Glibc

extension Connection {
    /// Sends an answer as the rules want it.
    func deliver(_ original: Answer, at point: Misbehaviour.Point) throws(Disconnected) {
        var answer = original
        let firing = monitor.withLock {
            $0.firing(at: point, command: answer.command, text: answer.commandText, connection: number)
        }
        var last: (id: Misbehaviour.ID, action: Misbehaviour.Action)?
        for (id, action) in firing {
            if case .alter(let change) = action { change(&answer) } else { last = (id, action) }
        }
        switch last?.action {
        case .close: throw Disconnected()
        case .reset: try reset()
        case .silence: return
        case .stall:
            if let last { try stall(last.id) }
        case .replace(let bytes): return try sendRaw(bytes, tag: answer.tag)
        case .endless(let first, let then): try sendEndlessly(first, then)
        case .refuse(let text):
            answer.untagged = []
            answer.completion = text
        case .alter, .closeAfter, .pieces, .drip, nil: break
        }
        recordAnswer(answer)
        let bytes = answer.bytes
        switch last?.action {
        case .closeAfter(let count):
            try send([UInt8](bytes.prefix(count)))
            throw Disconnected()
        case .pieces(let size):
            var rest = bytes[...]
            while !rest.isEmpty {
                try send([UInt8](rest.prefix(max(1, size))))
                rest = rest.dropFirst(max(1, size))
            }
        case .drip:
            if let last { try drip(bytes, last.id) }
        default:
            try send(bytes)
        }
        if answer.closesAfterwards { throw Disconnected() }
    }

    func record(_ direction: TranscriptLine.Direction, _ text: String) {
        monitor.withLock { state in
            guard state.configuration.recordsTranscript else { return }
            state.observation.transcript.append(TranscriptLine(connection: number, direction: direction, text: text))
        }
    }

    private func recordAnswer(_ answer: Answer) {
        monitor.withLock { state in
            guard state.configuration.recordsTranscript else { return }
            for line in answer.untagged {
                state.observation.transcript.append(
                    TranscriptLine(connection: number, direction: .server, text: Wire.abbreviated(line)))
            }
            if let completion = answer.completion {
                state.observation.transcript.append(
                    TranscriptLine(connection: number, direction: .server, text: "\(answer.tag) \(completion)"))
            }
        }
    }

    func send(_ bytes: [UInt8]) throws(Disconnected) {
        // Counted first: what a client has received is never missing from the count.
        monitor.withLock { $0.observation.bytesSent += bytes.count }
        try socket.send(bytes)
    }

    func sendRaw(_ bytes: [UInt8], tag: String) throws(Disconnected) {
        let bytes = bytes.replacing([UInt8]("%TAG%".utf8), by: [UInt8](tag.utf8))
        record(.server, Wire.abbreviated(bytes))
        try send(bytes)
    }

    func sendEndlessly(_ first: [UInt8], _ then: [UInt8]) throws(Disconnected) -> Never {
        try send(first)
        while true { try send(then) }
    }

    /// Closes with a reset instead of an orderly end.
    func reset() throws(Disconnected) -> Never {
        resets = true
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket.descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        throw Disconnected()
    }

    /// Waits until the rule is released or removed; a client that goes meanwhile ends it.
    func stall(_ id: Misbehaviour.ID) throws(Disconnected) {
        while true {
            let (isCut, isOver) = monitor.withLock { state in
                (
                    state.connections[number]?.isCut ?? true,
                    state.rules.first { $0.id == id }?.isReleased ?? true
                )
            }
            if isCut { throw Disconnected() }
            if isOver { return }
            try socket.waitForWakeOrHangup()
        }
    }

    private func drip(_ bytes: [UInt8], _ id: Misbehaviour.ID) throws(Disconnected) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.count
            let (isCut, allowed) = monitor.withLock { state -> (Bool, Int) in
                let isCut = state.connections[number]?.isCut ?? true
                guard let index = state.rules.firstIndex(where: { $0.id == id }), !state.rules[index].isReleased else {
                    return (isCut, count)
                }
                let allowed = min(state.rules[index].allowance, count)
                state.rules[index].allowance -= allowed
                return (isCut, allowed)
            }
            if isCut { throw Disconnected() }
            if allowed == 0 {
                try socket.waitForWakeOrHangup()
            } else {
                try send([UInt8](rest.prefix(allowed)))
                rest = rest.dropFirst(allowed)
            }
        }
    }
}
