import MailQuery

/// What is typed as a query.
enum QueryCheck {
    /// 2026-11-27 12:00 UTC.
    private static let now: Int64 = 1_795_780_800

    static func findings(in input: [UInt8]) -> [String] {
        let text = String(decoding: input, as: UTF8.self)
        var findings: [String] = []
        for isGmail in [false, true] {
            do {
                let query = try Query(parsing: text, now: now, isGmail: isGmail)
                findings += self.findings(in: query)
                if try query != Query(parsing: text, now: now, isGmail: isGmail) { findings.append("read differently") }
            } catch {
                if !(0...text.count).contains(error.offset) { findings.append("an error outside its text: \(error)") }
            }
        }
        let spaced = TextMatch.spaced(text)
        // Each octet may be a character with a blank at both sides, or one that is no UTF-8.
        if spaced.utf8.count > input.count * 5 {
            findings.append("\(input.count) octets are \(spaced.utf8.count) spaced")
        }
        return findings
    }

    private static func findings(in query: Query) -> [String] {
        var findings: [String] = []
        let terms = query.terms
        if query.needsText != terms.contains(where: \.needsText) { findings.append("a text that is not needed") }
        if let necessary = query.necessary, !Set(necessary).isSubset(of: terms) {
            findings.append("a term that is necessary and not there")
        }
        if !Set(query.demanded).isSubset(of: terms) { findings.append("a term that is demanded and not there") }
        for case .text(_, let text) in terms { _ = TextMatch.sought(text) }
        _ = (query.description, query.needsOrder)
        // What demands a term does not fit where no term is true.
        let fits = query.fits(
            folder: "a/b", date: now, size: 1 << 20, has: { _ in false }, keyword: { _ in false }, holds: { _ in false }
        )
        if fits, query.necessary != nil { findings.append("it fits without any of what is necessary") }
        if fits, !query.demanded.isEmpty { findings.append("it fits without what it demands") }
        return findings
    }
}
