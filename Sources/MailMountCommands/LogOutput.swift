internal import Glibc
internal import Logging

/// Writes the log to standard error: lines with the time for people, or lines with the priority for the journal of systemd, which has
/// the time itself (sd-daemon(3)).
struct LogOutput: LogHandler {
    enum Form: Sendable {
        case timed
        case prioritised
    }

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let label: String
    private let form: Form
    private let file: LogFileSlot

    init(label: String, level: Logger.Level, form: Form, file: LogFileSlot) {
        self.label = label
        self.form = form
        self.file = file
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = Self.line(event.level, "\(event.message)", source: event.source, label: label, form: form)
        let octets = Array(line.utf8)
        _ = octets.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        file.current?.wrote(octets.count)
    }

    /// One line: a message of several would lose its priority from the second on.
    static func line(_ level: Logger.Level, _ message: String, source: String, label: String, form: Form) -> String {
        let text = message.contains("\n") ? message.split(separator: "\n").joined(separator: " | ") : message
        return switch form {
        case .timed: "\(time()) \(level) \(label): [\(source)] \(text)\n"
        case .prioritised: "<\(priority(of: level))>\(text)\n"
        }
    }

    /// Of syslog(3).
    static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }

    /// Whether a stream is the journal: systemd names its device and inode (systemd.exec(5)).
    static func isJournal(environment: [String: String], descriptor: Int32 = STDERR_FILENO) -> Bool {
        guard let stream = environment["JOURNAL_STREAM"] else { return false }
        return stream == name(of: descriptor)
    }

    /// `device:inode`; nil where the descriptor is none.
    static func name(of descriptor: Int32) -> String? {
        var facts = stat()
        return fstat(descriptor, &facts) == 0 ? "\(facts.st_dev):\(facts.st_ino)" : nil
    }

    private static func time() -> String {
        var now = Glibc.time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 40)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S%z", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
