/// A time to live as the kernel takes it: whole seconds and nanoseconds. Below zero and NaN it is zero, above the range
/// the longest.
struct Timeout: Equatable {
    let seconds: UInt64
    let nanoseconds: UInt32

    init(_ value: Double) {
        guard value > 0 else {
            seconds = 0
            nanoseconds = 0
            return
        }
        guard value < 9e18 else {
            seconds = UInt64(Int64.max)
            nanoseconds = 0
            return
        }
        let whole = value.rounded(.down)
        seconds = UInt64(whole)
        nanoseconds = UInt32(min((value - whole) * 1e9, 999_999_999))
    }
}
