internal import IMAPValue
internal import MailModel

extension FlagChange {
    /// Without `\Deleted`, which is no flag of a user's.
    var withoutDeleted: FlagChange {
        func cleaned(_ flags: Flags) -> Flags {
            Flags(system: flags.system.subtracting(.deleted), keywords: flags.keywords)
        }
        return switch self {
        case .replace(let flags): .replace(cleaned(flags))
        case .add(let flags): .add(cleaned(flags))
        case .remove(let flags): .remove(cleaned(flags))
        }
    }

    /// What is to be sent so that flags become as wished that were seen as these, and what others set or take meanwhile stays.
    func differences(from seen: Flags) -> [FlagChange] {
        guard case .replace(let wanted) = self else { return [self] }
        func missing(_ flags: Flags, in others: Flags) -> Flags {
            let known = Set(others.keywords.map { $0.lowercased() })
            return Flags(
                system: flags.system.subtracting(others.system).subtracting(.deleted),
                keywords: flags.keywords.filter { !known.contains($0.lowercased()) })
        }
        let more = missing(wanted, in: seen)
        let less = missing(seen, in: wanted)
        return (more == Flags() ? [] : [.add(more)]) + (less == Flags() ? [] : [.remove(less)])
    }

    /// A change for each flag, which together do the same; itself alone where there is none.
    var single: [FlagChange] {
        func each(_ flags: Flags) -> [Flags] {
            Flags.System.named.filter { flags.system.contains($0.flag) }.map { Flags(system: $0.flag) }
                + flags.keywords.map { Flags(keywords: [$0]) }
        }
        return switch self {
        case .replace: [self]
        case .add(let flags): each(flags).map(FlagChange.add)
        case .remove(let flags): each(flags).map(FlagChange.remove)
        }
    }

    /// As `merged(with:)` with as many of the later changes as can be, in their order, and those that cannot.
    func merged(with later: [FlagChange]) -> (merged: FlagChange, others: [FlagChange]) {
        var merged = self
        for (index, change) in later.enumerated() {
            guard let both = merged.merged(with: change) else { return (merged, Array(later[index...])) }
            merged = both
        }
        return (merged, [])
    }

    /// One change that does what this one and then the other do; nil where there is none.
    func merged(with later: FlagChange) -> FlagChange? {
        if case .remove(let flags) = self, flags.isDeleted { return nil }
        switch (self, later) {
        case (_, .replace): return later
        case (.replace(let flags), _): return .replace(later.applied(to: flags))
        case (.add(let first), .add(let second)):
            return .add(Flags(system: first.system.union(second.system), keywords: first.keywords + second.keywords))
        case (.remove(let first), .remove(let second)):
            return .remove(Flags(system: first.system.union(second.system), keywords: first.keywords + second.keywords))
        case (.add, .remove), (.remove, .add): return nil
        }
    }
}

extension [FlagChange] {
    /// As many of them in one as can be; nil where there are none.
    var merged: FlagChange? { first?.merged(with: Array(dropFirst())).merged }
}
