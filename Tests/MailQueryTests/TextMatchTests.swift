import Testing

@testable import MailQuery

/// A text and the words that are looked for in it become words of an index in the same way.
@Suite("Text match") struct TextMatchTests {
    private func words(_ text: String) -> [String] {
        TextMatch.spaced(text).split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private func sought(_ words: String, isPrefix: Bool = false) -> String {
        let sought = TextMatch.sought(SearchText(words, isPrefix: isPrefix))
        return sought.words.split(whereSeparator: \.isWhitespace).joined(separator: " ") + (sought.isPrefix ? "*" : "")
    }

    @Test("a run without blanks is its pairs and its last character") func pairs() {
        #expect(words("The pier, 3-4") == ["The", "pier,", "3-4"])
        #expect(TextMatch.spaced("The  pier\n") == "The  pier\n")
        #expect(words("桟橋に") == ["桟橋", "橋に", "に"])
        #expect(words("桟") == ["桟"])
        #expect(words("a桟橋b、談") == ["a", "桟橋", "橋", "b、", "談"])
    }

    @Test("a run goes on in the next line, and its blanks stay behind it") func lines() {
        #expect(words("桟\r\n橋 \n b") == ["桟橋", "橋", "b"])
        #expect(words("가 나\nx") == ["가나", "나", "x"])
    }

    @Test("a long text takes no longer for each of its characters", .timeLimit(.minutes(1))) func long() {
        let latin = String(repeating: "the pier and the quay ", count: 100_000)
        #expect(TextMatch.spaced("桟" + latin) == " 桟 " + latin)
        let blanks = String(repeating: " ", count: 2_000_000)
        #expect(TextMatch.spaced("桟" + blanks + "橋") == " 桟橋 橋 ")
    }

    @Test(
        "words of which the order counts",
        arguments: [
            ("pier", false), ("\"the pier\"", true), ("the pier", false), ("from:\"the pier\"", false),
            ("body:semi-final", true),
            ("桟橋", false), ("桟橋に", true), ("-(a OR \"b c\")", true),
        ]) func order(query: String, needsOrder: Bool) throws
    {
        #expect(try Query(parsing: query, now: 0).needsOrder == needsOrder)
    }

    @Test("what ends in a run may go on in the text") func ends() {
        #expect(sought("pier") == "pier" && sought("pie", isPrefix: true) == "pie*")
        #expect(sought("桟橋") == "桟橋")
        #expect(sought("桟橋に") == "桟橋 橋に")
        #expect(sought("桟") == "桟*")
        #expect(sought("桟橋。") == "桟橋" && sought("桟橋", isPrefix: true) == "桟橋")
        #expect(sought("桟橋 pier") == "桟橋 橋 pier")
        #expect(sought("pier 桟") == "pier 桟*")
        // A vowel sign would be one character with the blank before it.
        #expect(TextMatch.sought(SearchText("กิน")).words.unicodeScalars.elementsEqual(" กิ ิน ".unicodeScalars))
    }
}
