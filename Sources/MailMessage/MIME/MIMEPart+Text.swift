extension MIMEPart {
    /// The set that a text is in, for all who read it: what the part names; of HTML, what the document says of itself; else US-ASCII, in
    /// which eight-bit octets are guessed at.
    ///
    /// - Parameter decoded: its content.
    public func charset(of decoded: [UInt8]) -> Charset {
        if let named = type.parameters["charset"] { return Charset(name: named.text) }
        if type.subtype == "html", let declared = MarkupText.charset(declaredIn: decoded) { return declared }
        return Charset(name: "us-ascii")
    }

    /// It says that it holds parts, and was left in one piece: encoded, nested too deeply, or without a boundary in it.
    public var isUnopened: Bool {
        !isContainer && (type.type == "multipart" || type.type == "message" && MIMEParser.isMessage(type.subtype))
    }
}
