/// What NOTIFY SET asked for (RFC 5465), and what was told last.
struct Notification {
    struct Events {
        var messageNew = false
        var messageExpunge = false
        var flagChange = false
        var mailboxName = false
        var subscriptionChange = false
        var items: [FetchItem]?
    }

    enum Filter {
        case inboxes, personal, subscribed
        case subtree([Name]), mailboxes([Name])
    }

    var selected: Events?
    var delaysSelected = false
    var groups: [(filter: Filter, events: Events)] = []
    var told: [Int: Summary] = [:]
    var toldSubscriptions: Set<Name> = []

    struct Summary: Equatable {
        var name: Name
        var messages: Int
        var uidNext: UInt32
        var uidValidity: UInt32
        var modSeq: UInt64
        var attributes: [String]
    }

    var watchesSelected: Bool { selected != nil }
    var newMessageItems: [FetchItem]? { selected?.items }

    /// The events of the first group that holds the folder.
    func events(_ name: Name, _ state: ServerState) -> Events? {
        groups.first { group in
            switch group.filter {
            case .inboxes: name == .inbox
            case .personal: true
            case .subscribed: state.mail.subscriptions.contains(name)
            case .mailboxes(let names): names.contains(name)
            case .subtree(let names):
                names.contains { $0 == name || name.isBelow($0, separator: state.mail.separator) }
            }
        }?.events
    }
}

extension Session {
    mutating func setNotification(
        _ arguments: inout Arguments, _ state: ServerState, _ answer: inout Answer
    ) throws(Refusal) {
        try require("NOTIFY", state)
        if arguments.take("NONE") {
            try arguments.end()
            notification = nil
            return
        }
        guard arguments.take("SET") else { throw .bad("Expected SET or NONE") }
        let wantsStatus = arguments.take("STATUS")
        var new = Notification()
        repeat {
            var group = Arguments(try arguments.list())
            let word = try group.atom().uppercased()
            var filter: Notification.Filter?
            switch word {
            case "SELECTED", "SELECTED-DELAYED": new.delaysSelected = word == "SELECTED-DELAYED"
            case "INBOXES": filter = .inboxes
            case "PERSONAL": filter = .personal
            case "SUBSCRIBED": filter = .subscribed
            case "SUBTREE": filter = .subtree(try Self.names(&group))
            case "MAILBOXES": filter = .mailboxes(try Self.names(&group))
            default: throw .bad("Unknown filter")
            }
            var events = Notification.Events()
            if !group.take("NONE") { events = try Self.events(try group.list(), selected: filter == nil, state) }
            try group.end()
            if let filter {
                new.groups.append((filter, events))
            } else {
                new.selected = events
            }
        } while !arguments.isAtEnd
        new.told = Self.summaries(state)
        new.toldSubscriptions = state.mail.subscriptions
        notification = new
        guard wantsStatus else { return }
        for folder in state.mail.folders where folder.isSelectable && folder.id != selected?.folder {
            guard let events = new.events(folder.name, state), events.messageNew || events.messageExpunge else {
                continue
            }
            try answer.untagged.append(statusLine(folder, Self.statusItems(state), state))
        }
    }

    private static func names(_ arguments: inout Arguments) throws(Refusal) -> [Name] {
        guard case .list(let tokens)? = arguments.next else { return [try arguments.name()] }
        arguments.skip()
        var inner = Arguments(tokens)
        var names: [Name] = []
        repeat { names.append(try inner.name()) } while !inner.isAtEnd
        return names
    }

