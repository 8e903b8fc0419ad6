extension Session {
    /// The options of LIST, RFC 5258 section 3.
    private struct ListOptions {
        var subscribedOnly = false
        var specialUseOnly = false
        var recursive = false
        var returnsSubscribed = false
        var returnsChildren = false
        var returnsSpecialUse = false
        var statusItems: [String] = []
        var isExtended = false
    }

    mutating func list(_ arguments: inout Arguments, _ state: ServerState, _ answer: inout Answer) throws(Refusal) {
        var options = ListOptions()
        if case .list(let tokens)? = arguments.next {
            arguments.skip()
            try selection(tokens, state, &options)
        }
        let reference = try arguments.astring()
        var patterns: [[UInt8]] = []
        if case .list(let tokens)? = arguments.next {
            arguments.skip()
            try require("LIST-EXTENDED", state)
            options.isExtended = true
            var inner = Arguments(tokens)
            repeat { patterns.append(try inner.astring()) } while !inner.isAtEnd
        } else {
            patterns = [try pattern(&arguments)]
        }
        if arguments.take("RETURN") { try returns(try arguments.list(), state, &options) }
        try arguments.end()
        if patterns == [[]], !options.isExtended {
            answer.add("LIST (\\Noselect) \(Self.separatorText(state)) \"\"")
            return
        }
        let matchers = patterns.map { FolderPattern(bytes: reference + $0, separator: state.mail.separator) }
        let known = firstListed ?? Set(state.mail.folders.map(\.name))
        firstListed = known
        for folder in state.mail.folders where matchers.contains(where: { $0.matches(folder.name) }) {
            if state.configuration.listsAsBefore, !known.contains(folder.name) { continue }
            let subscribed = state.mail.subscriptions.contains(folder.name)
            if options.specialUseOnly, folder.specialUse == nil { continue }
            var childInfo = false
            if options.subscribedOnly, !subscribed {
                childInfo =
                    options.recursive
                    && state.mail.subscriptions.contains { $0.isBelow(folder.name, separator: state.mail.separator) }
                if !childInfo { continue }
            }
            var attributes = folder.attributes
            if options.returnsChildren || (!options.isExtended && state.offers("CHILDREN")) {
                attributes.append(state.mail.hasChildren(folder.name) ? "\\HasChildren" : "\\HasNoChildren")
            }
            if (options.returnsSubscribed || options.subscribedOnly) && subscribed { attributes.append("\\Subscribed") }
            let tellsUse =
                options.returnsSpecialUse || options.specialUseOnly
                || (!options.isExtended && state.configuration.specialUseInPlainList && state.offers("SPECIAL-USE"))
            if tellsUse, let use = folder.specialUse { attributes.append(use) }
            answer.untagged.append(
                Self.listLine(
                    folder.name, attributes, extended: childInfo ? " (\"CHILDINFO\" (\"SUBSCRIBED\"))" : "", state))
            if !options.statusItems.isEmpty, folder.isSelectable {
                answer.untagged.append(try statusLine(folder, options.statusItems, state))
            }
        }
        guard options.subscribedOnly else { return }
        for name in state.mail.subscriptions.sorted(by: { $0.text < $1.text })
        where state.mail.folder(name) == nil && matchers.contains(where: { $0.matches(name) }) {
            answer.untagged.append(Self.listLine(name, ["\\NonExistent", "\\Subscribed"], state))
        }
    }

    static func listLine(
        _ name: Name, _ attributes: [String], extended: String = "", _ state: ServerState
    ) -> [UInt8] {
        [UInt8]("* LIST (\(attributes.joined(separator: " "))) \(separatorText(state)) ".utf8)
            + Wire.string(name.bytes, style: state.configuration.nameStyle) + [UInt8](extended.utf8) + [0x0D, 0x0A]
    }

    func lsub(_ arguments: inout Arguments, _ state: ServerState, _ answer: inout Answer) throws(Refusal) {
        let reference = try arguments.astring()
        let matcher = FolderPattern(bytes: reference + (try pattern(&arguments)), separator: state.mail.separator)
        try arguments.end()
        for name in state.mail.subscriptions.sorted(by: { $0.text < $1.text }) where matcher.matches(name) {
            let attributes = state.mail.folder(name)?.isSelectable == true ? "" : "\\Noselect"
            answer.untagged.append(
                [UInt8]("* LSUB (\(attributes)) \(Self.separatorText(state)) ".utf8)
                    + Wire.string(name.bytes, style: state.configuration.nameStyle) + [0x0D, 0x0A])
        }
    }

    private func pattern(_ arguments: inout Arguments) throws(Refusal) -> [UInt8] { try arguments.astring() }

    private func selection(_ tokens: [Token], _ state: ServerState, _ options: inout ListOptions) throws(Refusal) {
        options.isExtended = true
        for option in try tokens.atoms() {
            switch option.uppercased() {
            case "SPECIAL-USE" where state.offers("SPECIAL-USE"): options.specialUseOnly = true
            case _ where !state.offers("LIST-EXTENDED"): throw .bad("No LIST-EXTENDED here")
            case "SUBSCRIBED": options.subscribedOnly = true
            case "RECURSIVEMATCH": options.recursive = true
            case "REMOTE": break
            default: throw .bad("Unknown selection option")
            }
        }
        if options.recursive, !options.subscribedOnly { throw .bad("RECURSIVEMATCH alone") }
    }

    private func returns(_ tokens: [Token], _ state: ServerState, _ options: inout ListOptions) throws(Refusal) {
        options.isExtended = true
        var arguments = Arguments(tokens)
        while !arguments.isAtEnd {
            switch try arguments.atom().uppercased() {
            case "SPECIAL-USE" where state.offers("SPECIAL-USE"): options.returnsSpecialUse = true
            case "STATUS" where state.offers("LIST-STATUS"): options.statusItems = try arguments.list().atoms()
            case _ where !state.offers("LIST-EXTENDED"): throw .bad("No LIST-EXTENDED here")
            case "SUBSCRIBED": options.returnsSubscribed = true
            case "CHILDREN": options.returnsChildren = true
            default: throw .bad("Unknown return option")
            }
        }
    }
}
