import MailMessage
import Testing

@Suite struct MessageTextTests {
    private static func pieces(_ text: [UInt8], _ cuts: [Int]) -> [ArraySlice<UInt8>] {
        let bounds = [0] + cuts + [text.count]
        return zip(bounds, bounds.dropFirst()).map { text[$0..<$1] }
    }

    private static func scanned(_ pieces: [ArraySlice<UInt8>]) -> MessageText {
        var text = MessageText()
        for piece in pieces { piece.withUnsafeBytes { text.scan($0) } }
        text.finish()
        return text
    }

    private static func converted(_ pieces: [ArraySlice<UInt8>]) -> [UInt8] {
        var converter = LineEndConverter()
        var output: [UInt8] = []
        for piece in pieces { piece.withUnsafeBytes { converter.convert($0, into: &output) } }
        return output
    }

    /// Text, what becomes of it, bare LF, bare CR, and why it is refused.
    static let table: [(String, String, UInt64, UInt64, MessageText.Problem?)] = [
        ("", "", 0, 0, .empty),
        ("A: b\r\n\r\nx\r\n", "A: b\r\n\r\nx\r\n", 0, 0, nil),
        ("A: b\n\nx\n", "A: b\r\n\r\nx\r\n", 3, 0, nil),
        ("A: b\r\n\nx\ny", "A: b\r\n\r\nx\r\ny", 2, 0, nil),
        ("A: b\r\r\n\n\r", "A: b\r\r\n\r\n\r", 1, 2, nil),
        ("A: b\rc\n", "A: b\rc\r\n", 1, 1, nil),
        ("A: b\n\0", "A: b\r\n\0", 1, 0, .nul),
        ("\0", "\0", 0, 0, .nul),
        ("A:", "A:", 0, 0, nil),
        ("X-Long-Name \t: b\n", "X-Long-Name \t: b\r\n", 1, 0, nil),
        ("From a@b Mon\nA: b\n", "From a@b Mon\r\nA: b\r\n", 2, 0, nil),
        ("From: a\n", "From: a\r\n", 1, 0, nil),
        ("From : a\n", "From : a\r\n", 1, 0, nil),
        ("From a@b\nFrom a@b\nA: b\n", "From a@b\r\nFrom a@b\r\nA: b\r\n", 3, 0, .noHeader),
        ("From a@b\n", "From a@b\r\n", 1, 0, .noHeader),
        ("From \t x: a\n", "From \t x: a\r\n", 1, 0, .noHeader),
        ("Fro: a\n", "Fro: a\r\n", 1, 0, nil),
        ("hello world\n", "hello world\r\n", 1, 0, .noHeader),
        ("hello\nA: b\n", "hello\r\nA: b\r\n", 2, 0, .noHeader),
        ("hello", "hello", 0, 0, .noHeader),
        (": b\n", ": b\r\n", 1, 0, .noHeader),
        (" A: b\n", " A: b\r\n", 1, 0, .noHeader),
        ("\nA: b\n", "\r\nA: b\r\n", 2, 0, .noHeader),
        ("\r\n\r\nx", "\r\n\r\nx", 0, 0, .noHeader),
        ("\n", "\r\n", 1, 0, .noHeader),
        ("\r", "\r", 0, 1, .noHeader),
        ("é: b\n", "é: b\r\n", 1, 0, .noHeader),
        ("A: é\n", "A: é\r\n", 1, 0, nil),
    ]

    @Test(arguments: table)
    func everySplit(
        text: String, becomes: String, lineFeeds: UInt64, carriageReturns: UInt64, problem: MessageText.Problem?
    ) {
        let octets = Array(text.utf8)
        for first in 0...octets.count {
            for second in first...octets.count {
                let pieces = Self.pieces(octets, [first, second])
                let result = Self.scanned(pieces)
                #expect(result.length == UInt64(octets.count))
                #expect(result.bareLineFeeds == lineFeeds)
                #expect(result.bareCarriageReturns == carriageReturns)
                #expect(result.problem == problem)
                let output = Self.converted(pieces)
                #expect(output == Array(becomes.utf8))
                #expect(result.convertedLength == UInt64(output.count))
                // What was converted once has nothing left to convert.
                #expect(Self.converted([output[...]]) == output)
            }
        }
    }

    @Test func octetByOctet() {
        for (text, becomes, _, _, problem) in Self.table {
            let octets = Array(text.utf8)
            let pieces = octets.indices.map { octets[$0...$0] }
            #expect(Self.scanned(pieces).problem == problem)
            #expect(Self.converted(pieces) == Array(becomes.utf8))
        }
    }

    @Test func aTextOfLineFeedsOnly() {
        let output = Self.converted([[UInt8](repeating: 10, count: 10_000)[...]])
        #expect(output.count == 20_000)
        #expect(output.starts(with: [13, 10, 13, 10]))
    }
}
