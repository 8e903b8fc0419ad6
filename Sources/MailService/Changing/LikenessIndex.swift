internal import MailMessage
internal import MailModel

/// Messages of a folder by what tells uploads apart: k uploads are found among n messages in k + n steps, but for those that nothing
/// in the header tells apart.
struct LikenessIndex {
    private typealias Fields = [[UInt8]?]

    private struct Measure: Hashable {
        let size: UInt64
        let messageID: [UInt8]?
    }

    /// Some of the fields, with the size or for any.
    private struct Kept: Hashable {
        let fields: Fields
        let size: UInt64?
    }

    private let all: [(fields: Fields, size: UInt64)]
    private var byMeasure: [Measure: [Int]] = [:]
    private var byMessageID: [[UInt8]: [Int]] = [:]
    private var byFields: [Fields: [Int]] = [:]
    /// By those fields alone that an upload has, made for each such set when it is first asked for: there are 16.
    private var byKept: [[Bool]: [Kept: [Int]]] = [:]

    /// Answers are places in `messages`.
    init(_ messages: [MessageMetadata]) {
        var all: [(fields: Fields, size: UInt64)] = []
        all.reserveCapacity(messages.count)
        for (place, message) in messages.enumerated() {
            let header = Header(message.header)
            let fields = Self.fields(of: header)
            let messageID = header.value(of: "Message-ID")
            byMeasure[Measure(size: message.size, messageID: messageID), default: []].append(place)
            if let messageID { byMessageID[messageID, default: []].append(place) }
            byFields[fields, default: []].append(place)
            all.append((fields, message.size))
        }
        self.all = all
    }

    /// Those that have its header fields, or its size and its Message-ID.
    func alike(to own: MessageMetadata) -> Set<Int> {
        let header = Header(own.header)
        let measure = Measure(size: own.size, messageID: header.value(of: "Message-ID"))
        return Set(byMeasure[measure] ?? []).union(byFields[Self.fields(of: header)] ?? [])
    }

    /// Those that may be it as a server stores it: with its Message-ID; or, where it has none that every server keeps, with its
    /// header fields, or its size and those fields that it has, for the server may have given it others; where that is none, those
    /// with the fields that it has.
    mutating func candidates(for own: MessageMetadata) -> Set<Int> {
        let header = Header(own.header)
        let messageID = header.value(of: "Message-ID")
        var places = Set(messageID.flatMap { byMessageID[$0] } ?? [])
        if let messageID, messageID.allSatisfy({ (0x21...0x7E).contains($0) }) { return places }
        let fields = Self.fields(of: header)
        places.formUnion(byFields[fields] ?? [])
        places.formUnion(keeping(fields, size: own.size))
        return places.isEmpty ? Set(keeping(fields, size: nil)) : places
    }

    private mutating func keeping(_ own: Fields, size: UInt64?) -> [Int] {
        let mask = own.map { $0 != nil }
        let plain = own.map { $0.map(Self.plain) }
        let wanted = Kept(fields: plain, size: size)
        if let known = byKept[mask] { return known[wanted] ?? [] }
        var kept: [Kept: [Int]] = [:]
        for (place, one) in all.enumerated() {
            let fields = zip(one.fields, mask).map { $1 ? $0.map(Self.plain) : nil }
            kept[Kept(fields: fields, size: one.size), default: []].append(place)
            kept[Kept(fields: fields, size: nil), default: []].append(place)
        }
        byKept[mask] = kept
        return kept[wanted] ?? []
    }

    /// What every server makes the same of: octets that are no printable ASCII may have become others, and blanks fewer.
    private static func plain(_ value: [UInt8]) -> [UInt8] {
        value.filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }.map { (0x21...0x7E).contains($0) ? $0 : 0x58 }
    }

    private static func fields(of header: Header) -> Fields {
        MetadataCollector.headerFields.map { header.value(of: $0) }
    }

    /// Whether a message has all of those fields that an upload has.
    static func isKept(_ own: MessageMetadata, in message: MessageMetadata) -> Bool {
        zip(fields(of: Header(own.header)), fields(of: Header(message.header))).allSatisfy { $0 == nil || $0 == $1 }
    }
}
