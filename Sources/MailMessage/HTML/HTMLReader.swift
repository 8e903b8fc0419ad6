/// Who is told by an ``HTMLScanner`` what HTML consists of, in its order. All is UTF-8.
public protocol HTMLReader {
    /// A piece of text, character references decoded.
    mutating func text(_ octets: ArraySlice<UInt8>)
    /// - Parameter attribute: where a link leads, or what stands for a picture; nil where nothing is said of that.
    mutating func started(_ element: HTMLElement, _ attribute: [UInt8]?)
    mutating func ended(_ element: HTMLElement)
    /// A whole element whose text is none of the document's: a script, a style, or the title.
    mutating func passed(_ element: HTMLElement, _ octets: ArraySlice<UInt8>)
}
