import IMAPCodec

/// What came out of framer and parser, with every pointer's octets copied.
enum Replayed: Hashable {
    case response(Response, content: [UInt8]?)
    case unreadable(ParseError)
    case streamed(octets: UInt64, prefix: [UInt8], content: [UInt8])
    /// The kind of the error: how much had come by then depends on where it was cut.
    case refused(String)
}

/// Feeds pieces, cut at the given places, to a new framer.
func replay(_ bytes: [UInt8], cuts: [Int] = [], limits: Limits = Limits()) -> [Replayed] {
    var framer = ResponseFramer(limits: limits)
    let parser = ResponseParser(limits: limits)
    var result: [Replayed] = []
    var literal: (octets: UInt64, prefix: [UInt8], content: [UInt8])?
    func take(_ event: FramingEvent) {
        switch event {
        case .response(let frame):
            do {
                let response = try parser.parse(frame)
                result.append(.response(response, content: content(of: response, in: frame)))
            } catch {
                result.append(.unreadable(error))
            }
        case .literalBegan(let began):
            literal = (began.octets, Array(began.prefix), [])
        case .literalBytes(let bytes):
            literal?.content += bytes
        case .literalEnded:
            if let literal {
                result.append(.streamed(octets: literal.octets, prefix: literal.prefix, content: literal.content))
            }
            literal = nil
        }
    }
    do {
        var start = 0
        for end in cuts + [bytes.count] {
            try bytes[start..<end].withUnsafeBytes { try framer.feed($0, take) }
            start = end
        }
    } catch FramingError.responseTooLong {
        result.append(.refused("response"))
    } catch FramingError.literalTooLong {
        result.append(.refused("literal"))
    } catch FramingError.tooManyLiterals {
        result.append(.refused("literals"))
    } catch {
        result.append(.refused("\(error)"))
    }
    return result
}

func content(of response: Response, in frame: Frame) -> [UInt8]? {
    guard case .untagged(.fetch(let fetch)) = response else { return nil }
    switch fetch.section?.content {
    case .inline(let range): return Array(frame.bytes[range])
    case .copied(let octets): return octets
    case .absent, .streamed, nil: return nil
    }
}

func parse(_ text: String, limits: Limits = Limits()) throws -> Response {
    try Array(text.utf8).withUnsafeBytes { try ResponseParser(limits: limits).parse(Frame(bytes: $0)) }
}

func untagged(_ text: String) throws -> Untagged {
    guard case .untagged(let untagged) = try parse(text) else { throw ParseError(reason: .tagExpected, offset: 0) }
    return untagged
}

extension String {
    var octets: [UInt8] { Array(utf8) }
}
