/// The elements that make a difference in a text. What is in all others is shown as if they were not there.
enum HTMLElement: String, Hashable, CaseIterable {
    case p, div, table, tr, ul, ol, dl, dt, dd, blockquote, section, article, header, footer, form, center, address
    case figure, fieldset, main, nav, aside, body, pre, h1, h2, h3, h4, h5, h6, li, hr
    case br, td, th, a, img, script, style, title, template

    /// - Parameter name: in any case.
    init?(name: ArraySlice<UInt8>) {
        guard name.count <= 10 else { return nil }
        let lower = name.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
        guard let known = Self.known[String(decoding: lower, as: UTF8.self)] else { return nil }
        self = known
    }

    private static let known = allCases.reduce(into: [String: HTMLElement]()) { $0[$1.rawValue] = $1 }

    /// Empty and other lines around it.
    var lines: Int {
        switch self {
        case .p, .h1, .h2, .h3, .h4, .h5, .h6, .blockquote, .ul, .ol, .table, .pre: 2
        case .br, .td, .th, .a, .img, .script, .style, .title, .template: 0
        default: 1
        }
    }

    /// Tags in it are none, and its text is nobody's to read.
    var isRaw: Bool { self == .script || self == .style || self == .title }

    var isCell: Bool { self == .td || self == .th }

    /// The attribute that is shown.
    var attribute: String? {
        switch self {
        case .a: "href"
        case .img: "alt"
        default: nil
        }
    }
}
