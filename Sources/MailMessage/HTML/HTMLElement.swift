/// The elements that make a difference in a text, and two that stand for all others.
public enum HTMLElement: String, Hashable, CaseIterable, Sendable {
    case p, div, table, tr, ul, ol, dl, dt, dd, blockquote, section, article, header, footer, form, center, address
    case figure, fieldset, main, nav, aside, body, pre, h1, h2, h3, h4, h5, h6, li, hr
    case br, td, th, a, img, script, style, title, template
    /// What only changes how letters look, and may stand within a word.
    case letters = ""
    case other = "*"

    /// - Parameter name: in any case.
    init(name: ArraySlice<UInt8>) {
        guard name.count <= 10 else {
            self = .other
            return
        }
        let lower = name.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
        self = Self.known[String(decoding: lower, as: UTF8.self)] ?? .other
    }

    private static let known: [String: HTMLElement] = {
        var known = allCases.reduce(into: [String: HTMLElement]()) { $0[$1.rawValue] = $1 }
        for name in lettersNames.split(whereSeparator: \.isWhitespace) { known[String(name)] = .letters }
        return known
    }()

    /// `o:p` is what office programs have.
    private static let lettersNames = """
        abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr o:p q s samp small span strike
        strong sub sup time tt u var wbr
        """

    /// Empty and other lines around it.
    public var lines: Int {
        switch self {
        case .p, .h1, .h2, .h3, .h4, .h5, .h6, .blockquote, .ul, .ol, .table, .pre: 2
        case .br, .td, .th, .a, .img, .script, .style, .title, .template, .letters, .other: 0
        default: 1
        }
    }

    /// Tags in it are none, and its text is none of the document's.
    var isRaw: Bool { self == .script || self == .style || self == .title }

    public var isCell: Bool { self == .td || self == .th }

    /// The attribute that is told.
    var attribute: String? {
        switch self {
        case .a: "href"
        case .img: "alt"
        default: nil
        }
    }

    /// Whether an address that `a` names leads out of the message.
    public static func leadsOut(_ address: [UInt8]) -> Bool {
        let scheme = address.prefix(8).prefix { $0 != UInt8(ascii: ":") }.map { $0 | 0x20 }
        return scheme.count < address.count
            && ["http", "https", "mailto", "ftp"].contains { scheme.elementsEqual($0.utf8) }
    }
}
