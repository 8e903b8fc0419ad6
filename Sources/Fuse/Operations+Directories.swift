internal import CFuse3

extension Operations {
    /// Operations on open directories.
    static func directories(_ table: inout fuse_lowlevel_ops) {
        table.opendir = { request, inode, information in
            let flags = information?.pointee.flags ?? 0
            Operations.serve(request) {
                $0.watchers.listed(inode)
                $0.reply(
                    $1, OpenedReply(inode: inode, flags: flags, directory: true),
                    $0.fileSystem.opendir(inode, flags: flags, $1.caller))
            }
        }
        table.readdir = { request, inode, capacity, offset, information in
            Operations.list(request, inode, capacity, Int64(offset), Operations.handle(information), plus: false)
        }
        table.readdirplus = { request, inode, capacity, offset, information in
            Operations.list(request, inode, capacity, Int64(offset), Operations.handle(information), plus: true)
        }
        table.releasedir = { request, inode, information in
            Operations.serve(request) {
                $0.reply($1, EmptyReply(), $0.fileSystem.releasedir(inode, Operations.handle(information)))
            }
        }
        table.fsyncdir = { request, inode, dataOnly, information in
            Operations.serve(request) {
                $0.reply(
                    $1, EmptyReply(),
                    $0.fileSystem.fsyncdir(inode, Operations.handle(information), dataOnly: dataOnly != 0))
            }
        }
    }

    private static func list(
        _ request: fuse_req_t?, _ inode: Inode, _ capacity: Int, _ offset: Int64, _ handle: Handle, plus: Bool
    ) {
        Operations.serve(request) {
            $0.reply(
                $1, ListingReply(),
                $0.fileSystem.readdir(inode, handle, offset: offset, capacity: capacity, plus: plus))
        }
    }
}
