/// What a server says of the structure of a message (RFC 3501 section 7.4.2, BODYSTRUCTURE): kinds, encodings and lengths of its parts. Names
/// and other parameters are left out: the headers of the parts have them as they were sent.
public indirect enum BodyStructure: Hashable, Sendable {
    /// - Parameter subtype: in lower case.
    case multipart([BodyStructure], subtype: String)
    /// What the server did not take apart, or a message inside of this one.
    ///
    /// - Parameters:
    ///   - type: in lower case, as the subtype and the encoding are; empty where it is NIL.
    ///   - octets: as they are encoded.
    case single(type: String, subtype: String, encoding: String, octets: UInt64)

    /// Parts of one message that are read; of one with more nothing is told.
    public static let mostParts = 1_000
}
