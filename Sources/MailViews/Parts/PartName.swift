package import MailMessage

/// What a part is called in its directory: the name that its sender gave it, made safe, else `part-1.txt`.
package enum PartName {
    /// Octets of a name, its number included.
    package static let limit = 200

    /// The names of parts that lie beside each other, all different. The later one of two that are called the same gets `-2`.
    package static func all(of parts: [MIMEPart], in message: [UInt8]) -> [[UInt8]] {
        var taken: Set<[UInt8]> = []
        var next: [[UInt8]: Int] = [:]
        return parts.enumerated().map { position, part in
            let wanted = name(of: part, at: position, in: message)
            var name = wanted
            while !taken.insert(name).inserted {
                let number = next[wanted, default: 2]
                next[wanted] = number + 1
                name = numbered(wanted, number)
            }
            return name
        }
    }

    private static func name(of part: MIMEPart, at position: Int, in message: [UInt8]) -> [UInt8] {
        let given = part.fileName(in: message).map(safe) ?? []
        return given.isEmpty ? Array("part-\(position + 1)\(ending(of: part))".utf8) : given
    }

    /// Neither a path nor hidden, and nothing that a terminal obeys: separators and control characters become `_`; dots and blanks at the
    /// beginning go, blanks at the end too.
    static func safe(_ name: String) -> [UInt8] {
        var scalars = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: scalars.append("_")
            default: scalars.append(scalar == "/" || scalar == "\\" ? "_" : scalar)
            }
        }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        let text = String(scalars.drop { $0 == "." || $0.properties.isWhitespace })
        return shortened(Array(text.utf8), to: limit)
    }

    /// Keeps the ending, and cuts between characters.
    private static func shortened(_ name: [UInt8], to limit: Int) -> [UInt8] {
        guard name.count > limit else { return name }
        let (stem, ending) = split(name)
        var end = max(0, limit - ending.count)
        while end > 0, stem[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(stem[..<end]) + ending
    }

    private static func numbered(_ name: [UInt8], _ number: Int) -> [UInt8] {
        let suffix = Array("-\(number)".utf8)
        let (stem, ending) = split(shortened(name, to: limit - suffix.count))
        return stem + suffix + ending
    }

    /// At the last dot, where what follows can be a type's ending.
    private static func split(_ name: [UInt8]) -> (stem: [UInt8], ending: [UInt8]) {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0, name.count - dot <= 16 else {
            return (name, [])
        }
        return (Array(name[..<dot]), Array(name[dot...]))
    }

    private static let endings = [
        "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv", "text/vcard": ".vcf",
        "text/x-vcard": ".vcf", "text/x-patch": ".patch", "text/x-diff": ".diff", "text/xml": ".xml",
        "text/rtf": ".rtf", "text/markdown": ".md", "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif",
        "image/webp": ".webp", "image/tiff": ".tiff", "image/bmp": ".bmp", "image/svg+xml": ".svg",
        "audio/mpeg": ".mp3", "audio/ogg": ".ogg", "audio/wav": ".wav", "video/mp4": ".mp4",
        "application/pdf": ".pdf", "application/zip": ".zip", "application/gzip": ".gz", "application/xml": ".xml",
        "application/json": ".json", "application/rtf": ".rtf", "application/msword": ".doc",
        "application/vnd.ms-excel": ".xls", "application/vnd.oasis.opendocument.text": ".odt",
        "application/vnd.oasis.opendocument.spreadsheet": ".ods",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
        "application/pgp-signature": ".asc", "application/pgp-keys": ".asc", "application/pgp-encrypted": ".asc",
        "application/pkcs7-signature": ".p7s", "application/x-pkcs7-signature": ".p7s",
        "application/pkcs7-mime": ".p7m", "message/rfc822": ".eml", "message/global": ".eml",
    ]

    private static func ending(of part: MIMEPart) -> String {
        switch part.content {
        case .multipart: ""
        case .message: ".eml"
        case .leaf: endings[part.type.name] ?? (["text", "message"].contains(part.type.type) ? ".txt" : ".bin")
        }
    }
}
