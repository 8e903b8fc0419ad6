extension Session {
    /// `±X-GM-LABELS (…)`: the answer has the labels as a FETCH of this folder would.
    mutating func storeLabels(
        _ set: NumberSet, _ operation: String, byUID: Bool, _ arguments: inout Arguments, _ state: inout ServerState,
        _ answer: inout Answer
    ) throws(Refusal) {
        var list = Arguments(try arguments.list())
        try arguments.end()
        var labels: [[UInt8]] = []
        while !list.isAtEnd { labels.append(try list.astring()) }
        for label in labels where !Name(label).isModifiedUTF7 { throw .bad("A label is modified UTF-7") }
        let id = try writableFolder()
        guard let view = selected?.view else { return }
        for position in try positions(set, byUID: byUID, view, state) {
            let uid = view[position]
            guard let message = state.mail.folder(id: id)?.message(uid) else { continue }
            let known = state.mail.labels(of: message.emailID, in: id)
            switch operation.first {
            case "+": state.mail.give(labels, to: message, in: id)
            case "-": state.mail.take(labels, from: message, in: id)
            default:
                state.mail.take(known.filter { !labels.contains($0) }, from: message, in: id)
                state.mail.give(labels, to: message, in: id)
            }
            guard let stored = state.mail.folder(id: id)?.message(uid) else { continue }
            let line = [UInt8]("* \(position + 1) FETCH (UID \(uid) ".utf8)
            answer.untagged.append(
                line + Self.labelItem(state.mail.labels(of: stored.emailID, in: id)) + [UInt8](")\r\n".utf8))
        }
    }

    /// In each form that a string can have.
    static func labelItem(_ labels: [[UInt8]]) -> [UInt8] {
        var item = [UInt8]("X-GM-LABELS (".utf8)
        for (index, label) in labels.enumerated() {
            if index > 0 { item.append(UInt8(ascii: " ")) }
            if label.contains(UInt8(ascii: "&")) {
                item += Wire.literal(label)
            } else if label.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit }) {
                item += label
            } else {
                item.append(UInt8(ascii: "\""))
                for octet in label {
                    if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") { item.append(UInt8(ascii: "\\")) }
                    item.append(octet)
                }
                item.append(UInt8(ascii: "\""))
            }
        }
        item.append(UInt8(ascii: ")"))
        return item
    }
}
