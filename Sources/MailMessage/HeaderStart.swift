/// Whether a text begins as a message does: with the name of a header field and a colon, after the line `From ` that mbox puts in
/// front of messages, if there is one.
struct HeaderStart: Hashable, Sendable {
    private enum State: Hashable {
        /// At the start of a line.
        case line
        /// In a field name.
        case name
        /// Behind a field name: blanks may stand before the colon (RFC 5322 section 4.5).
        case blanks
        /// Behind `From `, where a colon may come yet.
        case from
        /// In an mbox `From ` line.
        case mbox
        case header
        case none
    }

    private var state = State.line
    /// Octets of the line so far that agree with `From `.
    private var agreeing = 0
    private var isFirstLine = true

    var isOpen: Bool { state != .header && state != .none }
    var isHeader: Bool { state == .header }

    mutating func take(_ octet: UInt8) {
        switch state {
        case .line, .name: takeName(octet)
        case .blanks where octet == UInt8(ascii: ":"): state = .header
        case .blanks where octet == UInt8(ascii: " ") || octet == UInt8(ascii: "\t"): break
        case .from where octet == UInt8(ascii: ":"): state = .header
        case .from where octet == UInt8(ascii: " ") || octet == UInt8(ascii: "\t"): break
        case .from, .mbox: state = octet == UInt8(ascii: "\n") ? .line : .mbox
        case .blanks: state = .none
        case .header, .none: break
        }
    }

    mutating func finish() {
        if isOpen { state = .none }
    }

    private mutating func takeName(_ octet: UInt8) {
        let mbox = "From ".utf8
        if isFirstLine, agreeing < mbox.count, mbox[mbox.index(mbox.startIndex, offsetBy: agreeing)] == octet {
            agreeing += 1
        } else {
            agreeing = mbox.count + 1
        }
        switch octet {
        case UInt8(ascii: ":"): state = state == .name ? .header : .none
        case UInt8(ascii: " "), UInt8(ascii: "\t"):
            if agreeing == mbox.count {
                state = .from
                isFirstLine = false
            } else {
                state = state == .name ? .blanks : .none
            }
        // ftext         =   %d33-57 / %d59-126
        case 33...126: state = .name
        default: state = .none
        }
    }
}
