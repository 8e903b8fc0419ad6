internal import GRDB

/// `state.sqlite`: what the server cannot give again. Attached as `state`; each commit is on the disk when it returns (synchronous = FULL).
///
/// - `meta`: `account`, `token` (pairs it with one cache), `commits` (counts the transactions that changed this file).
/// - `folder`: ids and paths given, and the folder as it was last listed. `raw_name` is NULL for a directory that only stands
///   between others; `path` is joined by slashes. `limbo` is the time at which the server was found not to have it any more, its name is
///   `limbo_name` then; NULL while it has.
/// - `message`: ids and names given, by the key that the server understands. A row without its row in the cache's `listing` is a
///   message that is to be listed again: it keeps its id and name. `name_hash` only narrows the search for a name.
///
/// - `operation`: the journal. `folder` is a target, or the folder whose own life is changed; which columns a kind of change uses is
///   said in `OperationColumns`. `held` is 1 for a deletion that is not sent before somebody releases it, `identity`
///   that of the message when a move was sent last.
/// - `local_file`: files whose octets are in the spool. `flags` are those that it was given before it had an upload, `own_name` is the name
///   that it had as one; NULL where there are none.
/// - `spool_removed`: ids whose row left `local_file`: their files in the spool are to go. A file of an id that is in none of these tables is
///   one whose row was lost.
/// - `deleted_file`: files that were deleted before the server had them, and until when they can be brought back.
/// - `saved_search`: queries that have a directory in the mount.
/// - `trashed`: messages that were deleted by a move, and the folder and name to which that is taken back.
/// - `expected`: messages brought to their folder without a known UID, by what the arriving one must equal.
///
/// A message without a known UID has the `uid_validity` 0, which no epoch has, and its id for `uid`.
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
        migrator.registerMigration("2") { db in
            try db.execute(
                sql: """
                    CREATE TABLE operation (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        kind TEXT NOT NULL,
                        message INTEGER,
                        other INTEGER,
                        folder INTEGER,
                        name_hash INTEGER,
                        name BLOB,
                        flags TEXT,
                        size INTEGER,
                        sha256 BLOB,
                        time INTEGER,
                        path BLOB,
                        state INTEGER NOT NULL,
                        failure TEXT,
                        failure_text TEXT,
                        after INTEGER,
                        arrives_from INTEGER,
                        attempts INTEGER NOT NULL,
                        made INTEGER NOT NULL
                    );
                    CREATE INDEX operation_message ON operation (message) WHERE message IS NOT NULL;
                    CREATE INDEX operation_name ON operation (folder, name_hash) WHERE folder IS NOT NULL;
                    CREATE INDEX operation_after ON operation (after) WHERE after IS NOT NULL;
                    CREATE TABLE local_file (
                        id INTEGER PRIMARY KEY,
                        folder INTEGER NOT NULL,
                        name_hash INTEGER NOT NULL,
                        name BLOB NOT NULL,
                        purpose INTEGER NOT NULL,
                        size INTEGER NOT NULL,
                        modified INTEGER NOT NULL,
                        modified_was_set INTEGER NOT NULL
                    );
                    CREATE INDEX local_file_name ON local_file (folder, name_hash);
                    CREATE TABLE expected (
                        id INTEGER PRIMARY KEY,
                        folder INTEGER NOT NULL,
                        identity BLOB NOT NULL,
                        internal_date INTEGER NOT NULL,
                        uid_validity INTEGER NOT NULL,
                        arrives_from INTEGER NOT NULL
                    );
                    CREATE INDEX expected_identity ON expected (folder, identity);
                    """)
        }
        migrator.registerMigration("folders set aside") { db in
            try db.execute(
                sql: """
                    ALTER TABLE folder ADD COLUMN limbo INTEGER;
                    ALTER TABLE folder ADD COLUMN limbo_name BLOB;
                    """)
        }
        migrator.registerMigration("files removed") { db in
            try db.execute(
                sql: """
                    CREATE TABLE spool_removed (id INTEGER PRIMARY KEY);
                    CREATE TRIGGER local_file_removed AFTER DELETE ON local_file BEGIN
                        INSERT OR IGNORE INTO spool_removed VALUES (old.id);
                    END;
                    CREATE TRIGGER local_file_made AFTER INSERT ON local_file BEGIN
                        DELETE FROM spool_removed WHERE id = new.id;
                    END;
                    """)
        }
        migrator.registerMigration("deleted mail that was moved") { db in
            try db.execute(
                sql: """
                    CREATE TABLE trashed (
                        message INTEGER PRIMARY KEY,
                        folder INTEGER NOT NULL,
                        name BLOB NOT NULL,
                        until INTEGER NOT NULL
                    );
                    """)
        }
        migrator.registerMigration("deleted files") { db in
            try db.execute(
                sql: """
                    CREATE TABLE deleted_file (
                        id INTEGER PRIMARY KEY,
                        folder INTEGER NOT NULL,
                        name BLOB NOT NULL,
                        size INTEGER NOT NULL,
                        modified INTEGER NOT NULL,
                        modified_was_set INTEGER NOT NULL,
                        until INTEGER NOT NULL
                    );
                    """)
        }
        migrator.registerMigration("deletions that are held") { db in
            try db.execute(sql: "ALTER TABLE operation ADD COLUMN held INTEGER NOT NULL DEFAULT 0")
        }
        migrator.registerMigration("saved searches") { db in
            try db.execute(sql: "CREATE TABLE saved_search (query TEXT PRIMARY KEY) WITHOUT ROWID;")
        }
        migrator.registerMigration("what files were given") { db in
            try db.execute(
                sql: """
                    ALTER TABLE local_file ADD COLUMN flags TEXT;
                    ALTER TABLE local_file ADD COLUMN own_name BLOB;
                    ALTER TABLE deleted_file ADD COLUMN flags TEXT;
                    """)
        }
        migrator.registerMigration("what was sent") { db in
            try db.execute(sql: "ALTER TABLE operation ADD COLUMN identity BLOB")
        }
        return migrator
    }
}
