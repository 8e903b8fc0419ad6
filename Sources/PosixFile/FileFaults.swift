#if DEBUG
    internal import Synchronization

    /// Lets calls of the system fail, for tests of what becomes of that. Not in a release.
    public enum FileFaults {
        /// The errno with which a call on a path is to fail; nil where it is to be made.
        public typealias Rule = @Sendable (FileCall, _ path: String) -> Int32?

        private static let rules = Mutex<[String: Rule]>([:])

        /// Asks `rule` before each call on a path that begins with `prefix`, on any thread, until `body` returns.
        public static func injecting<Value>(
            under prefix: String, _ rule: @escaping Rule, _ body: () throws -> Value
        ) rethrows -> Value {
            let end = inject(under: prefix, rule)
            defer { end() }
            return try body()
        }

        /// As `injecting`, until what is returned is called.
        public static func inject(under prefix: String, _ rule: @escaping Rule) -> @Sendable () -> Void {
            rules.withLock { $0[prefix] = rule }
            return { rules.withLock { $0[prefix] = nil } }
        }

        static func fault(_ call: FileCall, _ path: String) -> Int32? {
            let matching = rules.withLock { rules in
                rules.isEmpty ? [] : rules.filter { path.hasPrefix($0.key) }.map(\.value)
            }
            for rule in matching {
                if let code = rule(call, path) { return code }
            }
            return nil
        }
    }
#endif
