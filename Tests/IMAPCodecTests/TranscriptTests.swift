import IMAPCodec
import Testing

@Suite("Transcripts")
struct TranscriptTests {
    static let streaming: Limits = {
        var limits = Limits()
        limits.inlineLiteral = 10
        return limits
    }()

    @Test("are read to the last response", arguments: Transcript.all)
    func readable(transcript: Transcript) {
        for limits in [Limits(), Self.streaming] {
            let events = replay(transcript.bytes, limits: limits)
            let unreadable = events.filter { if case .unreadable = $0 { true } else { false } }
            #expect(unreadable.isEmpty)
            #expect(events.count { if case .response = $0 { true } else { false } } == transcript.responses)
        }
    }

    // Hazard 62
    @Test("give the same events wherever they are cut", arguments: Transcript.all)
    func everySplit(transcript: Transcript) {
        for limits in [Limits(), Self.streaming] {
            let whole = replay(transcript.bytes, limits: limits)
            for cut in 0...transcript.bytes.count where replay(transcript.bytes, cuts: [cut], limits: limits) != whole {
                Issue.record("cut at \(cut)")
            }
            #expect(replay(transcript.bytes, cuts: Array(1..<transcript.bytes.count), limits: limits) == whole)
        }
    }

    @Test("give the same events cut at any two places of one response")
    func everyPair() {
        let text = "* 2 FETCH (UID 4388 BODY[] {11}\r\na\r\n{3}\r\nbcd FLAGS ({3}\r\n\r\n\n))\r\na OK {4}\r\n".octets
        for limits in [Limits(), Self.streaming] {
            let whole = replay(text, limits: limits)
            for first in 0...text.count {
                for second in first...text.count where replay(text, cuts: [first, second], limits: limits) != whole {
                    Issue.record("cut at \(first) and \(second)")
                }
            }
        }
    }
}
