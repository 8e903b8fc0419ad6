import SeededNumbers

/// Changes octets, and puts in words of the grammar, pieces of other messages and repetitions; a message is put into another as a part.
struct Mutator {
    let corpus: [[UInt8]]
    var numbers: SeededNumbers

    private static let limit = 8_192

    mutating func mutate() -> [UInt8] {
        var bytes = entry()
        for _ in 0..<Int.random(in: 0...6, using: &numbers) {
            let place = Int.random(in: 0...bytes.count, using: &numbers)
            switch Int.random(in: 0..<9, using: &numbers) {
            case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2, 3: bytes.insert(contentsOf: Self.words.randomElement(using: &numbers) ?? [], at: place)
            case 4: bytes.removeSubrange(place..<Int.random(in: place...bytes.count, using: &numbers))
            case 5: bytes.insert(contentsOf: entry(), at: place)
            case 6:
                let piece = Array(bytes[place..<min(bytes.count, place + Int.random(in: 0...40, using: &numbers))])
                for _ in 0..<Int.random(in: 1...30, using: &numbers) { bytes.insert(contentsOf: piece, at: place) }
            case 7: bytes = wrapped(bytes)
            default: bytes = bytes.map { $0 == 0x0A && Bool.random(using: &numbers) ? 0x0D : $0 }
            }
            if bytes.count > Self.limit { bytes.removeSubrange(Self.limit...) }
        }
        return bytes
    }

    private mutating func entry() -> [UInt8] { corpus.randomElement(using: &numbers) ?? [] }

    private mutating func wrapped(_ bytes: [UInt8]) -> [UInt8] {
        let kind = ["mixed", "alternative", "related", "digest"].randomElement(using: &numbers) ?? "mixed"
        let boundary = ["b", "b2", "c", "b--"].randomElement(using: &numbers) ?? "b"
        let start = "Content-Type: multipart/\(kind); boundary=\"\(boundary)\"\n\n--\(boundary)\n"
        return Array(start.utf8) + bytes + Array("\n--\(boundary)\n".utf8) + entry() + Array("\n--\(boundary)--\n".utf8)
    }

    private static let words: [[UInt8]] =
        [
            "\r\n", "\n", "\r", "\n\n", "\r\n\r\n", ":", ";", "=", "\"", "\\", "(", ")", "<", ">", ",", "--", "--b",
            "--b\n",
            "--b--\n", "\n--b\n\n", "--b2\n", "\0", "=\n", "=3D", "=?utf-8?Q?", "=?utf-8?B?4oKs?=", "?=",
            "=?iso-2022-jp?B?GyRC?=",
            "%C3%B6", "%00", "%2F", "utf-8''", "*0*=", "*1=", "filename=", "filename*=utf-8''", "name=\"../x\"",
            "Content-Type: ", "Content-Type: message/rfc822\n", "Content-Type: text/html\n",
            "text/plain; format=flowed",
            "; charset=utf-16", "; charset=utf-7", "; charset=iso-2022-jp", "; charset=gb18030", "; delsp=yes",
            "; boundary=b",
            "Content-Transfer-Encoding: base64\n", "Content-Transfer-Encoding: quoted-printable\n",
            "Content-Disposition: attachment; ", "Subject: ", "Date: Fri, 27 Nov 2026 10:00:00 +0000\n", "From ", ">",
            "> ", " \n",
            "\u{1B}", "\u{202E}", "\u{2028}", "\u{85}", "ö", "<a href=\"https://example.org/", "<div>", "</div>",
            "<pre>", "<!--",
            "&amp;", "&#x1b;", "<li>", "<blockquote>", "<table>", "SGVsbG8=", "====",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xC2, 0x9B]]
}
