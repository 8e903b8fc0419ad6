internal import CFuse3
internal import Glibc

extension Operations {
    /// Operations on attributes, plain and extended.
    static func attributes(_ table: inout fuse_lowlevel_ops) {
        table.getattr = { request, inode, information in
            Operations.serve(request) {
                $0.reply($1, AttributesReply(), $0.fileSystem.getattr(inode, information?.pointee.fh))
            }
        }
        table.setattr = { request, inode, stat, valid, information in
            let change = stat.map { SetAttributes($0.pointee, valid: valid) } ?? SetAttributes()
            Operations.serve(request) {
                $0.reply(
                    $1, AttributesReply(),
                    $0.fileSystem.setattr(inode, information?.pointee.fh, change, $1.caller))
            }
        }
        table.access = { request, inode, mask in
            Operations.serve(request) { $0.reply($1, EmptyReply(), $0.fileSystem.access(inode, mask: mask, $1.caller)) }
        }
        table.statfs = { request, inode in
            Operations.serve(request) { $0.reply($1, StatisticsReply(), $0.fileSystem.statfs(inode)) }
        }
        table.getxattr = { request, inode, name, size in
            Operations.serve(request) {
                $0.reply(
                    $1, AttributeValueReply(size: size),
                    $0.fileSystem.getxattr(inode, Operations.name(name), $1.caller))
            }
        }
        table.listxattr = { request, inode, size in
            Operations.serve(request) { $0.reply($1, AttributeNamesReply(size: size), $0.fileSystem.listxattr(inode)) }
        }
        table.setxattr = { request, inode, name, value, size, flags in
            Operations.serve(request) {
                $0.reply(
                    $1, EmptyReply(),
                    $0.fileSystem.setxattr(
                        inode, Operations.name(name), Operations.bytes(value, size), flags: flags, $1.caller))
            }
        }
        table.removexattr = { request, inode, name in
            Operations.serve(request) {
                $0.reply(
                    $1, EmptyReply(), $0.fileSystem.removexattr(inode, Operations.name(name), $1.caller))
            }
        }
    }
}
