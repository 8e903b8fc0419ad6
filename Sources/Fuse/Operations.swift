internal import CFuse3
internal import Glibc

/// The table of libfuse's operations. Each entry turns its arguments into Swift and hands the answer of the file system
/// to the ``Dispatcher``.
///
/// Nothing here belongs to an actor: libfuse calls these functions on threads of the session, and a closure made in the
/// context of an actor traps there.
enum Operations {
    static func table() -> fuse_lowlevel_ops {
        var table = fuse_lowlevel_ops()
        table.`init` = { userdata, connection in
            guard let userdata, let connection else { return }
            Unmanaged<Dispatcher>.fromOpaque(userdata).takeUnretainedValue().initialize(&connection.pointee)
        }
        names(&table)
        files(&table)
        directories(&table)
        attributes(&table)
        return table
    }

    /// A name as the kernel sent it, without its NUL.
    static func name(_ pointer: UnsafePointer<CChar>?) -> UnsafeRawBufferPointer {
        guard let pointer else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: pointer, count: strlen(pointer))
    }

    static func bytes(_ pointer: UnsafePointer<CChar>?, _ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: pointer, count: pointer == nil ? 0 : count)
    }

    /// Runs `body` with the dispatcher of the request's session.
    @inline(__always)
    static func serve(_ request: fuse_req_t?, _ body: (Dispatcher, Request) -> Void) {
        guard let request, let userdata = fuse_req_userdata(request) else { return }
        Unmanaged<Dispatcher>.fromOpaque(userdata)._withUnsafeGuaranteedRef { body($0, Request(request)) }
    }
}

extension Dispatcher {
    /// FUSE_INIT: what the two sides want of each other.
    func initialize(_ connection: inout fuse_conn_info) {
        // Without ATOMIC_O_TRUNC a truncating open comes as SETATTR, also where the kernel opens without asking.
        // Without EXPORT_SUPPORT and the writeback cache: sizes and times are ours alone.
        let wanted = [
            FUSE_CAP_ASYNC_READ, FUSE_CAP_AUTO_INVAL_DATA, FUSE_CAP_READDIRPLUS, FUSE_CAP_PARALLEL_DIROPS,
            FUSE_CAP_ASYNC_DIO, FUSE_CAP_HANDLE_KILLPRIV,
        ]
        connection.want = wanted.reduce(0) { $0 | UInt32(bitPattern: $1) } & connection.capable
        connection.max_write = min(connection.max_write, 1 << 20)
        connection.max_readahead = min(connection.max_readahead, 1 << 20)
        connection.max_background = UInt32(max(options.maximumBackground, 1))
        connection.congestion_threshold = connection.max_background / 4 * 3
        connection.time_gran = 1_000_000_000
        fileSystem.initialized(Capabilities(connection))
    }
}
