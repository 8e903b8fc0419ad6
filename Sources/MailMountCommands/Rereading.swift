/// What has changed in the configuration of an account that is mounted: what the mount takes over, and what waits for the next one.
struct Rereading: Equatable {
    /// Where the password or token comes from.
    var changesCredentials = false
    /// What is run for events.
    var changesCommand = false
    /// Keys that count from the next mount on, in order.
    var later: [String] = []

    private static let ofCredentials: Set<String> = [
        "password-command", "password-file", "token-command", "oauth2", "oauth2-scope", "client-id", "client-secret",
    ]

    init() {}

    init(from old: Settings, to new: Settings) {
        for name in Set(old.values.keys).union(new.values.keys).sorted() where old.values[name] != new.values[name] {
            if Self.ofCredentials.contains(name) {
                changesCredentials = true
            } else if name == "on-event" {
                changesCommand = true
            } else {
                later.append(name)
            }
        }
    }

    /// For the log; names no values.
    var summary: String {
        var taken: [String] = []
        if changesCredentials { taken.append("where the password comes from") }
        if changesCommand { taken.append("on-event") }
        var parts = [
            taken.isEmpty ? "the configuration was read again" : "read again: \(taken.joined(separator: " and "))"
        ]
        if !later.isEmpty { parts.append("from the next mount on: \(later.joined(separator: ", "))") }
        return parts.joined(separator: "; ")
    }
}
