internal import GRDB
import IMAPValue
import MailModel

/// Finds names for new messages of one folder within one transaction.
struct NameGiver {
    private let naming: any MessageNaming
    private let epoch: UIDValidity
    /// The ordinal after the last one given to an identity that several messages of this transaction have.
    private var next: [MessageIdentity: Int] = [:]
    private let taken: TakenNames
    /// All that is taken, with what was given here.
    private(set) var known: KnownNames?

    init(
        _ naming: any MessageNaming, _ db: Database, _ folder: FolderID, _ epoch: UIDValidity, known: KnownNames?
    ) throws {
        self.naming = naming
        self.epoch = epoch
        self.known = known
        taken = try TakenNames(db, folder.rawValue)
    }

    /// The names of ordinal 1 of `NewMessages.count` messages, with their hashes; nil where one of them needs another.
    mutating func names(for messages: ArraySlice<MessageMetadata>) throws -> (names: [[UInt8]], hashes: [Int64])? {
        var names: [[UInt8]] = []
        var hashes: [Int64] = []
        names.reserveCapacity(messages.count)
        hashes.reserveCapacity(messages.count)
        var isCertain = known != nil
        for message in messages {
            guard next.isEmpty || next[message.identity] == nil else { return nil }
            let name = message.name ?? naming.name(for: message, ordinal: 1)
            let hash = NameGiver.hash(name)
            guard NameGiver.isFileName(name), !hashes.contains(hash) else { return nil }
            names.append(name)
            hashes.append(hash)
            if isCertain, known?.contains(hash) == true { isCertain = false }
        }
        guard try isCertain || taken.containsNone(of: hashes) else { return nil }
        for hash in hashes { known?.insert(hash) }
        return (names, hashes)
    }

    /// A name that no message of the folder has, and that nothing which waits there is to have: the one of ordinal 1, else of the ordinal after one that is taken, be it by a message
    /// with this identity or by a name that a program gave.
    mutating func name(for message: MessageMetadata) throws -> [UInt8] {
        let name = try found(for: message)
        known?.insert(NameGiver.hash(name))
        return name
    }

    private mutating func found(for message: MessageMetadata) throws -> [UInt8] {
        if next.isEmpty || next[message.identity] == nil {
            if let name = try free(message, 1) { return name }
        }
        // Equal messages come in thousands (cron): the gap is searched in growing steps, not one by one.
        var taken = next[message.identity].map { $0 - 1 } ?? 1
        var step = 1
        var found: (ordinal: Int, name: [UInt8])?
        while found == nil, step < 1 << 32 {
            if let name = try free(message, taken + step) {
                found = (taken + step, name)
            } else {
                taken += step
                step *= 2
            }
        }
        while let (ordinal, _) = found, ordinal - taken > 1 {
            let middle = taken + (ordinal - taken) / 2
            if let name = try free(message, middle) { found = (middle, name) } else { taken = middle }
        }
        guard let found else { return Array("\(epoch)-\(message.uid).eml".utf8) }
        next[message.identity] = found.ordinal + 1
        return found.name
    }

    /// FNV-1a, 64 bits.
    static func hash(_ name: [UInt8]) -> Int64 {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for octet in name { value = (value ^ UInt64(octet)) &* 0x100_0000_01B3 }
        return Int64(bitPattern: value)
    }

    /// The name of an ordinal where it is a file name and not taken.
    private func free(_ message: MessageMetadata, _ ordinal: Int) throws -> [UInt8]? {
        let made = ordinal == 1 ? message.name : nil
        let name = made ?? naming.name(for: message, ordinal: ordinal)
        guard NameGiver.isFileName(name) else { return nil }
        return try taken.contains(name) ? nil : name
    }

    private static func isFileName(_ name: [UInt8]) -> Bool {
        guard !name.isEmpty, name.count <= 255 else { return false }
        for octet in name where octet == 0 || octet == 0x2F { return false }
        return name[0] != 0x2E || (name != [0x2E] && name != [0x2E, 0x2E])
    }
}
