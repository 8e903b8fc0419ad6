import IMAPCodec
import Testing

@Suite("ResponseFramer")
struct ResponseFramerTests {
    private func frames(_ text: String, limits: Limits = Limits()) throws -> [String] {
        var framer = ResponseFramer(limits: limits)
        var found: [String] = []
        try text.octets.withUnsafeBytes { bytes in
            try framer.feed(bytes) { event in
                switch event {
                case .response(let frame): found.append(String(decoding: frame.bytes, as: UTF8.self))
                case .literalBegan(let literal):
                    found.append("began \(literal.octets) " + String(decoding: literal.prefix, as: UTF8.self))
                case .literalBytes(let bytes): found.append("bytes " + String(decoding: bytes, as: UTF8.self))
                case .literalEnded: found.append("ended")
                }
            }
        }
        return found
    }

    @Test(
        "finds the end of each response",
        arguments: [
            ("* OK\r\n", ["* OK"]), ("* OK\n* NO\r\n", ["* OK", "* NO"]), ("\r\n\n", ["", ""]),
            ("* LIST () \"/\" {3}\r\na\nb\r\nx", ["* LIST () \"/\" {3}\r\na\nb"]),
            ("* X {2}\r\n\r\n {1}\n\n y\r\n", ["* X {2}\r\n\r\n {1}\n\n y"]),
            ("* X ~{2}\r\nab\r\n", ["* X ~{2}\r\nab"]), ("* X {0}\r\n\r\n", ["* X {0}\r\n"]),
            ("* X {}\r\n* X {a}\r\n* X 3}\r\n", ["* X {}", "* X {a}", "* X 3}"]),
            ("* OK {5}\r\na no {5}\r\n+ {5}\r\n* bye {5}\r\n", ["* OK {5}", "a no {5}", "+ {5}", "* bye {5}"]),
        ])
    func ends(text: String, expected: [String]) throws {
        #expect(try frames(text) == expected)
    }

    @Test("streams a literal above the limit, keeps one at the limit")
    func streams() throws {
        var limits = Limits()
        limits.inlineLiteral = 3
        #expect(try frames("* X {3}\r\nabc\r\n", limits: limits) == ["* X {3}\r\nabc"])
        #expect(
            try frames("* X {4}\r\nabcd y\r\n* Z\r\n", limits: limits)
                == ["began 4 * X {4}", "bytes abcd", "ended", "* X {4}\r\n y", "* Z"])
    }

    @Test("passes the octets of a streamed literal through in place")
    func inPlace() throws {
        var limits = Limits()
        limits.inlineLiteral = 3
        var framer = ResponseFramer(limits: limits)
        try "* X {8}\r\n".octets.withUnsafeBytes { try framer.feed($0) { _ in } }
        #expect(!framer.isBetweenResponses)
        var passed = 0
        try "abcd".octets.withUnsafeBytes { bytes in
            try framer.feed(bytes) { event in
                guard case .literalBytes(let piece) = event else { return }
                #expect(piece.baseAddress == bytes.baseAddress)
                passed += piece.count
            }
        }
        #expect(passed == 4)
        try "efgh\r\n".octets.withUnsafeBytes { try framer.feed($0) { _ in } }
        #expect(framer.isBetweenResponses)
    }

    @Test("hands out a response that lies whole in what was fed without copying it")
    func whole() throws {
        var framer = ResponseFramer()
        try "* 1 EXISTS\r\n* X {2}\r\nab\r\n".octets.withUnsafeBytes { bytes in
            var offsets: [Int] = []
            try framer.feed(bytes) { event in
                guard case .response(let frame) = event, let start = frame.bytes.baseAddress,
                    let base = bytes.baseAddress
                else { return }
                offsets.append(start - base)
            }
            #expect(offsets == [0, 12])
        }
    }

    // Hazards 61 and 81
    @Test(
        "refuses what exceeds a limit, however it is cut, and from then on everything",
        arguments: [
            (String(repeating: "x", count: 65), FramingError.responseTooLong(limit: 64, actual: 65)),
            (String(repeating: "x", count: 64) + "\n", .responseTooLong(limit: 64, actual: 65)),
            ("* X {60}\r\n", .responseTooLong(limit: 64, actual: 70)),
            ("* X {101}\r\n", .literalTooLong(limit: 100, actual: 101)),
            ("* X {99999999999999999999}\r\n", .literalTooLong(limit: 100, actual: .max)),
            ("* X {1}\r\na{1}\r\na{1}\r\na{1}\r\n", .tooManyLiterals(limit: 3)),
        ])
    func limits(text: String, expected: FramingError) throws {
        var limits = Limits()
        limits.response = 64
        limits.inlineLiteral = 60
        limits.literal = 100
        limits.literals = 3
        for size in [1, 7, text.utf8.count] {
            var framer = ResponseFramer(limits: limits)
            var found: FramingError?
            var rest = text.octets[...]
            while !rest.isEmpty {
                do {
                    try rest.prefix(size).withUnsafeBytes { try framer.feed($0) { _ in } }
                } catch let error as FramingError {
                    found = error
                    break
                }
                rest = rest.dropFirst(size)
            }
            if size == 1 { #expect(found == expected) }
            #expect(found != nil)
            #expect(!framer.isBetweenResponses)
            #expect(throws: FramingError.self) {
                try "* OK\r\n".octets.withUnsafeBytes { try framer.feed($0) { _ in } }
            }
        }
    }

    @Test("the default limits let a literal of 256 MiB begin and nothing larger")
    func largest() throws {
        #expect(try frames("* X {268435456}\r\n") == ["began 268435456 * X {268435456}"])
        #expect(throws: FramingError.literalTooLong(limit: 256 << 20, actual: 1 << 40)) {
            try frames("* X {1099511627776}\r\n")
        }
    }

    @Test("throws what its handler throws")
    func handler() {
        struct Stop: Error {}
        var framer = ResponseFramer()
        #expect(throws: Stop.self) {
            try "* OK\r\n".octets.withUnsafeBytes { try framer.feed($0) { _ in throw Stop() } }
        }
    }
}
