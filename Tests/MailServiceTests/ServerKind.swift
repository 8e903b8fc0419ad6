import InMemoryIMAP

/// Servers by what they offer for keeping in step.
enum ServerKind: String, CaseIterable, Sendable {
    case full, noQResync, noCondStore, idleOnly, minimal

    var configuration: ServerConfiguration {
        switch self {
        case .full: .full
        case .noQResync: .noQResync
        case .noCondStore: .noCondStore
        case .idleOnly: .idleOnly
        case .minimal: .minimal
        }
    }
}
