internal import GRDB

/// `state.sqlite`: what the server cannot give again. Attached as `state`; each commit is on the disk when it returns (synchronous = FULL).
///
/// - `meta`: `account`, `token` (pairs it with one cache), `commits` (counts the transactions that changed this file).
/// - `folder`: ids and paths given, and the folder as it was last listed. `raw_name` is NULL for a directory that only stands
///   between others; `path` is joined by slashes.
/// - `message`: ids and names given, by the key that the server understands. A row without its row in the cache's `listing` is a
///   message that is to be listed again: it keeps its id and name. `name_hash` only narrows the search for a name.
///
/// A journal of changes belongs here too, in tables of their own that a later migration adds.
enum StateSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator().disablingDeferredForeignKeyChecks()
        migrator.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) WITHOUT ROWID;
                    INSERT INTO meta VALUES ('commits', 0);
                    CREATE TABLE folder (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        raw_name BLOB UNIQUE,
                        separator INTEGER,
                        attributes INTEGER NOT NULL,
                        special_use TEXT,
                        mailbox_id BLOB,
                        path BLOB NOT NULL,
                        display_name TEXT NOT NULL
                    );
                    CREATE TABLE message (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        folder INTEGER NOT NULL,
                        uid_validity INTEGER NOT NULL,
                        uid INTEGER NOT NULL,
                        name_hash INTEGER NOT NULL,
                        name BLOB NOT NULL
                    );
                    CREATE UNIQUE INDEX message_uid ON message (folder, uid_validity, uid);
                    CREATE INDEX message_name ON message (folder, name_hash);
                    """)
        }
        return migrator
    }
}
