/// How many of each letter there may be at the end of a program, by what was done.
struct Ledger {
    private struct Entry {
        /// Ever made.
        var made = 0
        var least = 0
        var most = 0
        /// Another client has had it in hands: what was asked of it here may have been refused.
        var isContested = false
        var wasDeleted = false
    }

    private var entries: [Int: Entry] = [:]

    mutating func made(_ letter: Int) {
        entries[letter, default: Entry()].made += 1
        entries[letter, default: Entry()].least += 1
        entries[letter, default: Entry()].most += 1
    }

    /// One was deleted, here.
    mutating func deleted(_ letter: Int) {
        entries[letter, default: Entry()].least -= 1
        entries[letter, default: Entry()].most -= 1
        entries[letter]?.wasDeleted = true
        if entries[letter]?.isContested == true { entries[letter]?.least = 0 }
    }

    /// One was brought back: from deletion, where one was deleted, else from Trash. Of one that another client has had in hands that was
    /// said before it was known.
    mutating func back(_ letter: Int) {
        guard let entry = entries[letter], entry.most < entry.made else { return }
        if !entry.isContested { entries[letter, default: Entry()].least += 1 }
        entries[letter, default: Entry()].most += 1
    }

    /// Another client has moved or flagged one.
    mutating func contested(_ letter: Int) {
        entries[letter, default: Entry()].isContested = true
        // It may have been flagged as deleted, and what was to take that back refused.
        if entries[letter]?.wasDeleted == true { entries[letter]?.least = 0 }
    }

    /// Another client has expunged one, which may have been a deleted one.
    mutating func expunged(_ letter: Int) {
        entries[letter, default: Entry()].least -= 1
        entries[letter, default: Entry()].isContested = true
    }

    /// The program ended in a call with it: one more or less may be there, and was made.
    mutating func uncertain(_ letter: Int) {
        entries[letter, default: Entry()].made += 1
        entries[letter, default: Entry()].least -= 1
        entries[letter, default: Entry()].most += 1
    }

    /// Each as often as it was deleted.
    var deletedLetters: [Int] {
        entries.filter { $0.value.wasDeleted }.flatMap { letter, entry in
            Array(repeating: letter, count: max(1, entry.made - entry.most))
        }.sorted()
    }

    /// What contradicts it.
    func contradictions(of found: [Int: Int]) -> [String] {
        Set(entries.keys).union(found.keys).sorted().compactMap { letter in
            guard let entry = entries[letter] else { return "letter \(letter) comes from nowhere" }
            let count = found[letter, default: 0]
            let most = entry.isContested ? entry.made : entry.most
            if count < entry.least { return "letter \(letter) is there \(count) times, not \(entry.least) or more" }
            if count > most { return "letter \(letter) is there \(count) times, not \(most) at most" }
            return nil
        }
    }
}
