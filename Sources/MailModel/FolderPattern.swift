/// A pattern over folder names as shown: `*` stands for anything, `%` for anything but a slash (RFC 3501 section 6.3.8).
///
/// ```
/// FolderPattern("Archive/%").matches("Archive/2024")       true
/// ```
public struct FolderPattern: Hashable, Sendable {
    public let text: String

    public init(_ text: String) { self.text = text }

    /// Whether the whole name matches; INBOX in any case. Takes time in proportion to both lengths multiplied.
    public func matches(_ name: String) -> Bool {
        let name = Array(Self.folded(name))
        // reached[n]: the pattern so far can cover the first n characters.
        var reached = [Bool](repeating: false, count: name.count + 1)
        reached[0] = true
        for symbol in Self.folded(text) {
            var next = [Bool](repeating: false, count: name.count + 1)
            let isWild = symbol == "*" || symbol == "%"
            if isWild { next[0] = reached[0] }
            for (place, character) in name.enumerated() {
                if isWild {
                    next[place + 1] = reached[place + 1] || (next[place] && (symbol == "*" || character != "/"))
                } else {
                    next[place + 1] = reached[place] && character == symbol
                }
            }
            reached = next
        }
        return reached[name.count]
    }

    private static func folded(_ name: String) -> String {
        let head = name.prefix(5)
        guard head.uppercased() == "INBOX", name.count == 5 || name.dropFirst(5).first == "/" else { return name }
        return "INBOX" + name.dropFirst(5)
    }
}