    private static func events(
        _ tokens: [Token], selected: Bool, _ state: ServerState
    ) throws(Refusal) -> Notification.Events {
        var events = Notification.Events()
        var arguments = Arguments(tokens)
        repeat {
            let word = try arguments.atom().uppercased()
            switch word {
            case "MESSAGENEW":
                events.messageNew = true
                if case .list? = arguments.next, let token = arguments.next {
                    guard selected else { throw .bad("FETCH items are for SELECTED only") }
                    events.items = try FetchItem.items(token) { state.offers($0) }
                    arguments.skip()
                }
            case "MESSAGEEXPUNGE": events.messageExpunge = true
            case "FLAGCHANGE": events.flagChange = true
            case "MAILBOXNAME": events.mailboxName = true
            case "SUBSCRIPTIONCHANGE": events.subscriptionChange = true
            default:
                throw .no("[BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)] Unknown")
            }
        } while !arguments.isAtEnd
        // RFC 5465 section 5: these two come together, and flags only with both.
        if events.messageNew != events.messageExpunge || (events.flagChange && !events.messageNew) {
            throw .bad("MessageNew and MessageExpunge belong together")
        }
        if selected, events.mailboxName || events.subscriptionChange { throw .bad("Not for SELECTED") }
        return events
    }

    private static func summaries(_ state: ServerState) -> [Int: Notification.Summary] {
        var result: [Int: Notification.Summary] = [:]
        for folder in state.mail.folders {
            result[folder.id] = Notification.Summary(
                name: folder.name, messages: folder.messages.count, uidNext: folder.uidNext,
                uidValidity: folder.uidValidity, modSeq: folder.highestModSeq, attributes: folder.attributes)
        }
        return result
    }

    private static func statusItems(_ state: ServerState) -> [String] {
        ["MESSAGES", "UIDNEXT", "UIDVALIDITY"] + (state.offers("CONDSTORE") ? ["HIGHESTMODSEQ"] : [])
    }

    /// Tells what NOTIFY asked for about folders other than the selected one.
    mutating func notify(_ state: inout ServerState, _ answer: inout Answer) {
        guard let notification else { return }
        let now = Self.summaries(state)
        if now == notification.told, state.mail.subscriptions == notification.toldSubscriptions { return }
        for (_, old) in notification.told.sorted(by: { $0.key < $1.key })
        where !now.values.contains(where: { $0.name == old.name }) {
            let isRenamed = notification.told.contains { $0.value == old && now[$0.key] != nil }
            if !isRenamed, notification.events(old.name, state)?.mailboxName == true {
                answer.untagged.append(Self.listLine(old.name, ["\\NonExistent"], state))
            }
        }
        for folder in state.mail.folders {
            tell(folder, now[folder.id], notification, state, &answer)
        }
        for name in state.mail.subscriptions.symmetricDifference(notification.toldSubscriptions)
        where notification.events(name, state)?.subscriptionChange == true {
            let attributes = state.mail.subscriptions.contains(name) ? ["\\Subscribed"] : []
            answer.untagged.append(Self.listLine(name, attributes, state))
        }
        self.notification?.told = now
        self.notification?.toldSubscriptions = state.mail.subscriptions
    }

    private func tell(
        _ folder: Folder, _ new: Notification.Summary?, _ notification: Notification, _ state: ServerState,
        _ answer: inout Answer
    ) {
        guard let new, let events = notification.events(folder.name, state) else { return }
        let old = notification.told[folder.id]
        if events.mailboxName, old?.name != new.name || old?.attributes != new.attributes {
            var extended = ""
            if let old, old.name != new.name {
                let quoted = String(decoding: Wire.quoted(old.name.bytes), as: UTF8.self)
                extended = " (\"OLDNAME\" (\(quoted)))"
            }
            answer.untagged.append(Self.listLine(folder.name, folder.attributes, extended: extended, state))
        }
        guard folder.isSelectable, folder.id != selected?.folder else { return }
        let mailChanged =
            old.map { ($0.messages, $0.uidNext, $0.uidValidity) != (new.messages, new.uidNext, new.uidValidity) }
            ?? (new.messages > 0)
        let flagsChanged = events.flagChange && old.map { $0.modSeq != new.modSeq } ?? false
        guard (events.messageNew && mailChanged) || flagsChanged else { return }
        if let line = try? statusLine(folder, Self.statusItems(state), state) { answer.untagged.append(line) }
    }
}
