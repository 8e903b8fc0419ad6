internal import IMAPCodec
internal import IMAPProtocol
internal import NIOCore

/// A message on its way to the server.
struct Upload {
    var source: AppendSource
    var sent: UInt64 = 0
    var octets: UInt64
}

extension ConnectionDriver {
    /// Octets read from a file at a time.
    private static let uploadPiece = 64 << 10

    /// Everything in the outbox leaves now, in one write.
    func flush() throws {
        guard !outbox.isEmpty, let context else { return }
        var output = context.channel.allocator.buffer(capacity: outbox.count + 64)
        try outbox.withUnsafeBytes { try wire.send($0, into: &output) }
        outbox.removeAll(keepingCapacity: outbox.capacity <= 256 << 10)
        write(output, context)
    }

    /// What TLS itself has to say leaves now.
    func sendOutput() throws {
        guard let context else { return }
        var output = context.channel.allocator.buffer(capacity: 0)
        wire.takeOutput(into: &output)
        if output.readableBytes > 0 { write(output, context) }
    }

    private func write(_ output: ByteBuffer, _ context: ChannelHandlerContext) {
        guard upload != nil else { return context.writeAndFlush(wrapOutboundOut(output), promise: nil) }
        // While a message is sent the server has nothing to say: that it takes octets is its sign of life.
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        context.writeAndFlush(wrapOutboundOut(output)).whenSuccess { bound.value.silence.progressed(at: .now()) }
    }

    func beginUpload(_ id: CommandPipeline.ID, index: Int, octets: UInt64) throws {
        guard let contents = commands[id]?.contents, contents.indices.contains(index) else {
            throw IMAPClientError.disconnected("a message was announced that is not there")
        }
        upload = Upload(source: contents[index], octets: octets)
        try continueUpload()
    }

    /// Sends as much of the message as the socket takes without piling up.
    func continueUpload() throws {
        while var current = upload, let context, context.channel.isWritable {
            let left = current.octets - current.sent
            if left > 0 {
                let start = outbox.count
                let wanted = Int(min(left, UInt64(ConnectionDriver.uploadPiece)))
                outbox.append(contentsOf: repeatElement(0, count: wanted))
                let count = outbox.withUnsafeMutableBytes { bytes in
                    current.source.read(
                        at: current.sent, into: UnsafeMutableRawBufferPointer(rebasing: bytes[start...]))
                }
                // The server was promised so many octets; there is no way to take that back.
                guard let count, count > 0 else {
                    throw IMAPClientError.disconnected(
                        "a message to be sent is shorter than announced, or cannot be read")
                }
                outbox.removeLast(wanted - count)
                current.sent += UInt64(count)
                upload = current
                try flush()
            } else {
                upload = nil
                try perform(pipeline.contentSent())
            }
        }
    }
}
