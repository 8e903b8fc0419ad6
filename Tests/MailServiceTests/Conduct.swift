/// What must never be sent.
enum Conduct {
    /// The commands among these lines that could touch what nobody named: without UIDs, by sequence number, or that mark mail as read.
    static func recklessness(in lines: [String]) -> [String] {
        lines.filter { line in
            let words = line.uppercased().split(separator: " ", maxSplits: 3).map(String.init)
            guard words.count > 1 else { return false }
            switch words[1] {
            case "EXPUNGE", "CLOSE", "FETCH", "STORE", "COPY", "MOVE", "SEARCH", "SORT", "THREAD": return true
            case "UID":
                guard words.count > 3 else { return true }
                switch words[2] {
                case "FETCH": return !violations(in: [line]).isEmpty
                case "SEARCH": return words[3].hasSuffix("ALL")
                case "EXPUNGE", "MOVE", "COPY", "STORE": return words[3].contains("*")
                default: return true
                }
            default: return false
            }
        }
    }

    /// Of a program that only reads: the commands among these lines of a client that could change or endanger mail, or address it by sequence number.
    static func violations(in lines: [String]) -> [String] {
        lines.filter { line in
            let words = line.uppercased().split(separator: " ", maxSplits: 3).map(String.init)
            guard words.count > 1 else { return false }
            let command = words[1]
            switch command {
            case "EXPUNGE", "CLOSE", "FETCH", "STORE", "COPY", "MOVE", "SEARCH", "SORT", "THREAD": return true
            case "SELECT", "APPEND", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE": return true
            case "UID":
                guard words.count > 3, words[2] == "FETCH" else { return true }
                let items = words[3]
                // Of one message whose parts are looked at, and of no listing.
                let isStructure = items.contains("BODYSTRUCTURE")
                let isOfOne = items.prefix { $0 != " " }.allSatisfy(\.isNumber)
                return items.contains("BODY[") || items.contains("BINARY[") || items.contains("ENVELOPE")
                    || isStructure && !isOfOne
                    || items.replacing("RFC822.SIZE", with: "").contains("RFC822")
            default: return false
            }
        }
    }
}
