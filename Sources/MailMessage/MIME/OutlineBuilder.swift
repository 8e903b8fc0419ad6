/// Puts an outline together, and compares it with the message that it is of.
struct OutlineBuilder {
    let headers: [[Int]: [UInt8]]
    private(set) var octets: [UInt8] = []
    /// Of the leaves, in order.
    private(set) var lengths: [UInt64] = []
    /// Where the header of each part was put, its empty line included.
    private var places: [[Int]: Range<Int>] = [:]
    /// What stands before the first boundary.
    private(set) var preamble: [UInt8] = []
    /// With the hyphens, the outermost first.
    private var boundaries: [[UInt8]] = []

    init(headers: [[Int]: [UInt8]]) { self.headers = headers }

    /// - Returns: false where something is missing, or is not what makes a message.
    mutating func append(_ claim: PartClaim, header: [UInt8], section: [Int]) -> Bool {
        guard section.count < MIMEParser.depthLimit,
            header == [0x0D, 0x0A] || header.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A]
        else { return false }
        places[section] = octets.count..<(octets.count + header.count)
        octets += header
        switch claim.content {
        case .leaf(let length): lengths.append(length)
        case .multipart(let parts):
            guard let boundary = MIMEParser.parse(header).boundary, boundary.count > 2, !parts.isEmpty,
                !boundaries.contains(boundary)
            else { return false }
            boundaries.append(boundary)
            for (place, part) in parts.enumerated() {
                let section = section + [place + 1]
                guard let header = headers[section] else { return false }
                octets += boundary + [0x0D, 0x0A]
                guard append(part, header: header, section: section) else { return false }
                octets += [0x0D, 0x0A]
            }
            octets += boundary + [0x2D, 0x2D, 0x0D, 0x0A]
        }
        return true
    }

    /// Whether what was read of the outline is what the server has read of the message.
    func agrees(_ part: MIMEPart, _ claim: PartClaim, _ section: [Int]) -> Bool {
        guard part.type.type == claim.type, part.type.subtype == claim.subtype,
            places[section] == part.header.lowerBound..<part.body.lowerBound
        else { return false }
        switch (claim.content, part.content) {
        // A multipart that the server left in one piece is taken apart here.
        case (.leaf, .leaf):
            return part.type.type != "multipart" && TransferEncoding(Array(claim.encoding.utf8)) == part.encoding
        case (.multipart(let claims), .multipart(let parts)):
            guard claims.count == parts.count else { return false }
            return zip(parts, claims).enumerated().allSatisfy { place, pair in
                agrees(pair.0, pair.1, section + [place + 1])
            }
        default: return false
        }
    }

    // MARK: - What stands around the parts

    /// Whether the outline, the contents and what stands around the parts make a message of that length. Between the end of a multipart and
    /// the next part there may be an empty line or none, in all of a message alike.
    mutating func accounts(for evidence: OutlineEvidence) -> Bool {
        let sum = lengths.reduce(UInt64(octets.count)) { sum, length in
            let (sum, overflows) = sum.addingReportingOverflow(length)
            return overflows ? .max : sum
        }
        guard let sum = Int64(exactly: sum), let size = Int64(exactly: evidence.size) else { return false }
        guard let boundary = boundaries.first else { return size == sum }
        guard let before = Self.octets(before: boundary, in: evidence.beginning),
            let behind = Self.octets(behind: boundary, in: evidence.end)
        else { return false }
        preamble = Array(evidence.beginning.prefix(before))
        // The closing boundary has its line end in the outline.
        let rest = size - sum - Int64(before) - Int64(behind) + 2
        return rest == 0 || rest == -2 * Int64(boundaries.count - 1)
    }

    /// Octets before the first line of a boundary; nil where there is none.
    private static func octets(before boundary: [UInt8], in beginning: [UInt8]) -> Int? {
        var start = 0
        while start < beginning.count {
            let end = beginning[start...].firstIndex(of: 0x0A) ?? beginning.count
            if beginning[start..<end] == (boundary + [0x0D])[...] { return start }
            start = end + 1
        }
        return nil
    }

    /// Octets behind the closing boundary; nil where there is none, or the boundary stands behind it once more.
    private static func octets(behind boundary: [UInt8], in end: [UInt8]) -> Int? {
        let closing = boundary + [0x2D, 0x2D]
        var found: Int?
        // The first line is perhaps the end of one.
        var start = (end.firstIndex(of: 0x0A) ?? end.count) + 1
        while start < end.count {
            let feed = end[start...].firstIndex(of: 0x0A) ?? end.count
            var line = end[start..<feed]
            if line.last == 0x0D { line.removeLast() }
            if line.starts(with: boundary), found != nil { return nil }
            if line == closing[...] { found = end.count - line.endIndex }
            start = feed + 1
        }
        return found
    }
}
