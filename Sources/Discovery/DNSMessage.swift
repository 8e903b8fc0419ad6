/// The answers of a DNS message (RFC 1035 section 4): service records (RFC 2782) and mail exchangers.
public struct DNSMessage: Sendable {
    /// A service's place. A target of `.` says that there is no such service.
    public struct Service: Sendable, Hashable {
        public var priority: UInt16
        public var weight: UInt16
        public var port: UInt16
        public var target: String
    }

    /// Who takes in a domain's mail.
    public struct Exchanger: Sendable, Hashable {
        public var preference: UInt16
        public var name: String
    }

    /// Record types (RFC 1035 section 3.2.2, RFC 2782).
    public static let exchangerType: Int32 = 15
    public static let serviceType: Int32 = 33

    /// In the order in which they are to be tried; of equal priority the heavier first.
    public private(set) var services: [Service] = []
    /// The preferred first.
    public private(set) var exchangers: [Exchanger] = []

    /// nil where this is no whole message.
    public init?(_ octets: [UInt8]) {
        var reader = Reader(octets: octets)
        guard octets.count >= 12, reader.skip(4), let questions = reader.number(), let answers = reader.number(),
            reader.skip(4)
        else { return nil }
        for _ in 0..<questions {
            guard reader.name() != nil, reader.skip(4) else { return nil }
        }
        for _ in 0..<answers {
            guard reader.name() != nil, let type = reader.number(), reader.skip(6), let length = reader.number() else {
                return nil
            }
            let end = reader.position + Int(length)
            guard end <= octets.count else { return nil }
            switch Int32(type) {
            case Self.serviceType:
                guard let priority = reader.number(), let weight = reader.number(), let port = reader.number(),
                    let target = reader.name(), reader.position == end
                else { return nil }
                services.append(Service(priority: priority, weight: weight, port: port, target: target))
            case Self.exchangerType:
                guard let preference = reader.number(), let name = reader.name(), reader.position == end else {
                    return nil
                }
                exchangers.append(Exchanger(preference: preference, name: name))
            default: break
            }
            reader.position = end
        }
        services.sort { ($0.priority, $1.weight) < ($1.priority, $0.weight) }
        exchangers.sort { $0.preference < $1.preference }
    }

    private struct Reader {
        let octets: [UInt8]
        var position = 0

        mutating func skip(_ count: Int) -> Bool {
            position += count
            return position <= octets.count
        }

        mutating func number() -> UInt16? {
            guard position + 2 <= octets.count else { return nil }
            defer { position += 2 }
            return UInt16(octets[position]) << 8 | UInt16(octets[position + 1])
        }

        /// A name, its compression resolved (section 4.1.4), without the last dot; `.` is the root.
        mutating func name() -> String? {
            var labels: [String] = []
            var place = position
            var hasJumped = false
            var length = 0
            while place < octets.count {
                let octet = octets[place]
                switch octet >> 6 {
                case 0 where octet == 0:
                    if !hasJumped { position = place + 1 }
                    return labels.isEmpty ? "." : labels.joined(separator: ".")
                case 0:
                    let end = place + 1 + Int(octet)
                    length += Int(octet) + 1
                    guard end <= octets.count, length <= 255,
                        let label = String(validating: octets[(place + 1)..<end], as: UTF8.self)
                    else { return nil }
                    labels.append(label)
                    place = end
                case 3:
                    guard place + 1 < octets.count else { return nil }
                    let target = Int(octet & 0x3F) << 8 | Int(octets[place + 1])
                    if !hasJumped { position = place + 2 }
                    hasJumped = true
                    // Only backwards: it comes to an end.
                    guard target < place else { return nil }
                    place = target
                default: return nil
                }
            }
            return nil
        }
    }
}
