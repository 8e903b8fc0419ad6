/// Changes octets, and puts in words of the grammar, pieces of other entries and repetitions.
struct Mutator {
    var generator: Generator

    mutating func mutate() -> [UInt8] {
        var bytes = entry()
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            switch Int.random(in: 0..<7, using: &generator) {
            case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2: bytes.insert(contentsOf: Corpus.words.randomElement(using: &generator) ?? [], at: place)
            case 3: bytes.removeSubrange(place..<Int.random(in: place...bytes.count, using: &generator))
            case 4: bytes.insert(contentsOf: entry(), at: place)
            case 5:
                let end = Swift.min(bytes.count, place + Int.random(in: 0...20, using: &generator))
                let piece = Array(bytes[place..<end])
                for _ in 0..<Int.random(in: 1...30, using: &generator) { bytes.insert(contentsOf: piece, at: place) }
            default: bytes += entry()
            }
            if bytes.count > 4_096 { bytes.removeSubrange(4_096...) }
        }
        return bytes
    }

    /// At most eight places, ascending.
    mutating func cuts(of count: Int) -> [Int] {
        (0..<Int.random(in: 1...8, using: &generator)).map { _ in Int.random(in: 0...count, using: &generator) }
            .sorted()
    }

    private mutating func entry() -> [UInt8] {
        Corpus.entries.randomElement(using: &generator) ?? []
    }
}
