internal import GRDB

extension Configuration {
    /// Of every file: who finds it locked waits.
    ///
    /// With a write-ahead log a writer is not alone either: a reader that finds the log's header half written takes the writer's lock to
    /// look again.
    static var waiting: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        return configuration
    }
}
