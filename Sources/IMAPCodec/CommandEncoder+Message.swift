internal import IMAPValue

extension CommandEncoder {
    ///     fetch          = "FETCH" SP sequence-set SP (… / "(" fetch-att *(SP fetch-att) ")") [SP fetch-modifiers]
    ///     fetch-modifier =/ "CHANGEDSINCE" SP mod-sequence-value / "VANISHED"
    func fetch(
        _ set: FetchSet, _ items: [FetchItem], _ changedSince: ModSequence?, _ vanished: Bool,
        _ writer: inout CommandWriter
    ) throws(EncodingError) {
        guard changedSince != nil || !vanished else { throw .contradictory("VANISHED without CHANGEDSINCE") }
        writer.write("UID FETCH " + (try text(set)) + " ")
        try fetchItems(items, &writer)
        if let changedSince {
            writer.write(" (CHANGEDSINCE \(changedSince)" + (vanished ? " VANISHED)" : ")"))
        }
    }

    func text(_ set: FetchSet) throws(EncodingError) -> String {
        switch set {
        case .uids(let set): try text(set)
        case .from(let uid): "\(uid):*"
        case .last: "*"
        }
    }

    ///     "(" fetch-att *(SP fetch-att) ")"
    func fetchItems(_ items: [FetchItem], _ writer: inout CommandWriter) throws(EncodingError) {
        guard !items.isEmpty else { throw .empty }
        writer.write("(")
        for (index, item) in items.enumerated() {
            if index > 0 { writer.write(" ") }
            try fetchItem(item, &writer)
        }
        writer.write(")")
    }

    ///     fetch-att =/ "BODY.PEEK" section ["<" number "." nz-number ">"] / "BODYSTRUCTURE" /
    ///                  "BINARY.PEEK" section-binary / "BINARY.SIZE" section-binary
    private func fetchItem(_ item: FetchItem, _ writer: inout CommandWriter) throws(EncodingError) {
        switch item {
        case .uid: writer.write("UID")
        case .flags: writer.write("FLAGS")
        case .size: writer.write("RFC822.SIZE")
        case .internalDate: writer.write("INTERNALDATE")
        case .modSequence: writer.write("MODSEQ")
        case .emailID: writer.write("EMAILID")
        case .gmailMessageID: writer.write("X-GM-MSGID")
        case .gmailLabels: writer.write("X-GM-LABELS")
        case .header: writer.write("BODY.PEEK[HEADER]")
        case .body: writer.write("BODY.PEEK[]")
        case .partialBody(let offset, let count):
            guard count > 0 else { throw .contradictory("partial FETCH of no octets") }
            writer.write("BODY.PEEK[]<\(offset).\(count)>")
        case .bodyStructure: writer.write("BODYSTRUCTURE")
        case .part(let number): writer.write("BODY.PEEK[\(number)]")
        case .partHeader(let number): writer.write("BODY.PEEK[\(number).MIME]")
        case .decodedPart(let number): writer.write("BINARY.PEEK[\(number)]")
        case .decodedSize(let number): writer.write("BINARY.SIZE[\(number)]")
        case .headerFields(let names):
            guard !names.isEmpty else { throw .empty }
            writer.write("BODY.PEEK[HEADER.FIELDS (")
            for (index, name) in names.enumerated() {
                if index > 0 { writer.write(" ") }
                try writer.write(fieldName: name)
            }
            writer.write(")]")
        }
    }

    ///     search     = "SEARCH" [search-return-opts] SP ["CHARSET" SP charset SP] search-key *(SP search-key)
    func search(_ search: UIDSearch, _ writer: inout CommandWriter) throws(EncodingError) {
        guard !search.keys.isEmpty else { throw .empty }
        writer.write(search.returnsAll ? "UID SEARCH RETURN (ALL)" : "UID SEARCH")
        let isASCII = search.keys.allSatisfy { key in
            switch key {
            case .header(_, let value), .text(let value), .body(let value), .gmailRaw(let value):
                value.allSatisfy { $0 < 0x80 }
            case .all, .uids, .larger, .smaller, .deleted, .undeleted, .keyword: true
            }
        }
        // After UTF8=ACCEPT a charset is an error (RFC 6855 section 3).
        if !isASCII, !utf8Accepted { writer.write(" CHARSET UTF-8") }
        for key in search.keys {
            writer.write(" ")
            switch key {
            case .all: writer.write("ALL")
            case .uids(let set): writer.write("UID " + (try text(set)))
            case .larger(let octets): writer.write("LARGER \(octets)")
            case .smaller(let octets): writer.write("SMALLER \(octets)")
            case .deleted: writer.write("DELETED")
            case .undeleted: writer.write("UNDELETED")
            case .keyword(let keyword):
                writer.write("KEYWORD ")
                try writer.write(flag: keyword)
            case .text(let value):
                writer.write("TEXT ")
                try writer.write(string: value)
            case .body(let value):
                writer.write("BODY ")
                try writer.write(string: value)
            case .gmailRaw(let value):
                writer.write("X-GM-RAW ")
                try writer.write(string: value)
            case .header(let name, let value):
                writer.write("HEADER ")
                try writer.write(fieldName: name)
                writer.write(" ")
                try writer.write(string: value)
            }
        }
    }

    ///     store           = "STORE" SP sequence-set [SP "(" store-modifier ")"] SP store-att-flags
    ///     store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP flag-list
    func store(
        _ set: UIDSet, _ action: StoreAction, _ flags: Flags, _ silent: Bool, _ unchangedSince: ModSequence?,
        _ writer: inout CommandWriter
    ) throws(EncodingError) {
        writer.write("UID STORE " + (try text(set)) + " ")
        if let unchangedSince { writer.write("(UNCHANGEDSINCE \(unchangedSince)) ") }
        writer.write(action.sign + (silent ? "FLAGS.SILENT " : "FLAGS "))
        try flagList(flags, &writer)
    }

    /// A label of Gmail's own begins with a backslash and is a string like the others.
    ///
    ///     store-att-flags =/ ["+" / "-"] "X-GM-LABELS" SP "(" astring *(SP astring) ")"
    func storeLabels(
        _ set: UIDSet, _ action: StoreAction, _ labels: [[UInt8]], _ writer: inout CommandWriter
    ) throws(EncodingError) {
        guard !labels.isEmpty else { throw .empty }
        writer.write("UID STORE " + (try text(set)) + " \(action.sign)X-GM-LABELS (")
        for (index, label) in labels.enumerated() {
            if index > 0 { writer.write(" ") }
            try writer.write(string: label)
        }
        writer.write(")")
    }
}

extension StoreAction {
    fileprivate var sign: String {
        switch self {
        case .add: "+"
        case .remove: "-"
        case .replace: ""
        }
    }
}

extension CommandWriter {
    /// A header field name: printable ASCII without colon (RFC 5322 section 3.6.8), here an atom besides.
    ///
    ///     header-fld-name = astring
    mutating func write(fieldName name: String) throws(EncodingError) {
        guard !name.utf8.contains(UInt8(ascii: ":")) else { throw .notAnAtom(name) }
        try write(atom: name)
    }
}
