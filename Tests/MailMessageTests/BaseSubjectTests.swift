import MailMessage
import Testing

/// What a conversation is about.
@Suite("BaseSubject") struct BaseSubjectTests {
    @Test(
        "answers and forwards have the subject of what they answer",
        arguments: [
            ("Berth figures", "Berth figures"), ("Re: Berth figures", "Berth figures"),
            ("RE: re : AW: Berth figures", "Berth figures"), ("Re[2]: Berth figures", "Berth figures"),
            ("Fwd: Berth figures (fwd)", "Berth figures"), ("[crew] Re: Berth figures", "Berth figures"),
            ("[crew] Berth figures", "[crew] Berth figures"), ("Re: [crew] Berth figures", "[crew] Berth figures"),
            ("回复：泊位", "泊位"), ("SV: Antw: Berth", "Berth"), ("Re:", ""), ("", ""), ("Regatta: start", "Regatta: start"),
            ("Re Berth", "Re Berth"), ("[a", "[a"), ("[a] [b] c", "[a] [b] c"),
        ])
    func base(subject: String, base: String) { #expect(BaseSubject.of(subject) == base) }

    @Test("what is long takes one pass for each answer", arguments: ["Re: ", "[a]", "[", "(fwd)", "Re[", " "])
    func long(piece: String) { #expect(BaseSubject.of(String(repeating: piece, count: 1_000)).utf8.count <= 5_000) }
}
