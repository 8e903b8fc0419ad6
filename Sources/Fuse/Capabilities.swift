internal import CFuse3

/// What this kernel and this session agreed on.
public struct Capabilities: Sendable, Hashable {
    /// Version of the FUSE protocol the kernel speaks.
    public let protocolMajor: UInt32
    public let protocolMinor: UInt32
    /// ENOSYS to ``FileSystem/open(_:flags:_:)`` makes the kernel open files without asking, for the life of the mount.
    public let openWithoutAsking: Bool
    /// The same for ``FileSystem/opendir(_:flags:_:)``.
    public let openDirectoryWithoutAsking: Bool
    public let readdirplus: Bool
    /// Bytes of the largest write.
    public let maximumWrite: UInt32
    /// Bytes the kernel reads ahead at most.
    public let maximumReadahead: UInt32
    /// Seconds after which the kernel aborts the whole connection for one request without an answer; nil: never.
    public let requestTimeout: Int?

    init(_ connection: fuse_conn_info) {
        func offers(_ bit: Int32) -> Bool { connection.capable & UInt32(bitPattern: bit) != 0 }
        protocolMajor = connection.proto_major
        protocolMinor = connection.proto_minor
        openWithoutAsking = offers(FUSE_CAP_NO_OPEN_SUPPORT)
        openDirectoryWithoutAsking = offers(FUSE_CAP_NO_OPENDIR_SUPPORT)
        readdirplus = offers(FUSE_CAP_READDIRPLUS)
        maximumWrite = connection.max_write
        maximumReadahead = connection.max_readahead
        // This libfuse asks for no timeout of its own, so the default applies, cut by the limit where there is one.
        let settings = ["default", "max"].compactMap {
            SystemFile.number(in: "/proc/sys/fs/fuse/\($0)_request_timeout")
        }
        requestTimeout = settings.filter { $0 > 0 }.min()
    }
}
