internal import GRDB

/// `index.sqlite`: what the server can give again. A lost commit costs a listing, so commits are not waited for (synchronous = NORMAL).
///
/// - `meta`: `account`, `token` and `commits` as the state's had them when this file was last written; `open` while a store uses it.
/// - `setting`: small facts learnt about the server.
/// - `flag_set`: each distinct set of flags once.
/// - `folder`: the cursor, the number of messages and the time of the listing's last change, by the state's folder id.
/// - `listing`: one message of a folder, by the state's message id; `marks` are `ListingMarks`. Clustered by folder, since it is
///   read a whole folder at a time.
/// - `candidate`: messages of a folder's earlier epochs while its new one is listed, by what an arriving message must equal.
/// - `header`: the stored header fields, apart because a listing does not read them; `labels` are Gmail's, as `LabelColumn` writes them, and
///   NULL where nothing is known of them.
/// - `reference`: References and In-Reply-To of messages of which somebody has asked for them. A row goes with its header, and where that goes.
/// - `body`: a file `bodies/xx/<id>`. `identity` only where it proves equal bytes. `limbo` is the time at which its message went
///   away; NULL while the message is there.
enum CacheSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator().disablingDeferredForeignKeyChecks()
        migrator.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) WITHOUT ROWID;
                    INSERT INTO meta VALUES ('commits', 0), ('open', 0);
                    CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
                    CREATE TABLE flag_set (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
                    CREATE TABLE folder (
                        id INTEGER PRIMARY KEY,
                        uid_validity INTEGER,
                        uid_next INTEGER NOT NULL DEFAULT 1,
                        highest_modseq INTEGER,
                        is_listed INTEGER NOT NULL DEFAULT 0,
                        messages INTEGER NOT NULL DEFAULT 0,
                        listing_changed INTEGER NOT NULL DEFAULT 0
                    );
                    CREATE TABLE listing (
                        folder INTEGER NOT NULL,
                        id INTEGER NOT NULL,
                        size INTEGER NOT NULL,
                        internal_date INTEGER NOT NULL,
                        flags INTEGER NOT NULL,
                        flags_changed INTEGER NOT NULL,
                        marks INTEGER NOT NULL,
                        identity BLOB NOT NULL,
                        PRIMARY KEY (folder, id)
                    ) WITHOUT ROWID;
                    CREATE TABLE candidate (
                        folder INTEGER NOT NULL,
                        identity BLOB NOT NULL,
                        uid_validity INTEGER NOT NULL,
                        uid INTEGER NOT NULL,
                        id INTEGER NOT NULL,
                        PRIMARY KEY (folder, identity, uid_validity, uid)
                    ) WITHOUT ROWID;
                    CREATE TABLE header (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
                    CREATE TABLE body (
                        id INTEGER PRIMARY KEY,
                        size INTEGER NOT NULL,
                        sha256 BLOB NOT NULL,
                        used INTEGER NOT NULL,
                        identity BLOB,
                        limbo INTEGER
                    );
                    CREATE INDEX body_used ON body (limbo, used, size);
                    CREATE INDEX body_identity ON body (identity) WHERE identity IS NOT NULL;
                    """)
        }
        migrator.registerMigration("2") { db in
            try db.execute(sql: "CREATE INDEX body_size ON body (size)")
        }
        migrator.registerMigration("3") { db in
            try db.execute(
                sql: """
                    CREATE TABLE reference (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
                    CREATE TRIGGER header_deleted AFTER DELETE ON header BEGIN
                        DELETE FROM reference WHERE id = OLD.id;
                    END;
                    CREATE TRIGGER header_moved AFTER UPDATE OF id ON header BEGIN
                        DELETE FROM reference WHERE id = NEW.id;
                        UPDATE reference SET id = NEW.id WHERE id = OLD.id;
                    END;
                    """)
        }
        migrator.registerMigration("4") { db in
            try db.execute(sql: "ALTER TABLE header ADD COLUMN labels TEXT")
        }
        return migrator
    }
}

/// What is known of a message besides its numbers.
struct ListingMarks: OptionSet, Sendable {
    let rawValue: Int64

    /// The size is the length of a body that was received.
    static let sizeIsProven = ListingMarks(rawValue: 1)
    /// The body has a row and a file.
    static let isCached = ListingMarks(rawValue: 2)
    /// Equal identity means equal bytes.
    static let identityIsProof = ListingMarks(rawValue: 4)
}
