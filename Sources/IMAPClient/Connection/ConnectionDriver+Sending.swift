internal import IMAPCodec
internal import IMAPProtocol
internal import NIOCore

/// A message on its way to the server.
struct Upload {
    let reader: UploadReader
    var left: UInt64
    /// The wire waits for the disk.
    var isStarved = false
}

extension ConnectionDriver {
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
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let reader = UploadReader(contents[index], octets: octets) { [eventLoop] in
            eventLoop.execute {
                let driver = bound.value
                driver.upload?.isStarved = false
                driver.event { try driver.continueUpload() }
            }
        }
        upload = Upload(reader: reader, left: octets)
        try continueUpload()
    }

    /// Sends as much of the message as is read, and as the socket takes without piling up.
    func continueUpload() throws {
        while let current = upload, let context, context.channel.isWritable {
            guard current.left > 0 else {
                upload = nil
                try perform(pipeline.contentSent())
                continue
            }
            let piece = current.reader.take()
            upload?.isStarved = piece == .notYet
            switch piece {
            case .octets(let octets):
                outbox += octets
                upload?.left -= UInt64(octets.count)
                try flush()
            case .notYet: return
            case .missing:
                // The server was promised so many octets; there is no way to take that back.
                throw IMAPClientError.disconnected("a message to be sent is shorter than announced, or cannot be read")
            }
        }
    }
}
