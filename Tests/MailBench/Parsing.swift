internal import Glibc
internal import IMAPCodec
internal import MailMessage

/// What one pass over a recorded stream found.
struct ParsedStream {
    var responses = 0
    /// FETCH responses that carried a text.
    var messages = 0
    var literalOctets = 0
    /// Names that were decoded, so that nothing can be left out as unused.
    var decodedOctets = 0
}

/// Reads a file of what a server sent for FETCH into memory, and prints the rate at which it is framed, parsed and its headers are
/// read as a listing reads them, on this thread alone: `octets=… seconds=…` for each of five passes.
func measureParsing(of path: String, messages: Int) -> Never {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    var status = stat()
    guard file >= 0, fstat(file, &status) == 0 else { fail("parse: \(path) cannot be read") }
    let stream = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, Int(status.st_size)), alignment: 64)
    var size = 0
    while size < stream.count {
        let count = read(file, stream.baseAddress?.advanced(by: size), stream.count - size)
        guard count > 0 else { fail("parse: \(path) ends early") }
        size += count
    }
    // The first pass is for the processor's caches.
    for pass in 0...5 {
        let start = monotonicNow()
        let found: ParsedStream
        do { found = try parse(UnsafeRawBufferPointer(stream)) } catch { fail("parse: \(error)") }
        let elapsed = monotonicNow() - start
        guard found.messages == messages else { fail("parse: \(found.messages) messages, \(messages) expected") }
        if pass == 0 { continue }
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        say("octets=\(size) seconds=\(seconds) responses=\(found.responses) decoded=\(found.decodedOctets)")
    }
    exit(0)
}

/// In pieces of as many octets as one TLS record has.
private func parse(_ stream: UnsafeRawBufferPointer) throws -> ParsedStream {
    let piece = 16_384
    var framer = ResponseFramer()
    let parser = ResponseParser()
    var found = ParsedStream()
    var collected = CollectedHeader()
    var start = 0
    while start < stream.count {
        let end = min(stream.count, start + piece)
        try framer.feed(UnsafeRawBufferPointer(rebasing: stream[start..<end])) { event in
            switch event {
            case .response(let frame):
                found.responses += 1
                let response = try parser.parse(frame)
                guard case .untagged(.fetch(let fetch)) = response, let section = fetch.section else { return }
                found.messages += 1
                switch section.content {
                case .inline(let range):
                    found.literalOctets += range.count
                    collected.take(UnsafeRawBufferPointer(rebasing: frame.bytes[range]))
                case .copied(let octets): found.literalOctets += octets.count
                case .streamed(let octets): found.literalOctets += Int(clamping: octets)
                case .absent: break
                }
                found.decodedOctets += collected.decode()
            case .literalBytes(let octets): collected.take(octets)
            case .literalBegan, .literalEnded: break
            }
        }
        start = end
    }
    return found
}

/// The start of a message up to the blank line, and what a name needs of it.
private struct CollectedHeader {
    private var octets: [UInt8] = []
    private var isComplete = false

    mutating func take(_ piece: UnsafeRawBufferPointer) {
        guard !isComplete, octets.count < 65_536 else { return }
        // An end that is cut in two is found with the octets before it.
        let from = max(0, octets.count - 3)
        octets.append(contentsOf: piece)
        isComplete = octets.withUnsafeBytes { endsHeader($0, from: from) }
    }

    /// How many octets of text came out; ready for the next message then.
    mutating func decode() -> Int {
        let header = Header(octets)
        octets.removeAll(keepingCapacity: true)
        isComplete = false
        var count = header.value(of: "Message-ID")?.count ?? 0
        if let subject = header.value(of: "Subject") { count += HeaderText.decode(subject).utf8.count }
        let author = header.value(of: "From").flatMap(AddressList.firstDisplay)
        count += author?.utf8.count ?? 0
        if let date = header.value(of: "Date"), MessageDate.parse(date) != nil { count += 8 }
        return count
    }
}

/// Whether there is an empty line at `from` or behind it.
private func endsHeader(_ octets: UnsafeRawBufferPointer, from: Int) -> Bool {
    guard let base = octets.baseAddress else { return false }
    var at = from
    while at + 3 < octets.count, let next = memchr(base + at, 0x0d, octets.count - at - 3) {
        at = UnsafeRawPointer(next) - base
        if octets[at + 1] == 0x0a, octets[at + 2] == 0x0d, octets[at + 3] == 0x0a { return true }
        at += 1
    }
    return false
}
