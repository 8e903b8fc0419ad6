internal import MailModel
internal import MailTree

extension MessageAttributes {
    /// Other numbers for other octets. What a program may be writing to is another file each second.
    ///
    /// - Parameter now: seconds since 1970.
    func version(at now: Int64) -> [UInt64] {
        var version = [UInt64(clamping: id.rawValue), size, UInt64(bitPattern: modified)]
        if standing != .settled { version.append(UInt64(bitPattern: now)) }
        return version
    }
}
