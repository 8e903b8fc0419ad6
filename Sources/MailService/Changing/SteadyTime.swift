/// Seconds that go on while the machine runs, and stand still while it is off: they begin near the wall clock, and no setting of that
/// moves them afterwards. From one boot to the next they go on from the last that was kept, so that what is to last for some time never
/// ends early.
struct SteadyTime: Hashable, Sendable {
    /// Names the time since the machine was started; empty where it has no name.
    let boot: String
    private let offset: Int64

    /// - Parameters:
    ///   - kept: a `text` of an earlier run.
    ///   - uptime: seconds since the machine was started, in which it may have slept.
    ///   - wall: seconds since 1970.
    init(kept: String?, boot: String, uptime: Int64, wall: Int64) {
        self.boot = boot
        let parts = (kept ?? "").split(separator: " ", omittingEmptySubsequences: false)
        let numbers = parts.dropFirst().compactMap { Int64($0) }
        guard parts.count == 3, numbers.count == 2 else {
            offset = wall &- uptime
            return
        }
        let isSameBoot = !boot.isEmpty && parts[0] == boot
        offset = isSameBoot ? numbers[0] : numbers[1] &- uptime
    }

    func seconds(at uptime: Int64) -> Int64 { offset &+ uptime }

    /// What a later run has to know.
    func text(at uptime: Int64) -> String { "\(boot) \(offset) \(seconds(at: uptime))" }
}
