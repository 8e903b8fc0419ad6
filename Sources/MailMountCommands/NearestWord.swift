/// What somebody who mistyped a word may have meant.
enum NearestWord {
    /// The known word that is fewest slips away: a letter too many, too few, another one, or two that changed places.
    ///
    /// ```
    /// NearestWord.of("staus", in: ["status", "sync"])     "status"
    /// ```
    ///
    /// - Returns: nil where none is near: more than two slips, or than a third of the word.
    static func of(_ word: String, in known: some Sequence<String>) -> String? {
        let wanted = Array(word.lowercased().unicodeScalars.prefix(64))
        let bound = min(2, max(1, wanted.count / 3))
        let measured = known.map { (slips(wanted, Array($0.lowercased().unicodeScalars.prefix(64))), $0) }
        guard let best = measured.min(by: { ($0.0, $0.1) < ($1.0, $1.1) }), best.0 <= bound else { return nil }
        return best.1
    }

    /// `; is NAME meant?`, or nothing.
    static func question(_ word: String, in known: some Sequence<String>) -> String {
        of(word, in: known).map { "; is \($0) meant?" } ?? ""
    }

    /// The restricted Damerau-Levenshtein distance.
    private static func slips(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var before: [Int] = []
        var row = Array(0...b.count)
        for i in a.indices {
            var next = [i + 1]
            for j in b.indices {
                var best = min(row[j + 1] + 1, next[j] + 1, row[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, before[j - 1] + 1) }
                next.append(best)
            }
            (before, row) = (row, next)
        }
        return row[b.count]
    }
}
