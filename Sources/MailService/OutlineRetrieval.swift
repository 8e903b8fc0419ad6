internal import IMAPCodec
internal import IMAPValue
internal import MailMessage
internal import MailModel

/// Asks for all of a message but the contents of its parts, in two turns.
struct OutlineRetrieval: Sendable {
    let fetch: SectionFetch
    /// Octets of the message.
    let size: UInt64
    /// By what the message is known again; nil where nothing is known of its header.
    let mark: BodyHeader.Mark?
    /// The server may be asked for the lengths of decoded parts (RFC 3516).
    let tellsLengths: Bool

    /// Octets of a header, and of that of a part; with a longer one the message is taken whole.
    private static let mostHeader: UInt64 = 1 << 20
    private static let mostPartHeader: UInt64 = 64 << 10
    /// Parts of a message; with more it is taken whole.
    private static let mostParts = 200
    /// Octets at the end of a message, and before its first part, in which its boundary has to stand.
    private static let window: UInt64 = 4 << 10

    /// nil where the message is to be taken whole.
    func outline() async throws -> MessageOutline? {
        let header = fetch.submit(.header, as: .header, most: Self.mostHeader)
        let end = fetch.submit(from: size - min(size, Self.window), count: Self.window)
        guard let told = try await fetch.structure(), told.size == size, let header = try await header.octets(),
            let end = try await end.octets(), mark == nil || mark == BodyHeader.Mark(Header(header))
        else { return nil }
        let structure = PartClaim(told.structure)
        let sections = structure.sections()
        guard sections.count <= Self.mostParts else { return nil }
        var evidence = OutlineEvidence(
            structure: structure, size: size, header: header, headers: [:], beginning: [], end: end)
        if case .multipart = structure.content {
            let beginning = fetch.submit(from: UInt64(header.count), count: Self.window)
            let headers = sections.compactMap { section in
                PartNumber(section.map { UInt32(clamping: $0) }).map {
                    (section, fetch.submit(.partHeader($0), as: .partHeader($0), most: Self.mostPartHeader))
                }
            }
            let lengths = lengths(of: sections, structure)
            for (section, header) in headers { evidence.headers[section] = try await header.octets() }
            evidence.beginning = try await beginning.octets() ?? []
            for (section, length) in lengths {
                do {
                    let digits = try await length.octets() ?? []
                    evidence.decodedLengths[section] = UInt64(String(decoding: digits, as: UTF8.self))
                } catch is ServiceError {
                    // What cannot be decoded is refused, each by itself.
                }
            }
        }
        return MessageOutline(evidence)
    }

    /// Asks for the lengths of decoded parts, where the encoded ones do not tell them.
    private func lengths(of sections: [[Int]], _ structure: PartClaim) -> [([Int], SectionFetch.Running)] {
        guard tellsLengths else { return [] }
        return sections.compactMap { section in
            guard structure[section]?.encoding == "base64",
                let number = PartNumber(section.map { UInt32(clamping: $0) })
            else { return nil }
            return (section, fetch.submit(.decodedSize(number), as: .decodedSize(number), most: 20))
        }
    }
}

extension PartClaim {
    init(_ structure: BodyStructure) {
        switch structure {
        case .multipart(let parts, let subtype):
            self.init(type: "multipart", subtype: subtype, .multipart(parts.map(PartClaim.init)))
        case .single(let type, let subtype, let encoding, let octets):
            self.init(type: type, subtype: subtype, encoding: encoding, .leaf(octets: octets))
        }
    }

    /// The part of a section; nil where there is none.
    subscript(_ section: [Int]) -> PartClaim? {
        section.reduce(self) { claim, position in
            guard case .multipart(let parts)? = claim?.content, parts.indices.contains(position - 1) else { return nil }
            return parts[position - 1]
        }
    }
}
