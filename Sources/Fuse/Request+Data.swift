internal import CFuse3
internal import Glibc
internal import PosixFile

extension Request {
    func send(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        fuse_reply_buf(pointer, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
    }

    /// Copying through a buffer that stays is as quick as splice here, which needs four more system calls for each
    /// reply.
    func send(from descriptor: Int32, offset: Int64, count: Int) -> Int32 {
        TransferBuffer.with(byteCount: max(count, 0)) { buffer in
            do throws(FileError) {
                let filled = try FileDescriptor.read(descriptor, at: UInt64(clamping: offset), into: buffer)
                return send(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
            } catch {
                return fuse_reply_err(pointer, error.code)
            }
        }
    }
}

/// Memory for one read. A session thread keeps its own: allocating a megabyte for each read costs more than the read.
enum TransferBuffer {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { free($0) }
        return key
    }()

    private static let size = 1 << 20

    /// Gives the thread a buffer of its own, freed when the thread ends.
    static func prepareThread() { pthread_setspecific(key, malloc(size)) }

    static func with<Result>(byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
        if byteCount <= size, let memory = pthread_getspecific(key) {
            return body(UnsafeMutableRawBufferPointer(start: memory, count: byteCount))
        }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 16)
        defer { memory.deallocate() }
        return body(memory)
    }
}
