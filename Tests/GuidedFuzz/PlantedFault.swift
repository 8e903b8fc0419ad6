/// A fault that only some inputs lead to, found by octet after octet: whoever finds it follows coverage and sees what goes beyond memory.
enum PlantedFault {
    static func run(_ input: [UInt8]) {
        guard input.count >= 4, input[0] == UInt8(ascii: "*"), input[1] == UInt8(ascii: "!") else { return }
        guard input[2] == UInt8(ascii: "{"), input[3] >= 0x80 else { return }
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
        defer { memory.deallocate() }
        (memory + 16).initialize(to: input[3])
    }
}
