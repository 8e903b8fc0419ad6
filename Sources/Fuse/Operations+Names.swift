internal import CFuse3

extension Operations {
    /// Operations on names.
    static func names(_ table: inout fuse_lowlevel_ops) {
        table.lookup = { request, parent, name in
            Operations.serve(request) { $0.lookup($1, parent, Operations.name(name)) }
        }
        table.forget = { request, inode, count in
            Operations.serve(request) { dispatcher, _ in dispatcher.forget(inode, count) }
            fuse_reply_none(request)
        }
        table.forget_multi = { request, count, forgets in
            Operations.serve(request) { dispatcher, _ in
                for item in UnsafeBufferPointer(start: forgets, count: count) {
                    dispatcher.forget(item.ino, item.nlookup)
                }
            }
            fuse_reply_none(request)
        }
        table.mknod = { request, parent, name, mode, device in
            Operations.serve(request) {
                $0.mknod($1, parent, Operations.name(name), mode: mode, device: UInt64(device))
            }
        }
        table.mkdir = { request, parent, name, mode in
            Operations.serve(request) { $0.mkdir($1, parent, Operations.name(name), mode: mode) }
        }
        table.symlink = { request, target, parent, name in
            Operations.serve(request) {
                $0.reply(
                    $1, EntryReply(),
                    $0.fileSystem.symlink(
                        parent, Operations.name(name), target: Operations.name(target), $1.caller))
            }
        }
        table.link = { request, inode, parent, name in
            Operations.serve(request) {
                $0.reply($1, EntryReply(), $0.fileSystem.link(inode, parent, Operations.name(name), $1.caller))
            }
        }
        table.unlink = { request, parent, name in
            Operations.serve(request) { $0.unlink($1, parent, Operations.name(name)) }
        }
        table.rmdir = { request, parent, name in
            Operations.serve(request) { $0.rmdir($1, parent, Operations.name(name)) }
        }
        table.rename = { request, parent, name, newParent, newName, flags in
            Operations.serve(request) {
                $0.reply(
                    $1, EmptyReply(),
                    $0.fileSystem.rename(
                        parent, Operations.name(name), newParent, Operations.name(newName), flags: flags, $1.caller))
            }
        }
        table.readlink = { request, inode in
            Operations.serve(request) { $0.reply($1, LinkTargetReply(), $0.fileSystem.readlink(inode)) }
        }
    }
}
