import Fuse

extension TestFileSystem {
    func getxattr(_ inode: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<[UInt8]> {
        let name = String(decoding: name, as: UTF8.self)
        count("getxattr \(name)")
        switch name {
        case "user.short" where inode == 10: return .now(Array("value".utf8))
        case "user.long" where inode == 10: return .now([UInt8](repeating: 120, count: 300))
        case "user.empty" where inode == 10: return .now([])
        default: return .failed(xattrError)
        }
    }

    func listxattr(_ inode: Inode) -> Answer<[[UInt8]]> {
        count("listxattr")
        if xattrError == .noSystemCall { return .failed(.noSystemCall) }
        return .now(inode == 10 ? ["user.short", "user.long", "user.empty"].map { Array($0.utf8) } : [])
    }

    func setxattr(
        _ inode: Inode, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, flags: Int32,
        _ caller: Caller
    ) -> Answer<Void> {
        say("setxattr \(String(decoding: name, as: UTF8.self)) \(String(decoding: value, as: UTF8.self)) \(flags)")
        return .done
    }

    func removexattr(_ inode: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        say("removexattr \(String(decoding: name, as: UTF8.self))")
        return .done
    }
}
