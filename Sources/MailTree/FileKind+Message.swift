extension FileKind {
    /// The name of the message that a scratch or backup name was made from: `x.eml` of `x.eml~`, `.x.eml.swp`, `#x.eml#`,
    /// `x.eml.bak`; nil where it says nothing of one.
    public static func messageName(in name: some Collection<UInt8>) -> [UInt8]? {
        let name = Array(name.drop { marks.contains($0) })
        guard
            let end = name.indices.last(where: { index in
                index >= 4 && FileKind(name: name[...index]) == .message
            })
        else { return nil }
        return Array(name[...end])
    }

    /// What programs put in front.
    private static let marks = Array(".~#$".utf8)
}
