extension StatusResponse.Kind {
    ///     resp-cond-state = ("OK" / "NO" / "BAD") SP resp-text
    ///     resp-cond-auth  = ("OK" / "PREAUTH") SP resp-text
    ///     resp-cond-bye   = "BYE" SP resp-text
    init?(word: Range<Int>, in cursor: Cursor) {
        switch word.count {
        case 2 where cursor.matches(word, "OK"): self = .ok
        case 2 where cursor.matches(word, "NO"): self = .no
        case 3 where cursor.matches(word, "BAD"): self = .bad
        case 3 where cursor.matches(word, "BYE"): self = .bye
        case 7 where cursor.matches(word, "PREAUTH"): self = .preauth
        default: return nil
        }
    }
}
