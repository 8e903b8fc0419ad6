/// A message without the contents of its leaves: all that stands around them, as it was sent. Taken apart it gives the parts, the names and the
/// types that the whole message gives, because it is read by the same code.
///
/// ```
/// header                          BODY[HEADER]
/// --boundary
/// header of part 1                BODY[1.MIME]
///                                 so many octets, which stay with the server
/// --boundary--
/// ```
///
/// It is made of what a server says of the structure, and of headers as they were sent. What is believed of it is what adds up: with the
/// contents, and with what stands before the first boundary and behind the last one, it is as long as the message.
public struct MessageOutline: Sendable {
    /// A leaf that was left out.
    struct Leaf: Sendable {
        let encoding: TransferEncoding
        /// Octets, as they are encoded.
        let length: UInt64
        /// Octets before it was encoded; nil where they are not known.
        let decoded: UInt64?
    }

    /// A message, as far as it is known.
    public let octets: [UInt8]
    public let root: MIMEPart
    /// By section.
    let leaves: [[Int]: Leaf]
    /// In order.
    private let lengths: [UInt64]
    private let decodedLengths: [[Int]: UInt64]
    /// With the hyphens.
    private let boundaries: Set<ArraySlice<UInt8>>

    /// - Parameter lengths: octets of the leaves, in order.
    private init?(_ octets: [UInt8], lengths: [UInt64], decoded: [[Int]: UInt64]) {
        self.octets = octets
        self.lengths = lengths
        decodedLengths = decoded
        root = MIMEParser.parse(octets)
        var found: [(section: [Int], encoding: TransferEncoding)] = []
        var boundaries: Set<ArraySlice<UInt8>> = []
        guard Self.walk(root, [], &found, &boundaries), found.count == lengths.count else { return nil }
        self.boundaries = boundaries
        leaves = Dictionary(
            zip(found, lengths).map { leaf, length in
                let decoded: UInt64? =
                    switch leaf.encoding {
                    case .identity: length
                    case .base64: decoded[leaf.section].flatMap { Base64.isPlain(length, decoded: $0) ? $0 : nil }
                    case .quotedPrintable, .uuencode: nil
                    }
                return (leaf.section, Leaf(encoding: leaf.encoding, length: length, decoded: decoded))
            },
            uniquingKeysWith: { first, _ in first })
    }

    /// - Returns: whether there are multiparts and empty leaves only.
    private static func walk(
        _ part: MIMEPart, _ section: [Int], _ leaves: inout [(section: [Int], encoding: TransferEncoding)],
        _ boundaries: inout Set<ArraySlice<UInt8>>
    ) -> Bool {
        switch part.content {
        case .message: return false
        case .leaf:
            leaves.append((section.isEmpty ? [1] : section, part.encoding))
            return part.body.isEmpty
        case .multipart(let parts):
            guard let boundary = part.boundary else { return false }
            boundaries.insert(boundary[...])
            return parts.enumerated().allSatisfy { place, part in
                walk(part, section + [place + 1], &leaves, &boundaries)
            }
        }
    }

    // MARK: - From what a server says

    /// nil where the whole message may give other parts, or other names.
    public init?(_ evidence: OutlineEvidence) {
        var builder = OutlineBuilder(headers: evidence.headers)
        guard builder.append(evidence.structure, header: evidence.header, section: []),
            builder.accounts(for: evidence)
        else { return nil }
        self.init(builder.octets, lengths: builder.lengths, decoded: evidence.decodedLengths)
        // A boundary of another form before the first part would be seen in the whole message.
        guard builder.agrees(root, evidence.structure, []), !hasBoundary(builder.preamble) else { return nil }
    }

    // MARK: - To be kept

    /// What `init(kept:)` makes the same outline of.
    public var kept: [UInt8] {
        let decoded = decodedLengths.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { section, length in
            section.map(String.init).joined(separator: ".") + "=\(length)"
        }
        return Array((lengths.map(String.init) + decoded).joined(separator: " ").utf8) + [0x0A] + octets
    }

    /// nil where it is none.
    public init?(kept: [UInt8]) {
        guard let end = kept.firstIndex(of: 0x0A) else { return nil }
        var lengths: [UInt64] = []
        var decoded: [[Int]: UInt64] = [:]
        for word in String(decoding: kept[..<end], as: UTF8.self).split(separator: " ") {
            let halves = word.split(separator: "=")
            guard let last = halves.last, let length = UInt64(last) else { return nil }
            if halves.count == 1 {
                lengths.append(length)
            } else {
                decoded[halves[0].split(separator: ".").compactMap { Int($0) }] = length
            }
        }
        self.init(Array(kept[(end + 1)...]), lengths: lengths, decoded: decoded)
    }

    // MARK: - Contents

    /// Octets of a leaf as they are encoded; nil where there is no such leaf.
    public func length(of section: [Int]) -> UInt64? { leaves[section]?.length }

    /// Octets of a leaf before it was encoded, where they are known without it.
    public func contentLength(of section: [Int]) -> UInt64? { leaves[section]?.decoded }

    /// Whether a leaf may be asked for as it was before it was encoded: its base64 has nothing else in it, so that there is one way only to
    /// read it.
    public func isPlainBase64(_ section: [Int]) -> Bool {
        leaves[section].map { $0.encoding == .base64 && $0.decoded != nil } ?? false
    }

    /// Octets that the content has at most, before it was encoded: no encoding makes anything shorter.
    public func mostOctets(of section: [Int]) -> UInt64 {
        guard let leaf = leaves[section] else { return 0 }
        return leaf.encoding == .base64 ? leaf.length / 4 * 3 + 3 : leaf.length
    }

    /// The content of a leaf as it was before it was encoded; nil where the whole message may have another one there.
    ///
    /// - Parameter encoded: as the server gave it.
    public func content(of section: [Int], encoded: [UInt8]) -> [UInt8]? {
        guard let leaf = leaves[section], leaf.length == UInt64(encoded.count), !hasBoundary(encoded) else {
            return nil
        }
        return leaf.encoding.decode(encoded[...])
    }

    /// Whether the whole message, taken apart, would end the part in its middle.
    private func hasBoundary(_ octets: [UInt8]) -> Bool {
        guard !boundaries.isEmpty else { return false }
        return octets.withUnsafeBufferPointer { octets in
            var start = 0
            while start < octets.count {
                var end = start
                while end < octets.count, octets[end] != 0x0A, octets[end] != 0x0D { end += 1 }
                if end - start >= 2, octets[start] == 0x2D, octets[start + 1] == 0x2D {
                    var line = Array(octets[start..<end])[...]
                    while let last = line.last, isBlank(last) { line.removeLast() }
                    if boundaries.contains(line) { return true }
                    if line.suffix(2) == [0x2D, 0x2D], boundaries.contains(line.dropLast(2)) { return true }
                }
                start = end + 1
            }
            return false
        }
    }
}

extension MIMEPart {
    /// The line that parts what is inside, with the hyphens; nil where there is none.
    var boundary: [UInt8]? {
        guard var name = type.parameters["boundary"]?.octets else { return nil }
        while let last = name.last, isBlank(last) { name.removeLast() }
        return Array("--".utf8) + name
    }
}
