internal import CFuse3

extension Operations {
    /// Operations on open files.
    static func files(_ table: inout fuse_lowlevel_ops) {
        table.open = { request, inode, information in
            let flags = information?.pointee.flags ?? 0
            Operations.serve(request) {
                $0.reply(
                    $1, OpenedReply(inode: inode, flags: flags, directory: false),
                    $0.fileSystem.open(inode, flags: flags, $1.caller))
            }
        }
        table.create = { request, parent, name, mode, information in
            let flags = information?.pointee.flags ?? 0
            Operations.serve(request) {
                $0.reply(
                    $1, CreatedReply(flags: flags),
                    $0.fileSystem.create(parent, Operations.name(name), mode: mode, flags: flags, $1.caller))
            }
        }
        table.read = { request, inode, count, offset, information in
            Operations.serve(request) {
                $0.reply(
                    $1, DataReply(limit: count),
                    $0.fileSystem.read(inode, Operations.handle(information), offset: Int64(offset), count: count))
            }
        }
        table.write = { request, inode, buffer, count, offset, information in
            let flags = information?.pointee.flags ?? 0
            Operations.serve(request) {
                $0.reply(
                    $1, CountReply(),
                    $0.fileSystem.write(
                        inode, Operations.handle(information), offset: Int64(offset), Operations.bytes(buffer, count),
                        flags: flags))
            }
        }
        table.flush = { request, inode, information in
            Operations.serve(request) {
                $0.reply($1, EmptyReply(), $0.fileSystem.flush(inode, Operations.handle(information)))
            }
        }
        table.release = { request, inode, information in
            let flags = information?.pointee.flags ?? 0
            Operations.serve(request) {
                $0.reply($1, EmptyReply(), $0.fileSystem.release(inode, Operations.handle(information), flags: flags))
            }
        }
        table.fsync = { request, inode, dataOnly, information in
            Operations.serve(request) {
                $0.reply(
                    $1, EmptyReply(),
                    $0.fileSystem.fsync(inode, Operations.handle(information), dataOnly: dataOnly != 0))
            }
        }
        table.fallocate = { request, inode, mode, offset, length, information in
            Operations.serve(request) {
                $0.reply(
                    $1, EmptyReply(),
                    $0.fileSystem.fallocate(
                        inode, Operations.handle(information), mode: mode, offset: Int64(offset), length: Int64(length))
                )
            }
        }
        table.lseek = { request, inode, offset, whence, information in
            Operations.serve(request) {
                $0.reply(
                    $1, OffsetReply(),
                    $0.fileSystem.lseek(inode, Operations.handle(information), offset: Int64(offset), whence: whence))
            }
        }
        table.copy_file_range = {
            request, source, sourceOffset, sourceFile, target, targetOffset, targetFile, count, flags in
            Operations.serve(request) {
                $0.reply(
                    $1, CountReply(),
                    $0.fileSystem.copyFileRange(
                        source, Operations.handle(sourceFile), sourceOffset: Int64(sourceOffset), target,
                        Operations.handle(targetFile),
                        targetOffset: Int64(targetOffset), count: count, flags: flags))
            }
        }
    }

    static func handle(_ information: UnsafeMutablePointer<fuse_file_info>?) -> Handle {
        information?.pointee.fh ?? 0
    }
}
