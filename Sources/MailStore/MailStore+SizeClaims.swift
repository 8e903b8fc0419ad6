internal import GRDB
import Synchronization

extension MailStore {
    /// How the sizes that this account's server claimed compare with what was received. Lost together with the cache.
    public var sizeClaims: SizeClaims { claims.withLock { $0 } }

    static let sizeClaimsKey = "server.size-claims"

    /// Takes in what a batch of bodies has shown; within its transaction.
    ///
    /// - Returns: what is known then, for when the transaction has succeeded.
    func note(_ new: SizeClaims, _ db: Database) throws -> SizeClaims {
        let old = sizeClaims
        var sum = old
        sum.add(new)
        if sum != old {
            let put = try Query(db, "INSERT OR REPLACE INTO main.setting VALUES (?, ?)")
            put.bind(1, Self.sizeClaimsKey)
            put.bind(2, sum.text)
            try put.run()
        }
        return sum
    }

    /// A body that could not be kept had another size than was claimed.
    public func noteWrongSizeClaim() throws {
        var one = SizeClaims()
        one.note(isRight: false)
        try inTransaction { db in
            try note(one, db)
        } then: { sum in
            claims.withLock { $0 = sum }
        }
    }
}
