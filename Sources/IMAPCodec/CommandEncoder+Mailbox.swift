internal import IMAPValue

extension CommandEncoder {
    ///     list             = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
    ///     mbox-or-pat      = list-mailbox / "(" list-mailbox *(SP list-mailbox) ")"
    ///     list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
    func list(
        _ reference: [UInt8], _ patterns: [[UInt8]], _ options: ListOptions, _ writer: inout CommandWriter
    ) throws(EncodingError) {
        guard !patterns.isEmpty else { throw .empty }
        if options.selection == [.recursiveMatch] { throw .contradictory("RECURSIVEMATCH alone") }
        writer.write("LIST ")
        let selection = ListOptions.Selection.allCases.filter(options.selection.contains).map(\.rawValue)
        if !selection.isEmpty { writer.write("(" + selection.joined(separator: " ") + ") ") }
        try writer.write(string: reference)
        writer.write(patterns.count > 1 ? " (" : " ")
        for (index, pattern) in patterns.enumerated() {
            if index > 0 { writer.write(" ") }
            try writer.write(string: pattern)
        }
        if patterns.count > 1 { writer.write(")") }
        var results = ListOptions.Return.allCases.filter(options.return.contains).map(\.rawValue)
        if !options.status.isEmpty {
            results.append("STATUS (" + options.status.map(\.rawValue).joined(separator: " ") + ")")
        }
        if !results.isEmpty { writer.write(" RETURN (" + results.joined(separator: " ") + ")") }
    }

    ///     select-param      =/ condstore-param / "QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids] ")"
    func select(_ parameters: SelectParameters, _ writer: inout CommandWriter) throws(EncodingError) {
        switch parameters {
        case .plain: return
        case .condstore: writer.write(" (CONDSTORE)")
        case .qresync(let validity, let modSequence, let known):
            writer.write(" (QRESYNC (\(validity) \(modSequence)")
            if let known { writer.write(" " + (try text(known))) }
            writer.write("))")
        }
    }

    /// Each message with its flag list, be it empty: there are servers that refuse to do without.
    ///
    ///     append     = "APPEND" SP mailbox 1*append-message
    ///     append-message = append-opts SP append-data
    ///     append-opts    = [SP flag-list] [SP date-time] *(SP append-ext)
    func append(
        _ name: [UInt8], _ messages: [AppendMessage], _ writer: inout CommandWriter
    ) throws(EncodingError) {
        guard !messages.isEmpty else { throw .empty }
        writer.write("APPEND ")
        try writer.write(string: name)
        for (index, message) in messages.enumerated() {
            writer.write(" ")
            try flagList(message.flags, &writer)
            if let date = message.internalDate { writer.write(" \"" + IMAPDate.format(date) + "\"") }
            writer.write(" ")
            writer.write(content: index, octets: message.octets)
        }
    }

    ///     notify      = "NOTIFY" SP (notify-set / notify-none)
    ///     notify-set  = "SET" [SP "STATUS"] SP event-groups
    ///     event-group = "(" filter-mailboxes SP events ")"
    func notify(_ set: NotifySet, _ writer: inout CommandWriter) throws(EncodingError) {
        guard !set.selected.isEmpty || !set.personal.isEmpty else { return writer.write("NOTIFY NONE") }
        writer.write(set.status ? "NOTIFY SET STATUS" : "NOTIFY SET")
        if !set.selected.isEmpty {
            try eventGroup("SELECTED", set.selected, fetch: set.selectedFetch, &writer)
        }
        if !set.personal.isEmpty { try eventGroup("PERSONAL", set.personal, fetch: [], &writer) }
    }

    ///     events        = ("(" event *(SP event) ")") / "NONE"
    ///     message-event = ("MessageNew" [SP "(" fetch-att *(SP fetch-att) ")"]) / "MessageExpunge" / "FlagChange" / …
    private func eventGroup(
        _ filter: String, _ events: [NotifySet.Event], fetch: [FetchItem], _ writer: inout CommandWriter
    ) throws(EncodingError) {
        let needed: Set<NotifySet.Event> = [.messageNew, .messageExpunge]
        let given = Set(events).intersection(needed)
        guard given.isEmpty || given == needed, !events.contains(.flagChange) || given == needed else {
            throw .contradictory("MessageNew and MessageExpunge go together, FlagChange with both")
        }
        writer.write(" (\(filter) (")
        for (index, event) in events.enumerated() {
            if index > 0 { writer.write(" ") }
            writer.write(event.rawValue)
            if event == .messageNew, !fetch.isEmpty {
                writer.write(" ")
                try fetchItems(fetch, &writer)
            }
        }
        writer.write("))")
    }
}
